package demo

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

	"github.com/trailbus/trailbus/internal/local/localaws"
	"github.com/trailbus/trailbus/internal/local/testenv"
)

// repository is the folder of the project, in which the CDK command has been installed: the nearest above a test's that has a go.mod.
func repository(t *testing.T) string {
	t.Helper()
	root, err := testenv.Root()
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

// newWalk begins one, which ends with the test. tempIn is where its folder is made, as [Options] have it.
func newWalk(t *testing.T, root, tempIn string) *walk {
	t.Helper()
	w := &walk{t: t}
	var err error
	w.run, err = newRun(Options{Dir: root, Out: &w.out, CacheDir: caches(root), binaries: binaries(t, root), tempIn: tempIn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	w.validate(false)
	return w
}

// validate says whether the CDK validates what it synthesizes from here on. It takes seconds each time, so a walk has it
// done once, for the largest of what it deploys.
func (w *walk) validate(on bool) { w.env = []string{fmt.Sprintf("CDK_VALIDATION=%v", on)} }

// programs is where the walks find the compiled programs: they are the same for all.
var programs = struct {
	once   sync.Once
	folder string
	err    error
	log    bytes.Buffer
}{}

func binaries(t *testing.T, root string) string {
	t.Helper()
	programs.once.Do(func() {
		if programs.folder, programs.err = os.MkdirTemp("", "trailbus-walks-"); programs.err == nil {
			programs.err = compile(context.Background(), root, programs.folder, &programs.log)
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

// prepared bootstraps each environment that is not, as `cdk bootstrap` does, which takes a tenth of the time: it makes a
// stack of the CDK's template with these parameters. TestEndToEnd runs the command itself.
func (w *walk) prepared(ctx context.Context) error {
	template, err := bootstrapTemplate(w.Dir)
	if err != nil {
		return err
	}
	parameters := []types.Parameter{
		{ParameterKey: aws.String("TrustedAccounts"), ParameterValue: aws.String(w.config.Central.Account)},
		{ParameterKey: aws.String("TrustedAccountsForLookup"), ParameterValue: aws.String("")},
		{ParameterKey: aws.String("CloudFormationExecutionPolicies"), ParameterValue: aws.String(executionPolicy)},
		{ParameterKey: aws.String("FileAssetsBucketKmsKeyId"), ParameterValue: aws.String("AWS_MANAGED_KEY")},
		{ParameterKey: aws.String("PublicAccessBlockConfiguration"), ParameterValue: aws.String("true")},
	}
	for _, account := range w.environments() {
		for _, region := range account.Regions {
			config, err := w.aws.Config(ctx, account.ID, region)
			if err != nil {
				return err
			}
			client := cloudformation.NewFromConfig(config)
			_, err = client.CreateStack(ctx, &cloudformation.CreateStackInput{StackName: aws.String("CDKToolkit"), TemplateBody: &template,
				Parameters: parameters, Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam}})
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
	shownTemplate.once.Do(func() {
		bin := filepath.Join(source, "node_modules", ".bin")
		command := exec.Command(filepath.Join(bin, "cdk"), "bootstrap", "--show-template")
		command.Dir = source
		command.Env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"),
			"CI=1", "CDK_DISABLE_VERSION_CHECK=1", "CDK_DISABLE_CLI_TELEMETRY=true", "AWS_EC2_METADATA_DISABLED=true")
		shownTemplate.text, shownTemplate.err = command.Output()
	})
	return string(shownTemplate.text), shownTemplate.err
}

var shownTemplate struct {
	once sync.Once
	text []byte
	err  error
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
