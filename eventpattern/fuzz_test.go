package eventpattern

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/trailbus/trailbus/internal/jsontext"
)

// FuzzMatch compiles two patterns and matches an event. Whatever they are, nothing panics, a Set
// agrees with each pattern alone, and an event is refused exactly if encoding/json refuses it or it
// is no object.
func FuzzMatch(f *testing.F) {
	for i, test := range matching {
		other := matching[(i+1)%len(matching)].pattern
		for _, event := range append(slices.Clone(test.match), test.differ...) {
			f.Add([]byte(test.pattern), []byte(other), []byte(event))
		}
	}
	for _, test := range refused {
		f.Add([]byte(test.pattern), []byte(`{"a": [{"exists": false}]}`), []byte(`{"a": [{"b": "c"}, 1e5]}`))
	}
	f.Add([]byte(cloudTrailPattern(0)), []byte(cloudTrailPattern(5)), []byte(cloudTrailEvent))
	f.Fuzz(func(t *testing.T, one, other, event []byte) {
		var patterns []*Pattern
		for _, source := range [][]byte{one, other} {
			p, err := Compile(source)
			if err != nil {
				if p != nil {
					t.Fatalf("%q: a pattern beside the error %v", source, err)
				}
				continue
			}
			if !json.Valid(source) {
				t.Fatalf("%q compiles, but is no JSON", source)
			}
			if p.String() != string(source) {
				t.Fatalf("got source %q, want %q", p, source)
			}
			patterns = append(patterns, p)
		}
		got, setErr := NewSet(patterns...).Match(event)
		isObject := json.Valid(event) && bytes.HasPrefix(bytes.TrimLeft(event, " \t\r\n"), []byte("{"))
		if deep := bytes.Count(event, []byte("["))+bytes.Count(event, []byte("{")) > jsontext.MaxDepth; !deep && (setErr == nil) != isObject {
			t.Fatalf("%q: got error %v, but encoding/json says object: %v", event, setErr, isObject)
		}
		var want []int
		for i, p := range patterns {
			ok, err := p.Matches(event)
			if (err == nil) != (setErr == nil) {
				t.Fatalf("%q: %s alone gives error %v, a Set %v", event, p, err, setErr)
			}
			if ok {
				want = append(want, i)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q: a Set of %v matches %v, alone %v", event, patterns, got, want)
		}
	})
}
