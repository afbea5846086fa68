package delivery

import (
	"context"
	"log/slog"
	"time"

	"github.com/trailbus/trailbus/internal/slack"
)

// The longest texts in a line of the log, in characters: parts of it come from the event, and may
// have any length.
const (
	maxField  = 200
	maxReason = 1000
)

// log writes the line of an event. The dashboard queries its keys msg, outcome, rules, account and
// region.
func (n *Notifier) log(ctx context.Context, j *job) {
	reason := j.logReason()
	if j.outcome == Noted && reason == "" {
		return // a thousand heartbeats an hour: the line of the run counts them
	}
	level := slog.LevelInfo
	switch {
	case j.outcome == Dead:
		level = slog.LevelError
	case j.outcome == Returned && !j.held, j.outcome == Posted && reason != "":
		level = slog.LevelWarn
	}
	attributes := append(make([]slog.Attr, 0, 12),
		slog.String("outcome", string(j.outcome)),
		slog.String("messageId", slack.Cut(j.item.MessageId, maxField)),
		slog.Int64("ms", time.Since(j.start).Milliseconds()),
	)
	add := func(key, value string, limit int) {
		if value != "" {
			attributes = append(attributes, slog.String(key, slack.Cut(value, limit)))
		}
	}
	if e := j.head; e != nil {
		// Empty as well: a search by event id must find an event without one.
		attributes = append(attributes, slog.String("eventID", slack.Cut(e.EventID, maxField)))
		add("eventSource", e.EventSource, maxField)
		add("eventName", e.EventName, maxField)
		add("account", e.Account, maxField)
		add("region", e.Region, maxField)
	}
	if s := j.signal; s != nil {
		add("account", s.Account, maxField)
		add("region", s.Region, maxField)
	}
	if len(j.rules) > 0 {
		ids := make([]string, len(j.rules))
		for i, rule := range j.rules {
			ids[i] = rule.ID
		}
		attributes = append(attributes, slog.Any("rules", ids))
	}
	add("to", j.places(), maxField)
	add("reason", reason, maxReason)
	n.Log.LogAttrs(ctx, level, "event", attributes...)
}

func (n *Notifier) flush() {
	if n.Flush != nil {
		n.Flush()
	}
}

// logReason is the reason and the warning.
func (j *job) logReason() string {
	if j.reason == "" || j.warning == "" {
		return j.reason + j.warning
	}
	return j.reason + "; " + j.warning
}
