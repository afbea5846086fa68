package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodebuild"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/pipelines"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/config"
)

// Versions of the builds. Tests compare them with go.mod and package.json, which pin the exact
// versions.
const (
	// buildImage has this Go and this Node.js
	// (https://docs.aws.amazon.com/codebuild/latest/userguide/available-runtimes.html).
	buildImage  = "aws/codebuild/amazonlinux-x86_64-standard:6.0"
	goVersion   = "1.26"
	nodeVersion = "22"
	// cdkVersion updates the pipeline. Its step does not have package.json, and would otherwise run
	// the newest published version, which may assume the roles of the bootstrap.
	cdkVersion       = "2.1148.1"
	cdkAssetsVersion = "4.7.3"
)

// cacheDir is the folder that builds cache: Go's modules and compiled packages, npm's packages and
// jsii's.
const cacheDir = "/root/.cache"

// buildDefaults are options of every build of the pipeline. None needs Docker, so none is
// privileged.
func buildDefaults(logs awslogs.ILogGroup) *pipelines.CodeBuildOptions {
	return &pipelines.CodeBuildOptions{
		BuildEnvironment: &awscodebuild.BuildEnvironment{
			BuildImage:  awscodebuild.LinuxBuildImage_FromCodeBuildImageId(jsii.String(buildImage)),
			ComputeType: awscodebuild.ComputeType_SMALL,
			Privileged:  jsii.Bool(false),
		},
		Logging: &awscodebuild.LoggingOptions{CloudWatch: &awscodebuild.CloudWatchLoggingOptions{LogGroup: logs}},
		PartialBuildSpec: awscodebuild.BuildSpec_FromObject(&map[string]any{
			"version": "0.2",
			"phases":  map[string]any{"install": map[string]any{"runtime-versions": map[string]any{"nodejs": nodeVersion}}},
		}),
	}
}

// newSynthStep makes the step that tests the repository and writes the cloud assembly. configPath
// is the path of the configuration in the repository. more are further commands.
func newSynthStep(source pipelines.CodePipelineSource, bucket awss3.IBucket, configPath string,
	more ...string) pipelines.CodeBuildStep {
	env := map[string]*string{
		"GOMODCACHE":       jsii.String(cacheDir + "/go-mod"),
		"GOCACHE":          jsii.String(cacheDir + "/go-build"),
		"npm_config_cache": jsii.String(cacheDir + "/npm"),
	}
	if configPath != config.File {
		env["TRAILBUS_CONFIG"] = jsii.String(configPath)
	}
	return pipelines.NewCodeBuildStep(jsii.String("Synth"), &pipelines.CodeBuildStepProps{
		Input: source,
		Env:   &env,
		InstallCommands: jsii.Strings(
			// The toolchain of go.mod, whether the one of the image is older or newer. The Go
			// command checks its sum.
			"export GOTOOLCHAIN=$(awk '$1 == \"toolchain\" { print $2 }' go.mod)",
			"npm ci", // installs the Node.js of the commands that follow
		),
		Commands: jsii.Strings(append([]string{
			"make check",
			"go run ./cmd/trailbus rules test",
			"npx cdk synth --quiet",
		}, more...)...),
		// Compiling the CDK for Go needs more memory than the smallest type has.
		BuildEnvironment: &awscodebuild.BuildEnvironment{ComputeType: awscodebuild.ComputeType_MEDIUM},
		// In S3 and not on the build host: hosts are kept for minutes, and this pipeline runs now
		// and then. A cache with a key is written once, so a build uploads it only after a
		// dependency changed, and starts from the previous one.
		Cache: awscodebuild.Cache_Bucket(bucket, &awscodebuild.BucketCacheOptions{Prefix: jsii.String("cache")}),
		PartialBuildSpec: awscodebuild.BuildSpec_FromObject(&map[string]any{
			"version": "0.2",
			"phases":  map[string]any{"install": map[string]any{"runtime-versions": map[string]any{"golang": goVersion}}},
			"cache": map[string]any{
				"key":           "trailbus-$(codebuild-hash-files go.mod go.sum package-lock.json)",
				"fallback-keys": []string{"trailbus-"},
				"paths":         []string{cacheDir + "/**/*"},
			},
		}),
	})
}
