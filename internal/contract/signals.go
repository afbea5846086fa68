package contract

import "time"

// HeartbeatPeriod is how often a forwarder is heard where nobody says otherwise. Each heartbeat costs as much as an event.
const HeartbeatPeriod = time.Hour

// IsHeartbeatPeriod says whether a forwarder can be heard so often: EventBridge counts the rate of a schedule in whole minutes
// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html), and a day of silence is long.
func IsHeartbeatPeriod(d time.Duration) bool {
	return d >= time.Minute && d <= 24*time.Hour && d%time.Minute == 0
}

// ForwarderCheckPeriod is how often the notifier is asked to look for forwarders that fell silent.
const ForwarderCheckPeriod = 15 * time.Minute

// What asks for it: an event that the construct's own schedule puts into the queue. Nothing that comes by the central bus has that source,
// since its rules take those alone that begin with "aws.".
const (
	ForwarderCheckSource     = "trailbus"
	ForwarderCheckDetailType = "Trailbus Look"
)

// What a heartbeat is: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html. No account can put events
// of that source itself.
const (
	HeartbeatSource     = "aws.events"
	HeartbeatDetailType = "Scheduled Event"
)
