package backtest

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func person(name string) []byte { return []byte(strings.ReplaceAll(bob, "bob", name)) }

// With more principals than are counted, the top ones are found, and each count says how exact it
// is.
func TestTopPrincipalsOfMany(t *testing.T) {
	n := principalCounts{}
	add := func(name string) { n.add(principalOf(person(name)), person(name), func() string { return name }) }
	const crowd = 5 * maxPrincipals
	for i := range crowd {
		add(fmt.Sprint("one-off-", i))
		if i%5 == 0 {
			add("loud")
		}
	}
	top := n.top()[0]
	if top.name != "loud" || top.alerts < crowd/5 || top.alerts-top.inherited > crowd/5 {
		t.Errorf("the noisiest is %q with %d to %d alerts, want loud with %d in between", top.name, top.alerts-top.inherited, top.alerts, crowd/5)
	}
	if len(n.all) != maxPrincipals || len(n.indexes) != maxPrincipals || len(n.top()) != maxReported {
		t.Errorf("%d principals, %d places, %d shown", len(n.all), len(n.indexes), len(n.top()))
	}
	for key, i := range n.indexes {
		if n.all[i].key != key {
			t.Fatalf("%q is not at its place", key)
		}
	}
}

func TestTopPrincipalsOfFewAreExact(t *testing.T) {
	n := principalCounts{}
	for i := range maxPrincipals * 3 {
		name := fmt.Sprint("p", i%maxPrincipals)
		n.add(principalOf(person(name)), person(name), func() string { return name })
	}
	for _, p := range n.all {
		if p.alerts != 3 || p.inherited != 0 {
			t.Errorf("%s: %d alerts, %d inherited; want 3 and 0", p.name, p.alerts, p.inherited)
		}
	}
}

// What is remembered is forgotten in the end, but not before as many others came.
func TestRecentIDs(t *testing.T) {
	const limit = 1000
	s := newRecentIDs(limit)
	if s.contains("a") || !s.contains("a") || s.contains("b") || s.contains("") || s.contains("") {
		t.Error("a is new once, b is new, what has no id is new each time")
	}
	for i := range limit {
		s.contains(fmt.Sprint(i))
	}
	if !s.contains("a") {
		t.Error("a is forgotten too early")
	}
	for i := range 2 * limit {
		s.contains(fmt.Sprint("more ", i))
	}
	if s.contains("b") {
		t.Error("b is remembered for ever")
	}
	if n := len(s.current) + len(s.previous); n > 2*limit {
		t.Errorf("%d are remembered", n)
	}
}

func TestCounts(t *testing.T) {
	var c counts
	for i := range maxKeys + 10 {
		c.add(fmt.Sprint(i))
	}
	c.add("0")
	if len(c) != maxKeys+1 || c["0"] != 2 || c[others] != 10 {
		t.Errorf("%d keys, %d of the first, %d others", len(c), c["0"], c[others])
	}
}

func TestLengthOfDays(t *testing.T) {
	at := func(s string) time.Time {
		parsed, err := time.Parse("02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return parsed.AddDate(2026, 10, 0)
	}
	for _, test := range []struct {
		times []string
		want  float64
	}{
		{nil, 0},
		{[]string{"05 10:00"}, 1},
		{[]string{"05 10:00", "05 10:05"}, 1},
		{[]string{"05 00:00", "06 12:00"}, 1.5},
		{[]string{"06 12:00", "05 00:00", "05 07:00"}, 1.5},
		{[]string{"05 00:00", "06 00:00", "07 00:00", "08 06:00"}, 3.25},
		{[]string{"05 00:00", "20 06:00"}, 1.25}, // nothing is known of the days between
	} {
		d := days{}
		for _, s := range test.times {
			d.add(at(s))
		}
		d.add(time.Time{})
		if got := d.length(); got != test.want {
			t.Errorf("%v: %v days, want %v", test.times, got, test.want)
		}
	}
}
