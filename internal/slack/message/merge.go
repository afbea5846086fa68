package message

// Merge gives a group of the messages of both, which have one key. g is the earlier one.
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

// Clone gives a group of its own with the same messages; nil of nil.
func (g *Group) Clone() *Group {
	if g == nil {
		return nil
	}
	return g.Merge(&Group{})
}
