// Package cdktest is what the tests of CDK code share. Only tests import it: it links the CDK.
package cdktest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/local/testenv"
)

// Main runs the tests of a package and ends jsii's Node.js process once, for all tests: each start of it takes seconds. The CDK's
// own validation is on in the test of the whole app only, because it takes seconds as well.
func Main(m *testing.M) {
	os.Setenv("CDK_VALIDATION", "false")
	if dir, err := testenv.Root(); err == nil {
		// The cdk and the Node.js that package.json pins, for what tests run. jsii has started its own Node.js already.
		os.Setenv("PATH", filepath.Join(dir, "node_modules", ".bin")+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	code := m.Run()
	jsii.Close()
	os.Exit(code)
}

// NewApp makes an app with the context of cdk.json, as `cdk synth` would. It compiles no Lambda where bundle is false.
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
	if !bundle {
		file.Context["aws:cdk:bundling-stacks"] = []string{}
	}
	return awscdk.NewApp(&awscdk.AppProps{Context: &file.Context, Outdir: jsii.String(t.TempDir())})
}
