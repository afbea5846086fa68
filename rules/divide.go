package rules

import (
	"maps"
	"slices"
	"strings"
)

// divide splits the bin of one source by prefixes of eventName, so that each event still matches
// one pattern only.
func (p *packer) divide(whole bin) []bin {
	var named, anyName []branch
	for _, b := range whole.parts {
		if byPrefix([]branch{b}, 1) == nil {
			anyName = append(anyName, b) // needed in every part, as are branches for any source
		} else {
			named = append(named, b)
		}
	}
	build := func(groups []group, names []any) bin {
		built := bin{prefixes: whole.prefixes, names: names, parts: restrictNames(anyName, names)}
		for _, g := range groups {
			built.parts = append(built.parts, g.parts...)
		}
		return built
	}
	fits := func(groups []group) bool { return p.fits(build(groups, prefixes(groups))) }

	var cut [][]group
	var current []group
	for _, g := range splitByPrefix(named, 1, fits) {
		if next := append(slices.Clone(current), g); len(current) == 0 || fits(next) {
			current = next
			continue
		}
		cut = append(cut, current)
		current = []group{g}
	}
	var bins []bin
	var taken []string
	take := func(groups []group) {
		bins = append(bins, build(groups, prefixes(groups)))
		for _, g := range groups {
			taken = append(taken, g.prefix)
		}
	}
	for _, groups := range cut {
		take(groups)
	}
	// The last part also takes every other name, for branches that take any name.
	last := build(current, anythingButPrefixes(taken))
	if !p.fits(last) {
		take(current)
		last = build(nil, anythingButPrefixes(taken))
	}
	if len(last.parts)+len(p.anySource) > 0 {
		bins = append(bins, last)
	}
	return bins
}

func anythingButPrefixes(prefixes []string) []any {
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

// intersect returns names that allow at least what both lists allow, and nothing that allowed does
// not. allowed is a list of prefixes, or has one anything-but with prefixes.
func intersect(names, allowed []any) []any {
	if names == nil {
		return allowed
	}
	var both []any
	for _, name := range names {
		begin := literalPrefix(name)
		if begin == "" {
			return allowed
		}
		_, isPrefix := prefixOf(name)
		if object, ok := allowed[0].(map[string]any)["anything-but"].(map[string]any); ok {
			taken := object["prefix"].([]string)
			if isPrefix && slices.ContainsFunc(taken, func(prefix string) bool {
				return strings.HasPrefix(prefix, begin) &&
					prefix != begin
			}) {
				return allowed
			}
			if !slices.ContainsFunc(taken, func(prefix string) bool { return strings.HasPrefix(begin, prefix) }) {
				both = append(both, name)
			}
			continue
		}
		for _, item := range allowed {
			prefix, _ := prefixOf(item)
			switch {
			case strings.HasPrefix(begin, prefix):
				both = append(both, name)
			case isPrefix && strings.HasPrefix(prefix, begin):
				both = append(both, item)
			}
		}
	}
	return both
}

// splitByPrefix groups branches by the first n letters of their names, and by more letters where a
// group does not fit.
func splitByPrefix(branches []branch, n int, fits func([]group) bool) []group {
	found := byPrefix(branches, n)
	var groups []group
	for _, prefix := range slices.Sorted(maps.Keys(found)) {
		g := group{prefix, found[prefix]}
		if !fits([]group{g}) && byPrefix(g.parts, n+1) != nil {
			groups = append(groups, splitByPrefix(g.parts, n+1, fits)...)
		} else {
			groups = append(groups, g)
		}
	}
	return groups
}

// byPrefix groups branches by the first n letters of their names. It returns nil if a name is
// shorter, or neither a name nor a prefix.
func byPrefix(branches []branch, n int) map[string][]branch {
	groups := map[string][]branch{}
	for _, b := range branches {
		if b.names == nil {
			return nil
		}
		names := map[string][]any{}
		for _, item := range b.names {
			letters := []rune(literalPrefix(item))
			if len(letters) < n {
				return nil
			}
			names[string(letters[:n])] = append(names[string(letters[:n])], item)
		}
		for prefix, wanted := range names {
			part := b
			part.names = wanted
			groups[prefix] = append(groups[prefix], part)
		}
	}
	return groups
}
