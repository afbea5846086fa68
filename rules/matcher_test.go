package rules

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// matchAll matches without looking at the source first.
func matchAll(t *testing.T, set *Set, event []byte) []string {
	t.Helper()
	m, err := set.matcher(allSources)
	if err != nil {
		t.Fatal(err)
	}
	hits := map[int]bool{}
	if err := m.match(event, hits); err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for i := range hits {
		ids = append(ids, set.Rules()[i].ID)
	}
	slices.Sort(ids)
	return ids
}

func matchedIDs(t *testing.T, set *Set, event []byte) []string {
	t.Helper()
	matched, err := set.Match(event)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, rule := range matched {
		ids = append(ids, rule.ID)
	}
	slices.Sort(ids)
	return ids
}

// Whatever an event's source is, and however it is written, the answer is that of all rules.
func TestMatchingBySourceIsMatchingAll(t *testing.T) {
	set := catalogSet(t)
	matched := 0
	for _, rule := range set.Rules() {
		for _, f := range fixtures(t, rule.ID) {
			event := string(f.Event)
			for _, written := range []string{
				event,
				strings.Replace(event, `"eventSource"`, `"event\u0053ource"`, 1),
				strings.ReplaceAll(event, `.amazonaws.com"`, `\u002eamazonaws.com"`),
				strings.Replace(event, `"detail":{`, `"detail":{"requestParameters":{"eventSource":"iam.amazonaws.com"},`, 1),
				strings.Replace(event, `"eventSource":`, "\"eventSource\" :\n ", 1),
			} {
				if !json.Valid([]byte(written)) {
					t.Fatalf("%s", written)
				}
				got, want := matchedIDs(t, set, []byte(written)), matchAll(t, set, []byte(written))
				if !slices.Equal(got, want) {
					t.Errorf("got %v, want %v: %.400s", got, want, written)
				}
				matched += len(want)
			}
		}
	}
	if matched < 500 {
		t.Errorf("%d matches, want at least 500", matched)
	}
}

func TestMatchingByOddSources(t *testing.T) {
	set, err := NewSet(
		&Rule{ID: "calls", Calls: []string{"iam:A", "kms:A"}},
		&Rule{ID: "one", Pattern: []byte(`{"detail":{"eventSource":["iam.amazonaws.com"],"eventName":["A"]}}`)},
		&Rule{ID: "prefix", Pattern: []byte(`{"detail":{"eventSource":[{"prefix":"ia"}],"eventName":["A"]}}`)},
		&Rule{ID: "either", Pattern: []byte(`{"$or":[{"detail":{"eventSource":["kms.amazonaws.com"]}},{"detail":{"eventName":["A"]}}]}`)},
		&Rule{ID: "none", Pattern: []byte(`{"detail":{"eventSource":[{"exists":false}],"eventName":["A"]}}`)},
		&Rule{ID: "unless", Calls: []string{"iam:A"}, Unless: []json.RawMessage{[]byte(`{"detail":{"x":["y"]}}`)}},
	)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	hits := 0
	for range 500 {
		sources := []string{`"eventSource":"iam.amazonaws.com",`, `"eventSource":"kms.amazonaws.com",`, `"eventSource":["iam.amazonaws.com","x"],`, `"eventSource":null,`, `"eventSource":"",`, "", `"y":"\"eventSource\":\"kms.amazonaws.com\"",`, `"eventSource":"*",`}
		event := fmt.Sprintf(`{"detail":{%s"eventName":"%s","z":{%s"w":1},"x":"%s"}}`, sources[random.IntN(len(sources))],
			[]string{"A", "B"}[random.IntN(2)], sources[random.IntN(len(sources))], []string{"y", "eventSource"}[random.IntN(2)])
		got, want := matchedIDs(t, set, []byte(event)), matchAll(t, set, []byte(event))
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v: %s", got, want, event)
		}
		hits += len(want)
	}
	if hits == 0 {
		t.Error("nothing matched")
	}
}
