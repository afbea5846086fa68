package doctor

import "time"

// Answer is the answer of AWS to a call: a value, that there is none, or an error.
type Answer[T any] struct {
	Value *T // nil where there is none
	Err   error
}

// Found is an answer with a value.
func Found[T any](value T) Answer[T] { return Answer[T]{Value: &value} }

// FoundForwarder is what was found in a Region of an account.
type FoundForwarder struct {
	// Rules are those of the default event bus that send to the central bus.
	Rules []FoundRule
	// Roles are those that the rules send with, Queues the dead-letter queues of the rules, by ARN.
	Roles  map[string]Answer[FoundRole]
	Queues map[string]Answer[FoundQueue]
	// Err says why it could not be read.
	Err error
}

// FoundRule is a rule of EventBridge.
type FoundRule struct {
	Name, ARN   string
	Bus         string // its name
	Description string
	State       string
	Pattern     string // JSON, empty for a schedule
	Schedule    string
	Targets     []FoundTarget
	// Err says why it could not be read.
	Err error
}

// FoundTarget is where a rule sends to.
type FoundTarget struct {
	ARN, Role, DeadLetterQueue string
	// Changed says that the target gets something else than the event.
	Changed bool
}

// FoundRole is a role.
type FoundRole struct {
	Trust    string   // JSON
	Policies []string // JSON
}

// FoundQueue is a queue of SQS.
type FoundQueue struct {
	ARN      string
	Policy   string // JSON, empty where there is none
	Messages int    // waiting, hidden and delayed
}

// FoundTrail is a trail of CloudTrail that an account has, or its organization.
type FoundTrail struct {
	ARN, HomeRegion     string
	MultiRegion         bool
	Logging             bool
	GlobalServiceEvents bool
	Selectors           []EventSelector
	// Advanced has the fields of each advanced event selector.
	Advanced [][]Field
	// Err says why it could not be read.
	Err error
}

// EventSelector is one of the basic kind.
type EventSelector struct {
	ReadWriteType    string // All, ReadOnly or WriteOnly
	ManagementEvents bool
	ExcludedSources  []string
}

// Field is a condition of an advanced event selector.
type Field struct {
	Name              string
	Equals, NotEquals []string
	// Other says that the condition has other operators too.
	Other bool
}

// FoundCentral is what was found in the central account and Region.
type FoundCentral struct {
	BusPolicy Answer[string]
	Archive   Answer[FoundArchive]
	// Rules send to the queue: from the central bus, and from the default bus.
	Rules                  Answer[[]FoundRule]
	Queue, DeadLetterQueue Answer[FoundQueue]
	// OldestMessage is how long the oldest message has been in the queue; nil where that is not
	// known.
	OldestMessage Answer[time.Duration]
	Function      Answer[FoundFunction]
	Mappings      Answer[[]FoundMapping]
	Secret        Answer[FoundSecret]
}

// FoundArchive is an archive of EventBridge.
type FoundArchive struct{ State, Source, Pattern string }

// FoundFunction is a Lambda function.
type FoundFunction struct{ State, Reason, LastUpdate string }

// FoundMapping is an event source mapping.
type FoundMapping struct{ UUID, State, Source string }

// FoundSecret says what the Slack secret has, without its values.
type FoundSecret struct {
	// Webhooks are the names of the webhooks; Token says that there is a bot token.
	Webhooks []string
	Token    bool
	// Wrong says why the secret cannot be used.
	Wrong string
}
