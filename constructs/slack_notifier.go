package trailbus

import (
	"cmp"
	"fmt"
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
	// Bus is the central bus: the Bus of a [CentralTrailBus], or one from
	// [CentralTrailBusFromAccount].
	Bus awsevents.IEventBus `field:"required"`
	// Secret holds the Slack incoming webhooks, a bot token, or both: a JSON object of names and
	// URLs with the token as "token", or one URL alone, which then is named "default", or one token
	// alone.
	Secret awssecretsmanager.ISecret `field:"required"`
	// Rules match the events that are posted. They should be the rules of the forwarders.
	Rules *rules.Set `field:"required"`
	// Mutes match alerts that are not posted.
	// Default: nothing is muted.
	Mutes []rules.Mute `field:"optional"`
	// AccountNames are names of accounts, by account id.
	// Default: messages name accounts by id.
	AccountNames map[string]string `field:"optional"`
	// AccountNamesFrom is the organization from which the notifier gets the names of other
	// accounts. AWS Organizations answers only the management account and delegated administrators;
	// in another account messages name those accounts by id.
	// Default: messages name other accounts by id.
	AccountNamesFrom *Organization `field:"optional"`
	// AccessPortalURL is the address of the organization's AWS access portal, such as
	// https://example.awsapps.com/start. Links in messages then sign in to the account of the
	// event.
	// Default: links lead to the console, in whichever account the reader is signed in to.
	AccessPortalURL *string `field:"optional"`
	// AccessPortalRole is the permission set with which those links open the console.
	// Default: the reader chooses.
	AccessPortalRole *string `field:"optional"`
	// Routes choose the webhooks and channels of an alert.
	// Default: the webhook "default" takes everything.
	Routes routes.Table `field:"optional"`
	// Forwarders are the expected forwarders: the Regions, by account id. The notifier reports one
	// whose heartbeats stop, and one that never sent any.
	// Default: those that sent a heartbeat once.
	Forwarders map[string][]string `field:"optional"`
	// OtherForwarders is whether other forwarders, such as those of a stack set, are expected as
	// soon as they sent a heartbeat once.
	// Default: false where Forwarders are given.
	OtherForwarders *bool `field:"optional"`
	// StackSet is the stack set of a [ForwarderStackSet] whose instances are expected forwarders,
	// too. It must be in the notifier's Region, and in its account or, where that is a delegated
	// administrator of stack sets, in the management account.
	// Default: instances are expected once they sent a heartbeat, with OtherForwarders.
	StackSet *StackSetInstances `field:"optional"`
	// Heartbeat is the period of heartbeats: the Heartbeat of the [RegionalForwarder].
	// Default: 1 hour.
	Heartbeat awscdk.Duration `field:"optional"`
	// LogRetention is how long the function's logs are kept.
	// Default: 3 months.
	LogRetention awslogs.RetentionDays `field:"optional"`
	// MaxConcurrency is the maximum number of concurrent runs of the function, 2 to 1,000. Slack
	// takes about one message a second per channel, so more of them mostly wait
	// (https://docs.slack.dev/apis/web-api/rate-limits).
	// Default: 2, the least that Lambda allows.
	MaxConcurrency *float64 `field:"optional"`
	// EncryptionKey encrypts the queues and the logs. The construct lets EventBridge and CloudWatch
	// Logs of this account use it in its policy; a key of another stack must already allow that.
	// Secret has a key of its own.
	// Default: SQS and CloudWatch Logs encrypt with keys of their own.
	EncryptionKey awskms.IKey `field:"optional"`
	// RolePath is the IAM path of the function's role, where an organization requires one.
	// Default: /.
	RolePath *string `field:"optional"`
}

// SlackNotifier posts alerts of events on the central bus to Slack: a queue that holds events until
// Slack takes them, a Lambda function that matches, writes and posts, a table of what it posted,
// and a dead-letter queue for what can never be posted.
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

