package notifier

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/message"
)

// decide says of one message whether anybody is told of it, and writes what.
func (r *run) decide(j *job) {
	event, err := cloudtrail.Parse([]byte(j.item.Body))
	if err != nil {
		j.outcome, j.reason = Dead, fmt.Sprintf("no CloudTrail event: %v", err)
		return
	}
	j.event = event
	told, muted, err := r.Settings.Judge(event, time.Now())
	if err != nil {
		j.outcome, j.reason = Dead, err.Error()
		return
	}
	if len(told) == 0 {
		if j.outcome = Unmatched; muted != nil {
			j.outcome, j.reason = Muted, "muted by "+muted.Owner
		}
		return
	}
	j.rules = told
	j.id = cmp.Or(event.Record.EventID, event.ID, j.item.MessageId)
	j.route = r.Settings.Routes.Webhook(told[0].Severity, event.Account)
	j.webhook = j.route
	alert := message.Alert{Event: event, Rules: told, AccountNames: r.Settings.Accounts, Portal: message.Portal(r.Settings.AccessPortal)}
	if err := guard(func() error { j.alert = message.New(alert); return nil }); err != nil {
		j.alert, j.remark = message.Minimal(alert), err.Error() // better few words than none
	}
	j.key = strings.Join([]string{j.route, j.alert.Key()}, "/")
}
