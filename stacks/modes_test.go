package stacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
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

// A road is a configuration that everything in these tests is held to: cdk-nag, cfn-lint, the list of what is granted, the
// partition, and what is kept. Another road into an organization is a line more.
type deploymentMode struct {
	name      string
	partition string
	region    string // the central one
	text      string // trailbus.yaml
}

var deploymentModes = []deploymentMode{
	{"example", "aws", "eu-central-1", file("../trailbus.yaml")},
	{"large", "aws", "eu-central-1", largeConfig(100, "recommended", "organization: o-a1b2c3d4e5\n", "eu-central-1")},
	{"without an organization", "aws", "eu-central-1", largeConfig(3, allPacks, "dashboard: true\n", "eu-central-1")},
	{"GovCloud", "aws-us-gov", "us-gov-west-1", largeConfig(2, allPacks, "organization: o-a1b2c3d4e5\n", "us-gov-west-1", "us-gov-east-1")},
	{"China", "aws-cn", "cn-north-1", largeConfig(2, allPacks, "organization: o-a1b2c3d4e5\n", "cn-north-1", "cn-northwest-1")},
	{"stack set", "aws", "eu-central-1", file("../trailbus.yaml") + stackSetConfig},
	{"stack set in GovCloud", "aws-us-gov", "us-gov-west-1", largeConfig(2, allPacks, "organization: o-a1b2c3d4e5\n", "us-gov-west-1", "us-gov-east-1") + stackSetConfig},
	{"pipeline", "aws", "eu-central-1", file("../trailbus.yaml") + pipelineConfig},
	{"pipeline in GovCloud", "aws-us-gov", "us-gov-west-1", largeConfig(2, allPacks, "organization: o-a1b2c3d4e5\n", "us-gov-west-1", "us-gov-east-1") + codeCommitConfig},
	{"pipeline in China", "aws-cn", "cn-north-1", largeConfig(2, allPacks, "organization: o-a1b2c3d4e5\n", "cn-north-1", "cn-northwest-1") + codeCommitConfig},
	{"pipeline that verifies", "aws", "eu-central-1", file("../trailbus.yaml") + pipelineConfig + inspectionRoleConfig},
	{"inspection", "aws", "eu-central-1", largeConfig(2, allPacks, inspectionConfig, "eu-central-1", "us-east-1")},
	{"inspection in GovCloud", "aws-us-gov", "us-gov-west-1", largeConfig(2, allPacks, inspectionConfig, "us-gov-west-1", "us-gov-east-1") + stackSetConfig},
	{"trail", "aws", "eu-central-1", file("../trailbus.yaml") + trailConfig},
	{"trail in GovCloud", "aws-us-gov", "us-gov-west-1", largeConfig(1, "cis", "organization: o-a1b2c3d4e5\n", "us-gov-west-1") + trailConfig},
	{"trail of an account", "aws", "eu-central-1", largeConfig(1, "cis", "trail: create\n", "eu-central-1")},
	{"trail in China", "aws-cn", "cn-north-1", largeConfig(1, "cis", "organization: o-a1b2c3d4e5\n", "cn-north-1") + trailConfig},
	{"the European Sovereign Cloud", "aws-eusc", "eusc-de-east-1", largeConfig(2, allPacks, "organization: o-a1b2c3d4e5\n", "eusc-de-east-1")},
}

// stackSetConfig is what a file says more to take the road of stack sets.
const stackSetConfig = "\ndeploy: stacksets\nmanagement: \"999999999999\"\nstackSet:\n  organizationalUnits: [r-a1b2]\n"

// inspectionConfig is what a file says more to have the role for trailbus doctor.
const inspectionConfig = "organization: o-a1b2c3d4e5\ninspectionRole: true\n"

// trailConfig is what a file says more to have the trail of an organization made.
const trailConfig = "\nmanagement: \"999999999999\"\ntrail: create\n"

const allPacks = "cis, identity, persistence, root-and-sign-in, logging, organization, destruction, tamper, network, data-exposure, recommended"

func file(name string) string {
	data, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(data)
}

// largeConfig writes a configuration with many accounts; the first Region is the central one.
func largeConfig(accounts int, packs, more string, regions ...string) string {
	var text strings.Builder
	fmt.Fprintf(&text, "central: {account: \"%012d\", region: %s}\nregions: [%s]\n%srules: {packs: [%s]}\nslack: {secret: trailbus/slack}\naccounts:\n",
		100000000000, regions[0], strings.Join(regions, ", "), more, packs)
	for i := range accounts {
		fmt.Fprintf(&text, "  - {id: \"%012d\", name: account %d}\n", 100000000000+i, i)
	}
	return text.String()
}

