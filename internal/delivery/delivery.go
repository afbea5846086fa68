package delivery

import (
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/routes"
)

// delivery is an event for one of the places where it is posted.
type delivery struct {
	*job
	routes.Target
	// id is what is claimed: the event id and the place; duplicateOf is a delivery of the batch
	// with the same id, whose fate it shares.
	id          string
	duplicateOf *delivery

	summary message.Summary
	// alert is the full message, nil where it is not rendered; see [run.rendered].
	alert *message.Message
	// key is the key of its group.
	key string

	outcome Outcome
	reason  string
	wait    time.Duration
	held    bool
	// postedTo is the place where it was posted, or should be.
	postedTo string
}

func deliveriesOf(jobs []*job) []*delivery {
	var all []*delivery
	for _, j := range jobs {
		all = append(all, j.deliveries...)
	}
	return all
}

// undecided are the deliveries without an outcome, but for duplicates.
func undecided(deliveries []*delivery) []*delivery {
	var left []*delivery
	for _, d := range deliveries {
		if d.outcome == "" && d.duplicateOf == nil {
			left = append(left, d)
		}
	}
	return left
}

// copyOutcome gives a duplicate within the batch the outcome of the first.
func (d *delivery) copyOutcome() {
	switch d.outcome = d.duplicateOf.outcome; d.outcome {
	case Posted, Folded, Dead:
		d.outcome, d.reason = Duplicate, "the same event is in the batch"
	case Returned:
		d.reason, d.wait, d.held = d.duplicateOf.reason, d.duplicateOf.wait, d.duplicateOf.held
	}
}

// deadLetterOnPanic calls f, and dead-letters the deliveries where it panics: a defect that
// concerns these must not cost the others.
func deadLetterOnPanic(f func(), deliveries ...*delivery) {
	if err := catchPanic(func() error { f(); return nil }); err != nil {
		for _, d := range deliveries {
			d.outcome, d.reason, d.wait = Dead, err.Error(), 0
		}
	}
}

// outcomePriority orders the outcomes of an event at several places by which is the outcome of the
// event. One that was not posted at one place is tried again, and only there: the claims of the
// others say that it was posted.
var outcomePriority = []Outcome{Returned, Dead, Posted, Folded, Duplicate}

// conclude gives the event the first outcome by [outcomePriority] that its deliveries have.
func (j *job) conclude() {
	if len(j.deliveries) == 0 {
		return
	}
	for _, outcome := range outcomePriority {
		var reasons []string
		for _, d := range j.deliveries {
			if d.outcome != outcome {
				continue
			}
			if j.outcome != outcome {
				j.outcome, j.held = outcome, d.held
			}
			if d.reason != "" && (len(reasons) == 0 || reasons[len(reasons)-1] != d.reason) {
				reasons = append(reasons, d.reason)
			}
			// The delivery that is due first brings it back.
			if j.held = j.held && d.held; j.wait == 0 || d.wait < j.wait {
				j.wait = d.wait
			}
		}
		if j.outcome == outcome {
			j.reason = strings.Join(reasons, "; ")
			return
		}
	}
}

// places are where it was posted, or should be.
func (j *job) places() string {
	var names []string
	for _, d := range j.deliveries {
		names = append(names, d.postedTo)
	}
	return strings.Join(names, ", ")
}
