package notifier

import (
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/settings"
)

// isUnwanted takes the events that no rule wants away from decide, without decoding them: that takes several times as long as matching.
// What is unusual, or can never be told, it leaves.
func (r *run) isUnwanted(j *job) bool {
	r.scratch = append(r.scratch[:0], j.item.Body...)
	matched, err := r.Settings.Rules.Match(r.scratch) // which also finds out whether it is JSON
	if err != nil || len(matched) > 0 {
		return false
	}
	head, ok := cloudtrail.ReadHead(r.scratch)
	if !ok || settings.Genuine(head.Source, head.Account, head.RecipientAccount) != nil {
		return false
	}
	j.head, j.outcome = &head, Unmatched
	return true
}
