package eventpattern

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"
)

// The reference is the plainest reading of the rules: it decodes with encoding/json, writes out
// every alternative and tries every choice of leaves. It knows few operators, and is slow; what it
// says of random patterns and events, the package must say too.

type referenceLeaf struct {
	path  string
	value any
	at    map[string]int // by array, named by where it stands: the index of the element the leaf lies in
}

func referenceLeaves(path, where string, value any, at map[string]int, to *[]referenceLeaf) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			joined := key
			if path != "" {
				joined = path + "." + key
			}
			referenceLeaves(joined, where+"."+key, inner, at, to)
		}
	case []any:
		for i, inner := range value {
			switch inner.(type) {
			case map[string]any, []any:
				deeper := map[string]int{where: i}
				maps.Copy(deeper, at)
				referenceLeaves(path, fmt.Sprintf("%s[%d]", where, i), inner, deeper, to)
			default:
				referenceLeaves(path, where, inner, at, to)
			}
		}
	default:
		*to = append(*to, referenceLeaf{path, value, at})
	}
}

// referenceAlternatives are a pattern's fields, by path, in each combination of alternatives.
func referenceAlternatives(path string, pattern map[string]any) []map[string][]any {
	all := []map[string][]any{{}}
	times := func(others []map[string][]any) {
		var product []map[string][]any
		for _, a := range all {
			for _, b := range others {
				both := map[string][]any{}
				maps.Copy(both, a)
				maps.Copy(both, b)
				product = append(product, both)
			}
		}
		all = product
	}
	for key, value := range pattern {
		joined := key
		if path != "" {
			joined = path + "." + key
		}
		switch value := value.(type) {
		case map[string]any:
			times(referenceAlternatives(joined, value))
		case []any:
			if key != "$or" {
				times([]map[string][]any{{joined: value}})
				continue
			}
			var either []map[string][]any
			for _, alternative := range value {
				either = append(either, referenceAlternatives(path, alternative.(map[string]any))...)
			}
			times(either)
		}
	}
	return all
}

func referenceCondition(condition, value any) bool {
	operator, ok := condition.(map[string]any)
	if !ok {
		return reflect.DeepEqual(condition, value)
	}
	text, isString := value.(string)
	for name, operand := range operator {
		switch name {
		case "exists":
			return operand.(bool)
		case "prefix":
			return isString && strings.HasPrefix(text, operand.(string))
		case "suffix":
			return isString && strings.HasSuffix(text, operand.(string))
		case "equals-ignore-case":
			return isString && strings.EqualFold(text, operand.(string))
		case "wildcard": // those of randomCondition only
			return isString && strings.Contains(text, strings.Trim(operand.(string), "*"))
		case "numeric":
			number, isNumber := value.(float64)
			return isNumber && number > operand.([]any)[1].(float64)
		case "anything-but":
			switch operand := operand.(type) {
			case []any:
				return !slices.ContainsFunc(operand, func(each any) bool { return reflect.DeepEqual(each, value) })
			default:
				return !referenceCondition(operand, value)
			}
		}
	}
	panic(fmt.Sprint("no such condition: ", condition))
}

func referenceMatches(pattern, event map[string]any) bool {
	var leaves []referenceLeaf
	referenceLeaves("", "", event, nil, &leaves)
	agree := func(a, b map[string]int) bool {
		for array, index := range a {
			if other, ok := b[array]; ok && other != index {
				return false
			}
		}
		return true
	}
	for _, fields := range referenceAlternatives("", pattern) {
		var paths []string
		for path := range fields {
			paths = append(paths, path)
		}
		sort.Strings(paths)
		var from func(i int, chosen map[string]int) bool
		from = func(i int, chosen map[string]int) bool {
			if i == len(paths) {
				return true
			}
			there := false
			for _, leaf := range leaves {
				if leaf.path != paths[i] || !agree(leaf.at, chosen) {
					continue
				}
				there = true
				if slices.ContainsFunc(fields[paths[i]], func(c any) bool { return referenceCondition(c, leaf.value) }) {
					both := map[string]int{}
					maps.Copy(both, chosen)
					maps.Copy(both, leaf.at)
					if from(i+1, both) {
						return true
					}
				}
			}
			absent := slices.ContainsFunc(fields[paths[i]], func(c any) bool {
				return reflect.DeepEqual(c, map[string]any{"exists": false})
			})
			return absent && !there && from(i+1, chosen)
		}
		if from(0, map[string]int{}) {
			return true
		}
	}
	return false
}

