package doctor

// The checks.
const (
	Access          Check = "account"
	Membership      Check = "watched"
	Region          Check = "region"
	Forwarder       Check = "forwarder"
	Rule            Check = "rule"
	RuleState       Check = "rule-state"
	RulePattern     Check = "rule-pattern"
	RuleTarget      Check = "rule-target"
	Role            Check = "role"
	DeadLetterQueue Check = "dead-letter-queue"
	DeadLetters     Check = "dead-letters"
	TrailLogs       Check = "trail"
	TrailSelectors  Check = "trail-selectors"
	Heartbeat       Check = "heartbeat"

	Bus                Check = "bus"
	BusPolicy          Check = "bus-policy"
	Archive            Check = "archive"
	CentralRule        Check = "central-rule"
	Queue              Check = "queue"
	QueuePolicy        Check = "queue-policy"
	CentralDeadLetters Check = "central-dead-letters"
	Function           Check = "function"
	EventSource        Check = "event-source-mapping"
	State              Check = "state"
	Secret             Check = "secret"
	Slack              Check = "slack"
)

// CentralChecks lists the checks of the central stack, whose account and Region have checks of
// their own.
func CentralChecks() []Check {
	return []Check{Bus, BusPolicy, Archive, CentralRule, Queue, QueuePolicy, CentralDeadLetters, Function, EventSource,
		State, Secret, Slack}
}

// fixByDeployment is the fix of resources that differ from the template. CloudFormation compares
// templates, not resources.
const fixByDeployment = "deploy again: npx cdk deploy --all, the pipeline, or an update of the stack set; where somebody changed it by hand, CloudFormation " +
	"sees nothing to do: its drift detection says what differs, to be set right by hand, and CloudTrail says who it was"

// explanations say what findings mean, and how to fix them.
var explanations = map[Check]explanation{
	Access: {
		"nobody could look into the account, so nothing is known of it",
		"see that the account has the role, that it trusts the central account, and that you may do sts:AssumeRole; " +
			"with inspectionRole: true in trailbus.yaml the forwarder brings it, --role names another one",
	},
	Membership: {
		"nobody watches the account",
		"add it to accounts of trailbus.yaml, or to the units of the stack set; if that is on purpose, nothing",
	},
	Region: {
		"what happens in such a Region is not seen, or a forwarder cannot be deployed there",
		"add the Region to regions of trailbus.yaml, or disable it in the account; enable one that trailbus.yaml names",
	},
	Forwarder: {
		"nothing of this account and Region is seen",
		fixByDeployment,
	},
	Rule: {
		"some events of this account and Region are not seen, or cross twice",
		fixByDeployment,
	},
	RuleState: {
		"EventBridge does not send what the rule is for",
		"if trailbus.yaml changed, deploy it; else set the state right in EventBridge, and ask CloudTrail who did " +
			"DisableRule or PutRule",
	},
	RulePattern: {
		"other events cross than the rules of trailbus.yaml want",
		"if trailbus.yaml or Trailbus itself changed, " + fixByDeployment,
	},
	RuleTarget: {
		"what the rule matches does not reach the central bus as it should",
		fixByDeployment,
	},
	Role: {
		"EventBridge may not send to the central bus: events end in the dead-letter queue, or nowhere",
		fixByDeployment,
	},
	DeadLetterQueue: {
		"events that the central bus does not take are lost",
		fixByDeployment,
	},
	DeadLetters: {
		"the central bus did not take some events",
		"each message says why in ERROR_CODE and ERROR_MESSAGE; mend that, read what they are, and purge the queue",
	},
	TrailLogs: {
		"EventBridge gets no CloudTrail events, or not all, where no trail logs them",
		"start or make a multi-Region trail for all management events: trail: create in trailbus.yaml, or aws " +
			"cloudtrail start-logging",
	},
	TrailSelectors: {
		"CloudTrail leaves out events that rules of trailbus.yaml want",
		"let the trail log all management events, read and write, with no excluded event sources",
	},
	Heartbeat: {
		"the way from there to the notifier is broken, or was never there",
		"look at what else is found there; docs/operate.md says what may be silent",
	},

	Bus: {
		"nothing of any account is seen",
		"deploy the central stack again",
	},
	BusPolicy: {
		"the central bus refuses the events of these accounts",
		"deploy the central stack again; organization of trailbus.yaml must be the one that they are in",
	},
	Archive: {
		"events cannot be replayed after a failure",
		"deploy the central stack again",
	},
	CentralRule: {
		"what reaches the central bus does not reach the notifier's queue",
		"deploy the central stack again, or enable the rule: aws events enable-rule --event-bus-name trailbus --name NAME",
	},
	Queue: {
		"the notifier is told of nothing, or late",
		"deploy the central stack again; where messages wait, read the log of the function",
	},
	QueuePolicy: {
		"EventBridge may not put events into the queue",
		"deploy the central stack again",
	},
	CentralDeadLetters: {
		"some events could not be told",
		"trailbus redrive --dry-run lists them and says why; mend that, then trailbus redrive",
	},
	Function: {
		"nobody is told of anything",
		"deploy the central stack again; aws lambda get-function-configuration says what is wrong",
	},
	EventSource: {
		"the notifier does not read its queue",
		"enable the event source mapping: aws lambda update-event-source-mapping --enabled --uuid UUID",
	},
	State: {
		"it is not known when forwarders were last heard",
		"see that the table is there, and that you may do dynamodb:BatchGetItem on it",
	},
	Secret: {
		"messages cannot be posted, or go where alerts go that no route takes",
		"put webhooks and a token into the secret, as docs/slack.md says",
	},
	Slack: {
		"messages do not get to Slack",
		"renew the webhook or the token in the secret, as docs/slack.md says",
	},
}
