package trailbus

import (
	"cmp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// CentralTrailBusName is the name of the central event bus. It is fixed: forwarders in other
// accounts, and templates of stack sets, contain the ARN of the bus without a reference to its
// stack.
const CentralTrailBusName = "trailbus"

// CentralTrailBusProps are the properties of a [CentralTrailBus].
type CentralTrailBusProps struct {
	// Senders are the accounts that may put events on the bus: [SendersFromOrganization] or
	// [SendersFromAccounts]. The account of the bus always may.
	Senders Senders `field:"required"`
	// ArchiveRetention is how long events can be replayed. A day at least.
	// Default: 30 days.
	ArchiveRetention awscdk.Duration `field:"optional"`
	// ArchiveKey encrypts the archive. The construct lets EventBridge use it in its policy; a key
	// of another stack must already allow that. There is no key for the bus: EventBridge encrypts
	// what AWS services send with a key of its own, whatever key a bus has
	// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html).
	// Default: EventBridge encrypts with a key of its own.
	ArchiveKey awskms.IKey `field:"optional"`
}

// CentralTrailBus is a custom event bus to which the forwarders of all accounts and Regions send
// CloudTrail events, with an archive of these events.
//
// Events that reached it by a forwarding rule can go to a queue, a function or a topic, but never
// to another event bus: EventBridge delivers an event to a bus only once
// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html).
type CentralTrailBus struct {
	constructs.Construct
	bus     awsevents.EventBus
	archive awsevents.Archive
}

// NewCentralTrailBus makes the bus, its policy and its archive. An account and Region can have one
// of them.
func NewCentralTrailBus(scope constructs.Construct, id *string, props *CentralTrailBusProps) *CentralTrailBus {
	c := &CentralTrailBus{}
	constructs.NewConstruct_Override(c, scope, id)
	props = cmp.Or(props, &CentralTrailBusProps{})
	retention := cmp.Or(props.ArchiveRetention, awscdk.Duration_Days(jsii.Number(30)))
	check(c, props.Senders.check(), checkDays("ArchiveRetention", retention))

	c.bus = awsevents.NewEventBus(c, jsii.String("Bus"), &awsevents.EventBusProps{
		EventBusName: jsii.String(CentralTrailBusName), // and no description: CloudFormation in GovCloud knows none of a bus
	})
	// No conditions on events:source: EventBridge also checks this policy when a forwarding rule is
	// made, and whether that check knows the source of a later event is not documented. The rule of
	// OnAlert drops forged events.
	c.allowPutEvents("AdmitCentralAccount", awsiam.NewAccountPrincipal(awscdk.Stack_Of(c).Account()), nil)
	if organization := props.Senders.organization; organization != nil {
		c.allowPutEvents("AdmitOrganization", awsiam.NewAnyPrincipal(), &map[string]any{
			"StringEquals": map[string]any{"aws:PrincipalOrgID": organization},
		})
	} else {
		var principals []awsiam.IPrincipal
		for _, account := range props.Senders.accounts {
			principals = append(principals, awsiam.NewAccountPrincipal(account))
		}
		c.allowPutEvents("AdmitAccounts", awsiam.NewCompositePrincipal(principals...), nil)
	}
	// Not bus.Archive(), which ignores the key.
	c.archive = awsevents.NewArchive(c.bus, jsii.String("Archive"), &awsevents.ArchiveProps{
		SourceEventBus: c.bus,
		Description:    jsii.String("Trailbus: CloudTrail events, to be replayed"),
		EventPattern:   cloudTrailPattern(),
		Retention:      retention,
		KmsKey:         props.ArchiveKey,
	})
	return c
}

func (c *CentralTrailBus) allowPutEvents(sid string, principal awsiam.IPrincipal, conditions *map[string]any) {
	c.bus.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String(sid),
		Principals: &[]awsiam.IPrincipal{principal},
		Actions:    jsii.Strings("events:PutEvents"),
		Resources:  &[]*string{c.bus.EventBusArn()},
		Conditions: conditions,
	}))
}

// Bus is the event bus.
func (c *CentralTrailBus) Bus() awsevents.EventBus { return c.bus }

// Archive is the archive of the bus.
func (c *CentralTrailBus) Archive() awsevents.Archive { return c.archive }

// OnAlert delivers every event that a forwarder sent to a target, such as a queue, a topic or a
// function, and no event that an account put on the bus itself.
func (c *CentralTrailBus) OnAlert(id *string, target awsevents.IRuleTarget) awsevents.Rule {
	return newAlertRule(c, id, c.bus, target)
}

// GrantPutEventsTo lets a principal of the bus's account put events of its own on the bus. Trailbus
// itself posts only events whose source begins with "aws.", which no principal can put.
func (c *CentralTrailBus) GrantPutEventsTo(grantee awsiam.IGrantable) awsiam.Grant {
	return c.bus.GrantPutEventsTo(grantee, nil)
}

// CentralTrailBusFromAccount refers to the central bus of another stack, account or Region by its
// fixed name. It panics where the account is not 12 digits, or the Region not the name of a Region;
// both may be tokens.
func CentralTrailBusFromAccount(scope constructs.Construct, id, account, region *string) awsevents.IEventBus {
	if !accountID.matches(account) || !regionName.matches(region) {
		panic(validationError(scope, "CentralTrailBusFromAccount: found account %s in Region %s, allowed: 12 digits and a Region of AWS such as eu-central-1", quoted(account), quoted(region)))
	}
	arn := awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("events"), Account: account, Region: region,
		Resource: jsii.String("event-bus"), ResourceName: jsii.String(CentralTrailBusName),
	})
	return awsevents.EventBus_FromEventBusArn(scope, id, arn)
}
