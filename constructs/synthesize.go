package trailbus

import (
	"maps"
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// synthesizeTemplate synthesizes a stack with a forwarder in an app of its own and returns its
// template. Without an environment the template is for all partitions.
func synthesizeTemplate(scope constructs.Construct, env *awscdk.Environment, build func(awscdk.Stack)) ([]byte, error) {
	dir, err := os.MkdirTemp("", "trailbus-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)

	context, _ := scope.Node().GetAllContext(nil).(map[string]any)
	context = maps.Clone(context)
	context["aws:cdk:enable-path-metadata"] = false // it would add to the size
	app := awscdk.NewApp(&awscdk.AppProps{
		PostCliContext: &context, Outdir: jsii.String(dir), AutoSynth: jsii.Bool(false), AnalyticsReporting: jsii.Bool(false),
	})
	// A stage can be synthesized without its app. The CDK validates an app as a whole, which takes
	// seconds, and does so anyway where the forwarder is a stack.
	stage := awscdk.NewStage(app, jsii.String("Template"), nil)
	stack := awscdk.NewStack(stage, jsii.String("Forwarder"), &awscdk.StackProps{
		Description:        jsii.String("Trailbus: forwards CloudTrail events to the central event bus"),
		Env:                env,
		AnalyticsReporting: jsii.Bool(false),
		Synthesizer: awscdk.NewDefaultStackSynthesizer(&awscdk.DefaultStackSynthesizerProps{
			GenerateBootstrapVersionRule: jsii.Bool(false), // the accounts are not bootstrapped
		}),
	})
	build(stack)
	return os.ReadFile(*(*stage.Synth(nil).Stacks())[0].TemplateFullPath())
}
