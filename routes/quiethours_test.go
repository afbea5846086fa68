package routes

import (
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/rules"
)

func TestQuietHours(t *testing.T) {
	low := []rules.Severity{rules.Low}
	tests := []struct {
		from, to, zone string
		now, want      string // want "": it does not wait
	}{
		{"20:00", "08:00", "", "2026-11-23T19:59:59Z", ""},
		{"20:00", "08:00", "", "2026-11-23T20:00:00Z", "2026-11-24T08:00:00Z"},
		{"20:00", "08:00", "", "2026-11-23T23:59:59Z", "2026-11-24T08:00:00Z"},
		{"20:00", "08:00", "", "2026-11-24T00:00:00Z", "2026-11-24T08:00:00Z"},
		{"20:00", "08:00", "", "2026-11-24T07:59:59.999Z", "2026-11-24T08:00:00Z"},
		{"20:00", "08:00", "", "2026-11-24T08:00:00Z", ""},
		{"12:00", "13:30", "UTC", "2026-11-23T13:29:00Z", "2026-11-23T13:30:00Z"},
		{"12:00", "13:30", "UTC", "2026-11-23T13:30:00Z", ""},
		{"12:00", "13:30", "UTC", "2026-11-23T02:00:00Z", ""},
		{"00:00", "23:59", "", "2026-12-31T23:58:59Z", "2026-12-31T23:59:00Z"},
		// The zone says when, whatever zone the time is told in.
		{"20:00", "08:00", "Europe/Berlin", "2026-11-23T19:00:00Z", "2026-11-24T07:00:00Z"},
		{"20:00", "08:00", "Europe/Berlin", "2026-11-24T07:00:00Z", ""},
		{"20:00", "08:00", "Europe/Berlin", "2026-07-01T18:00:00Z", "2026-07-02T06:00:00Z"},
		{"20:00", "08:00", "Asia/Kolkata", "2026-11-23T20:00:00+05:30", "2026-11-24T08:00:00+05:30"},
		{"20:00", "08:00", "America/Los_Angeles", "2026-11-23T04:00:00Z", "2026-11-23T16:00:00Z"},
		// The night on which clocks are put forward is an hour shorter, the one on which they are
		// put back an hour longer.
		{"20:00", "08:00", "Europe/Berlin", "2026-03-28T20:00:00Z", "2026-03-29T06:00:00Z"},
		{"20:00", "08:00", "Europe/Berlin", "2026-10-24T20:00:00Z", "2026-10-25T07:00:00Z"},
		{"22:00", "02:30", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T01:30:00Z"}, // there is no 02:30 that night
	}
	for _, test := range tests {
		q := &Quiet{Severities: low, From: test.from, To: test.to, Zone: test.zone}
		if err := q.Check(); err != nil {
			t.Error(err)
		}
		now, err := time.Parse(time.RFC3339Nano, test.now)
		if err != nil {
			t.Fatal(err)
		}
		var want time.Time
		if test.want != "" {
			if want, err = time.Parse(time.RFC3339, test.want); err != nil {
				t.Fatal(err)
			}
		}
		if got := q.Until(rules.Low, now); !got.Equal(want) {
			t.Errorf("%s to %s %s at %s: until %s, want %q", test.from, test.to, test.zone, test.now, got.UTC().Format(time.RFC3339), test.want)
		}
		if got := q.Until(rules.Medium, now); !got.IsZero() {
			t.Errorf("an alert of another severity waits until %s", got)
		}
	}
	if got := (*Quiet)(nil).Until(rules.Low, noon); !got.IsZero() {
		t.Errorf("without quiet hours, it waits until %s", got)
	}
}

// Whatever the time, what waits does not wait for longer than a day, and not for what has passed.
func TestQuietHoursEnd(t *testing.T) {
	q := &Quiet{Severities: []rules.Severity{rules.Low}, From: "21:15", To: "07:45", Zone: "America/Sao_Paulo"}
	waited, told := 0, 0
	for now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC); now.Year() == 2026; now = now.Add(17 * time.Minute) {
		until := q.Until(rules.Low, now)
		if until.IsZero() {
			told++
			continue
		}
		waited++
		if d := until.Sub(now); d <= 0 || d > 12*time.Hour {
			t.Fatalf("at %s it waits for %s", now, d)
		}
		if again := q.Until(rules.Low, until); !again.IsZero() {
			t.Fatalf("at %s, when it ends, it waits until %s", until, again)
		}
	}
	if waited == 0 || told == 0 {
		t.Errorf("%d waited, %d were told", waited, told)
	}
}

func TestWhatAreNoQuietHours(t *testing.T) {
	for want, q := range map[string]Quiet{
		`"8:00"`: {From: "8:00", To: "20:00"}, `"24:00"`: {From: "20:00", To: "24:00"}, `"20:60"`: {From: "20:60", To: "08:00"}, `""`: {From: "20:00"},
		`"08-00"`: {From: "20:00", To: "08-00"}, "never begin": {From: "08:00", To: "08:00"}, `"Europe/Berlln"`: {From: "20:00", To: "08:00", Zone: "Europe/Berlln"},
		`"Local"`: {From: "20:00", To: "08:00", Zone: "Local"}, `"../etc"`: {From: "20:00", To: "08:00", Zone: "../etc"},
	} {
		q.Severities = rules.Severities()
		if err := q.Check(); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "allowed: ") {
			t.Errorf("%+v: error %v, want one with %s", q, err, want)
		}
		if got := q.Until(rules.Low, noon); !got.IsZero() {
			t.Errorf("%+v keeps it waiting until %s", q, got)
		}
	}
}
