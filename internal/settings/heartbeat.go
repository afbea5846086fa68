package settings

import "time"

// HeartbeatPeriod is how often a forwarder is heard where nobody says otherwise. Each heartbeat costs as much as an event.
const HeartbeatPeriod = time.Hour

// LookPeriod is how often the notifier is asked to look for forwarders that fell silent.
const LookPeriod = 15 * time.Minute

// What asks for it: an event that the construct's own schedule puts into the queue. Nothing that comes by the central bus has that source,
// since its rules take those alone that begin with "aws.".
const (
	LookSource     = "trailbus"
	LookDetailType = "Trailbus Look"
)

// What a heartbeat is: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html. No account can put events
// of that source itself.
const (
	HeartbeatSource     = "aws.events"
	HeartbeatDetailType = "Scheduled Event"
)
