package eventpattern

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// misses gives the misses in words, a line each.
func misses(t *testing.T, pattern, event string) string {
	t.Helper()
	p, err := Compile([]byte(pattern))
	if err != nil {
		t.Fatalf("%s: %v", pattern, err)
	}
	explanation, err := p.Explain([]byte(event))
	if err != nil {
		t.Fatalf("%s: %v", event, err)
	}
	var lines []string
	for _, miss := range explanation.Misses {
		lines = append(lines, miss.String())
	}
	return strings.Join(lines, "\n")
}

func TestExplainInWords(t *testing.T) {
	long := strings.Repeat("x", 300)
	for name, test := range map[string]struct{ pattern, event, want string }{
		"a match":               {`{"a": ["b"]}`, `{"a": "b"}`, ``},
		"one of two values":     {`{"a": ["b", "c"]}`, `{"a": "d"}`, `a is "d", allowed: "b" or "c"`},
		"three values":          {`{"a": ["b", 1, null]}`, `{"a": true}`, `a is true, allowed: "b", 1 or null`},
		"nothing":               {`{"a": {"b": ["c"]}}`, `{}`, `a.b is not there, allowed: "c"`},
		"an object":             {`{"a": [{"exists": true}]}`, `{"a": {"b": 1}}`, `a is an object, whose fields alone can be asked for, allowed: any value`},
		"an empty list":         {`{"a": {"b": [{"exists": true}]}}`, `{"a": [{"b": []}]}`, `a.b is an empty list, allowed: any value`},
		"an object in a list":   {`{"a": {"b": ["c"]}}`, `{"a": [1, {"b": {"c": 1}}]}`, `a.b is an object, whose fields alone can be asked for, allowed: "c"`},
		"two fields":            {`{"a": ["b"], "c": ["d"], "e": ["f"]}`, `{"a": "x", "c": "d", "e": 1.50}`, "a is \"x\", allowed: \"b\"\ne is 1.50, allowed: \"f\""},
		"a list":                {`{"a": ["b"]}`, `{"a": ["c", "d"]}`, `a is ["c", "d"], allowed: "b"`},
		"a long list":           {`{"a": ["b"]}`, `{"a": [1,2,3,4,5,6,7]}`, `a is [1, 2, 3, 4, 5, … 2 more], allowed: "b"`},
		"many choices":          {`{"a": [1,2,3,4,5,6,7,8,9,10]}`, `{"a": 11}`, `a is 11, allowed: 1, 2, 3, 4, 5, 6, 7, 8 or one of 2 more`},
		"exists false":          {`{"a": [{"exists": false}]}`, `{"a": null}`, `a is null, allowed: no value`},
		"prefix":                {`{"a": [{"prefix": "b"}]}`, `{"a": "c"}`, `a is "c", allowed: a text that begins with "b"`},
		"prefix in any case":    {`{"a": [{"prefix": {"equals-ignore-case": "b"}}]}`, `{"a": "c"}`, `a is "c", allowed: a text that begins with "b" in any case`},
		"suffix":                {`{"a": [{"suffix": "b"}]}`, `{"a": "c"}`, `a is "c", allowed: a text that ends with "b"`},
		"suffix in any case":    {`{"a": [{"suffix": {"equals-ignore-case": "b"}}]}`, `{"a": "c"}`, `a is "c", allowed: a text that ends with "b" in any case`},
		"equals-ignore-case":    {`{"a": [{"equals-ignore-case": "b"}]}`, `{"a": "c"}`, `a is "c", allowed: "b" in any case`},
		"wildcard":              {`{"a": [{"wildcard": "b*\\*"}]}`, `{"a": "c"}`, `a is "c", allowed: a text like "b*\\*"`},
		"numeric =":             {`{"a": [{"numeric": ["=", 5.0]}]}`, `{"a": 4}`, `a is 4, allowed: a number = 5.0`},
		"numeric range":         {`{"a": [{"numeric": [">", 0, "<=", 5]}]}`, `{"a": "1"}`, `a is "1", allowed: a number > 0 and <= 5`},
		"cidr":                  {`{"a": [{"cidr": "10.0.0.0/8"}]}`, `{"a": "11.0.0.1"}`, `a is "11.0.0.1", allowed: an address in 10.0.0.0/8`},
		"anything-but":          {`{"a": [{"anything-but": "b"}]}`, `{"a": "b"}`, `a is "b", allowed: anything but "b"`},
		"anything-but a list":   {`{"a": [{"anything-but": [1, 2]}]}`, `{"a": 2}`, `a is 2, allowed: anything but 1 or 2`},
		"anything-but a prefix": {`{"a": [{"anything-but": {"prefix": "b"}}]}`, `{"a": "bc"}`, `a is "bc", allowed: anything but a text that begins with "b"`},
		"anything-but wildcards": {`{"a": [{"anything-but": {"wildcard": ["b*", "*c"]}}]}`, `{"a": "xc"}`,
			`a is "xc", allowed: anything but a text like "b*" or a text like "*c"`},
		"anything-but in any case":      {`{"a": [{"anything-but": {"equals-ignore-case": ["b"]}}]}`, `{"a": "B"}`, `a is "B", allowed: anything but "b" in any case`},
		"anything-but and absence":      {`{"a": [{"anything-but": {"suffix": "b"}}, {"exists": false}]}`, `{"a": "b"}`, `a is "b", allowed: anything but a text that ends with "b" or no value`},
		"the nearest alternative":       {`{"$or": [{"a": ["b"], "c": ["d"]}, {"a": ["e"], "c": ["f"]}], "g": ["h"]}`, `{"a": "e", "c": "x", "g": "h"}`, `c is "x", allowed: "f"`},
		"as near, but less of it there": {`{"$or": [{"a": ["b"]}, {"c": ["d"], "g": ["h"]}]}`, `{"a": "x", "c": "x", "g": "h"}`, `c is "x", allowed: "d"`},
		"another element": {`{"a": {"b": ["c"], "d": ["e"]}}`, `{"a": [{"b": "c", "d": "x"}, {"b": "x", "d": "e"}]}`,
			`a.d is ["x", "e"], allowed: "e" in the element of the list in which a.b matches`},
		"absent in another element": {`{"a": {"b": ["c"], "d": [{"exists": false}]}}`, `{"a": [{"b": "c", "d": 1}, {"b": "x"}]}`,
			`a.d is 1, allowed: no value in the element of the list in which a.b matches`},
		"absent in every element":     {`{"a": {"d": [{"exists": false}]}}`, `{"a": [{"d": 1}, {"b": "x"}]}`, `a.d is 1, allowed: no value`},
		"what a stranger may write":   {`{"a": ["b"]}`, `{"a": "x\u001b[31m\u202e\n\u200b\"\\\u0000\udb40\udc41"}`, `a is "x\u001b[31m\u202e\n\u200b\"\\\u0000\udb40\udc41", allowed: "b"`},
		"a long value":                {`{"a": ["b"]}`, `{"a": "` + long + `"}`, `a is "` + long[:118] + `…", allowed: "b"`},
		"a value cut at an escape":    {`{"a": ["b"]}`, `{"a": "` + long[:116] + `\u001b` + long + `"}`, `a is "` + long[:116] + `…", allowed: "b"`},
		"a key that cannot be seen":   {`{"a\u202eb": ["b"]}`, `{}`, `"a\u202eb" is not there, allowed: "b"`},
		"a number that is a long one": {`{"a": ["b"]}`, `{"a": 1e999}`, `a is 1e999, allowed: "b"`},
	} {
		if got := misses(t, test.pattern, test.event); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, test.want)
		}
	}
}

