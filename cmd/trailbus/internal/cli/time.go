package cli

import (
	"fmt"
	"time"
)

// ParseDay reads a day of a flag, in UTC. It is zero for "".
func ParseDay(flag, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, fmt.Errorf("found %s %q, allowed: a day such as 2026-11-15", flag, text)
	}
	return t, nil
}

// ParseTime reads a time of a flag: RFC 3339, or a day in UTC, which stands for its beginning, or
// with end for its end. It is zero for "".
func ParseTime(flag, text string, end bool) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, fmt.Errorf("found %s %q, allowed: a time such as 2026-11-20T08:00:00Z, or a day in UTC such as 2026-11-20",
			flag, text)
	}
	if end {
		t = t.AddDate(0, 0, 1)
	}
	return t, nil
}
