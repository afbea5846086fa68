package config

import (
	"cmp"
	"time"

	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/rules"
)

// now is the clock, by which a mute has expired or not.
var now = time.Now

// mute reads one mute.
func (r *ruleReader) mute(item yamldoc.Value) rules.Mute {
	fields := item.Fields("rule", "pattern", "reason", "owner", "until")
	mute := rules.Mute{Rule: fields["rule"].Text(), Pattern: fields["pattern"].JSON()}
	if fields["rule"].Present() {
		r.find(fields["rule"], mute.Rule, "the mute mutes nothing", "the id of a rule that is switched on")
	}
	if required(fields["reason"], "reason") {
		mute.Reason = fields["reason"].Prose("reason")
	}
	if required(fields["owner"], "owner") {
		mute.Owner = fields["owner"].Line("owner", maxName)
	}
	if required(fields["until"], "until") {
		var err error
		if mute.Until, err = time.Parse(time.DateOnly, fields["until"].Text()); err != nil {
			fields["until"].Problemf("found date %q, allowed: a day such as 2027-01-31", fields["until"].Text())
		} else if !now().Before(mute.Until) {
			fields["until"].Warningf("the mute of %s by %s has expired, so it mutes nothing", cmp.Or(mute.Rule, "every rule"), cmp.Or(mute.Owner, "nobody"))
		}
	}
	if !fields["rule"].Present() && !fields["pattern"].Present() {
		item.Problemf("neither rule nor pattern is given, so it would mute everything, allowed: one or both")
	} else if mute.Pattern != nil {
		if _, err := eventpattern.Compile(mute.Pattern); err != nil {
			fields["pattern"].Problemf("%v", err)
		}
	}
	return mute
}
