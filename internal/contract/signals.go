package contract

import "time"

// HeartbeatPeriod is the default of how often a forwarder sends a heartbeat. Each heartbeat costs
// as much as an event.
const HeartbeatPeriod = time.Hour

// IsHeartbeatPeriod reports whether a forwarder can send heartbeats in a period: EventBridge counts
// the rate of a schedule in whole minutes
// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html), and no
// period is longer than a day.
func IsHeartbeatPeriod(d time.Duration) bool {
	return d >= time.Minute && d <= 24*time.Hour && d%time.Minute == 0
}

// ForwarderCheckPeriod is how often the notifier checks the forwarders.
const ForwarderCheckPeriod = 15 * time.Minute

// The request to check the forwarders, which a schedule of the construct sends to the queue. No
// event of the central bus has this source: its rules match only sources that begin with "aws.".
const (
	ForwarderCheckSource     = "trailbus"
	ForwarderCheckDetailType = "Trailbus Look"
)

// A heartbeat is the event of a schedule:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html. Accounts
// cannot put events of this source.
const (
	HeartbeatSource     = "aws.events"
	HeartbeatDetailType = "Scheduled Event"
)

// A probe is what `trailbus verify` puts on default event buses. Other principals of an account can
// put the same, so only the account and the Region of the event are trusted, which EventBridge
// writes.
const (
	VerifySource     = "trailbus.verify"
	VerifyDetailType = "Trailbus Verify"
)

// Signals are the detail-types of the messages in the queue that are no CloudTrail events.
var Signals = []string{HeartbeatDetailType, ForwarderCheckDetailType, VerifyDetailType}
