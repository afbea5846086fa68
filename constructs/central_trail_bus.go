package trailbus

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// CentralTrailBusName is the name of the central event bus. It is fixed: forwarders in other accounts, and templates of stack
// sets, spell the ARN of the bus without a reference to its stack.
const CentralTrailBusName = "trailbus"

// CentralTrailBusProps are the properties of a [CentralTrailBus].
type CentralTrailBusProps struct {
	// Senders may put events on the bus: [SendersFromOrganization] or [SendersFromAccounts]. The account of the bus may always.
	Senders Senders `field:"required"`
	// ArchiveRetention is how long events can be replayed. A day at least.
	// Default: 30 days.
	ArchiveRetention awscdk.Duration `field:"optional"`
	// ArchiveKey encrypts the archive. Its policy then lets EventBridge use it; a key of another stack must say so itself. There is
	// no key for the bus: EventBridge encrypts what AWS services send with a key of its own, whatever key a bus has
	// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html).
	// Default: EventBridge encrypts with a key of its own.
	ArchiveKey awskms.IKey `field:"optional"`
}

// CentralTrailBus is a custom event bus that the forwarders of all accounts and Regions send CloudTrail events to, with an
// archive of what arrived.
//
// Events that reached it by a forwarding rule can go to a queue, a function or a topic, but never to another event bus:
// EventBridge delivers an event to a bus only once
// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html).
type CentralTrailBus struct {
	constructs.Construct
	bus     awsevents.EventBus
	archive awsevents.Archive
}

// NewCentralTrailBus makes the bus, its policy and its archive. An account and Region can have one of them.
func NewCentralTrailBus(scope constructs.Construct, id *string, props *CentralTrailBusProps) *CentralTrailBus {
	c := &CentralTrailBus{}
	constructs.NewConstruct_Override(c, scope, id)
	if props == nil {
		props = &CentralTrailBusProps{}
	}
	retention := props.ArchiveRetention
	if retention == nil {
		retention = awscdk.Duration_Days(jsii.Number(30))
	}
	if err := joinErrors([]error{props.Senders.check(), checkDays("ArchiveRetention", retention)}); err != nil {
		panic(validationError(c, "%v", err))
	}

	c.bus = awsevents.NewEventBus(c, jsii.String("Bus"), &awsevents.EventBusProps{
		EventBusName: jsii.String(CentralTrailBusName), // and no description: CloudFormation in GovCloud knows none of a bus
	})
	// Conditions on events:source would be one wall more, but EventBridge checks this policy when a forwarding rule is made as
	// well, and whether that check knows the source of a later event is not documented. Forged events end at the rule of OnAlert.
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
	// Not by the bus's own method: that one forgets the key.
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

// OnAlert delivers every event that a forwarder sent to a target, such as a queue, a topic or a function of one's own, and
// nothing else that somebody may have put on the bus.
func (c *CentralTrailBus) OnAlert(id *string, target awsevents.IRuleTarget) awsevents.Rule {
	return newAlertRule(c, id, c.bus, target)
}

// GrantPutEventsTo lets a principal of the bus's account put events of its own on the bus. Trailbus itself tells only of events
// whose source begins with "aws.", which no principal can put.
func (c *CentralTrailBus) GrantPutEventsTo(grantee awsiam.IGrantable) awsiam.Grant {
	return c.bus.GrantPutEventsTo(grantee, nil)
}

// CentralTrailBusFromAccount refers to the central bus of another stack, account or Region by its fixed name. It panics where the account is not
// 12 digits, or the Region no Region's name; tokens are either.
func CentralTrailBusFromAccount(scope constructs.Construct, id, account, region *string) awsevents.IEventBus {
	if !matches(account, accountID) || !matches(region, regionName) {
		panic(validationError(scope, "CentralTrailBusFromAccount: found account %s in Region %s, allowed: 12 digits and a Region of AWS such as eu-central-1", quoted(account), quoted(region)))
	}
	arn := awscdk.Stack_Of(scope).FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("events"), Account: account, Region: region,
		Resource: jsii.String("event-bus"), ResourceName: jsii.String(CentralTrailBusName),
	})
	return awsevents.EventBus_FromEventBusArn(scope, id, arn)
}
