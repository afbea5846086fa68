package redrive

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/delivery"
	"github.com/trailbus/trailbus/internal/slack/message"
)

// Outcome is what happened to a dead letter.
type Outcome string

// The outcomes.
const (
	Moved      Outcome = "moved"       // back in the queue
	WouldMove  Outcome = "found"       // would be moved, were this no dry run
	Filtered   Outcome = "filtered"    // the filter leaves it
	Junk       Outcome = "junk"        // it can never be posted, so it would come straight back
	New        Outcome = "new"         // it came after the start: perhaps one that was moved and came back
	NotMoved   Outcome = "not moved"   // the queue did not take it
	NotDeleted Outcome = "not deleted" // the queue has it, and the dead-letter queue still has it, too
)

// DeadLetter is a message of the dead-letter queue. Texts of external accounts are sanitized.
type DeadLetter struct {
	MessageID string `json:"messageId"`
	// Time is when the call was made, zero where that is not known.
	Time    time.Time `json:"time,omitzero"`
	Account string    `json:"account,omitempty"`
	Region  string    `json:"region,omitempty"`
	// Event is the call, such as iam:CreateUser.
	Event   string `json:"event,omitempty"`
	EventID string `json:"eventID,omitempty"`
	// Sent is when the message first entered a queue.
	Sent time.Time `json:"sent,omitzero"`
	// Reason is why it is in the dead-letter queue.
	Reason  string  `json:"reason"`
	Outcome Outcome `json:"outcome"`
	// Remark says more of the outcome.
	Remark string `json:"remark,omitempty"`

	eventName string
	body      string
	receipt   receipt
}

// The longest texts of external accounts that are printed, in characters.
const (
	maxName   = 100
	maxReason = 300
)

// parseMessage reads a message of the dead-letter queue.
func parseMessage(m types.Message, settings *contract.Settings) *DeadLetter {
	l := &DeadLetter{MessageID: aws.ToString(m.MessageId), body: aws.ToString(m.Body)}
	l.receipt = receipt{aws.ToString(m.ReceiptHandle),
		number(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])}
	l.Sent = milliseconds(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)])
	l.Reason = message.Line(reason(m), maxReason)
	event, err := cloudtrail.Parse([]byte(l.body))
	if err != nil {
		l.markJunk(err.Error())
		return l
	}
	line := func(s string) string { return message.Line(s, maxName) }
	l.Time, l.Account, l.Region = event.Time, line(event.Account), line(event.Region)
	l.Event, l.EventID, l.eventName = line(event.Record.Call()), line(event.Record.EventID), event.Record.EventName
	if slices.Contains(contract.Signals, event.DetailType) {
		l.Event = event.DetailType
		l.markJunk("Trailbus's own, of which only the last counts")
	} else if _, _, err := settings.Judge(event, time.Now()); err != nil {
		l.markJunk(err.Error())
	}
	return l
}

func (l *DeadLetter) markJunk(reason string) {
	l.Outcome, l.Remark = Junk, message.Line(reason, maxReason)
}

// reason is why a message is in the dead-letter queue: what the notifier wrote on it, or
// EventBridge (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html). SQS
// writes nothing on what was received too often.
func reason(m types.Message) string {
	text := func(name string) string { return aws.ToString(m.MessageAttributes[name].StringValue) }
	if said := text(delivery.ReasonAttribute); said != "" {
		return said
	}
	if code, said := text("ERROR_CODE"), text("ERROR_MESSAGE"); code != "" || said != "" {
		return strings.Trim(code+": "+said, ": ")
	}
	return "received too often without being told"
}

// milliseconds reads a time as SQS writes it, zero where there is none.
func milliseconds(text string) time.Time {
	d, err := time.ParseDuration(text + "ms")
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(d.Milliseconds()).UTC()
}
