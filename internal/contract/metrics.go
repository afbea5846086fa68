package contract

// MetricsNamespace is where CloudWatch keeps the notifier's metrics. None has a dimension: each value of one would be a metric more, of
// $0.30 a month, and an organization has hundreds of rules and accounts. The log says for each event which they were.
//
// Each outcome is a metric, in events, where it is not 0; beside them:
const (
	MetricsNamespace = "Trailbus"
	// MetricReceived is how many events a run was given.
	MetricReceived = "Received"
	// MetricUnaccounted is how many events of a run have no outcome. It should not exist.
	MetricUnaccounted = "Unaccounted"
	// MetricTimeToSlack is how long it took from the call to the message, in milliseconds, for each event.
	MetricTimeToSlack = "TimeToSlack"
	// MetricRefused is how many events came back because Slack, or the way to it, did not take them: not those that wait for their turn.
	MetricRefused = "Refused"
	// MetricForwardersHeard is how many forwarders have missed no heartbeat, and MetricForwardersSilent how many people were told of
	// that are silent: at each look, in forwarders. No data means that the notifier looks no more.
	MetricForwardersHeard  = "ForwardersHeard"
	MetricForwardersSilent = "ForwardersSilent"
)

// The outcomes as metrics: what became of an event.
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

// Metrics are all of them.
var Metrics = []string{
	MetricReceived, MetricUnaccounted, MetricTimeToSlack, MetricRefused, MetricForwardersHeard, MetricForwardersSilent,
	MetricPosted, MetricFolded, MetricMuted, MetricDuplicate, MetricUnmatched, MetricReturned, MetricDead, MetricNoted,
}
