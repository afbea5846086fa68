package config

import (
	"cmp"
	"time"

	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/rules"
)

// now is replaced in tests.
var now = time.Now

func (r *ruleReader) mute(item yamldoc.Value) rules.Mute {
	rule, pattern, until := item.Get("rule"), item.Get("pattern"), item.Get("until")
	mute := rules.Mute{Rule: rule.Text(), Pattern: pattern.JSON(), Reason: item.Get("reason").Prose("reason"),
		Owner: item.Get("owner").Line("owner", maxName)}
	if rule.Present() {
		r.find(rule, mute.Rule, "the mute mutes nothing", "the id of a rule that is switched on")
	}
	var err error
	if mute.Until, err = time.Parse(time.DateOnly, until.Text()); err == nil && !now().Before(mute.Until) {
		until.Warningf("the mute of %s by %s has expired, so it mutes nothing", cmp.Or(mute.Rule, "every rule"),
			cmp.Or(mute.Owner, "nobody"))
	}
	if !rule.Present() && !pattern.Present() {
		item.Problemf("neither rule nor pattern is given, so it would mute everything, allowed: one or both")
	} else if mute.Pattern != nil {
		if _, err := eventpattern.Compile(mute.Pattern); err != nil {
			pattern.Problemf("%v", err)
		}
	}
	return mute
}
