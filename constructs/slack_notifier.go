package trailbus

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// SlackNotifierProps are the properties of a [SlackNotifier].
type SlackNotifierProps struct {
	// Bus is the central bus: the Bus of a [CentralTrailBus], or one from [CentralTrailBusFromAccount].
	Bus awsevents.IEventBus `field:"required"`
	// Secret holds the Slack incoming webhooks, a bot token, or both: a JSON object of names and URLs with the token as "token", or one
	// URL alone, which then is named "default", or one token alone.
	Secret awssecretsmanager.ISecret `field:"required"`
	// Rules say which events are told. They should be those of the forwarders.
	Rules *rules.Set `field:"required"`
	// Mutes keep some alerts from being told.
	// Default: nothing is muted.
	Mutes []rules.Mute `field:"optional"`
	// AccountNames are what people call the accounts, by account id.
	// Default: messages name accounts by id.
	AccountNames map[string]string `field:"optional"`
	// AccountNamesFrom is the organization that is asked for the names of other accounts. AWS Organizations tells its management account
	// and delegated administrators, so the notifier must be in one of them; elsewhere messages name those accounts by id.
	// Default: nobody is asked.
	AccountNamesFrom *Organization `field:"optional"`
	// AccessPortalURL is the address of the organization's AWS access portal, such as https://example.awsapps.com/start. Links in
	// messages then sign in to the account of the event.
	// Default: links lead to the console, in whichever account the reader is signed in to.
	AccessPortalURL *string `field:"optional"`
	// AccessPortalRole is the permission set that those links open the console with.
	// Default: the reader chooses.
	AccessPortalRole *string `field:"optional"`
	// Routes choose the webhooks and channels of an alert.
	// Default: the webhook "default" takes everything.
	Routes routes.Table `field:"optional"`
	// Forwarders are those that must be heard: the Regions, by account id. One that falls silent is told of, and one that is never heard.
	// Default: those that were heard once.
	Forwarders map[string][]string `field:"optional"`
	// OtherForwarders are watched as well, as soon as they were heard once, such as those of a stack set.
	// Default: false where Forwarders are given.
	OtherForwarders *bool `field:"optional"`
	// StackSet is the stack set of a [ForwarderStackSet] whose instances must be heard, too. It must be in the notifier's account, or that
	// account a delegated administrator of stack sets, and in its Region.
	// Default: those instances are watched that were heard once, where OtherForwarders says so.
	StackSet *StackSetInstances `field:"optional"`
	// Heartbeat is how often each forwarder is heard: the Heartbeat of the [RegionalForwarder].
	// Default: 1 hour.
	Heartbeat awscdk.Duration `field:"optional"`
	// LogRetention is how long the function's logs are kept.
	// Default: 3 months.
	LogRetention awslogs.RetentionDays `field:"optional"`
	// MaxConcurrency is how many of the function run at a time, 2 to 1,000. Slack takes about one message a second per channel,
	// so more of them mostly wait (https://docs.slack.dev/apis/web-api/rate-limits).
	// Default: 2, the least that Lambda allows.
	MaxConcurrency *float64 `field:"optional"`
	// EncryptionKey encrypts the queues and the logs. Its policy then lets EventBridge and CloudWatch Logs of this account use it; a
	// key of another stack must say so itself. Secret has a key of its own.
	// Default: SQS and CloudWatch Logs encrypt with keys of their own.
	EncryptionKey awskms.IKey `field:"optional"`
	// RolePath is the IAM path of the function's role, where an organization asks for one.
	// Default: /.
	RolePath *string `field:"optional"`
}

// SlackNotifier tells people in Slack what arrives at the central bus: a queue that holds what Slack cannot take yet, a Lambda
// function that matches, writes and posts, a table of what it has told, and a dead-letter queue for what can never be told.
//
// Synthesis compiles the function, which needs the Go command.
type SlackNotifier struct {
	constructs.Construct
	rule            awsevents.Rule
	queue           awssqs.Queue
	deadLetterQueue awssqs.Queue
	table           awsdynamodb.Table
	function        awslambda.Function
	logGroup        awslogs.LogGroup
}

