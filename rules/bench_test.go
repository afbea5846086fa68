package rules

import (
	"encoding/json"
	"testing"
)

// BenchmarkNewSet compiles the whole catalogue, as the notifier does when it starts.
func BenchmarkNewSet(b *testing.B) {
	all := CatalogRules()
	for b.Loop() {
		if _, err := NewSet(all...); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(all)), "rules")
}

// BenchmarkMatch matches every fixture of the catalogue against every rule.
func BenchmarkMatch(b *testing.B) {
	set := catalogSet(b)
	var events []json.RawMessage
	for _, rule := range set.Rules() {
		for _, f := range fixtures(b, rule.ID) {
			events = append(events, f.Event)
		}
	}
	for b.Loop() {
		for _, event := range events {
			if _, err := set.Match(event); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
}

// BenchmarkStart is what the notifier does with the rules when it starts, and for its first event.
func BenchmarkStart(b *testing.B) {
	set := catalogSet(b)
	data, err := set.MarshalLines()
	if err != nil {
		b.Fatal(err)
	}
	event := fixtures(b, "cloudtrail-stopped")[0].Event
	b.Run("start", func(b *testing.B) {
		for b.Loop() {
			if _, err := ParseLines(data); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("start and first event", func(b *testing.B) {
		for b.Loop() {
			again, err := ParseLines(data)
			if err != nil {
				b.Fatal(err)
			}
			if matched, err := again.Match(event); err != nil || len(matched) == 0 {
				b.Fatal(matched, err)
			}
		}
	})
}
