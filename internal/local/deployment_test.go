package local

import (
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/local/localaws"
	"github.com/trailbus/trailbus/internal/local/slacktest"
)

func TestCheck(t *testing.T) {
	fine := func() *Result {
		return &Result{In: 2, Wanted: 1, Crossed: 1, Outcomes: map[string]int{"posted": 1}, Messages: make([]slacktest.Message, 1)}
	}
	if err := fine().Check(); err != nil {
		t.Errorf("all agrees, and yet: %v", err)
	}
	for want, change := range map[string]func(*Result){
		"events that crossed: 0, expected 1":                  func(r *Result) { r.Crossed = 0 },
		"events that the notifier posted: 0, expected 1":      func(r *Result) { r.Outcomes = nil },
		"messages in Slack: 0, expected 1":                    func(r *Result) { r.Messages = nil },
		"events left in the queue: 1, expected 0":             func(r *Result) { r.Waiting = 1 },
		"events in the dead-letter queue: 1, expected 0":      func(r *Result) { r.Dead = 1 },
		"events that a rule could not deliver: 1, expected 0": func(r *Result) { r.Undelivered = make([]localaws.Undelivered, 1) },
		"nothing was put in":                                  func(r *Result) { *r = Result{} },
	} {
		r := fine()
		change(r)
		if err := r.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
