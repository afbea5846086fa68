package trailbus

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/rules"
)

// RegionalForwarderProps are the properties of a [RegionalForwarder].
type RegionalForwarderProps struct {
	// CentralBus is the central bus, from [CentralTrailBusFromAccount]. It and its policy must
	// exist before the forwarder is deployed: EventBridge checks the policy when the rules are
	// made.
	CentralBus awsevents.IEventBus `field:"required"`
	// Rules match the events that are sent.
	Rules *rules.Set `field:"required"`
	// MaxPatternLength is the account's quota for the length of an event pattern, in characters
	// (quota L-664C5505, https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html).
	// Default: 2048. It can be [eventpattern.MaxLength] at most.
	MaxPatternLength *float64 `field:"optional"`
	// Heartbeat is the period of heartbeats, in whole minutes: the Heartbeat of the
	// [SlackNotifier].
	// Default: 1 hour.
	Heartbeat awscdk.Duration `field:"optional"`
	// EncryptionKey encrypts the dead-letter queue. The construct lets EventBridge of this account
	// use it in its policy; a key of another stack must already allow that.
	// Default: SQS encrypts it with a key of its own.
	EncryptionKey awskms.IKey `field:"optional"`
	// RolePath is the IAM path of the role, where an organization requires one.
	// Default: /.
	RolePath *string `field:"optional"`
	// InspectionRole adds a role with which the account of the central bus checks the forwarder.
	// Its path is RolePath.
	// Default: no role.
	InspectionRole *InspectionRoleProps `field:"optional"`
}

// RegionalForwarder sends the CloudTrail events that a set of rules matches from the default event
// bus of its account and Region directly to the central bus: a few EventBridge rules, the role with
// which they send, and a dead-letter queue for events that the central bus refused. A schedule
// sends heartbeats with the same role, queue and bus, so that their absence means that forwarding
// is broken. Its rule also forwards the probes of trailbus verify.
type RegionalForwarder struct {
	constructs.Construct
	rules           []awsevents.CfnRule
	heartbeat       awsevents.CfnRule
	role            awsiam.Role
	inspectionRole  awsiam.Role
	deadLetterQueue awssqs.Queue
}

// NewRegionalForwarder makes the rules, the heartbeat, the role and the dead-letter queue. None of
// them has a fixed name, so that an account can have a forwarder in every Region. Only an
// inspection role has one, and it is made in one Region alone.
func NewRegionalForwarder(scope constructs.Construct, id *string, props *RegionalForwarderProps) *RegionalForwarder {
	f := &RegionalForwarder{}
	constructs.NewConstruct_Override(f, scope, id)
	props = cmp.Or(props, &RegionalForwarderProps{})
	require(f, requirement{"CentralBus", props.CentralBus == nil}, requirement{"Rules", isEmpty(props.Rules)})
	check(f, cmp.Or(checkRolePath(props.RolePath), props.InspectionRole.check()))
	maxLength := *cmp.Or(props.MaxPatternLength, jsii.Number(eventpattern.DefaultQuota))
	if maxLength != math.Trunc(maxLength) || maxLength < 1 || maxLength > eventpattern.MaxLength {
		panic(validationError(f, "MaxPatternLength: found %v, allowed: a whole number of characters, %d at most", maxLength,
			eventpattern.MaxLength))
	}
	patterns, err := props.Rules.Forwarding(int(maxLength))
	check(f, prefixed("Rules", err))
	period, err := heartbeatPeriod(props.Heartbeat)
	check(f, err)

	f.addRole(props)
	// In this account and Region, because EventBridge takes no other:
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
	f.deadLetterQueue = newQueue(f, "DeadLetterQueue", props.EncryptionKey, awssqs.QueueProps{
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(14)), // the maximum of SQS
	})
	if props.EncryptionKey != nil {
		grantEventBridge(props.EncryptionKey, f)
	}
	if props.InspectionRole != nil {
		f.inspectionRole = newInspectionRole(f, props.InspectionRole, props.CentralBus, props.RolePath)
	}
	for _, pattern := range patterns {
		f.rules = append(f.rules, f.newForwardingRule(pattern, props.CentralBus))
	}
	f.heartbeat = f.newHeartbeatRule(period, props.CentralBus)
	f.allowRulesToSend()
	return f
}

