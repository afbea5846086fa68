package trailbus

import (
	"cmp"
	"encoding/json"
	"math"

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
	// CentralBus is the bus to send to, from [CentralTrailBusFromAccount]. It and its policy must exist before the forwarder is
	// deployed: EventBridge asks the policy when the rules are made.
	CentralBus awsevents.IEventBus `field:"required"`
	// Rules say which events are sent.
	Rules *rules.Set `field:"required"`
	// MaxPatternLength is the account's quota for the length of an event pattern, in characters (quota L-664C5505,
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html).
	// Default: 2048. It can be [eventpattern.MaxLength] at most.
	MaxPatternLength *float64 `field:"optional"`
	// Heartbeat is how often the forwarder says that it is there: whole minutes, and the Heartbeat of the [SlackNotifier].
	// Default: 1 hour.
	Heartbeat awscdk.Duration `field:"optional"`
	// EncryptionKey encrypts the dead-letter queue. Its policy then lets EventBridge of this account use it; a key of another stack
	// must say so itself.
	// Default: SQS encrypts it with a key of its own.
	EncryptionKey awskms.IKey `field:"optional"`
	// RolePath is the IAM path of the role, where an organization asks for one.
	// Default: /.
	RolePath *string `field:"optional"`
	// InspectionRole offers a role by which the account of the central bus looks at the forwarder. Its path is RolePath.
	// Default: there is none.
	InspectionRole *InspectionRoleProps `field:"optional"`
}

// RegionalForwarder sends the CloudTrail events that a set of rules wants from the default event bus of its account and Region
// straight to the central bus: a few EventBridge rules, the role that they send with, and a dead-letter queue for what the
// central bus did not take. A schedule sends a heartbeat the same way, so that its silence means that the way is broken, and what
// trailbus verify puts on the default bus takes that way, too.
type RegionalForwarder struct {
	constructs.Construct
	rules           []awsevents.CfnRule
	heartbeat       awsevents.CfnRule
	role            awsiam.Role
	inspectionRole  awsiam.Role
	deadLetterQueue awssqs.Queue
}

