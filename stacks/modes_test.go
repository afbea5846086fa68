package stacks

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local/cdktest"
)

// deploymentMode is a configuration for the tests that every deployment mode and partition must
// pass: cdk-nag, cfn-lint, the list of grants, the partition of ARNs, and the data that stays.
type deploymentMode struct {
	name      string
	partition string
	region    string // the central one
	text      string // trailbus.yaml
}

// deploymentModes combine what does not change the same stacks, since each takes seconds.
var deploymentModes = []deploymentMode{
	{"example", "aws", "eu-central-1", example},
	{"without an organization, with a trail", "aws", "eu-central-1", largeConfig(3, allPacks, "dashboard: true\ntrail: create\n", "eu-central-1")},
	{"GovCloud, with a trail", "aws-us-gov", "us-gov-west-1", govCloud + trailConfig},
	{"China, with a trail", "aws-cn", "cn-north-1", china + trailConfig},
	{"the European Sovereign Cloud", "aws-eusc", "eusc-de-east-1", largeConfig(2, allPacks, organizationConfig, "eusc-de-east-1")},
	{"inspection, with a trail", "aws", "eu-central-1", largeConfig(2, allPacks, inspectionConfig, "eu-central-1", "us-east-1") + trailConfig},
	{"stack set", "aws", "eu-central-1", example + stackSetConfig},
	{"stack set in GovCloud, with inspection", "aws-us-gov", "us-gov-west-1", govCloud + stackSetConfig + inspectionRoleConfig},
	{"pipeline that verifies", "aws", "eu-central-1", example + pipelineConfig + inspectionRoleConfig},
	{"pipeline in GovCloud", "aws-us-gov", "us-gov-west-1", govCloud + codeCommitConfig},
	{"pipeline in China", "aws-cn", "cn-north-1", china + codeCommitConfig},
}

var (
	govCloud = largeConfig(2, allPacks, organizationConfig, "us-gov-west-1", "us-gov-east-1")
	china    = largeConfig(2, allPacks, organizationConfig, "cn-north-1", "cn-northwest-1")
)

// stackSetConfig is the end of a configuration with the deployment mode stacksets.
const stackSetConfig = "\ndeploy: stacksets\nmanagement: \"999999999999\"\nstackSet:\n  organizationalUnits: [r-a1b2]\n"

const organizationConfig = "organization: o-a1b2c3d4e5\n"

const inspectionConfig = organizationConfig + inspectionRoleConfig

// trailConfig is the end of a configuration that creates the trail of an organization.
const trailConfig = "\nmanagement: \"999999999999\"\ntrail: create\n"

const allPacks = "cis, identity, persistence, root-and-sign-in, logging, organization, destruction, tamper, network, data-exposure, recommended"

// largeConfig is a configuration with many accounts. The first Region is the central one.
func largeConfig(accounts int, packs, more string, regions ...string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "central: {account: \"%012d\", region: %s}\nregions: [%s]\n%srules: {packs: [%s]}\nslack: {secret: trailbus/slack}\naccounts:\n",
		100000000000, regions[0], strings.Join(regions, ", "), more, packs)
	for i := range accounts {
		fmt.Fprintf(&text, "  - {id: \"%012d\", name: account %d}\n", 100000000000+i, i)
	}
	return text.String()
}

// synthesizedMode is a synthesized deployment mode, without the stages of a pipeline: another test
// compares their stacks with those of other modes.
type synthesizedMode struct {
	deploymentMode
	templates map[string]string // by the id of the stack
	names     map[string]string // the names of the stacks, by the same
	findings  []finding         // of cdk-nag, with what complies
	checked   map[string]string // the ids of the stacks that cdk-nag checked, by name
}

var cache = map[string]synthesizedMode{}

// forEachMode runs a test for each deployment mode, which is synthesized once for all tests.
func forEachMode(t *testing.T, test func(t *testing.T, b synthesizedMode)) {
	t.Helper()
	for _, r := range deploymentModes {
		t.Run(r.name, func(t *testing.T) {
			if _, ok := cache[r.name]; !ok {
				cache[r.name] = synthesizeMode(t, r)
			}
			test(t, cache[r.name])
		})
	}
}

