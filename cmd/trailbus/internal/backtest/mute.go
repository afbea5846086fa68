package backtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/rules"
)

// muteDuration is how long a proposed mute holds.
const muteDuration = 30 * 24 * time.Hour

// muteYAML writes a mute of one principal's alerts of one rule, to stand in the list rules.mutes of
// trailbus.yaml, and runs it: as read from there, it mutes this principal and none of the rule's
// others. The error says why there is no such mute.
func muteYAML(p *principalCount, all []*principalCount, rule *rules.Rule, reason, owner string,
	until time.Time) (string, error) {
	if p.unsupported {
		return "", errors.New("the identity has fields that are no text, or is too long")
	}
	text := fmt.Sprintf("- rule: %s\n  pattern: %s\n  reason: %s\n  owner: %s\n  until: %s\n",
		rule.ID, yamlFlow(p.pattern()), yamlFlow(encode(reason)), yamlFlow(encode(owner)), until.Format(time.DateOnly))
	mute, err := readMute(text)
	if err != nil {
		return "", err
	}
	mutes, err := rules.NewMutes(mute)
	if err != nil {
		return "", err
	}
	inForce := mute.Until.Add(-time.Second)
	for _, other := range all {
		if muted := mutes.Of(rule, other.event, inForce) != nil; muted != (other == p) {
			return "", errors.New("no pattern tells this principal from the others")
		}
	}
	return text, nil
}

// readMute reads the YAML of one mute as trailbus.yaml is read.
func readMute(text string) (rules.Mute, error) {
	root, doc := yamldoc.Parse("the mute", []byte(text))
	mute := rules.Mute{}
	for _, item := range root.Items() {
		fields := item.Fields("rule", "pattern", "reason", "owner", "until")
		mute = rules.Mute{Rule: fields["rule"].Text(), Pattern: fields["pattern"].JSON(),
			Reason: fields["reason"].Prose("reason"), Owner: fields["owner"].Line("owner", 100)}
		var err error
		if mute.Until, err = time.Parse(time.DateOnly, fields["until"].Text()); err != nil {
			return mute, err
		}
	}
	if problems := doc.Problems(); len(problems) > 0 {
		return mute, problems
	}
	return mute, nil
}

// yamlFlow makes JSON fit for YAML and for a terminal: one space behind each colon and comma, and
// what would not be seen, or would act instead of being shown, as an escape of YAML, which has one
// for all of Unicode where JSON needs two.
func yamlFlow(value json.RawMessage) string {
	var b strings.Builder
	inText, escaped := false, false
	for _, r := range string(value) {
		switch {
		case !message.Visible(r) && r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		case !message.Visible(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
		if r == '"' && !escaped {
			inText = !inText
		}
		escaped = inText && r == '\\' && !escaped
		if !inText && (r == ':' || r == ',') {
			b.WriteByte(' ')
		}
	}
	return b.String()
}
