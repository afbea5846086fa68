package notifier

import (
	"cmp"
	"fmt"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/message"
)

// decide says of one message whether anybody is told of it, and writes what.
func (r *run) decide(j *job) {
	if r.isSignal(j) || r.isUnwanted(j) {
		return
	}
	event, err := cloudtrail.Parse([]byte(j.item.Body))
	if err != nil {
		j.outcome, j.reason = Dead, fmt.Sprintf("no CloudTrail event: %v", err)
		return
	}
	head := event.Head()
	j.head, j.made = &head, event.Time
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
	id := j.eventID()
	for _, target := range r.Settings.Routes.Targets(told, event.Account, r.at) {
		d := &delivery{job: j, Target: target, to: target.Name(), id: id + " " + target.Name()}
		r.write(d, event)
		j.deliveries = append(j.deliveries, d)
	}
}

// eventID is what an event is known by.
func (j *job) eventID() string {
	if j.head == nil {
		return j.item.MessageId
	}
	return cmp.Or(j.head.EventID, j.head.ID, j.item.MessageId)
}

// event decodes the event again.
func (j *job) event() *cloudtrail.Event {
	event, err := cloudtrail.Parse([]byte(j.item.Body))
	if err != nil {
		return &cloudtrail.Event{} // it was decoded before, so this cannot be
	}
	return event
}

// write writes what is told at a place.
func (r *run) write(d *delivery, event *cloudtrail.Event) {
	alert := message.Alert{
		Event: event, Rules: d.rules, AccountNames: r.names, Strangers: r.strangers,
		Portal: message.Portal(r.Settings.AccessPortal), Mention: d.Mention,
	}
	if err := guard(func() error { d.alert = message.New(alert); return nil }); err != nil {
		d.alert, d.remark = message.Minimal(alert), err.Error() // better few words than none
	}
	d.key = d.Name() + " " + d.alert.Key()
}
