// The notifier Lambda: wiring only. What it does is in internal/notifier.
package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/trailbus/trailbus/internal/accounts"
	"github.com/trailbus/trailbus/internal/notifier"
	"github.com/trailbus/trailbus/internal/settings"
	"github.com/trailbus/trailbus/internal/slackapi"
	"github.com/trailbus/trailbus/internal/state"
	"github.com/trailbus/trailbus/internal/webhook"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stdout, nil))
	if err := settings.CheckEnvironment(); err != nil {
		log.Error("the function is not set up", "error", err)
		os.Exit(1)
	}
	s, err := settings.Read(filepath.Join(os.Getenv("LAMBDA_TASK_ROOT"), settings.File))
	if err != nil {
		log.Error("the settings cannot be read", "error", err)
		os.Exit(1)
	}
	aws, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Error("the AWS configuration cannot be read", "error", err)
		os.Exit(1)
	}
	secret := &webhook.Secret{Reader: secretsmanager.NewFromConfig(aws), ID: os.Getenv(settings.SecretARN)}
	n := &notifier.Notifier{
		Settings: s,
		Webhooks: secret,
		Slack:    &webhook.Client{},
		Tokens:   secret,
		Bot:      &slackapi.Client{},
		Queue: &notifier.Queue{
			Client: sqs.NewFromConfig(aws),
			URL:    os.Getenv(settings.QueueURL), DeadLetterURL: os.Getenv(settings.DeadLetterQueueURL),
		},
		State:   &state.Table{Client: dynamodb.NewFromConfig(aws), Name: os.Getenv(settings.Table)},
		Log:     log,
		Metrics: os.Stdout,
	}
	if s.LookUpAccounts {
		n.Accounts = &accounts.Directory{Listed: s.Accounts, Client: organizations.NewFromConfig(aws), State: n.State, Log: log}
	}
	lambda.Start(n.Handle)
}