// checkMutedRules refuses a mute of a rule that is not there: it would mute nothing, and nobody would know. A rule of the catalogue may be
// switched off for a while.
func checkMutedRules(set *rules.Set, mutes []rules.Mute) error {
	for _, mute := range mutes {
		there := slices.ContainsFunc(set.Rules(), func(rule *rules.Rule) bool { return rule.ID == mute.Rule })
		if mute.Rule != "" && !there && len(rules.PacksOf(mute.Rule)) == 0 {
			return fmt.Errorf("found a mute of %q, which is none of the rules, allowed: the id of one of Rules or of the catalogue, or none for all", mute.Rule)
		}
	}
	return nil
}

// NewSlackNotifier makes the queue, the function, the table, the dead-letter queue and the rule that feeds them.
func NewSlackNotifier(scope constructs.Construct, id *string, props *SlackNotifierProps) *SlackNotifier {
	n := &SlackNotifier{}
	constructs.NewConstruct_Override(n, scope, id)
	if props == nil {
		props = &SlackNotifierProps{}
	}
	require(n, requirement{"Bus", props.Bus == nil}, requirement{"Secret", props.Secret == nil}, requirement{"Rules", isEmpty(props.Rules)})
	mutes, err := rules.NewMutes(props.Mutes...)
	if err != nil {
		panic(validationError(n, "Mutes: %v", err))
	}
	if err := checkMutedRules(props.Rules, props.Mutes); err != nil {
		panic(validationError(n, "Mutes: %v", err))
	}
	watch, err := props.heartbeatWatch()
	if err != nil {
		panic(validationError(n, "%v", err))
	}
	if err := props.Routes.Check(); err != nil {
		panic(validationError(n, "Routes: %v", err))
	}
	if err := cmp.Or(checkRolePath(props.RolePath), checkStackSetName(props.StackSet.given())); err != nil {
		panic(validationError(n, "%v", err))
	}
	portal := contract.AccessPortal{}
	if props.AccessPortalURL != nil {
		// A token is no address either: the notifier's settings are written at synthesis.
		if portal.URL = *props.AccessPortalURL; !strings.HasPrefix(portal.URL, "https://") {
			panic(validationError(n, "AccessPortalURL: found %q, allowed: an address such as https://example.awsapps.com/start", portal.URL))
		}
	}
	if err := props.AccountNamesFrom.check(); err != nil {
		panic(validationError(n, "AccountNamesFrom: %v", err))
	}
	if props.AccessPortalRole != nil {
		portal.Role = *props.AccessPortalRole
	}
	retention := props.LogRetention
	if retention == "" {
		retention = awslogs.RetentionDays_THREE_MONTHS
	}
	concurrency := props.MaxConcurrency
	if concurrency == nil {
		concurrency = jsii.Number(2)
	}

	n.deadLetterQueue = newQueue(n, "DeadLetterQueue", props.EncryptionKey, awssqs.QueueProps{
		RetentionPeriod: duration(contract.DeadLetterRetention),
	})
	n.queue = newQueue(n, "Queue", props.EncryptionKey, awssqs.QueueProps{
		RetentionPeriod:   duration(contract.QueueRetention),
		VisibilityTimeout: duration(contract.VisibilityTimeout),
		DeadLetterQueue:   &awssqs.DeadLetterQueue{Queue: n.deadLetterQueue, MaxReceiveCount: jsii.Number(contract.MaxReceiveCount)},
	})
	n.table = newStateTable(n, jsii.String("Table"))
	logs := &awslogs.LogGroupProps{Retention: retention, RemovalPolicy: awscdk.RemovalPolicy_DESTROY}
	if key := props.EncryptionKey; key != nil {
		grantEventBridge(key, n)
		grantLogs(key, n)
		logs.EncryptionKey = key
	}
	n.logGroup = awslogs.NewLogGroup(n, jsii.String("Logs"), logs)
	// A role of our own: the one that CDK makes may write to every log group of the account.
	role := awsiam.NewRole(n, jsii.String("Role"), &awsiam.RoleProps{
		Description: jsii.String("Trailbus: the notifier"),
		Path:        props.RolePath,
		AssumedBy:   awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
	})
	n.logGroup.GrantWrite(role)
	props.Secret.GrantRead(role, nil)
	// What can never be told goes there with its reason, at once and not after 600 tries.
	n.deadLetterQueue.GrantSendMessages(role)
	grantState(n.table, role)
	props.AccountNamesFrom.grantDescribeAccount(n, role)
	props.StackSet.grantList(n, role)

	known := contract.Settings{Rules: props.Rules, Mutes: mutes, Accounts: props.AccountNames,
		LookUpAccounts: props.AccountNamesFrom != nil, Routes: props.Routes,
		AccessPortal: portal, Heartbeat: watch, StackSet: props.StackSet.settings()}
	n.function = newNotifierFunction(n, jsii.String("Function"), known, &awslambda.FunctionProps{
		Description:  jsii.String("Trailbus: tells people in Slack about CloudTrail events"),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: awslambda.Architecture_ARM_64(),
		Handler:      jsii.String("bootstrap"),
		MemorySize:   jsii.Number(contract.FunctionMemory),
		Timeout:      duration(contract.FunctionTimeout),
		Role:         role,
		LogGroup:     n.logGroup,
		Environment: &map[string]*string{
			contract.SecretARN:          props.Secret.SecretArn(),
			contract.QueueURL:           n.queue.QueueUrl(),
			contract.DeadLetterQueueURL: n.deadLetterQueue.QueueUrl(),
			contract.Table:              n.table.TableName(),
		},
	})
	// The CDK makes every function wait for its role, which it refers to anyway; cfn-lint warns of that. Taking the dependency
	// out would take out those that an app adds, too.
	n.function.Node().DefaultChild().(awscdk.CfnResource).AddMetadata(jsii.String("cfn-lint"), map[string]any{
		"config": map[string]any{"ignore_checks": []string{"W3005"}},
	})
	n.queue.GrantConsumeMessages(role)
	// The CDK's SqsEventSource names the mapping by where the queue stands, which differs between a stack of an app and one of a pipeline.
	// Who moves from one to the other would have a second mapping made before the first one goes, and Lambda refuses that.
	n.function.AddEventSourceMapping(jsii.String("Queue"), &awslambda.EventSourceMappingOptions{
		EventSourceArn:          n.queue.QueueArn(),
		BatchSize:               jsii.Number(contract.BatchSize),
		MaxBatchingWindow:       duration(contract.BatchWindow),
		MaxConcurrency:          concurrency,
		ReportBatchItemFailures: jsii.Bool(true),
	})
	n.rule = newAlertRule(n, jsii.String("Rule"), props.Bus, awseventstargets.NewSqsQueue(n.queue, &awseventstargets.SqsQueueProps{
		DeadLetterQueue: n.deadLetterQueue, // what stands in it is an event either way, and can be moved back the same way
	}))
	n.addForwarderRules(props.Bus)
	return n
}

