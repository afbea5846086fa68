// Package walk helps the tests that go through a deployment on the local AWS step by step. Only
// tests import it.
package walk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/trailbus/trailbus/internal/local"
	"github.com/trailbus/trailbus/internal/local/localaws"
	"github.com/trailbus/trailbus/internal/local/testenv"
)

// Repository is the root of the module, in which the CDK command must be installed.
func Repository(t *testing.T) string {
	t.Helper()
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	testenv.CDK(t, root)
	return root
}

// CacheDir is where the tests keep a local AWS that they have installed.
func CacheDir(root string) string { return filepath.Join(root, ".cache", "localaws") }

// Walk is a deployment that a test runs step by step.
type Walk struct {
	*local.Deployment
	T      *testing.T
	Output strings.Builder
}

// NewWalk makes a deployment that is closed with the test. tempIn is [local.Options.TempIn].
func NewWalk(t *testing.T, root, tempIn string) *Walk {
	t.Helper()
	w := &Walk{T: t}
	var err error
	w.Deployment, err = local.New(local.Options{Dir: root, Out: &w.Output, CacheDir: CacheDir(root),
		Binaries: Binaries(t, root), TempIn: tempIn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.Validate(false)
	return w
}

// Validate says whether the CDK validates what it synthesizes from here on. It takes seconds each
// time, so a walk has it done once, for the largest of what it deploys.
func (w *Walk) Validate(on bool) { w.Env = []string{fmt.Sprintf("CDK_VALIDATION=%v", on)} }

// programs is where the walks find the compiled programs: they are the same for all.
var programs = struct {
	once   sync.Once
	folder string
	err    error
	log    bytes.Buffer
}{}

// Binaries is the folder of the compiled programs, which all tests share.
func Binaries(t *testing.T, root string) string {
	t.Helper()
	programs.once.Do(func() {
		if programs.folder, programs.err = os.MkdirTemp("", "trailbus-walks-"); programs.err == nil {
			programs.err = local.Compile(context.Background(), root, programs.folder, &programs.log)
		}
	})
	if programs.err != nil {
		t.Fatalf("%v\n%s", programs.err, programs.log.String())
	}
	return programs.folder
}

// Main runs the tests of a package of walks, and removes what they share.
func Main(m *testing.M) {
	code := m.Run()
	if programs.folder != "" {
		os.RemoveAll(programs.folder)
	}
	os.Exit(code)
}

// Bootstrap bootstraps each environment that is not, as `cdk bootstrap` does, which takes a tenth
// of the time: it makes a stack of the CDK's template with these parameters. TestEndToEnd runs the
// command itself.
func (w *Walk) Bootstrap(ctx context.Context) error {
	template, err := bootstrapTemplate(w.Dir)
	if err != nil {
		return err
	}
	parameters := []types.Parameter{
		{ParameterKey: aws.String("TrustedAccounts"), ParameterValue: aws.String(w.Config.Central.Account)},
		{ParameterKey: aws.String("TrustedAccountsForLookup"), ParameterValue: aws.String("")},
		{ParameterKey: aws.String("CloudFormationExecutionPolicies"), ParameterValue: aws.String(local.ExecutionPolicy)},
		{ParameterKey: aws.String("FileAssetsBucketKmsKeyId"), ParameterValue: aws.String("AWS_MANAGED_KEY")},
		{ParameterKey: aws.String("PublicAccessBlockConfiguration"), ParameterValue: aws.String("true")},
	}
	for _, account := range w.Environments() {
		for _, region := range account.Regions {
			config, err := w.AWS.Config(ctx, account.ID, region)
			if err != nil {
				return err
			}
			client := cloudformation.NewFromConfig(config)
			_, err = client.CreateStack(ctx, &cloudformation.CreateStackInput{StackName: aws.String("CDKToolkit"),
				TemplateBody: &template,
				Parameters:   parameters, Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}})
			if _, already := errors.AsType[*types.AlreadyExistsException](err); already {
				continue
			}
			if err != nil {
				return err
			}
			// The local AWS has made a stack when it answers.
			made, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String("CDKToolkit")})
			if err != nil {
				return err
			}
			if status := made.Stacks[0].StackStatus; status != types.StackStatusCreateComplete {
				return fmt.Errorf("bootstrapping account %s in %s: %s", account.ID, region, status)
			}
		}
	}
	return nil
}

// bootstrapTemplate is what `cdk bootstrap` deploys. source is the folder of Trailbus' source.
func bootstrapTemplate(source string) (string, error) {
	bootstrapTemplateOnce.once.Do(func() {
		bin := filepath.Join(source, "node_modules", ".bin")
		command := exec.Command(filepath.Join(bin, "cdk"), "bootstrap", "--show-template")
		command.Dir = source
		command.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
			"CI=1", "CDK_DISABLE_VERSION_CHECK=1", "CDK_DISABLE_CLI_TELEMETRY=true", "AWS_EC2_METADATA_DISABLED=true")
		bootstrapTemplateOnce.text, bootstrapTemplateOnce.err = command.Output()
	})
	return string(bootstrapTemplateOnce.text), bootstrapTemplateOnce.err
}

var bootstrapTemplateOnce struct {
	once sync.Once
	text []byte
	err  error
}

// Must ends the test where a step failed, with the output so far.
func (w *Walk) Must(what string, err error) {
	w.T.Helper()
	if errors.Is(err, localaws.ErrNoMoto) {
		testenv.SkipOrFail(w.T, err.Error())
	}
	if err != nil {
		w.PrintLog()
		w.T.Fatalf("%s: %v\n%s", what, err, w.Output.String())
	}
}
