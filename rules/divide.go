package rules

import (
	"maps"
	"slices"
)

// group is what a source wants of the operations whose names begin with a prefix.
type group struct {
	prefix string
	parts  []branch
}

// divide cuts what one source wants into patterns by the beginning of eventName, so that each event still matches one of them only.
func divide(source string, branches, anySource []branch, common map[string]any, maxLength int) []bin {
	var named, anyName []branch
	for _, b := range branches {
		if groupByPrefix([]branch{b}, 1) == nil {
			anyName = append(anyName, b) // asks for no plain names, and so belongs to every part, as what takes any source does
		} else {
			named = append(named, b)
		}
	}
	build := func(groups []group, names []any) bin {
		built := bin{sources: []string{source}, names: names, parts: restrict(anyName, names)}
		for _, g := range groups {
			built.parts = append(built.parts, g.parts...)
		}
		return built
	}
	fits := func(groups []group) bool {
		return length(build(groups, prefixes(groups)).render(anySource, common)) <= maxLength
	}

	var cut [][]group
	var current []group
	for _, g := range refine(named, 1, fits) {
		if next := append(slices.Clone(current), g); len(current) == 0 || fits(next) {
			current = next
			continue
		}
		cut = append(cut, current)
		current = []group{g}
	}
	var bins []bin
	var taken []any
	take := func(groups []group) {
		bins = append(bins, build(groups, prefixes(groups)))
		for _, g := range groups {
			taken = append(taken, g.prefix)
		}
	}
	for _, groups := range cut {
		take(groups)
	}
	// The last one also takes every name that nobody wants by name, for those that ask for no name.
	last := build(current, anythingBut(taken))
	if length(last.render(anySource, common)) > maxLength {
		take(current)
		last = build(nil, anythingBut(taken))
	}
	if len(last.parts)+len(anySource) > 0 {
		bins = append(bins, last)
	}
	return bins
}

func anythingBut(prefixes []any) []any {
	if len(prefixes) == 0 {
		return nil
	}
	return []any{map[string]any{"anything-but": map[string]any{"prefix": prefixes}}}
}

func prefixes(groups []group) []any {
	var all []any
	for _, g := range groups {
		all = append(all, map[string]any{"prefix": g.prefix})
	}
	return all
}

// restrict asks for names in branches that ask for none.
func restrict(branches []branch, names []any) []branch {
	out := slices.Clone(branches)
	for i, b := range out {
		if _, ok := b.detail["eventName"]; !ok && names != nil {
			out[i].detail = maps.Clone(b.detail)
			out[i].detail["eventName"] = names
		}
	}
	return out
}

// refine groups branches by the first n letters of the names that they ask for, and by more where a group does not fit.
func refine(branches []branch, n int, fits func([]group) bool) []group {
	byPrefix := groupByPrefix(branches, n)
	var groups []group
	for _, prefix := range slices.Sorted(maps.Keys(byPrefix)) {
		g := group{prefix, byPrefix[prefix]}
		if !fits([]group{g}) && groupByPrefix(g.parts, n+1) != nil {
			groups = append(groups, refine(g.parts, n+1, fits)...)
		} else {
			groups = append(groups, g)
		}
	}
	return groups
}

// groupByPrefix cuts branches by the first n letters of their names; nil where a name is shorter, or is no name.
func groupByPrefix(branches []branch, n int) map[string][]branch {
	groups := map[string][]branch{}
	for _, b := range branches {
		list, ok := b.detail["eventName"].([]any)
		if !ok {
			return nil
		}
		names := map[string][]any{}
		for _, item := range list {
			name, ok := item.(string)
			if object, isObject := item.(map[string]any); isObject {
				name, ok = object["prefix"].(string)
			}
			if letters := []rune(name); ok && len(letters) >= n {
				names[string(letters[:n])] = append(names[string(letters[:n])], item)
			} else {
				return nil
			}
		}
		for prefix, wanted := range names {
			part := b
			part.detail = maps.Clone(b.detail)
			part.detail["eventName"] = wanted
			if b.names != nil {
				part.names = wanted
			}
			groups[prefix] = append(groups[prefix], part)
		}
	}
	return groups
}