func TestExplainSaysByWhatAnEventMatches(t *testing.T) {
	p, err := Compile([]byte(`{"a": ["b", "c"], "d": [{"exists": false}], "$or": [{"e": [1]}, {"e": [2]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	explanation, err := p.Explain([]byte(`{"a": ["x", "c"], "e": 2}`))
	if err != nil {
		t.Fatal(err)
	}
	var facts []string
	for _, hit := range explanation.Hits {
		facts = append(facts, hit.Fact())
	}
	if got := strings.Join(facts, "; "); got != `a is "c"; d is not there; e is 2` || len(explanation.Misses) > 0 || explanation.Alternatives != 2 {
		t.Errorf("got %s, %d misses, %d alternatives", got, len(explanation.Misses), explanation.Alternatives)
	}
	if _, err := p.Explain([]byte(`[]`)); err == nil || err.Error() != "event: not an object" {
		t.Errorf("no object: %v", err)
	}
	data, err := json.Marshal(explanation.Hits[0])
	if want := `{"path":"a","allowed":["b","c"],"found":["c"]}`; err != nil || string(data) != want {
		t.Errorf("got %s (%v), want %s", data, err, want)
	}
}

// checkExplanation holds an explanation against Matches: it has no miss exactly if the event
// matches, and each miss alone is enough.
func checkExplanation(t *testing.T, p *Pattern, event []byte) (missed bool) {
	t.Helper()
	matched, err := p.Matches(event)
	explanation, explainErr := p.Explain(event)
	if (err == nil) != (explainErr == nil) || err != nil && err.Error() != explainErr.Error() {
		t.Fatalf("%s on %q: Matches says %v, Explain %v", p, event, err, explainErr)
	}
	if err != nil {
		return false
	}
	if matched != (len(explanation.Misses) == 0) || len(explanation.Misses)+len(explanation.Hits) == 0 {
		t.Fatalf("%s on %q: matches is %v, and there are %d misses, %d hits", p, event, matched, len(explanation.Misses), len(explanation.Hits))
	}
	for _, finding := range slices.Concat(explanation.Misses, explanation.Hits) {
		text := finding.String()
		unseen := strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) })
		if !utf8.ValidString(text) || unseen || !strings.Contains(text, " is ") || !strings.Contains(text, ", allowed: ") {
			t.Fatalf("%s on %q is explained as %q", p, event, text)
		}
		if data, err := json.Marshal(finding); err != nil {
			t.Fatalf("%s on %q: %q: %v", p, event, data, err)
		}
	}
	for _, miss := range explanation.Misses {
		alone := map[string]json.RawMessage{miss.Path: miss.Allowed}
		for _, hit := range explanation.Hits {
			if slices.Contains(miss.With, hit.Path) {
				alone[hit.Path] = hit.Allowed
			}
		}
		source, err := json.Marshal(alone)
		if err != nil {
			t.Fatal(err)
		}
		// A key with nothing but dots, or one that is an operator's, may mean something else at the
		// top of a pattern.
		one, err := Compile(source)
		if err != nil {
			continue
		}
		if matched, err := one.Matches(event); len(miss.With) == 0 && matched || err != nil {
			t.Fatalf("%s on %q: the miss %s matches (%v)", p, event, miss, err)
		}
	}
	return len(explanation.Misses) > 0
}

func TestExplainAgreesWithMatches(t *testing.T) {
	rounds := 12
	if testing.Short() {
		rounds = 5
	}
	compared, missed, together := 0, 0, 0
	for round := range rounds {
		r := random{rand.New(rand.NewPCG(2, uint64(round)))}
		for range 40 {
			source, inArray := r.pattern(3), r.IntN(2) == 0
			if inArray {
				source = map[string]any{"a": r.pattern(1)}
			}
			p, err := Compile(marshal(t, source))
			if err != nil {
				continue
			}
			for range 30 {
				event := marshal(t, r.event(4))
				if inArray {
					event = marshal(t, map[string]any{"a": []any{r.event(2), r.event(2), r.event(2)}})
				}
				compared++
				if checkExplanation(t, p, event) {
					missed++
					if explanation, _ := p.Explain(event); len(explanation.Misses[0].With) > 0 {
						together++
					}
				}
			}
		}
	}
	if missed < compared/10 || compared-missed < compared/50 || together == 0 {
		t.Errorf("%d of %d do not match, %d for the elements of an array: too few of one kind to prove anything", missed, compared, together)
	}
	t.Logf("%d of %d do not match, %d of them for the elements of an array", missed, compared, together)
}

func FuzzExplain(f *testing.F) {
	for _, test := range matching {
		for _, event := range append(slices.Clone(test.match), test.differ...) {
			f.Add([]byte(test.pattern), []byte(event))
		}
	}
	f.Add([]byte(`{"a": {"b": ["c"], "d": ["e"]}}`), []byte(`{"a": [{"b": "c", "d": "\u202e"}, {"b": "x", "d": "e"}]}`))
	f.Fuzz(func(t *testing.T, pattern, event []byte) {
		if p, err := Compile(pattern); err == nil {
			checkExplanation(t, p, event)
		}
	})
}
