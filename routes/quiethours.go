package routes

import (
	"fmt"
	"slices"
	"sync"
	"time"
	_ "time/tzdata" // Lambda's image for compiled programs need not have time zones, and a laptop with Windows has none

	"github.com/trailbus/trailbus/rules"
)

// Quiet are hours of the day in which alerts of some severities wait for the end of them.
type Quiet struct {
	// Severities that wait. None: none does.
	Severities []rules.Severity `json:"severities"`
	// From and To are times of the day as 15:04. To may be the earlier one: then it is that of the next day.
	From string `json:"from"`
	To   string `json:"to"`
	// Zone is the time zone's name in the IANA database, such as Europe/Berlin.
	// Default: UTC.
	Zone string `json:"zone,omitempty"`
}

// timeOfDay is how a time of the day is written.
const timeOfDay = "15:04"

// Check says what is wrong with the hours.
func (q *Quiet) Check() error {
	for _, text := range []string{q.From, q.To} {
		if _, err := time.Parse(timeOfDay, text); err != nil || len(text) != len(timeOfDay) {
			return fmt.Errorf("found time %q, allowed: hours and minutes such as 08:00", text)
		}
	}
	if q.From == q.To {
		return fmt.Errorf("found hours from %s to %s, which never begin, allowed: two different times", q.From, q.To)
	}
	if _, err := location(q.Zone); err != nil {
		return err
	}
	return nil
}

// locations are the zones that were read, by name: reading one costs more than matching an event.
var locations sync.Map

// location refuses "Local", which is another zone on each machine.
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

// Until is when the hours end in which an alert of a severity waits at a time; the zero value when it does not wait. Hours that do not
// [Quiet.Check] keep nothing waiting: an alert too early is better than one too late. Where clocks are put forward over the end, it ends
// when they have been.
func (q *Quiet) Until(severity rules.Severity, now time.Time) time.Time {
	if q == nil || !slices.Contains(q.Severities, severity) || q.Check() != nil {
		return time.Time{}
	}
	zone, _ := location(q.Zone)
	local := now.In(zone)
	// The hours that began today, and those that began yesterday and have not ended.
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

// at is a time of the day, some days from that of t. time.Date says what clocks show that are put forward or back.
func at(t time.Time, days int, text string) time.Time {
	parsed, _ := time.Parse(timeOfDay, text)
	return time.Date(t.Year(), t.Month(), t.Day()+days, parsed.Hour(), parsed.Minute(), 0, 0, t.Location())
}
