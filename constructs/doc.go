// Package trailbus holds the AWS CDK constructs of Trailbus, for use in any CDK app in Go:
//
//   - [CentralTrailBus], the event bus that receives the CloudTrail events of every account and
//     Region;
//   - [RegionalForwarder], which sends the events that rules match from a default event bus to the
//     central one;
//   - [ForwarderStackSet], a stack set that deploys a forwarder to the accounts of an organization,
//     new ones too;
//   - [Trail], a CloudTrail trail where there is none: without one EventBridge gets no events;
//   - [SlackNotifier], which posts alerts to Slack;
//   - [NotifierAlarms], which report by e-mail that the notifier does not work;
//   - [NotifierDashboard], a CloudWatch dashboard of the notifier.
//
// [ForwarderTemplate] makes a forwarder once for apps with hundreds of stacks.
//
// As in the CDK, a constructor panics where a property is wrong or missing: with an error of one
// line that has the path of the construct, what was found and what is allowed.
package trailbus
