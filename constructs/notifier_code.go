package trailbus

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3assets"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
)

const (
	modulePath = "github.com/trailbus/trailbus"
	// notifierToolchain compiles the Lambda on every machine: another one writes other bytes, and a
	// synth without a change should deploy nothing. It is the toolchain of go.mod; a test compares
	// them.
	notifierToolchain = "go1.26.8"
)

// newNotifierFunction makes the function of the program, compiled while the app is synthesized, and
// its settings. The hash of the asset is the hash of the output, which is the same on every
// machine: it has no path, no time and no version control stamp.
func newNotifierFunction(scope constructs.Construct, id *string, s contract.Settings,
	props *awslambda.FunctionProps) awslambda.Function {
	dir, err := moduleDir()
	check(scope, prefixed("the notifier cannot be compiled", err))
	data, err := s.Marshal()
	check(scope, prefixed("the notifier's settings cannot be written", err))
	bundling := &notifierBundling{moduleDir: dir, settings: data}
	props.Code = awslambda.Code_FromAsset(jsii.String(filepath.Join(dir, "functions", "notifier")),
		&awss3assets.AssetOptions{
			AssetHashType: awscdk.AssetHashType_OUTPUT,
			Bundling: &awscdk.BundlingOptions{
				Image: awscdk.DockerImage_FromRegistry(jsii.String("local-bundling-only")), // required, but never pulled
				Local: bundling,
				// The CDK bundles once for equal options, and ignores Local: a second notifier with
				// other settings would get the settings of the first.
				Environment: &map[string]*string{"SETTINGS": jsii.String(fmt.Sprintf("%x", sha256.Sum256(data)))},
			},
		})
	function := awslambda.NewFunction(scope, id, props) // bundles
	check(scope, prefixed("the notifier cannot be compiled", bundling.err))
	return function
}

// moduleDir is the folder of Trailbus' own source: the working tree, a replacement, or the
// read-only module cache of an app that uses it.
func moduleDir() (string, error) {
	out, err := runCommand(exec.Command("go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", modulePath))
	if err != nil {
		return "", err
	}
	if dir := strings.TrimSpace(out); dir != "" {
		return dir, nil
	}
	return "", fmt.Errorf("go list knows no folder for %s, run: go mod download %s", modulePath, modulePath)
}

// notifierBundling compiles without Docker. jsii requires the pointer receiver.
type notifierBundling struct {
	moduleDir string
	settings  []byte
	err       error
}

// TryBundle fills a folder. The CDK calls it unless bundling is off for the stack.
func (b *notifierBundling) TryBundle(outputDir *string, _ *awscdk.BundlingOptions) *bool {
	b.err = errors.Join(
		os.WriteFile(filepath.Join(*outputDir, contract.SettingsFile), b.settings, 0o644),
		compileNotifier(b.moduleDir, *outputDir),
	)
	// True after a failure, too: a panic here would cross from Go to JavaScript and back, and false
	// would make the CDK look for Docker. newNotifierFunction panics when the CDK has returned.
	return jsii.Bool(true)
}

// compileNotifier builds in Trailbus' own module, with its go.mod and go.sum, because the go.sum of
// an app that uses the constructs lacks what only the Lambda imports. It writes nothing to the
// folder of the module.
func compileNotifier(moduleDir, outputDir string) error {
	build := exec.Command("go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false", "-tags=lambda.norpc",
		"-ldflags=-s -w -buildid=", "-o", filepath.Join(outputDir, "bootstrap"), "./functions/notifier")
	build.Dir = moduleDir
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "GOARM64=v8.0", "CGO_ENABLED=0", "GOTOOLCHAIN="+
		notifierToolchain,
		"GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=", "GOFIPS140=off")
	_, err := runCommand(build)
	return err
}

// runCommand returns what a command printed, or an error with what it printed to stderr.
func runCommand(command *exec.Cmd) (string, error) {
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("the go command is not in PATH")
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(command.Args[:2], " "), err, strings.TrimSpace(stderr.String()))
	}
	return string(out), nil
}
