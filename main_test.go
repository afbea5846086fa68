package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/local/cdktest"
)

func TestMain(m *testing.M) { cdktest.Main(m) }

// expectedOutput matches the lines that `cdk synth` prints without a warning.
var expectedOutput = regexp.MustCompile(`^(Bundling asset |Successfully synthesized to |Supply a stack id ).*$`)

// This is the one test with the CDK's own validation.
func TestTheExampleIsSynthesizedQuietlyAndTheSameTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("it synthesizes the whole app twice")
	}
	cdk := cdktest.Tool(t, "cdk", "npm ci")
	dirs := []string{t.TempDir(), t.TempDir()}
	for _, dir := range dirs {
		command := exec.Command(cdk, "synth", "--output", dir)
		command.Env = append(os.Environ(), "CDK_VALIDATION=true", "CDK_DISABLE_VERSION_CHECK=1", "CDK_DISABLE_CLI_TELEMETRY=true", "CI=1", "TRAILBUS_CONFIG=")
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", command.Args, err, out)
		}
		lines := 0
		for line := range strings.Lines(string(out)) {
			if line = strings.TrimSpace(line); line != "" && !expectedOutput.MatchString(line) {
				t.Errorf("synth says %q", line)
			}
			lines++
		}
		if lines == 0 {
			t.Error("synth says nothing at all, so this test sees nothing")
		}
	}
	first, second := contents(t, dirs[0]), contents(t, dirs[1])
	if len(first) < 10 || len(first) != len(second) {
		t.Fatalf("%d files and %d files", len(first), len(second))
	}
	for name, text := range first {
		if !bytes.Equal(text, second[name]) {
			t.Errorf("%s differs", name)
		}
	}
	templates, err := filepath.Glob(filepath.Join(dirs[0], "*.template.json"))
	if err != nil || len(templates) != 7 {
		t.Fatalf("%d templates, want 7", len(templates))
	}
	t.Run("cfn-lint", func(t *testing.T) { cdktest.Lint(t, "eu-central-1", templates...) })
}

func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		files[name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// An error in the file is reported by its place and what is allowed, and nothing else.
func TestABadConfigurationIsOneClearMessage(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles the app")
	}
	dir := t.TempDir()
	app := filepath.Join(dir, "app")
	if out, err := exec.Command("go", "build", "-o", app, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	bad := filepath.Join(dir, "bad.yaml")
	if err := os.WriteFile(bad, []byte("central: {account: 1, region: eu-cental-1}\naccounts: []\nrules: {packs: [cis]}\nslack: {secret: x}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing.yaml")
	for file, want := range map[string]string{
		bad: bad + `:1:20: found account id "1", allowed: 12 digits
` + bad + `:1:31: found unknown Region "eu-cental-1" (did you mean "eu-central-1"?), allowed: a Region of AWS such as eu-central-1
` + bad + `:2:11: no account is given, allowed: at least one
`,
		missing: missing + ": cannot be read: no such file or directory\n",
	} {
		var stdout, stderr bytes.Buffer
		command := exec.Command(app)
		command.Env = append(os.Environ(), "TRAILBUS_CONFIG="+file)
		command.Stdout, command.Stderr = &stdout, &stderr
		err := command.Run()
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 1 {
			t.Errorf("it ends with %v, want exit code 1", err)
		}
		if stdout.Len() > 0 || stderr.String() != want {
			t.Errorf("it says %q on stdout and on stderr\n%s\nwant\n%s", stdout.String(), stderr.String(), want)
		}
	}
}

func TestAnErrorHasNoStackTrace(t *testing.T) {
	tests := map[string]struct {
		failure any
		want    string
	}{
		"an error of a construct": {errors.New("Central/Bus: Senders is missing"), "Central/Bus: Senders is missing"},
		"a text":                  {"something", "something"},
		"a JavaScript trace": {"Error: There is already a Construct with name 'A' in App\n    at Node.addChild (/tmp/jsii/constructs.js:1:2)\n    at new Node (/tmp/x.js:3:4)\n",
			"Error: There is already a Construct with name 'A' in App"},
		"a message of several lines": {"Validation failed with the following errors:\r\n  [Central] too long\n\n    at x (y)\n", "Validation failed with the following errors:\n  [Central] too long"},
	}
	for name, test := range tests {
		if got := panicError(test.failure).Error(); got != test.want {
			t.Errorf("%s became %q, want %q", name, got, test.want)
		}
	}
}

func TestARuntimeErrorIsReportedAsABug(t *testing.T) {
	crash := func() (err error) {
		defer func() { err = panicError(recover()) }()
		var nothing []int
		_ = nothing[len(os.Args)]
		return nil
	}
	if err := crash(); err == nil || !strings.HasPrefix(err.Error(), "a bug in Trailbus: ") || !strings.Contains(err.Error(), "TRAILBUS_TRACE") {
		t.Errorf("the message is %v", err)
	}
	t.Setenv("TRAILBUS_TRACE", "1")
	defer func() {
		if recover() == nil {
			t.Error("there is no trace where one was asked for")
		}
	}()
	_ = crash()
}

// The panic is a real one of jsii.
func TestAnErrorOfTheCDKIsOneMessage(t *testing.T) {
	err := synth(func(app awscdk.App) error {
		for range 2 { // two stacks with one id, which no configuration can cause
			awscdk.NewStack(app, jsii.String("Forwarder-security-eu-west-1"), nil)
		}
		return nil
	})
	if err == nil {
		t.Fatal("no error")
	}
	if !strings.Contains(err.Error(), "Forwarder-security-") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the message is %q", err)
	}
	for _, trace := range []string{" at ", ".js:", "node:", "goroutine", "jsii"} {
		if strings.Contains(err.Error(), trace) {
			t.Errorf("it shows %q: %s", trace, err)
		}
	}
}
