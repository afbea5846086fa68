package demo

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/local/localaws"
	"github.com/trailbus/trailbus/internal/local/testenv"
)

// repository is the folder of the project, in which the CDK command has been installed.
func repository(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	testenv.CDK(t, root)
	return root
}

// caches is where the tests keep a local AWS that they have installed.
func caches(root string) string { return filepath.Join(root, ".cache", "localaws") }

// walk is a run that a test goes through step by step.
type walk struct {
	*run
	t   *testing.T
	out strings.Builder
}

// newWalk begins one, which ends with the test.
func newWalk(t *testing.T, root string) *walk {
	t.Helper()
	w := &walk{t: t}
	var err error
	if w.run, err = newRun(Options{Dir: root, Out: &w.out, CacheDir: caches(root)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	return w
}

// must ends the test where a step failed, with what was said until then.
func (w *walk) must(what string, err error) {
	w.t.Helper()
	if errors.Is(err, localaws.ErrNoMoto) {
		testenv.Lack(w.t, err.Error())
	}
	if err != nil {
		w.printLog()
		w.t.Fatalf("%s: %v\n%s", what, err, w.out.String())
	}
}
