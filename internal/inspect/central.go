package inspect

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"github.com/trailbus/trailbus/internal/inspect/deployed"
	"github.com/trailbus/trailbus/internal/inspect/doctor"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/routes"
)

// FindCentral reads the resources of the central stack. webhooks are the names that routes use.
func FindCentral(ctx context.Context, config aws.Config, stack *deployed.Central, secret *slack.Secret,
	webhooks []string) *doctor.FoundCentral {
	f := &doctor.FoundCentral{}
	events := eventbridge.NewFromConfig(config)
	bus := stack.BusARN[strings.LastIndex(stack.BusARN, "/")+1:]
	described, err := events.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: &bus})
	policy := ""
	if err == nil {
		policy = aws.ToString(described.Policy)
	}
	f.BusPolicy = toAnswer(policy, "reading it", "events:DescribeEventBus", err)
	f.Archive = findArchive(ctx, events, stack.ArchiveARN)

	queues := sqs.NewFromConfig(config)
	f.Queue, f.DeadLetterQueue = findQueueByURL(ctx, queues, stack.QueueURL),
		findQueueByURL(ctx, queues, stack.DeadLetterQueueURL)
	if f.Queue.Value != nil {
		arn := f.Queue.Value.ARN
		f.OldestMessage = oldestMessageAge(ctx, cloudwatch.NewFromConfig(config), arn[strings.LastIndex(arn, ":")+1:])
		rules, err := findRulesTo(ctx, events, bus, arn)
		if err == nil {
			var own []doctor.FoundRule
			own, err = findRulesTo(ctx, events, "", arn)
			rules = append(rules, own...)
		}
		f.Rules = doctor.Answer[[]doctor.FoundRule]{Err: err}
		if err == nil {
			f.Rules = doctor.Found(rules)
		}
	} else {
		f.Rules = doctor.Found([]doctor.FoundRule{})
	}
	f.Function, f.Mappings = findFunction(ctx, lambda.NewFromConfig(config), stack.NotifierName)
	f.Secret = findSecret(ctx, secret, webhooks)
	return f
}

func findArchive(ctx context.Context, events *eventbridge.Client, arn string) doctor.Answer[doctor.FoundArchive] {
	name := arn[strings.LastIndex(arn, "/")+1:]
	got, err := events.DescribeArchive(ctx, &eventbridge.DescribeArchiveInput{ArchiveName: &name})
	if err != nil {
		return toAnswer(doctor.FoundArchive{}, "reading it", "events:DescribeArchive", err)
	}
	return doctor.Found(doctor.FoundArchive{State: string(got.State), Source: aws.ToString(got.EventSourceArn),
		Pattern: aws.ToString(got.EventPattern)})
}

// oldestMessageAge is the last datapoint of the metric: SQS itself does not tell the age of the
// oldest message.
func oldestMessageAge(ctx context.Context, metrics *cloudwatch.Client, queue string) doctor.Answer[time.Duration] {
	now := time.Now()
	got, err := metrics.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: aws.String("AWS/SQS"), MetricName: aws.String("ApproximateAgeOfOldestMessage"),
		Dimensions: []cloudwatchtypes.Dimension{{Name: aws.String("QueueName"), Value: &queue}},
		StartTime:  aws.Time(now.Add(-30 * time.Minute)), EndTime: &now, Period: aws.Int32(300),
		Statistics: []cloudwatchtypes.Statistic{cloudwatchtypes.StatisticMaximum},
	})
	if err != nil {
		return toAnswer(time.Duration(0), "asking for its age", "cloudwatch:GetMetricStatistics", err)
	}
	if len(got.Datapoints) == 0 {
		return doctor.Answer[time.Duration]{}
	}
	last := slices.MaxFunc(got.Datapoints, func(a, b cloudwatchtypes.Datapoint) int {
		return aws.ToTime(a.Timestamp).Compare(aws.ToTime(b.Timestamp))
	})
	return doctor.Found(time.Duration(aws.ToFloat64(last.Maximum) * float64(time.Second)))
}

func findFunction(ctx context.Context, functions *lambda.Client, name string) (doctor.Answer[doctor.FoundFunction],
	doctor.Answer[[]doctor.FoundMapping]) {
	got, err := functions.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		f := toAnswer(doctor.FoundFunction{}, "reading it", "lambda:GetFunctionConfiguration", err)
		return f, doctor.Answer[[]doctor.FoundMapping]{Err: f.Err}
	}
	f := doctor.FoundFunction{State: string(got.State), LastUpdate: string(got.LastUpdateStatus)}
	if f.Reason = aws.ToString(got.StateReason); f.LastUpdate == "Failed" {
		f.Reason = aws.ToString(got.LastUpdateStatusReason)
	}
	list, err := functions.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: &name})
	var mappings []doctor.FoundMapping
	if err == nil {
		for _, m := range list.EventSourceMappings {
			mappings = append(mappings, doctor.FoundMapping{UUID: aws.ToString(m.UUID), State: aws.ToString(m.State),
				Source: aws.ToString(m.EventSourceArn)})
		}
	}
	return doctor.Found(f), toAnswer(mappings, "listing them", "lambda:ListEventSourceMappings", err)
}

// findSecret says what the Slack secret has, and reveals no value.
func findSecret(ctx context.Context, secret *slack.Secret, webhooks []string) doctor.Answer[doctor.FoundSecret] {
	found := doctor.FoundSecret{}
	token, err := secret.Token(ctx)
	if _, refused := errors.AsType[smithy.APIError](err); refused || ctx.Err() != nil {
		return toAnswer(found, "reading it", "secretsmanager:GetSecretValue", err)
	}
	found.Token = token.Present()
	for _, name := range append(slices.Clone(webhooks), routes.Default) {
		_, usedDefault, err := secret.URL(ctx, name)
		if err == nil && !usedDefault && !slices.Contains(found.Webhooks, name) {
			found.Webhooks = append(found.Webhooks, name)
		}
	}
	if !found.Token && len(found.Webhooks) == 0 {
		found.Wrong = err.Error() // which repeats no value
	}
	return doctor.Found(found)
}
