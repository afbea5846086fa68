package delivery

import (
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/routes"
)

// delivery is an event at one of the places where it is told.
type delivery struct {
	*job
	routes.Target
	// id is what the event is known by at this place; twin is a delivery of the batch with the same id, whose fate it shares.
	id   string
	twin *delivery

	brief message.Summary
	// alert is the whole message, nil where nobody asked for it; see [run.written].
	alert *message.Message
	// key is that of the messages that one message may stand for, at this place.
	key string

	outcome Outcome
	reason  string
	wait    time.Duration
	held    bool
	// to is where it was told in the end.
	to string
}

func deliveriesOf(jobs []*job) []*delivery {
	var all []*delivery
	for _, j := range jobs {
		all = append(all, j.deliveries...)
	}
	return all
}

// open are the deliveries about which nothing is decided yet.
func open(deliveries []*delivery) []*delivery {
	var left []*delivery
	for _, d := range deliveries {
		if d.outcome == "" && d.twin == nil {
			left = append(left, d)
		}
	}
	return left
}

// follow gives a repeat within the batch the outcome of the first.
func (d *delivery) follow() {
	switch d.outcome = d.twin.outcome; d.outcome {
	case Posted, Folded, Dead:
		d.outcome, d.reason = Duplicate, "the same event is in the batch"
	case Returned:
		d.reason, d.wait, d.held = d.twin.reason, d.twin.wait, d.twin.held
	}
}

// attempt does something about some deliveries. A panic is a mistake of ours about these: it must not cost the others.
func attempt(f func(), deliveries ...*delivery) {
	if err := guard(func() error { f(); return nil }); err != nil {
		for _, d := range deliveries {
			d.outcome, d.reason, d.wait = Dead, err.Error(), 0
		}
	}
}

// urgency is which outcome of several counts for the event: what is not told at one place is tried again, there alone, since the others
// know that they have told it.
var urgency = []Outcome{Returned, Dead, Posted, Folded, Duplicate}

// conclude gives the event the outcome of its deliveries.
func (j *job) conclude() {
	if len(j.deliveries) == 0 {
		return
	}
	for _, outcome := range urgency {
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
			// The first that has its turn brings it back.
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

// places are where it was told, or was to be.
func (j *job) places() string {
	var names []string
	for _, d := range j.deliveries {
		names = append(names, d.to)
	}
	return strings.Join(names, ", ")
}