// synthesizedMode is what became of a road. A pipeline is without its stages: what they deploy is what other roads have, and a test holds that.
type synthesizedMode struct {
	deploymentMode
	templates map[string]string // by the id of the stack
	names     map[string]string // the stacks' names in CloudFormation, by the same
	findings  []finding         // of cdk-nag, what complies as well
	checked   map[string]string // which stack cdk-nag looked at, by the stacks' names
}

// resources gives those of a stack by logical id.
func (b synthesizedMode) resources(t *testing.T, stack string) map[string]resource {
	t.Helper()
	var template struct{ Resources map[string]resource }
	if err := json.Unmarshal([]byte(b.templates[stack]), &template); err != nil {
		t.Fatal(err)
	}
	return template.Resources
}

type resource struct {
	Type                                string
	Properties                          map[string]any
	DeletionPolicy, UpdateReplacePolicy string
}

var cache = map[string]synthesizedMode{}

// forEachMode runs a test for each road. All tests see the same templates: each road is synthesized once.
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
	c, err := config.Parse("trailbus.yaml", []byte(r.text), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	app := cdktest.NewApp(t, false)
	// cdk-nag says what it finds by annotations as well, and they would end the synthesis.
	app.Node().SetContext(jsii.String("@aws-cdk/core:annotationsInValidationReport"), jsii.Bool(false))
	addAll(app, c)
	pack := cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{ReportFormats: &[]cdknag.NagReportFormat{cdknag.NagReportFormat_JSON}})
	b := synthesizedMode{deploymentMode: r, templates: map[string]string{}, names: map[string]string{}, checked: map[string]string{}}
	for id, stack := range stacksOf(app) {
		if name := *stack.StackName(); b.checked[name] == "" { // one of those that have the same template; a test holds that they have
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
		for _, r := range b.resources(t, id) {
			if r.Type == "AWS::CloudFormation::StackSet" { // what it brings is held to the same
				b.names[id+" brings"] = r.Properties["StackSetName"].(string)
				b.templates[id+" brings"] = r.Properties["TemplateBody"].(string)
			}
		}
	}
	if b.checked[contract.ForwarderStackName] != "" { // bare resources, in which cdk-nag finds nothing
		b.findings = append(b.findings, forwarderFindings(t, c, b, *stacksOf(app)[b.checked[contract.ForwarderStackName]].Account())...)
	}
	return b
}

// forwarderFindings is what cdk-nag says of the forwarder that the forwarder stacks have the template of.
func forwarderFindings(t *testing.T, c *config.Config, b synthesizedMode, account string) []finding {
	t.Helper()
	app := cdktest.NewApp(t, false)
	app.Node().SetContext(jsii.String("@aws-cdk/core:annotationsInValidationReport"), jsii.Bool(false))
	stack := awscdk.NewStack(app, jsii.String("Forwarder-made-anew"), &awscdk.StackProps{
		Description: jsii.String("Trailbus: forwards CloudTrail events to the central event bus"),
		Env:         &awscdk.Environment{Account: jsii.String(c.Central.Account), Region: jsii.String(c.Central.Region)},
		Synthesizer: awscdk.NewDefaultStackSynthesizer(&awscdk.DefaultStackSynthesizerProps{GenerateBootstrapVersionRule: jsii.Bool(false)}),
	})
	newForwarder(stack, c, c.RegionsOf(account), contract.ForwarderStackName)
	awscdk.Aspects_Of(stack).Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{ReportFormats: &[]cdknag.NagReportFormat{cdknag.NagReportFormat_JSON}}), nil)
	assembly := app.Synth(nil)
	var anew, laid any
	for text, into := range map[string]*any{
		file(filepath.Join(*assembly.Directory(), "Forwarder-made-anew.template.json")): &anew, b.templates[b.checked[contract.ForwarderStackName]]: &laid,
	} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	if !reflect.DeepEqual(anew, laid) {
		t.Errorf("the forwarder is\n%v\nand its stacks have\n%v", anew, laid)
	}
	return findings(t, *assembly.Directory())
}

// stacksOf gives the stacks of an app or of a stage by their ids.
func stacksOf(scope constructs.Construct) map[string]awscdk.Stack {
	found := map[string]awscdk.Stack{}
	for _, child := range *scope.Node().Children() {
		switch child := child.(type) {
		case awscdk.Stack:
			found[*child.Node().Path()] = child
		case awscdk.Stage:
			maps.Copy(found, stacksOf(child))
		}
	}
	return found
}
