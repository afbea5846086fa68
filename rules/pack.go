package rules

import (
	"cmp"
	"encoding/json"
	"slices"
)

// packer packs branches into patterns of at most maxLength characters.
type packer struct {
	// anySource are the branches without a source.
	anySource []branch
	// common is what every pattern requires besides a branch.
	common    map[string]any
	maxLength int
}

// group has the branches whose sources, or in [packer.divide] whose names, begin with a prefix.
type group struct {
	prefix string
	parts  []branch
}

// bin is what goes into one pattern.
type bin struct {
	parts []branch
	// prefixes are those of the sources that the bin takes. If others is not nil, the bin takes all
	// sources that begin with none of others.
	prefixes []string
	others   []string
	// names restricts eventName if a source fills more than one pattern, else it is nil.
	names []any
}

// pack distributes branches over as few patterns as first-fit decreasing finds.
func pack(branches []branch, common map[string]any, maxLength int) ([]ForwardingPattern, error) {
	if len(branches) == 0 {
		return nil, nil
	}
	p := &packer{common: common, maxLength: maxLength}
	var ofSource []branch
	for _, b := range simplify(branches) {
		if b.source == "" {
			p.anySource = append(p.anySource, b)
		} else {
			ofSource = append(ofSource, b)
		}
	}
	// A single pattern is the shortest, and needs no division by source.
	bins := []bin{{parts: slices.Concat(ofSource, p.anySource)}}
	if !p.fits(bins[0]) {
		bins = p.fill(p.groups(ofSource, 1))
	}
	var packed []ForwardingPattern
	for _, b := range bins {
		pattern, err := newForwardingPattern(p.render(b), b.sources(), maxLength)
		if err != nil {
			return nil, err
		}
		packed = append(packed, pattern)
	}
	return packed, nil
}

func (p *packer) fits(b bin) bool { return length(p.render(b)) <= p.maxLength }

// groups groups branches by the first n letters of their sources, and by more letters where a group
// does not fit. If every branch has a source, every source is a group.
func (p *packer) groups(parts []branch, n int) []group {
	byPrefix := map[string][]branch{}
	var prefixes []string
	for _, b := range parts {
		prefix := b.source
		if len(p.anySource) > 0 {
			prefix = prefix[:min(n, len(prefix))]
		}
		if byPrefix[prefix] == nil {
			prefixes = append(prefixes, prefix)
		}
		byPrefix[prefix] = append(byPrefix[prefix], b)
	}
	slices.Sort(prefixes)
	var groups []group
	for _, prefix := range prefixes {
		g := group{prefix, byPrefix[prefix]}
		longer := slices.ContainsFunc(g.parts, func(b branch) bool { return len(b.source) > n })
		if longer && len(p.anySource) > 0 && !p.fits(bin{parts: g.parts, prefixes: []string{prefix}}) {
			groups = append(groups, p.groups(g.parts, n+1)...)
		} else {
			groups = append(groups, g)
		}
	}
	return groups
}

// fill puts groups into bins, the longest first, each into the first bin that has room.
func (p *packer) fill(groups []group) []bin {
	size := map[string]int{}
	for _, g := range groups {
		size[g.prefix] = length(p.render(bin{parts: g.parts, prefixes: []string{g.prefix}}))
	}
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(size[b.prefix], size[a.prefix]) })
	var bins, divided []bin
	for _, g := range groups {
		alone := bin{parts: g.parts, prefixes: []string{g.prefix}}
		if size[g.prefix] > p.maxLength {
			divided = append(divided, p.divide(alone)...)
			continue
		}
		var joined bin
		i := slices.IndexFunc(bins, func(b bin) bool {
			joined = bin{parts: slices.Concat(b.parts, g.parts), prefixes: append(slices.Clone(b.prefixes), g.prefix)}
			return p.fits(joined)
		})
		if i < 0 {
			bins = append(bins, alone)
		} else {
			bins[i] = joined
		}
	}
	if len(p.anySource) > 0 {
		bins = p.assignOthers(bins, divided)
	}
	return append(bins, divided...)
}

// assignOthers makes a bin take the sources that no bin takes: the last one that has room, else a
// new one.
func (p *packer) assignOthers(bins, divided []bin) []bin {
	others := func(not int) []string {
		prefixes := []string{}
		for i, b := range slices.Concat(bins, divided) {
			if i != not {
				prefixes = append(prefixes, b.prefixes...)
			}
		}
		slices.Sort(prefixes)
		return slices.Compact(prefixes)
	}
	for i := len(bins) - 1; i >= 0; i-- {
		if whole := (bin{parts: bins[i].parts, others: others(i)}); p.fits(whole) {
			bins[i] = whole
			return bins
		}
	}
	return append(bins, bin{others: others(-1)})
}

// render writes the bin as a pattern.
func (p *packer) render(b bin) json.RawMessage {
	var alternatives []any
	for _, detail := range combine(b.parts) {
		alternatives = append(alternatives, detail)
	}
	var anySource []any
	for _, detail := range combine(restrictNames(p.anySource, b.names)) {
		anySource = append(anySource, detail)
	}
	switch {
	case len(anySource) == 0:
	case b.others != nil && len(b.others) == 0:
		alternatives = append(alternatives, anySource...)
	case b.others != nil:
		// exists: false, because insight records have no eventSource.
		rest := []any{map[string]any{"anything-but": map[string]any{"prefix": b.others}}, map[string]any{"exists": false}}
		alternatives = append(alternatives, merge(anyOf(anySource), map[string]any{"eventSource": rest}))
	case b.prefixes != nil:
		var prefixes []any
		for _, prefix := range slices.Sorted(slices.Values(b.prefixes)) {
			prefixes = append(prefixes, map[string]any{"prefix": prefix})
		}
		alternatives = append(alternatives, merge(anyOf(anySource), map[string]any{"eventSource": prefixes}))
	}
	return render(alternatives, p.common)
}

// sources returns the sources that the bin takes, none if it takes any.
func (b bin) sources() []string {
	var sources []string
	for _, part := range b.parts {
		if part.source == "" {
			return nil
		}
		sources = append(sources, part.source)
	}
	if b.others != nil {
		return nil
	}
	slices.Sort(sources)
	return slices.Compact(sources)
}

// restrictNames restricts the names of branches, and drops those of which no name is left.
func restrictNames(branches []branch, names []any) []branch {
	if names == nil {
		return branches
	}
	var restricted []branch
	for _, b := range branches {
		if b.names = intersect(b.names, names); len(b.names) > 0 {
			restricted = append(restricted, b)
		}
	}
	return restricted
}