// random makes patterns and events of few keys and values, so that they meet often.
type random struct{ *rand.Rand }

func (r random) word() string { return []string{"", "x", "y", "xy", "X", "10.0.0.1"}[r.IntN(6)] }

func (r random) scalar() any {
	return []any{r.word(), r.word(), r.word(), true, nil, 1.0, 2.5}[r.IntN(7)]
}

func (r random) condition() any {
	op := func(name string, operand any) any { return map[string]any{name: operand} }
	affix := []string{"x", "y", "10."}[r.IntN(3)]
	switch r.IntN(16) {
	case 0:
		return op("exists", true)
	case 1, 2:
		return op("exists", false)
	case 3:
		return op("prefix", affix)
	case 4:
		return op("suffix", affix)
	case 5:
		return op("equals-ignore-case", r.word())
	case 6:
		return op("wildcard", "*"+affix+"*")
	case 7:
		return op("numeric", []any{">", float64(r.IntN(3))})
	case 8:
		return op("anything-but", []any{r.word(), r.word()})
	case 9:
		return op("anything-but", op("prefix", affix))
	}
	return r.scalar()
}

func (r random) field() []any {
	conditions := []any{r.condition()}
	for r.IntN(3) == 0 {
		conditions = append(conditions, r.condition())
	}
	return conditions
}

func (r random) pattern(depth int) map[string]any {
	p := map[string]any{}
	for len(p) == 0 || r.IntN(2) == 0 {
		key := string('a' + rune(r.IntN(4)))
		switch {
		case depth > 0 && r.IntN(5) == 0:
			alternatives := []any{r.pattern(depth - 1), r.pattern(depth - 1)}
			p["$or"] = alternatives
		case depth > 0 && r.IntN(5) < 3:
			p[key] = r.pattern(depth - 1)
		default:
			p[key] = r.field()
		}
	}
	return p
}

func (r random) event(depth int) map[string]any {
	e := map[string]any{}
	for range 1 + r.IntN(4) {
		e[string('a'+rune(r.IntN(4)))] = r.value(depth - 1)
	}
	return e
}

func (r random) value(depth int) any {
	switch {
	case depth > 0 && r.IntN(3) == 0:
		return r.event(depth)
	case depth > 0 && r.IntN(2) == 0:
		array := []any{}
		for range r.IntN(4) {
			array = append(array, r.value(depth-1))
		}
		return array
	}
	return r.scalar()
}

func marshal(tb testing.TB, v any) []byte {
	tb.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestAgreesWithReference(t *testing.T) {
	rounds := 30
	if testing.Short() {
		rounds = 5
	}
	const patternsOfRound, eventsOfRound = 40, 60
	matched, compared, refused := 0, 0, 0
	for round := range rounds {
		r := random{rand.New(rand.NewPCG(1, uint64(round)))}
		var sources []map[string]any
		var patterns []*Pattern
		for range patternsOfRound {
			source := r.pattern(3)
			p, err := Compile(marshal(t, source))
			if err != nil {
				// The generator may put a path both outside and inside of a $or; all else it makes
				// is in order.
				if !strings.Contains(err.Error(), "stands both outside and inside") {
					t.Fatalf("%s: %v", marshal(t, source), err)
				}
				refused++
				continue
			}
			sources, patterns = append(sources, source), append(patterns, p)
		}
		set := NewSet(patterns...)
		for range eventsOfRound {
			event := r.event(4)
			text := marshal(t, event)
			together, err := set.Match(text)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.IsSorted(together) {
				t.Fatalf("%v is not ascending", together)
			}
			for i, p := range patterns {
				want := referenceMatches(sources[i], event)
				alone, err := p.Matches(text)
				if err != nil {
					t.Fatal(err)
				}
				if alone != want || slices.Contains(together, i) != want {
					t.Fatalf("round %d: %s on %s: alone %v, in a Set %v, want %v",
						round, p, text, alone, slices.Contains(together, i), want)
				}
				compared++
				if want {
					matched++
				}
			}
		}
	}
	if matched < compared/50 || compared-matched < compared/50 || refused > rounds*patternsOfRound/2 {
		t.Errorf("%d of %d match, %d patterns refused: too few of one kind to prove anything", matched, compared, refused)
	}
	t.Logf("%d of %d match, %d patterns refused", matched, compared, refused)
}