// NewRegionalForwarder makes the rules, the heartbeat, the role and the dead-letter queue. None of them has a name of its own, so that one
// account can have it in every Region. Only an inspection role has one, and is made in one Region alone.
func NewRegionalForwarder(scope constructs.Construct, id *string, props *RegionalForwarderProps) *RegionalForwarder {
	f := &RegionalForwarder{}
	constructs.NewConstruct_Override(f, scope, id)
	if props == nil {
		props = &RegionalForwarderProps{}
	}
	require(f, requirement{"CentralBus", props.CentralBus == nil}, requirement{"Rules", isEmpty(props.Rules)})
	if err := cmp.Or(checkRolePath(props.RolePath), props.InspectionRole.check()); err != nil {
		panic(validationError(f, "%v", err))
	}
	maxLength := eventpattern.DefaultQuota
	if props.MaxPatternLength != nil {
		if n := *props.MaxPatternLength; n != math.Trunc(n) || n < 1 || n > eventpattern.MaxLength {
			panic(validationError(f, "MaxPatternLength: found %v, allowed: a whole number of characters, %d at most", n, eventpattern.MaxLength))
		}
		maxLength = int(*props.MaxPatternLength)
	}
	patterns, err := props.Rules.Forwarding(maxLength)
	if err != nil {
		panic(validationError(f, "Rules: %v", err))
	}
	period, err := heartbeatPeriod(props.Heartbeat)
	if err != nil {
		panic(validationError(f, "%v", err))
	}

	f.role = awsiam.NewRole(f, jsii.String("Role"), &awsiam.RoleProps{
		Description: jsii.String("Trailbus: EventBridge sends CloudTrail events to the central bus"),
		Path:        props.RolePath,
		// Only for rules of this account: else anybody's rule could make EventBridge use the role.
		// https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), &awsiam.ServicePrincipalOpts{
			Conditions: &map[string]any{"StringEquals": map[string]any{
				"aws:SourceAccount": awscdk.Aws_ACCOUNT_ID(), // not the stack's: one template serves every account
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
	// In this account and Region, because EventBridge takes no other:
	// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
	f.deadLetterQueue = newQueue(f, "DeadLetterQueue", props.EncryptionKey, awssqs.QueueProps{
		RetentionPeriod: awscdk.Duration_Days(jsii.Number(14)), // as long as SQS keeps anything
	})
	if props.EncryptionKey != nil {
		grantEventBridge(props.EncryptionKey, f)
	}

	if props.InspectionRole != nil {
		f.inspectionRole = newInspectionRole(f, props.InspectionRole, props.CentralBus, props.RolePath)
	}

	var ruleARNs []*string
	for _, pattern := range patterns {
		rule := f.newForwardingRule(pattern, props.CentralBus)
		f.rules = append(f.rules, rule)
		ruleARNs = append(ruleARNs, rule.AttrArn())
	}
	f.heartbeat = awsevents.NewCfnRule(f, jsii.String("Heartbeat"), &awsevents.CfnRuleProps{
		Description:        jsii.String("Trailbus: says that this forwarder is there"),
		ScheduleExpression: awsevents.Schedule_Rate(duration(period)).ExpressionString(),
		// A rule may have both (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html): what is verified is the very
		// rule that is listened for.
		EventPattern: map[string]any{"source": []string{contract.VerifySource}, "detail-type": []string{contract.VerifyDetailType}},
		State:        jsii.String("ENABLED"),
		Targets:      f.centralBusTarget(props.CentralBus),
	})
	ruleARNs = append(ruleARNs, f.heartbeat.AttrArn())
	f.deadLetterQueue.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("EventBridgeSendsWhatWasNotTaken"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil)},
		Actions:    jsii.Strings("sqs:SendMessage"),
		Resources:  &[]*string{f.deadLetterQueue.QueueArn()},
		Conditions: &map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": ruleARNs}},
	}))
	return f
}

// newForwardingRule makes one EventBridge rule. It is an L1 rule: the L2 rule has no such state, and at 1,700 forwarders the calls count.
func (f *RegionalForwarder) newForwardingRule(pattern rules.ForwardingPattern, bus awsevents.IEventBus) awsevents.CfnRule {
	var decoded map[string]any
	if err := json.Unmarshal(pattern.Pattern, &decoded); err != nil {
		panic(validationError(f, "pattern %s: %v", pattern.ID, err))
	}
	// The description names no services: with them, the template of a stack set would be longer than need be.
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

// centralBusTarget is the one hop that every event takes.
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
	return append([]awsevents.CfnRule(nil), f.rules...)
}

// Heartbeat is the schedule that says that the forwarder is there.
func (f *RegionalForwarder) Heartbeat() awsevents.CfnRule { return f.heartbeat }

// Role is what EventBridge sends with. It may put events on the central bus and nothing else.
func (f *RegionalForwarder) Role() awsiam.Role { return f.role }

// InspectionRole is the role by which the central account looks at the forwarder; nil where none was asked for. It exists in one Region of
// the account alone: a reference to it is for templates of that Region.
func (f *RegionalForwarder) InspectionRole() awsiam.Role { return f.inspectionRole }

// DeadLetterQueue holds the events that the central bus did not take, with the reason in message attributes.
func (f *RegionalForwarder) DeadLetterQueue() awssqs.Queue { return f.deadLetterQueue }

// MetricDeadLetters is the number of events in the dead-letter queue. It should be 0.
// Default: the maximum over 5 minutes.
func (f *RegionalForwarder) MetricDeadLetters(options *awscloudwatch.MetricOptions) awscloudwatch.Metric {
	return f.deadLetterQueue.MetricApproximateNumberOfMessagesVisible(options)
}