// Rule delivers from the central bus to the queue.
func (n *SlackNotifier) Rule() awsevents.Rule { return n.rule }

// Queue holds what Slack has not taken yet.
func (n *SlackNotifier) Queue() awssqs.Queue { return n.queue }

// DeadLetterQueue holds what could not be told, with the reason in message attributes.
func (n *SlackNotifier) DeadLetterQueue() awssqs.Queue { return n.deadLetterQueue }

// Table remembers which events were told, for 31 days, and to which message a repeat belongs. It is deleted with the stack; what is lost
// with it is that memory, so that an event that arrives twice around that time, or is replayed after it, is told twice.
func (n *SlackNotifier) Table() awsdynamodb.Table { return n.table }

// Function posts to Slack.
func (n *SlackNotifier) Function() awslambda.Function { return n.function }

// LogGroup holds a line for each event with what became of it.
func (n *SlackNotifier) LogGroup() awslogs.LogGroup { return n.logGroup }

// MetricOldestMessage is the age of the oldest message that waits, in seconds. It is small while Slack takes messages.
// Default: the maximum over 5 minutes.
func (n *SlackNotifier) MetricOldestMessage(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return n.queue.MetricApproximateAgeOfOldestMessage(options)
}

// MetricDeadLetters is the number of messages in the dead-letter queue. It should be 0.
// Default: the maximum over 5 minutes.
func (n *SlackNotifier) MetricDeadLetters(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return n.deadLetterQueue.MetricApproximateNumberOfMessagesVisible(options)
}
