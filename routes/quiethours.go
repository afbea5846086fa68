package routes

import (
	"fmt"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // neither Lambda's image for compiled programs nor Windows is sure to have time zones

	"github.com/trailbus/trailbus/rules"
)

// Quiet are quiet hours: a time of the day in which alerts of some severities wait for its end.
type Quiet struct {
	// Severities are those whose alerts wait. None: no alert waits.
	Severities []rules.Severity `json:"severities"`
	// From and To are times of the day as 15:04. If To is before From, the hours end on the next
	// day.
	From string `json:"from"`
	To   string `json:"to"`
	// Zone is the time zone's name in the IANA database, such as Europe/Berlin.
	// Default: UTC.
	Zone string `json:"zone,omitempty"`
}

// timeOfDay is the layout of From and To.
const timeOfDay = "15:04"

// Check returns an error unless From and To are two different times and Zone is a time zone.
func (q *Quiet) Check() error {
	for _, text := range []string{q.From, q.To} {
		if _, err := time.Parse(timeOfDay, text); err != nil || len(text) != len(timeOfDay) {
			return fmt.Errorf("found time %q, allowed: hours and minutes such as 08:00", text)
		}
	}
	if q.From == q.To {
		return fmt.Errorf("found hours from %s to %s, which never begin, allowed: two different times", q.From, q.To)
	}
	_, err := location(q.Zone)
	return err
}

// locations caches time zones by name: reading one costs more than matching an event.
var locations sync.Map

// location loads a time zone. It refuses "Local", which differs from machine to machine.
func location(zone string) (*time.Location, error) {
	if l, ok := locations.Load(zone); ok {
		return l.(*time.Location), nil
	}
	if l, err := time.LoadLocation(zone); err == nil && zone != "Local" {
		locations.Store(zone, l)
		return l, nil
	}
	return nil, fmt.Errorf("found unknown time zone %q, allowed: a name of the IANA database such as Europe/Berlin", zone)
}

// Until returns the end of the quiet hours if an alert of the severity waits now, else the zero
// value. Hours for which [Quiet.Check] returns an error hold nothing back: an alert too early is
// better than one too late. If clocks are put forward past the end, the hours end when that
// happens.
func (q *Quiet) Until(severity rules.Severity, now time.Time) time.Time {
	if q == nil || !slices.Contains(q.Severities, severity) || q.Check() != nil {
		return time.Time{}
	}
	zone, _ := location(q.Zone)
	local := now.In(zone)
	// The hours may have begun today, or yesterday.
	for _, day := range []int{0, -1} {
		from, to := at(local, day, q.From), at(local, day, q.To)
		if q.To < q.From {
			to = at(local, day+1, q.To)
		}
		if !local.Before(from) && local.Before(to) {
			return to
		}
	}
	return time.Time{}
}

// at returns a time of the day, days after the day of t. time.Date handles clocks that are put
// forward or back.
func at(t time.Time, days int, text string) time.Time {
	parsed, _ := time.Parse(timeOfDay, text)
	return time.Date(t.Year(), t.Month(), t.Day()+days, parsed.Hour(), parsed.Minute(), 0, 0, t.Location())
}
