package eventpattern

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

// TestSetAgreesWithPatterns puts all patterns of the tables into one Set, where each must find what
// it finds alone.
func TestSetAgreesWithPatterns(t *testing.T) {
	var patterns []*Pattern
	var events []string
	for _, test := range matching {
		p, err := Compile([]byte(test.pattern))
		if err != nil {
			t.Fatal(err)
		}
		patterns = append(patterns, p)
		events = append(append(events, test.match...), test.differ...)
	}
	patterns = append(patterns, cloudTrailPatterns(t, 300)...)
	events = append(events, cloudTrailEvent)
	set := NewSet(patterns...)
	found := 0
	for _, event := range events {
		var want []int
		for i, p := range patterns {
			if ok, err := p.Matches([]byte(event)); err != nil {
				t.Fatalf("%s: %v", event, err)
			} else if ok {
				want = append(want, i)
			}
		}
		got, err := set.Match([]byte(event))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v, want %v", event, got, err, want)
		}
		found += len(got)
	}
	if found < len(matching) {
		t.Errorf("found %d matches, want at least one of each of the %d patterns", found, len(matching))
	}
}

func TestSetOfNone(t *testing.T) {
	got, err := NewSet().Match([]byte(`{"a": 1}`))
	if err != nil || len(got) != 0 {
		t.Errorf("got %v, %v, want nothing", got, err)
	}
	if _, err := NewSet().Match([]byte(`{"a": `)); err == nil {
		t.Error("got no error for an event that is no JSON")
	}
}

func TestSetKeepsPlaces(t *testing.T) {
	a, err := Compile([]byte(`{"a": ["x"]}`))
	if err != nil {
		t.Fatal(err)
	}
	b, err := Compile([]byte(`{"$or": [{"a": ["x"]}, {"a": [{"prefix": "x"}]}, {"a": [{"anything-but": "y"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	set := NewSet(b, a, a, b) // a pattern may come twice, and matches once wherever it stands
	for event, want := range map[string][]int{`{"a": "x"}`: {0, 1, 2, 3}, `{"a": ["xx", "x", "x"]}`: {0, 1, 2, 3}, `{"a": "xx"}`: {0, 3}, `{"a": "y"}`: {}} {
		if got, err := set.Match([]byte(event)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %v, %v, want %v", event, got, err, want)
		}
	}
}

// TestConcurrentUse is for the race detector, and for what one event might leave behind for the
// next.
func TestConcurrentUse(t *testing.T) {
	patterns := cloudTrailPatterns(t, 100)
	for i := range 50 {
		p, err := Compile(fmt.Appendf(nil, `{"n": [%d], "list": {"n": [%d], "o": [{"exists": false}]}, "s": ["\u0061%d"]}`, i, i, i))
		if err != nil {
			t.Fatal(err)
		}
		patterns = append(patterns, p)
	}
	set := NewSet(patterns...)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for round := range 200 {
				i := (worker + round) % 50
				event := fmt.Appendf(nil, `{"n": %d, "list": [{"n": 99, "o": 1}, {"n": %d}], "s": "\u0061%d"}`, i, i, i)
				got, err := set.Match(event)
				if err != nil || !slices.Equal(got, []int{100 + i}) {
					t.Errorf("%s: got %v, %v, want [%d]", event, got, err, 100+i)
				}
				if ok, err := patterns[100+i].Matches(event); err != nil || !ok {
					t.Errorf("%s alone: got %v, %v, want a match", event, ok, err)
				}
			}
		})
	}
	group.Wait()
}
