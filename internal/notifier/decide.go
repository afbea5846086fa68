package notifier

import (
	"cmp"
	"fmt"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/message"
)

// decide says of one message whether anybody is told of it, and what.
func (r *run) decide(j *job) {
	if r.isSignal(j) {
		return
	}
	r.scratch = append(r.scratch[:0], j.item.Body...)
	matched, unmatched := r.Settings.Rules.Match(r.scratch)
	if unmatched == nil && len(matched) == 0 && r.isUnwanted(j, r.scratch) {
		return
	}
	event, err := cloudtrail.ParseText(j.item.Body)
	if err != nil {
		j.outcome, j.reason = Dead, fmt.Sprintf("no CloudTrail event: %v", err)
		return
	}
	event.JSON = r.scratch // nothing keeps it
	head := event.Head()
	j.head, j.made = &head, event.Time
	told, muted, err := r.Settings.JudgeMatched(event, matched, unmatched, time.Now())
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
		r.sketch(d, event)
		if !r.met[d.key] { // it is the one that will be told
			r.met[d.key] = true
			r.write(d, event)
		}
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
	event, err := cloudtrail.ParseText(j.item.Body)
	if err != nil {
		return &cloudtrail.Event{} // it was decoded before, so this cannot be
	}
	return event
}

func (r *run) alertOf(d *delivery, event *cloudtrail.Event) message.Alert {
	return message.Alert{
		Event: event, Rules: d.rules, AccountNames: r.names, Strangers: r.strangers,
		Portal: message.Portal(r.Settings.AccessPortal), Mention: d.Mention,
	}
}

// sketch finds out what an event is told with.
func (r *run) sketch(d *delivery, event *cloudtrail.Event) {
	alert := r.alertOf(d, event)
	if err := guard(func() error { d.brief = message.NewBrief(alert); return nil }); err != nil {
		d.brief, d.remark = message.Minimal(alert).Brief(), err.Error() // better few words than none
	}
	d.key = d.Name() + " " + d.brief.Key
}

// write writes what is told at a place.
func (r *run) write(d *delivery, event *cloudtrail.Event) {
	alert := r.alertOf(d, event)
	if err := guard(func() error { d.alert = message.New(alert); return nil }); err != nil {
		d.alert, d.remark = message.Minimal(alert), err.Error()
	}
}

// written is what is told of an event, written now where it was not: most are only counted.
func (r *run) written(d *delivery) *message.Message {
	if d.alert == nil {
		r.write(d, d.event())
	}
	return d.alert
}
