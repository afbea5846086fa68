// Package cdktest is what the tests of CDK code share. Only tests import it: it links the CDK.
package cdktest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/local/testenv"
)

// Main runs the tests of a package and ends jsii's Node.js process once, for all tests: each start
// of it takes seconds.
//
// The CDK's own validation is off, because it takes seconds in each app; the test of the whole app
// turns it on. Apps that the tests make compile no Lambda, but for those of [NewApp] with bundle.
// Both are in the environment of the Node.js process, which jsii copies while packages are
// initialized: so Main first executes the test binary again.
func Main(m *testing.M) {
	if os.Getenv(mainEnv) == "" {
		os.Setenv(mainEnv, "true")
		os.Setenv("CDK_VALIDATION", "false")
		os.Setenv("CDK_CONTEXT_JSON", `{"aws:cdk:bundling-stacks": []}`)
		if dir, err := testenv.Root(); err == nil {
			// The cdk and the Node.js that package.json pins.
			os.Setenv("PATH", filepath.Join(dir, "node_modules", ".bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
		}
		program, err := os.Executable()
		if err == nil {
			err = syscall.Exec(program, os.Args, os.Environ())
		}
		fmt.Fprintln(os.Stderr, "cannot execute the tests again:", err)
		os.Exit(1)
	}
	os.Unsetenv("CDK_CONTEXT_JSON") // not for programs that tests run
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

const mainEnv = "TRAILBUS_CDKTEST_MAIN"

// NewApp makes an app with the context of cdk.json, as `cdk synth` would. It compiles no Lambda
// where bundle is false.
func NewApp(t *testing.T, bundle bool) awscdk.App {
	t.Helper()
	dir, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "cdk.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Context) == 0 {
		t.Fatal("cdk.json has no context")
	}
	props := &awscdk.AppProps{Context: &file.Context, Outdir: jsii.String(t.TempDir())}
	if bundle { // stronger than the environment
		props.PostCliContext = &map[string]any{"aws:cdk:bundling-stacks": []string{"**"}}
	}
	return awscdk.NewApp(props)
}
