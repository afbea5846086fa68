package trailbus

import (
	"cmp"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
)

// NotifierAlarmsProps are the properties of [NotifierAlarms].
type NotifierAlarmsProps struct {
	// Notifier is the notifier that the alarms are on.
	Notifier *SlackNotifier `field:"required"`
	// Emails are the addresses that get the alarms. AWS asks each to confirm the subscription
	// first.
	// Default: none; other subscriptions to the Topic work.
	Emails []string `field:"optional"`
}

// NotifierAlarms report a notifier that does not work, without it and without Slack: CloudWatch
// alarms, a topic, e-mail.
type NotifierAlarms struct {
	constructs.Construct
	topic  awssns.Topic
	alarms []awscloudwatch.Alarm
}

// NewNotifierAlarms makes the alarms, the topic and the subscriptions.
func NewNotifierAlarms(scope constructs.Construct, id *string, props *NotifierAlarmsProps) *NotifierAlarms {
	a := &NotifierAlarms{}
	constructs.NewConstruct_Override(a, scope, id)
	props = cmp.Or(props, &NotifierAlarmsProps{})
	require(a, requirement{"Notifier", props.Notifier == nil})
	for i, email := range props.Emails {
		switch {
		case !strings.Contains(email, "@"): // AWS's mail to confirm is the real check
			panic(validationError(a, "Emails: found %q, allowed: an address such as security@example.com", email))
		case slices.Contains(props.Emails[:i], email):
			panic(validationError(a, "Emails: %s is given twice", email))
		}
	}
	// Not encrypted by KMS: CloudWatch cannot use the key that AWS manages for SNS, and a key of
	// your own costs more than all alarms.
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
	a.topic = awssns.NewTopic(a, jsii.String("Topic"), &awssns.TopicProps{EnforceSSL: jsii.Bool(true)})
	stack := awscdk.Stack_Of(a)
	a.topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("AlarmsOfThisAccount"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sns:Publish"),
		Resources:  &[]*string{a.topic.TopicArn()},
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()}},
	}))
	for _, email := range props.Emails {
		awssns.NewSubscription(a, jsii.String("Email "+email), &awssns.SubscriptionProps{
			Topic: a.topic, Protocol: awssns.SubscriptionProtocol_EMAIL, Endpoint: jsii.String(email),
		})
	}
	for _, spec := range notifierAlarms(props.Notifier) {
		alarm := spec.newAlarm(a)
		alarm.AddAlarmAction(awscloudwatchactions.NewSnsAction(a.topic))
		alarm.AddOkAction(awscloudwatchactions.NewSnsAction(a.topic))
		a.alarms = append(a.alarms, alarm)
	}
	return a
}

// alarmSpec describes an alarm.
type alarmSpec struct {
	id, description string
	metric          awscloudwatch.Metric
	threshold       float64
	periods         float64 // in a row, until it is in alarm
	below           bool    // in alarm below the threshold, and where there is no data
}

// notifierAlarms lists the alarms. docs/operate.md explains them by their ids.
func notifierAlarms(n *SlackNotifier) []alarmSpec {
	fiveMinutes := awscdk.Duration_Minutes(jsii.Number(5))
	sum := &awscloudwatch.MetricOptions{Statistic: awscloudwatch.Stats_SUM(), Period: fiveMinutes}
	metric := func(name string, statistic *string, period awscdk.Duration) awscloudwatch.Metric {
		return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
			Namespace: jsii.String(contract.MetricsNamespace), MetricName: jsii.String(name), Statistic: statistic,
			Period: period,
		})
	}
	return []alarmSpec{
		{id: "NothingHeard", threshold: 1, periods: 3, below: true,
			description: "No forwarder was heard for an hour, or the notifier looks no more: nothing may be told in Slack",
			metric: metric(contract.MetricForwardersHeard, awscloudwatch.Stats_MAXIMUM(),
				duration(contract.ForwarderCheckPeriod))},
		// A message that was received three times has no age any more. So the metric ignores what
		// Slack does not take, and counts repeats and quiet hours, for which events wait in the
		// queue, for three quarters of an hour at most:
		// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
		{id: "OldestMessage", threshold: 2 * 60 * 60, periods: 3, metric: n.MetricOldestMessage(nil),
			description: "An event waits for 2 hours to be looked at: the notifier does not run"},
		// An event that Slack refuses is tried again every quarter of an hour at least, for days.
		{id: "Refused", threshold: 1, periods: 4,
			description: "Slack has not taken an event for an hour",
			metric:      metric(contract.MetricRefused, awscloudwatch.Stats_SUM(), duration(contract.MaxBackOff))},
		{id: "DeadLetters", threshold: 1, periods: 1, metric: n.MetricDeadLetters(nil),
			description: "An event could not be told; the message attribute says why"},
		{id: "Errors", threshold: 1, periods: 3, metric: n.function.MetricErrors(sum),
			description: "The notifier's function fails, again and again"},
		{id: "Throttles", threshold: 1, periods: 3, metric: n.function.MetricThrottles(sum),
			description: "Lambda does not run the notifier's function: other functions of the account use up its concurrency"},
		{id: "Unaccounted", threshold: 1, periods: 1,
			description: "An event has no outcome: a mistake in Trailbus, please report it",
			metric:      metric(contract.MetricUnaccounted, awscloudwatch.Stats_SUM(), fiveMinutes)},
	}
}

func (a alarmSpec) newAlarm(scope constructs.Construct) awscloudwatch.Alarm {
	// Metrics of failures have data only where there is one.
	comparison, missing := awscloudwatch.ComparisonOperator_GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
		awscloudwatch.TreatMissingData_NOT_BREACHING
	if a.below {
		comparison, missing = awscloudwatch.ComparisonOperator_LESS_THAN_THRESHOLD, awscloudwatch.TreatMissingData_BREACHING
	}
	return awscloudwatch.NewAlarm(scope, jsii.String(a.id), &awscloudwatch.AlarmProps{
		AlarmDescription: jsii.String("Trailbus: " + a.description), Metric: a.metric, Threshold: jsii.Number(a.threshold),
		EvaluationPeriods: jsii.Number(a.periods), ComparisonOperator: comparison, TreatMissingData: missing,
	})
}

// Topic is the topic of the alarms.
func (a *NotifierAlarms) Topic() awssns.Topic { return a.topic }

// Alarms are all alarms.
func (a *NotifierAlarms) Alarms() []awscloudwatch.Alarm {
	return slices.Clone(a.alarms)
}
