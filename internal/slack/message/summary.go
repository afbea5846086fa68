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

// Summary is what a group needs of a message that is not shown. It takes half the time of a
// [Message], and in a storm most alerts are posted only as a count.
type Summary struct {
	// Key is [Message.Key].
	Key string
	// Call, Target, Source and Time are those of the message.
	Call, Target, Source string
	Time                 time.Time
	// Signature is a short hash, the same for calls with the same operation, target and parameters.
	// It is "" for a call that failed or is less severe than [rules.High]. UntargetedSignature is
	// the same without the target.
	Signature, UntargetedSignature string
}

// Summary gives the summary of a message, without signatures.
func (m *Message) Summary() Summary {
	return Summary{Key: m.Key(), Call: m.Call, Target: m.Target, Source: m.Source, Time: m.Time}
}

// Renderer renders the message of an alert. It has the summary at once; [Renderer.Render] renders
// the rest.
type Renderer struct {
	Summary
	alert      Alert
	identities identityFormatter // without names of accounts
	outcome    outcome
	mention    string
	picked     yaml.MapSlice // nil before the first call of parameters
}

// NewRenderer renders the summary of an alert. It may panic, as [New] may.
func NewRenderer(a Alert) *Renderer {
	e, r := a.Event, &a.Event.Record
	d := &Renderer{alert: a, identities: newIdentityFormatter(e, nil), outcome: outcomeOf(r), mention: mention(a.Mention)}
	d.Call = cmp.Or(Line(redactText(call(r)), callLimit), unnamedEvent)
	d.Target = Line(redactText(target(r)), targetLimit)
	d.Source = Line(redactText(source(r)), sourceLimit)
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
		d.UntargetedSignature = hexHash(strings.ReplaceAll(way, strconv.Quote(d.Target), ""), 8) // a value that is the target
	}
	return d
}

// parameters selects the parameters to show, without credentials.
func (d *Renderer) parameters() yaml.MapSlice {
	if d.picked == nil {
		d.picked = parameters(&d.alert.Event.Record, showPaths(d.alert.Rules))
	}
	return d.picked
}
