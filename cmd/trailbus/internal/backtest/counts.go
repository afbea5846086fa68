package backtest

import "time"

// maxKeys is how many days or accounts are counted separately. No trail has more; a forged file
// must not fill the memory.
const maxKeys = 10_000

// others is what is counted together once there are [maxKeys] keys.
const others = "others"

// counts are numbers by a day or an account.
type counts map[string]int

func (c *counts) add(key string) {
	if *c == nil {
		*c = counts{}
	}
	if _, ok := (*c)[key]; !ok && len(*c) >= maxKeys {
		key = others
	}
	(*c)[key]++
}

// days are the days, in UTC, of which there are records, and how much of them.
type days struct {
	records     counts // by day; records without a time are not in it
	first, last time.Time
}

func (d *days) add(t time.Time) {
	if t.IsZero() {
		return
	}
	d.records.add(dayOf(t))
	if d.first.IsZero() || t.Before(d.first) {
		d.first = t
	}
	if t.After(d.last) {
		d.last = t
	}
}

// length is for how many days the records speak: of the first and the last day, the part from the
// first record and to the last one, and each other day that has records whole. It is one day at
// least, so that a few minutes are not taken for what goes on all day.
func (d *days) length() float64 {
	if d.first.IsZero() {
		return 0
	}
	const day = 24 * time.Hour
	part := d.last.Sub(d.first)
	if n := len(d.records); dayOf(d.first) != dayOf(d.last) {
		part = d.first.Truncate(day).Add(day).Sub(d.first) + d.last.Sub(d.last.Truncate(day)) + time.Duration(n-2)*day
	}
	return max(1, part.Hours()/24)
}

// dayOf names the day of a time, "" for none.
func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}