// addRole adds the role with which EventBridge sends to the central bus.
func (f *RegionalForwarder) addRole(props *RegionalForwarderProps) {
	f.role = awsiam.NewRole(f, jsii.String("Role"), &awsiam.RoleProps{
		Description: jsii.String("Trailbus: EventBridge sends CloudTrail events to the central bus"),
		Path:        props.RolePath,
		// Only for rules of this account: otherwise a rule of any account could make EventBridge
		// use the role.
		// https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{
				"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID(), // not of the stack: one template is for every account
			}},
		}),
		InlinePolicies: &map[string]awsiam.PolicyDocument{
			"PutEvents": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
				Statements: &[]awsiam.PolicyStatement{awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
					Actions:   jsii.Strings("events:PutEvents"),
					Resources: &[]*string{props.CentralBus.EventBusArn()},
				})},
			}),
		},
	})
}

// newHeartbeatRule makes the rule that sends heartbeats. It has a schedule and the event pattern of
// probes (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html), so that
// trailbus verify verifies the rule whose heartbeats the notifier expects.
func (f *RegionalForwarder) newHeartbeatRule(period time.Duration, bus awsevents.IEventBus) awsevents.CfnRule {
	return awsevents.NewCfnRule(f, jsii.String("Heartbeat"), &awsevents.CfnRuleProps{
		Description:        jsii.String("Trailbus: says that this forwarder is there"),
		ScheduleExpression: awsevents.Schedule_Rate(duration(period)).ExpressionString(),
		EventPattern: map[string]any{"source": []string{contract.VerifySource},
			"detail-type": []string{contract.VerifyDetailType}},
		State:   jsii.String("ENABLED"),
		Targets: f.centralBusTarget(bus),
	})
}

// allowRulesToSend lets the rules of the forwarder, and no others, send to the dead-letter queue.
func (f *RegionalForwarder) allowRulesToSend() {
	var ruleARNs []*string
	for _, rule := range append(f.Rules(), f.heartbeat) {
		ruleARNs = append(ruleARNs, rule.AttrArn())
	}
	f.deadLetterQueue.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("EventBridgeSendsWhatWasNotTaken"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sqs:SendMessage"),
		Resources:  &[]*string{f.deadLetterQueue.QueueArn()},
		Conditions: &map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": ruleARNs}},
	}))
}

// newForwardingRule makes an EventBridge rule. It is an L1 rule: the L2 rule does not have the
// state, and makes more calls to the CDK, which count with 1,700 forwarders.
func (f *RegionalForwarder) newForwardingRule(pattern rules.ForwardingPattern,
	bus awsevents.IEventBus) awsevents.CfnRule {
	var decoded map[string]any
	if err := json.Unmarshal(pattern.Pattern, &decoded); err != nil {
		panic(validationError(f, "pattern %s: %v", pattern.ID, err))
	}
	// The description names no services, to keep the template of a stack set small.
	state, description := "ENABLED", "Trailbus: forwards CloudTrail events"
	if pattern.ReadOnly {
		state, description = allManagementEvents, "Trailbus: forwards read-only CloudTrail events"
	}
	return awsevents.NewCfnRule(f, jsii.String("Forward"+pattern.ID), &awsevents.CfnRuleProps{
		Description:  jsii.String(description),
		EventPattern: decoded,
		State:        jsii.String(state),
		Targets:      f.centralBusTarget(bus),
	})
}

// centralBusTarget is the target of every rule.
func (f *RegionalForwarder) centralBusTarget(bus awsevents.IEventBus) []any {
	return []any{&awsevents.CfnRule_TargetProperty{
		Id:  jsii.String("CentralBus"),
		Arn: bus.EventBusArn(),
		// Rules made after March 2, 2023 need a role to send to a bus of another account:
		// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
		RoleArn:          f.role.RoleArn(),
		DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: f.deadLetterQueue.QueueArn()},
	}}
}

// Rules are the EventBridge rules on the default event bus that forward events.
func (f *RegionalForwarder) Rules() []awsevents.CfnRule {
	return slices.Clone(f.rules)
}

// Heartbeat is the rule that sends heartbeats.
func (f *RegionalForwarder) Heartbeat() awsevents.CfnRule { return f.heartbeat }

// Role is the role with which EventBridge sends. It may put events on the central bus and nothing
// else.
func (f *RegionalForwarder) Role() awsiam.Role { return f.role }

// InspectionRole is the role with which the central account checks the forwarder, or nil. It exists
// in one Region of the account alone: only templates of that Region can refer to it.
func (f *RegionalForwarder) InspectionRole() awsiam.Role { return f.inspectionRole }

// DeadLetterQueue holds the events that the central bus refused, with the reason in message
// attributes.
func (f *RegionalForwarder) DeadLetterQueue() awssqs.Queue { return f.deadLetterQueue }

// MetricDeadLetters is the number of events in the dead-letter queue. It should be 0.
// Default: the maximum over 5 minutes.
func (f *RegionalForwarder) MetricDeadLetters(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return f.deadLetterQueue.MetricApproximateNumberOfMessagesVisible(options)
}
