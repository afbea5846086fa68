package message

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/trailbus/trailbus/rules"
)

// Summary is what counts of a message that is not shown: which others it belongs to, and what it adds to them. It costs half as much as the
// [Message], and in a storm nearly all alerts are told by the message of another.
type Summary struct {
	// Key is [Message.Key].
	Key string
	// Call, Target, Source and Time are those of the message.
	Call, Target, Source string
	Time                 time.Time
	// Signature is the same for the calls that did the same, in few characters; "" of one that failed, or is less urgent than [rules.High]. Way is
	// it without the target.
	Signature, UntargetedSignature string
}

// Summary gives what counts of a message, without the act and the way.
func (m *Message) Summary() Summary {
	return Summary{Key: m.Key(), Call: m.Call, Target: m.Target, Source: m.Source, Time: m.Time}
}

// Renderer is a message of which only what counts is there. [Renderer.Message] writes the rest.
type Renderer struct {
	Summary
	alert      Alert
	identities identityFormatter // of whom nothing is known
	outcome    outcome
	mention    string
	picked     yaml.MapSlice // nil where they were not asked for
}

// NewRenderer begins the message that [New] makes. It panics as that does.
func NewRenderer(a Alert) *Renderer {
	e, r := a.Event, &a.Event.Record
	d := &Renderer{alert: a, identities: newIdentityFormatter(e, nil), outcome: outcomeOf(r), mention: mention(a.Mention)}
	d.Call = cmp.Or(clean(redactText(call(r)), callLimit), unnamedEvent)
	d.Target = clean(redactText(target(r)), targetLimit)
	d.Source = clean(redactText(source(r)), sourceLimit)
	if d.Time = e.Time; d.Time.IsZero() {
		d.Time = r.Time
	}
	var ruleIDs []string
	for _, rule := range a.Rules {
		ruleIDs = append(ruleIDs, rule.ID)
	}
	d.Key = groupKey(ruleIDs, d.identities.who(), d.identities.where(), d.outcome, d.mention)
	if len(a.Rules) > 0 && a.Rules[0].Severity >= rules.High && d.outcome == succeeded {
		way := fmt.Sprintf("%q %q", d.Call, d.parameters())
		d.Signature = hexHash(strconv.Quote(d.Target)+way, 8)
		d.UntargetedSignature = hexHash(strings.ReplaceAll(way, strconv.Quote(d.Target), ""), 8) // where it is all of a value
	}
	return d
}

// parameters are those that matter, free of credentials.
func (d *Renderer) parameters() yaml.MapSlice {
	if d.picked == nil {
		d.picked = parameters(&d.alert.Event.Record, showPaths(d.alert.Rules))
	}
	return d.picked
}
