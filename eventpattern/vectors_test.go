package eventpattern

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
)

// vectors is what event-ruler, the matcher EventBridge is built on, answered to the patterns and
// events of its own tests (https://github.com/aws/event-ruler, Apache-2.0): lines of {"test",
// "pattern", "event", "expected"}.
const vectors = "../../shared/data/event-ruler-vectors.jsonl"

type vector struct {
	Test, Pattern, Event string
	Expected             bool
}

// disagreements are vectors in which EventBridge does otherwise than event-ruler, by test and
// pattern without spaces, with the reason. They must go on being refused.
var disagreements = map[[2]string]string{
	{
		"JsonRuleCompilerTest.testWithRuleOverride",
		`{"name":["a","b"],"$or":[{"name":[{"anything-but":"a"}]},{"condition1":["x"]}]}`,
	}: "a path both outside and inside of a $or is refused, where event-ruler lets the later one override unless told not to",
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	file, err := os.Open(vectors)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the answers of event-ruler are not here (%s)", vectors)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var all []vector
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if len(all) < 1000 {
		t.Fatalf("got %d vectors, want at least 1,000", len(all))
	}
	return all
}

func TestAgreesWithEventRuler(t *testing.T) {
	all := readVectors(t)
	known := map[[2]string]bool{}
	agreed := 0
	for _, v := range all {
		key := [2]string{v.Test, strings.Join(strings.Fields(v.Pattern), "")}
		p, err := Compile([]byte(v.Pattern))
		if _, ok := disagreements[key]; ok {
			if err == nil {
				t.Errorf("%s: %s compiles, want it refused as the list of disagreements says", v.Test, v.Pattern)
			}
			known[key] = true
			continue
		}
		if err != nil {
			t.Errorf("%s: %s: %v", v.Test, v.Pattern, err)
			continue
		}
		got, err := p.Matches([]byte(v.Event))
		if err != nil {
			t.Errorf("%s: %.200s: %v", v.Test, v.Event, err)
			continue
		}
		if got != v.Expected {
			t.Errorf("%s: %s on %.500s: got %v, want %v", v.Test, v.Pattern, v.Event, got, v.Expected)
			continue
		}
		agreed++
	}
	if len(known) != len(disagreements) {
		t.Errorf("saw %d of the %d listed disagreements", len(known), len(disagreements))
	}
	t.Logf("%d of %d vectors agree", agreed, len(all))
}

// TestSetAgreesWithEventRuler matches all vectors' patterns as one Set: whatever each pattern finds
// alone, it must find among a thousand others.
func TestSetAgreesWithEventRuler(t *testing.T) {
	all := readVectors(t)
	var patterns []*Pattern
	index := map[string]int{}
	for _, v := range all {
		if _, ok := index[v.Pattern]; ok {
			continue
		}
		if p, err := Compile([]byte(v.Pattern)); err == nil {
			index[v.Pattern] = len(patterns)
			patterns = append(patterns, p)
		}
	}
	set := NewSet(patterns...)
	agreed := 0
	for _, v := range all {
		i, ok := index[v.Pattern]
		if !ok {
			continue
		}
		matched, err := set.Match([]byte(v.Event))
		if err != nil {
			t.Errorf("%s: %.200s: %v", v.Test, v.Event, err)
			continue
		}
		got := false
		for _, m := range matched {
			got = got || m == i
		}
		if got != v.Expected {
			t.Errorf("%s: %s on %.500s: got %v, want %v", v.Test, v.Pattern, v.Event, got, v.Expected)
			continue
		}
		agreed++
	}
	if agreed < 1000 {
		t.Errorf("%d of %d vectors agree, want at least 1,000", agreed, len(all))
	}
}
