package delivery

import (
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
)

// prefilter drops an event that matched no rule without decoding it, since to decode takes several
// times as long as to match. It leaves to decide what it cannot read, and what must go to the
// dead-letter queue.
func (r *run) prefilter(j *job, body []byte) bool {
	head, ok := cloudtrail.ReadHead(body)
	if !ok || contract.CheckOrigin(head.Source, head.Account, head.RecipientAccount) != nil {
		return false
	}
	j.head, j.outcome = &head, Unmatched
	return true
}
