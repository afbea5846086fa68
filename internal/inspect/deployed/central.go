// Package deployed finds the resources of the central stack in AWS.
package deployed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/logging"

	"github.com/trailbus/trailbus/internal/contract"
)

// Central has the resources of the central stack.
type Central struct {
	// Config is for clients in the central account and Region.
	Config aws.Config
	// BusARN is the central event bus, ArchiveARN its archive, NotifierRuleARN its rule that feeds
	// the queue of the notifier.
	BusARN, ArchiveARN, NotifierRuleARN string
	// QueueURL is the queue of the notifier, DeadLetterQueueURL its dead-letter queue.
	QueueURL, DeadLetterQueueURL string
	// NotifierName is the function that posts to Slack.
	NotifierName string
	// TableName is the table of the notifier.
	TableName string
}

// Outputs lists the names of the outputs of the stack that a [Central] is read from.
func Outputs() []string {
	var names []string
	for name := range (&Central{}).fields() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (c *Central) fields() map[string]*string {
	return map[string]*string{
		contract.OutputBusARN: &c.BusARN, contract.OutputArchiveARN: &c.ArchiveARN,
		contract.OutputNotifierRuleARN: &c.NotifierRuleARN,
		contract.OutputQueueURL:        &c.QueueURL, contract.OutputDeadLetterQueueURL: &c.DeadLetterQueueURL,
		contract.OutputTableName:    &c.TableName,
		contract.OutputNotifierName: &c.NotifierName,
	}
}

// Find asks CloudFormation for the central stack in an account and Region, with the credentials
// that the AWS CLI would use. An error says in one line what is wrong and what is allowed.
func Find(ctx context.Context, account, region string) (*Central, error) {
	config, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithRegion(region),
		awsconfig.WithLogger(logging.Nop{})) // its log lines repeat the error
	if err != nil {
		return nil, fmt.Errorf("the AWS configuration cannot be read: %w", err)
	}
	if _, err := config.Credentials.Retrieve(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("found no AWS credentials, allowed: what the AWS CLI takes, for example AWS_PROFILE or AWS_ACCESS_KEY_ID: %w", err)
	}
	// Without this call, credentials of another account would find no stack, and the error would
	// not say why.
	identity, err := sts.NewFromConfig(config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, Explain("asking whose the AWS credentials are", "sts:GetCallerIdentity", err)
	}
	if found := aws.ToString(identity.Account); found != account {
		return nil, fmt.Errorf("found AWS credentials of account %s (%s), allowed: credentials of the central account %s",
			found, aws.ToString(identity.Arn), account)
	}
	c := &Central{Config: config}
	return c, c.read(ctx, account, region)
}

// read fills in the stack's outputs.
func (c *Central) read(ctx context.Context, account, region string) error {
	place := fmt.Sprintf("account %s, %s", account, region)
	described, err := cloudformation.NewFromConfig(c.Config).DescribeStacks(ctx,
		&cloudformation.DescribeStacksInput{StackName: aws.String(contract.CentralStackName)})
	// CloudFormation has no error code of its own for a stack that is not there.
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "ValidationError" &&
		strings.Contains(api.ErrorMessage(), "does not exist") {
		return fmt.Errorf("%s: there is no stack %s; is it deployed, and is central of trailbus.yaml right?", place,
			contract.CentralStackName)
	}
	if err != nil {
		return Explain(place+": looking for the stack "+contract.CentralStackName, "cloudformation:DescribeStacks", err)
	}
	if len(described.Stacks) != 1 {
		return fmt.Errorf("%s: found %d stacks %s, allowed: 1", place, len(described.Stacks), contract.CentralStackName)
	}
	stack, fields := described.Stacks[0], c.fields()
	for _, output := range stack.Outputs {
		if field := fields[aws.ToString(output.OutputKey)]; field != nil {
			*field = aws.ToString(output.OutputValue)
		}
	}
	for _, name := range Outputs() {
		if *fields[name] == "" {
			return fmt.Errorf("%s: the stack %s (%s) has no output %s; deploy it with this version of Trailbus", place,
				contract.CentralStackName, stack.StackStatus, name)
		}
	}
	return nil
}
