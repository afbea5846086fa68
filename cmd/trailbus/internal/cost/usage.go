package cost

// Usage is the usage of AWS.
type Usage struct {
	Accounts int `json:"accounts"`
	// Forwarders is the number of account and Region pairs that are watched.
	Forwarders int `json:"forwarders"`
	// ForwardingRules are the EventBridge rules of one forwarder.
	ForwardingRules int `json:"forwardingRules"`
	// EventsPerDay are those that all forwarders send together.
	EventsPerDay float64 `json:"eventsPerDay"`
	// MessagesPerDay are the events among them that are posted.
	MessagesPerDay float64 `json:"messagesPerDay"`
	// EventKB is the size of an event.
	EventKB float64 `json:"eventKB"`
	// HeartbeatsPerDay are those of one forwarder.
	HeartbeatsPerDay float64 `json:"heartbeatsPerDay"`
	// ArchiveDays is how long events can be replayed.
	ArchiveDays float64 `json:"archiveDays"`
	Alarms      int     `json:"alarms"`
	Dashboards  int     `json:"dashboards"`
	// Metrics are those that the notifier makes.
	Metrics int `json:"metrics"`
	// TrailCopiesPerDay are the management events that a trail made for Trailbus records though
	// another trail records them already.
	TrailCopiesPerDay float64 `json:"trailCopiesPerDay"`
	// Keys are the KMS keys of one's own, those of a pipeline too.
	Keys int `json:"keys"`
	// Deployments are the runs of a pipeline in a month, PipelineActions the actions of one.
	Deployments     float64 `json:"deployments"`
	PipelineActions int     `json:"pipelineActions"`
}

// Defaults, chosen so that costs are rather too high than too low.
const (
	// DefaultRegions are those that an account has without enabling any:
	// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
	DefaultRegions = 17
	// DefaultEventsPerAccount are the events a day that rules match in an account. Few have more; a
	// backtest says how many yours has.
	DefaultEventsPerAccount = 20
	// DefaultEventKB is the size of a CloudTrail record of a call that changes something, in its
	// event.
	DefaultEventKB = 2
	// DefaultHeartbeatsPerDay are hourly ones.
	DefaultHeartbeatsPerDay = 24
	// DefaultArchiveDays is that of CentralTrailBus.
	DefaultArchiveDays = 30
	// DefaultAlarms: the age and the dead letters of the queue, what Slack refuses, errors,
	// throttles, events without account, and no heartbeats.
	DefaultAlarms = 7
	// DefaultMetrics are one for each outcome of an event and a few beside them, of which some
	// exist only when things go wrong.
	DefaultMetrics = 14
	// DefaultDeployments are one a week.
	DefaultDeployments = 4
)

const (
	daysPerMonth  = 30
	secondsPerDay = 24 * 60 * 60
	kbPerGB       = 1e6
	chunkKB       = 64
)

// The behaviour of Trailbus that costs depend on.
const (
	heartbeatKB = 0.5
	// emptyReceives: Lambda polls a queue with five pollers, which wait 20 seconds each, and with a
	// maximum concurrency never with fewer.
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
	emptyReceives = 5 * secondsPerDay / 20 * daysPerMonth
	// runsPerSecond: two of the function run at a time, and each waits a second for a batch.
	runsPerSecond = 2
	// A batch is received and deleted in tens:
	// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
	messagesPerRequest = 10
	functionGB         = 1
	runSeconds         = 0.02 // without Slack
	// slackSeconds is how long Slack takes for a message.
	slackSeconds = 0.5
	// Each message is claimed, confirmed, and counted in its group, which is read and written twice
	// at most. In a batch, the claims are one transaction, which counts them twice, and the
	// messages of a group share the others.
	writesPerMessage = 4
	readsPerMessage  = 2
	// The forwarders of an account are one item, which is read and written for each heartbeat at
	// most.
	writesPerHeartbeat = 1
	readsPerHeartbeat  = 1
	logKBPerEvent      = 1
	logKBPerRun        = 1.5
	logMonths          = 3 // SlackNotifier keeps them as long
	// minutesPerAction is how long an action of a pipeline takes; those that deploy stacks in
	// parallel count each for itself.
	minutesPerAction = 2
	// buildMinutes are those of a run's synthesis, of its own update and of the assets.
	buildMinutes = 14
)

// Typical is the usage of an organization with the defaults.
func Typical(accounts, regions int) Usage {
	events := float64(accounts) * DefaultEventsPerAccount
	return Usage{
		Accounts: accounts, Forwarders: accounts * regions, EventsPerDay: events, MessagesPerDay: events,
		EventKB:          DefaultEventKB,
		HeartbeatsPerDay: DefaultHeartbeatsPerDay, ArchiveDays: DefaultArchiveDays, Alarms: DefaultAlarms,
		Metrics: DefaultMetrics,
	}
}

// Assumptions lists what an estimate assumes.
func Assumptions() []string {
	return []string{
		"a month has 30 days; a record is told of in half a second of Slack's; the function runs for each event alone, twice a second at most",
		"a queue is asked by five pollers all the time, which is most of its requests in a small organization",
		"in the table, a message is 4 writes and 2 reads, and a heartbeat one of each; in the log, 1 KB for each event and 1.5 KB for each run",
		"every forwarder is in another Region than the central bus",
		"an action of a pipeline takes 2 minutes, and the builds of a run 14",
		"not counted: the bucket of a trail, messages that wait in dead-letter queues, replays, calls to Secrets Manager and KMS, taxes",
	}
}
