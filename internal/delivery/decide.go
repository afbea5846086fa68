package delivery

import (
	"cmp"
	"fmt"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/slack/message"
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
	event, err := cloudtrail.Parse(r.scratch) // nothing keeps it
	if err != nil {
		j.outcome, j.reason = Dead, fmt.Sprintf("no CloudTrail event: %v", err)
		return
	}
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
		alert := r.alertOf(d, event)
		draft := d.sketch(alert)
		if !r.met[d.key] { // it is the one that will be told
			r.met[d.key] = true
			if err := d.write(alert, draft.Render); err != nil {
				d.remark = err.Error()
			}
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
	event, err := cloudtrail.Parse([]byte(j.item.Body))
	if err != nil {
		return &cloudtrail.Event{} // it was decoded before, so this cannot be
	}
	return event
}

func (r *run) alertOf(d *delivery, event *cloudtrail.Event) message.Alert {
	return message.Alert{
		Event: event, Rules: d.rules, AccountNames: r.names, ExternalAccounts: r.strangers,
		Portal: message.Portal(r.Settings.AccessPortal), Mention: d.Mention,
	}
}

// sketch finds out what an event is told with.
func (d *delivery) sketch(alert message.Alert) (draft *message.Renderer) {
	if err := guard(func() error { draft = message.NewRenderer(alert); d.brief = draft.Summary; return nil }); err != nil {
		d.alert = message.Minimal(alert) // better few words than none
		d.brief, d.remark = d.alert.Summary(), err.Error()
	}
	d.key = contract.GroupKey(d.Name(), d.brief.Key)
	return draft
}

// write writes what is told at a place, unless that is done.
func (d *delivery) write(alert message.Alert, whole func() *message.Message) error {
	if d.alert != nil {
		return nil
	}
	err := guard(func() error { d.alert = whole(); return nil })
	if err != nil {
		d.alert = message.Minimal(alert)
	}
	return err
}

// written is what is told of an event, written now where it was not: most are only counted.
func (r *run) written(d *delivery) *message.Message {
	if d.alert == nil {
		alert := r.alertOf(d, d.event())
		if err := d.write(alert, func() *message.Message { return message.New(alert) }); err != nil {
			// No remark of the event: it may be written for several places at a time.
			r.complain("the message of an event could not be written, so it is told in few words", err)
		}
	}
	return d.alert
}
