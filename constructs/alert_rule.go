package trailbus

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// allManagementEvents is the state of a rule that gets read-only management events as well:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html. The L2
// rule does not have it.
const allManagementEvents = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"

// cloudTrailPattern matches the events that AWS itself put on the central bus: no account can put
// events with a source that begins with "aws.". Partner events ("aws.partner/…") begin so too, but
// have other detail-types.
func cloudTrailPattern() *awsevents.EventPattern {
	return &awsevents.EventPattern{
		Source:     awsevents.Match_Prefix(jsii.String("aws.")),
		DetailType: jsii.Strings(cloudtrail.DetailTypes()...),
	}
}

// newAlertRule makes the rule that delivers from the central bus to a target.
func newAlertRule(scope constructs.Construct, id *string, bus awsevents.IEventBus,
	target awsevents.IRuleTarget) awsevents.Rule {
	rule := awsevents.NewRule(scope, id, &awsevents.RuleProps{
		EventBus:     bus,
		Description:  jsii.String("Trailbus: CloudTrail events that the forwarders sent"),
		EventPattern: cloudTrailPattern(),
		Targets:      &[]awsevents.IRuleTarget{target},
	})
	// AWS's pages disagree on whether the state counts on a custom bus. The events that forwarders
	// sent must pass either way.
	rule.Node().DefaultChild().(awsevents.CfnRule).SetState(jsii.String(allManagementEvents))
	return rule
}
