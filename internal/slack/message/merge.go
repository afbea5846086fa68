package message

// Merge gives a group of the messages of both. They must have the same key, and g is the earlier
// one. Neither is changed.
func (g *Group) Merge(other *Group) *Group {
	merged := *g
	merged.Count += other.Count
	if other.Last.After(merged.Last) {
		merged.Last = other.Last
	}
	for _, pair := range []struct{ to, from *Distinct }{
		{&merged.Sources, &other.Sources}, {&merged.Targets, &other.Targets}, {&merged.Calls, &other.Calls},
	} {
		pair.to.Values = append([]string(nil), pair.to.Values...)
		for _, value := range pair.from.Values {
			pair.to.add(value)
		}
		pair.to.More = pair.to.More || pair.from.More
	}
	merged.Others.Values = append([]string(nil), merged.Others.Values...)
	merged.Others.More = merged.Others.More || other.Others.More
	for _, line := range other.Others.Values {
		merged.addOther(line)
	}
	merged.Again = g.Again || other.Again
	return &merged
}

// Clone gives a deep copy of the group, except of First; nil for nil.
func (g *Group) Clone() *Group {
	if g == nil {
		return nil
	}
	return g.Merge(&Group{})
}
