// The notifier Lambda: wiring only. Package internal/delivery does the work.
package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/delivery"
	"github.com/trailbus/trailbus/internal/delivery/accounts"
	"github.com/trailbus/trailbus/internal/slack"
)

// processors is how many processors Go uses. Lambda shows two and gives the time of a part of one
// (see [contract.FunctionMemory]): on the second, the garbage collector would use up a fifth of
// that time.
const processors = 1

// memoryLimit is the soft memory limit of Go's runtime, in bytes; the process takes 12 MB more.
// Without it, full batches of a thousand events take 48 MB, most of it garbage; with it they take
// less than 40 MB, and a fifth more of the processor. A batch that needs more gets it, and takes
// longer: 6 MB that are all posted, of ten actors, take 0.4 s and 41 MB.
const memoryLimit = 25 << 20

func main() {
	runtime.GOMAXPROCS(processors)
	debug.SetMemoryLimit(memoryLimit)
	out := newOutput(os.Stdout)
	log := slog.New(slog.NewJSONHandler(out, nil))
	fail := func(what string, err error) {
		log.Error(what, slog.Any("error", err)) //nolint:sloglint // callers pass constants
		out.Flush()
		os.Exit(1)
	}
	if err := contract.CheckEnvironment(); err != nil {
		fail("the function is not set up", err)
	}
	s, err := contract.ReadSettings(filepath.Join(os.Getenv("LAMBDA_TASK_ROOT"), contract.SettingsFile))
	if err != nil {
		fail("the settings cannot be read", err)
	}
	aws, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		fail("the AWS configuration cannot be read", err)
	}
	secret := &slack.Secret{Reader: secretsmanager.NewFromConfig(aws), ID: os.Getenv(contract.EnvSecretARN)}
	n := &delivery.Notifier{
		Settings: s,
		Webhooks: secret,
		Slack:    &slack.Webhooks{},
		Tokens:   secret,
		Bot:      &slack.Bot{},
		Queue: &delivery.Queue{
			Client: sqs.NewFromConfig(aws),
			URL:    os.Getenv(contract.EnvQueueURL), DeadLetterURL: os.Getenv(contract.EnvDeadLetterQueueURL),
		},
		State:   &state.Table{Client: dynamodb.NewFromConfig(aws), Name: os.Getenv(contract.EnvTable)},
		Log:     log,
		Metrics: out,
		Flush:   out.Flush,
	}
	if s.LookUpAccounts {
		n.Accounts = &accounts.Directory{Configured: s.Accounts, Client: organizations.NewFromConfig(aws), State: n.State,
			Log: log}
	}
	if set := s.StackSet; set.Name != "" {
		n.Instances = &accounts.Instances{Client: cloudformation.NewFromConfig(aws), Name: set.Name, CallAs: set.CallAs}
	}
	lambda.Start(n)
}
