package contract

// The metrics of the notifier, beside those of the outcomes. None has a dimension: each value of
// one would be a metric more, of $0.30 a month, and an organization has hundreds of rules and
// accounts. The log has the rules and the account of each event.
const (
	// MetricsNamespace is their namespace in CloudWatch.
	MetricsNamespace = "Trailbus"
	// MetricReceived is how many messages a run received.
	MetricReceived = "Received"
	// MetricUnaccounted is how many messages of a run have no outcome. More than 0 is a defect.
	MetricUnaccounted = "Unaccounted"
	// MetricTimeToSlack is the time from the call to the message, in milliseconds, of each event.
	MetricTimeToSlack = "TimeToSlack"
	// MetricRefused is how many events returned to the queue because they could not be posted,
	// without those that wait for their group.
	MetricRefused = "Refused"
	// MetricForwardersHeard is how many forwarders have missed no heartbeat, MetricForwardersSilent
	// how many are silent and posted as such. Each check writes them; without data, the notifier
	// checks no forwarders.
	MetricForwardersHeard  = "ForwardersHeard"
	MetricForwardersSilent = "ForwardersSilent"
)

// The metrics of the outcomes: how many messages of a run have each, where it is not 0.
const (
	MetricPosted    = "Posted"
	MetricFolded    = "Folded"
	MetricMuted     = "Muted"
	MetricDuplicate = "Duplicate"
	MetricUnmatched = "Unmatched"
	MetricReturned  = "Returned"
	MetricDead      = "Dead"
	MetricNoted     = "Noted"
)

// Metrics are the names of all metrics.
var Metrics = []string{
	MetricReceived, MetricUnaccounted, MetricTimeToSlack, MetricRefused, MetricForwardersHeard, MetricForwardersSilent,
	MetricPosted, MetricFolded, MetricMuted, MetricDuplicate, MetricUnmatched, MetricReturned, MetricDead, MetricNoted,
}