func synthesizeMode(t *testing.T, r deploymentMode) synthesizedMode {
	t.Helper()
	c := parse(t, r.text)
	app := cdktest.NewApp(t, false)
	// cdk-nag adds its findings as annotations, too, which would end the synthesis.
	app.Node().SetContext(jsii.String("@aws-cdk/core:annotationsInValidationReport"), jsii.Bool(false))
	addAll(app, c)
	pack := cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{ReportFormats: &[]cdknag.NagReportFormat{cdknag.NagReportFormat_JSON}})
	b := synthesizedMode{deploymentMode: r, templates: map[string]string{}, names: map[string]string{}, checked: map[string]string{}}
	for id, stack := range stacksOf(app) {
		if name := *stack.StackName(); b.checked[name] == "" { // stacks with the same name have the same template, as a test checks
			b.checked[name] = id
			awscdk.Aspects_Of(stack).Add(pack, nil)
		}
	}
	assembly := app.Synth(nil)
	b.findings = findings(t, *assembly.Directory())
	for _, artifact := range *assembly.Stacks() {
		id := *artifact.HierarchicalId()
		b.names[id] = *artifact.StackName()
		b.templates[id] = file(filepath.Join(*assembly.Directory(), *artifact.TemplateFile()))
		for _, r := range resourcesOf(t, b.templates[id]) {
			if r.Type == "AWS::CloudFormation::StackSet" { // its template must pass the same tests
				b.names[id+" template"] = r.Properties["StackSetName"].(string)
				b.templates[id+" template"] = r.Properties["TemplateBody"].(string)
			}
		}
	}
	if b.checked[contract.ForwarderStackName] != "" { // bare resources, which cdk-nag ignores
		b.findings = append(b.findings, forwarderFindings(t, c, b, *stacksOf(app)[b.checked[contract.ForwarderStackName]].Account())...)
	}
	return b
}

// forwarderFindings are the findings of cdk-nag on a forwarder with the template of the forwarder
// stacks.
func forwarderFindings(t *testing.T, c *config.Config, b synthesizedMode, account string) []finding {
	t.Helper()
	app := cdktest.NewApp(t, false)
	app.Node().SetContext(jsii.String("@aws-cdk/core:annotationsInValidationReport"), jsii.Bool(false))
	stack := awscdk.NewStack(app, jsii.String("Forwarder-new"), &awscdk.StackProps{
		Description: jsii.String("Trailbus: forwards CloudTrail events to the central event bus"),
		Env:         &awscdk.Environment{Account: jsii.String(c.Central.Account), Region: jsii.String(c.Central.Region)},
		Synthesizer: awscdk.NewDefaultStackSynthesizer(&awscdk.DefaultStackSynthesizerProps{GenerateBootstrapVersionRule: jsii.Bool(false)}),
	})
	newForwarder(stack, c, c.RegionsOf(account), contract.ForwarderStackName)
	awscdk.Aspects_Of(stack).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{ReportFormats: &[]cdknag.NagReportFormat{cdknag.NagReportFormat_JSON}}), nil)
	assembly := app.Synth(nil)
	var fresh, added any
	for text, into := range map[string]*any{
		file(filepath.Join(*assembly.Directory(), "Forwarder-new.template.json")): &fresh, b.templates[b.checked[contract.ForwarderStackName]]: &added,
	} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(fresh, added) {
		t.Errorf("a new forwarder is\n%v\nand that of the template\n%v", fresh, added)
	}
	return findings(t, *assembly.Directory())
}

// stacksOf are the stacks of an app by their ids.
func stacksOf(scope constructs.Construct) map[string]awscdk.Stack {
	found := map[string]awscdk.Stack{}
	for _, child := range *scope.Node().Children() {
		if stack, ok := child.(awscdk.Stack); ok {
			found[*stack.Node().Path()] = stack
		}
	}
	return found
}
