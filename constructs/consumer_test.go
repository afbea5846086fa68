package trailbus_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// consumer is an app of somebody else, in a module of its own.
const consumer = `package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/rules"
)

func main() {
	defer jsii.Close()
	set, err := rules.NewCatalogSet("cis")
	if err != nil {
		panic(err)
	}
	app := awscdk.NewApp(nil)
	stack := awscdk.NewStack(app, jsii.String("Mine"), nil)
	bus := trailbus.NewCentralTrailBus(stack, jsii.String("Bus"), &trailbus.CentralTrailBusProps{
		Senders: trailbus.SendersFromOrganization(jsii.String("o-a1b2c3d4e5")),
	})
	trailbus.NewSlackNotifier(stack, jsii.String("Notifier"), &trailbus.SlackNotifierProps{
		Bus: bus.Bus(), Rules: set,
		Secret: awssecretsmanager.Secret_FromSecretNameV2(stack, jsii.String("Secret"), jsii.String("slack")),
	})
	app.Synth(nil)
}
`

// An app that uses the constructs has Trailbus' source in the module cache: read-only, at another path, and without the sums of
// what only the Lambda imports. The Lambda must become the same bytes there, and nothing may be written.
func TestAnotherModuleBuildsTheSameLambda(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles an app in another module, and the Lambda twice")
	}
	assets := map[string]string{}
	for i := range 2 {
		source := copyOfTheModule(t)
		before := hashes(t, source)
		if len(before) < 50 {
			t.Fatalf("the copy has %d files", len(before))
		}
		app := consumerOf(t, source)
		out := t.TempDir()
		command := exec.Command("go", "run", ".")
		command.Dir = app
		// The versions are those of our go.mod, and go.sum has checked them already.
		command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GOSUMDB=off", "CDK_OUTDIR="+out, "CDK_VALIDATION=false")
		if said, err := command.CombinedOutput(); err != nil {
			t.Fatalf("the app in another module: %v\n%s", err, said)
		}
		found, err := filepath.Glob(filepath.Join(out, "asset.*"))
		if err != nil || len(found) != 1 {
			t.Fatalf("%d assets, want one", len(found))
		}
		assets[filepath.Base(found[0])] = fmt.Sprint(hashes(t, found[0]))
		after := hashes(t, source)
		for name, hash := range after {
			if before[name] != hash {
				t.Errorf("copy %d: %s was written", i, name)
			}
		}
		if len(after) != len(before) {
			t.Errorf("copy %d: %d files became %d", i, len(before), len(after))
		}
	}
	if len(assets) != 1 {
		t.Errorf("two copies of the source became the assets %v, want one", assets)
	}
}

// consumerOf writes the app's module. Its go.sum is made by the go command and holds what the app itself needs.
func consumerOf(t *testing.T, source string) string {
	t.Helper()
	ours, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	gomod := "module example.com/mine\n\ngo 1.26\n\nreplace github.com/trailbus/trailbus => " + source + "\n\nrequire github.com/trailbus/trailbus v0.0.0\n"
	needed := regexp.MustCompile(`(?m)^\s+(github\.com/aws/(?:aws-cdk-go/awscdk/v2|constructs-go/constructs/v10|jsii-runtime-go) v\S+)`).FindAllStringSubmatch(string(ours), -1)
	if len(needed) != 3 {
		t.Fatalf("go.mod names %q", needed)
	}
	for _, module := range needed {
		gomod += "require " + module[1] + "\n"
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": gomod, "main.go": consumer} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// copyOfTheModule copies the files that a version of the module would have, and makes them read-only.
func copyOfTheModule(t *testing.T) string {
	t.Helper()
	command := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	command.Dir = ".."
	out, err := command.Output()
	if err != nil {
		t.Skipf("skipped, because the files of the module are asked of git: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "trailbus@v0.0.0")
	t.Cleanup(func() {
		_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error { return os.Chmod(path, 0o755) })
	})
	for name := range strings.SplitSeq(strings.Trim(string(out), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join("..", name))
		if os.IsNotExist(err) {
			continue // deleted, and that is not committed yet
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o444); err != nil {
			t.Fatal(err)
		}
	}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			err = os.Chmod(path, 0o555)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// hashes gives the hash of every file below a folder.
func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		found[name] = fmt.Sprintf("%x", sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
