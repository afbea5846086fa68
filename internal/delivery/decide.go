package delivery

import (
	"cmp"
	"fmt"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/slack/message"
)

// decide finds the deliveries of a message: the rules that match, mutes, and routes. Without a
// delivery, the message has its outcome.
func (r *run) decide(j *job) {
	if r.decodeSignal(j) {
		return
	}
	r.scratch = append(r.scratch[:0], j.item.Body...)
	matched, unmatched := r.Settings.Rules.Match(r.scratch)
	if unmatched == nil && len(matched) == 0 && r.prefilter(j, r.scratch) {
		return
	}
	event, err := cloudtrail.Parse(r.scratch) // the event does not outlive the scratch buffer
	if err != nil {
		j.outcome, j.reason = Dead, fmt.Sprintf("no CloudTrail event: %v", err)
		return
	}
	head := event.Head()
	j.head, j.eventTime = &head, event.Time
	wanted, muted, err := r.Settings.JudgeMatched(event, matched, unmatched, time.Now())
	if err != nil {
		j.outcome, j.reason = Dead, err.Error()
		return
	}
	if len(wanted) == 0 {
		if j.outcome = Unmatched; muted != nil {
			j.outcome, j.reason = Muted, "muted by "+muted.Owner
		}
		return
	}
	j.rules = wanted
	id := j.eventID()
	for _, target := range r.Settings.Routes.Targets(wanted, event.Account, r.start) {
		d := &delivery{job: j, Target: target, postedTo: target.Name(), id: id + " " + target.Name()}
		alert := r.alertOf(d, event)
		draft := d.summarize(alert)
		if !r.seen[d.key] { // the message shows the first of a group
			r.seen[d.key] = true
			if err := d.render(alert, draft.Render); err != nil {
				d.warning = err.Error()
			}
		}
		j.deliveries = append(j.deliveries, d)
	}
}

// eventID is the id by which an event is claimed: CloudTrail's, or else EventBridge's or the
// queue's.
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
		return &cloudtrail.Event{} // cannot be: it was decoded before
	}
	return event
}

func (r *run) alertOf(d *delivery, event *cloudtrail.Event) message.Alert {
	return message.Alert{
		Event: event, Rules: d.rules, AccountNames: r.names, ExternalAccounts: r.external,
		Portal: message.Portal(r.Settings.AccessPortal), Mention: d.Mention,
	}
}

// summarize makes the summary and the group key of a delivery, and the draft that renders its
// message, nil after a panic.
func (d *delivery) summarize(alert message.Alert) (draft *message.Renderer) {
	err := catchPanic(func() error {
		draft = message.NewRenderer(alert)
		d.summary = draft.Summary
		return nil
	})
	if err != nil {
		d.alert = message.Minimal(alert) // a short message is better than none
		d.summary, d.warning = d.alert.Summary(), err.Error()
	}
	d.key = contract.GroupKey(d.Name(), d.summary.Key)
	return draft
}

// render renders the message of a delivery, unless that is done, and a minimal one where that
// panics.
func (d *delivery) render(alert message.Alert, full func() *message.Message) error {
	if d.alert != nil {
		return nil
	}
	err := catchPanic(func() error { d.alert = full(); return nil })
	if err != nil {
		d.alert = message.Minimal(alert)
	}
	return err
}

// rendered is the message of a delivery, rendered now if it was not: most deliveries are only
// counted.
func (r *run) rendered(d *delivery) *message.Message {
	if d.alert == nil {
		alert := r.alertOf(d, d.event())
		if err := d.render(alert, func() *message.Message { return message.New(alert) }); err != nil {
			// No warning of the event: several places may render it at the same time.
			r.warn("the message of an event could not be rendered, so it is short", err)
		}
	}
	return d.alert
}