// NewSlackNotifier makes the queue, the function, the table, the dead-letter queue and the rule
// that feeds them.
func NewSlackNotifier(scope constructs.Construct, id *string, props *SlackNotifierProps) *SlackNotifier {
	n := &SlackNotifier{}
	constructs.NewConstruct_Override(n, scope, id)
	props = cmp.Or(props, &SlackNotifierProps{})
	require(n, requirement{"Bus", props.Bus == nil}, requirement{"Secret", props.Secret == nil},
		requirement{"Rules", isEmpty(props.Rules)})
	settings, err := props.settings()
	check(n, err)

	n.addQueues(props.EncryptionKey)
	n.table = newStateTable(n, jsii.String("Table"))
	n.addLogGroup(props)
	role := n.addRole(props)
	n.addFunction(settings, props.Secret, role)
	n.addEventSource(role, cmp.Or(props.MaxConcurrency, jsii.Number(2)))
	n.rule = newAlertRule(n, jsii.String("Rule"), props.Bus, awseventstargets.NewSqsQueue(n.queue,
		&awseventstargets.SqsQueueProps{
			DeadLetterQueue: n.deadLetterQueue, // its messages then are events, whatever failed, and redrive is the same
		}))
	n.addForwarderRules(props.Bus)
	return n
}

// settings are the settings of the function, or the first error of the properties.
func (p *SlackNotifierProps) settings() (contract.Settings, error) {
	mutes, mutesErr := rules.NewMutes(p.Mutes...)
	watch, watchErr := p.heartbeatWatch()
	portal, portalErr := p.accessPortal()
	err := cmp.Or(
		prefixed("Mutes", cmp.Or(mutesErr, checkMutedRules(p.Rules, p.Mutes))),
		watchErr,
		prefixed("Routes", p.Routes.Check()),
		checkRolePath(p.RolePath),
		p.StackSet.check(),
		portalErr,
		prefixed("AccountNamesFrom", p.AccountNamesFrom.check()),
	)
	return contract.Settings{
		Rules: p.Rules, Mutes: mutes, Accounts: p.AccountNames,
		LookUpAccounts: p.AccountNamesFrom != nil, Routes: p.Routes,
		AccessPortal: portal, Heartbeat: watch, StackSet: p.StackSet.settings(),
	}, err
}

func (p *SlackNotifierProps) accessPortal() (contract.AccessPortal, error) {
	empty := new(string)
	portal := contract.AccessPortal{URL: *cmp.Or(p.AccessPortalURL, empty), Role: *cmp.Or(p.AccessPortalRole, empty)}
	// A token is no address either: synthesis writes the settings of the function.
	if p.AccessPortalURL != nil && !strings.HasPrefix(portal.URL, "https://") {
		return portal, fmt.Errorf("AccessPortalURL: found %q, allowed: an address such as https://example.awsapps.com/start",
			portal.URL)
	}
	return portal, nil
}

func (n *SlackNotifier) addQueues(key awskms.IKey) {
	n.deadLetterQueue = newQueue(n, "DeadLetterQueue", key, awssqs.QueueProps{
		RetentionPeriod: duration(contract.DeadLetterRetention),
	})
	n.queue = newQueue(n, "Queue", key, awssqs.QueueProps{
		RetentionPeriod:   duration(contract.QueueRetention),
		VisibilityTimeout: duration(contract.VisibilityTimeout),
		DeadLetterQueue: &awssqs.DeadLetterQueue{Queue: n.deadLetterQueue,
			MaxReceiveCount: jsii.Number(contract.MaxReceiveCount)},
	})
}

// addLogGroup adds the log group, and lets the services use the key that encrypts it and the
// queues.
func (n *SlackNotifier) addLogGroup(props *SlackNotifierProps) {
	key := props.EncryptionKey
	if key != nil {
		grantEventBridge(key, n)
		grantLogs(key, n)
	}
	n.logGroup = awslogs.NewLogGroup(n, jsii.String("Logs"), &awslogs.LogGroupProps{
		Retention:     cmp.Or(props.LogRetention, awslogs.RetentionDays_THREE_MONTHS),
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
		EncryptionKey: key,
	})
}

