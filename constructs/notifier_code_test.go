package trailbus_test

import (
	"archive/zip"
	"bytes"
	"debug/elf"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	trailbus "github.com/trailbus/trailbus/constructs"
	"github.com/trailbus/trailbus/internal/contract"
)

// assets gives the folders of the assets that were compiled into an assembly.
func assets(t *testing.T, app awscdk.App) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(*app.Synth(nil).Directory(), "asset.*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestTheLambdaIsCompiledForItsMachine(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles the Lambda")
	}
	app := newApp(t, true)
	stack := awscdk.NewStack(app, jsii.String("Stack"), nil)
	props := notifierProps(stack, someRules(t))
	props.AccountNames = map[string]string{"111111111111": "audit"}
	trailbus.NewSlackNotifier(stack, jsii.String("First"), props)
	props.AccountNames = map[string]string{"111111111111": "another"}
	trailbus.NewSlackNotifier(stack, jsii.String("Second"), props)
	dirs := assets(t, app)
	if len(dirs) != 2 {
		t.Fatalf("two notifiers with different settings have %d assets", len(dirs))
	}
	var names []string
	for _, dir := range dirs {
		binary, err := elf.Open(filepath.Join(dir, "bootstrap"))
		if err != nil {
			t.Fatal(err)
		}
		defer binary.Close()
		if binary.Machine != elf.EM_AARCH64 || binary.Class != elf.ELFCLASS64 {
			t.Errorf("bootstrap is for %v, want 64-bit ARM", binary.Machine)
		}
		if info, err := os.Stat(filepath.Join(dir, "bootstrap")); err != nil || info.Mode().Perm()&0o111 != 0o111 {
			t.Errorf("bootstrap cannot be run by everybody: %v %v", info.Mode(), err)
		}
		s, err := contract.ReadSettings(filepath.Join(dir, contract.SettingsFile))
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Rules.Rules()) != 2 {
			t.Errorf("the settings have %d rules, want two", len(s.Rules.Rules()))
		}
		names = append(names, s.Accounts["111111111111"])
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 2 {
			t.Errorf("the asset holds %v, want bootstrap and %s", entries, contract.SettingsFile)
		}
		if size := zipped(t, dir); size > 10<<20 || size < 1<<20 {
			t.Errorf("the zip has %d bytes, allowed: 10 MB", size)
		}
	}
	slices.Sort(names)
	if !slices.Equal(names, []string{"another", "audit"}) {
		t.Errorf("the settings name the account %q, want each notifier to have its own", names)
	}
}

func zipped(t *testing.T, dir string) int {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	if err := w.AddFS(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}

func TestALambdaThatDoesNotCompileIsOneError(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the go command")
	}
	t.Setenv("GOTMPDIR", filepath.Join(t.TempDir(), "missing"))
	stack := awscdk.NewStack(newApp(t, true), jsii.String("Stack"), nil)
	defer func() {
		got := ""
		if err, ok := recover().(error); ok {
			got = err.Error()
		}
		if !strings.HasPrefix(got, "Stack/SlackNotifier: the notifier cannot be compiled: go build: ") || !strings.Contains(got, "missing") {
			t.Errorf("got %q", got)
		}
		for _, trace := range []string{"    at ", ".js:", "goroutine"} {
			if strings.Contains(got, trace) {
				t.Errorf("it shows a trace: %s", got)
			}
		}
	}()
	newNotifier(stack, someRules(t))
}