// addRole adds the role of the function. The role that the CDK would make may write to every log
// group of the account.
func (n *SlackNotifier) addRole(props *SlackNotifierProps) awsiam.Role {
	role := awsiam.NewRole(n, jsii.String("Role"), &awsiam.RoleProps{
		Description: jsii.String("Trailbus: the notifier"),
		Path:        props.RolePath,
		AssumedBy:   awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
	})
	n.logGroup.GrantWrite(role)
	props.Secret.GrantRead(role, nil)
	// The function itself dead-letters what can never be posted, with the reason, at once and not
	// after 600 receives.
	n.deadLetterQueue.GrantSendMessages(role)
	grantState(n.table, role)
	props.AccountNamesFrom.grantDescribeAccount(n, role)
	props.StackSet.grantList(n, role)
	return role
}

func (n *SlackNotifier) addFunction(settings contract.Settings, secret awssecretsmanager.ISecret, role awsiam.Role) {
	n.function = newNotifierFunction(n, jsii.String("Function"), settings, &awslambda.FunctionProps{
		Description:  jsii.String("Trailbus: tells people in Slack about CloudTrail events"),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: awslambda.Architecture_ARM_64(),
		Handler:      jsii.String("bootstrap"),
		MemorySize:   jsii.Number(contract.FunctionMemory),
		Timeout:      duration(contract.FunctionTimeout),
		Role:         role,
		LogGroup:     n.logGroup,
		Environment: &map[string]*string{
			contract.EnvSecretARN:          secret.SecretArn(),
			contract.EnvQueueURL:           n.queue.QueueUrl(),
			contract.EnvDeadLetterQueueURL: n.deadLetterQueue.QueueUrl(),
			contract.EnvTable:              n.table.TableName(),
		},
	})
	// The CDK makes every function depend on its role, to which it refers anyway; cfn-lint warns of
	// that. Removing the dependency would also remove those that an app adds.
	n.function.Node().DefaultChild().(awscdk.CfnResource).AddMetadata(jsii.String("cfn-lint"), map[string]any{
		"config": map[string]any{"ignore_checks": []string{"W3005"}},
	})
}

// addEventSource connects the queue to the function. The CDK's SqsEventSource takes the id of the
// mapping from the path of the queue, which is another in the stage of a pipeline. A change of the
// deployment mode would then make a second mapping before it deletes the first one, and Lambda
// refuses that.
func (n *SlackNotifier) addEventSource(role awsiam.Role, maxConcurrency *float64) {
	n.queue.GrantConsumeMessages(role)
	n.function.AddEventSourceMapping(jsii.String("Queue"), &awslambda.EventSourceMappingOptions{
		EventSourceArn:          n.queue.QueueArn(),
		BatchSize:               jsii.Number(contract.BatchSize),
		MaxBatchingWindow:       duration(contract.BatchWindow),
		MaxConcurrency:          maxConcurrency,
		ReportBatchItemFailures: jsii.Bool(true),
	})
}

// Rule delivers from the central bus to the queue.
func (n *SlackNotifier) Rule() awsevents.Rule { return n.rule }

// Queue holds events until Slack takes them.
func (n *SlackNotifier) Queue() awssqs.Queue { return n.queue }

// DeadLetterQueue holds what could not be posted, with the reason in message attributes.
func (n *SlackNotifier) DeadLetterQueue() awssqs.Queue { return n.deadLetterQueue }

// Table holds which events were posted, for 31 days, and to which message a repeat belongs. It is
// deleted with the stack; an event that arrives twice around that time, or is replayed after it, is
// then posted twice.
func (n *SlackNotifier) Table() awsdynamodb.Table { return n.table }

// Function posts to Slack.
func (n *SlackNotifier) Function() awslambda.Function { return n.function }

// LogGroup holds a line for each event with its outcome.
func (n *SlackNotifier) LogGroup() awslogs.LogGroup { return n.logGroup }

// MetricOldestMessage is the age of the oldest message in the queue, in seconds. It is small while
// Slack takes messages.
// Default: the maximum over 5 minutes.
func (n *SlackNotifier) MetricOldestMessage(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return n.queue.MetricApproximateAgeOfOldestMessage(options)
}

// MetricDeadLetters is the number of messages in the dead-letter queue. It should be 0.
// Default: the maximum over 5 minutes.
func (n *SlackNotifier) MetricDeadLetters(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return n.deadLetterQueue.MetricApproximateNumberOfMessagesVisible(options)
}
