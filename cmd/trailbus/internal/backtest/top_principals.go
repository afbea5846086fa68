package backtest

import (
	"cmp"
	"slices"
)

const (
	// maxReported is how many principals of a rule are reported.
	maxReported = 5
	// maxPrincipals is how many principals of a rule are counted at a time. With no more, the
	// counts are exact. With more, the one with the least alerts makes room for a new one, which
	// takes over its count, so that a principal with more than one in maxPrincipals of the alerts
	// is always among them. This is "space saving": Metwally, Agrawal, El Abbadi, Efficient
	// Computation of Frequent and Top-k Elements in Data Streams, ICDT 2005.
	maxPrincipals = 300
)

// principalCounts counts the alerts of one rule by principal.
type principalCounts struct {
	all     []*principalCount
	indexes map[string]int // in all, by the principal's key
}

// principalCount is one principal.
type principalCount struct {
	*principal
	name string
	// alerts may be too high by up to inherited.
	alerts, inherited int
	// event is the least that a mute by principal needs to see of an event.
	event []byte
}

// add counts an alert. name is asked for when the principal is new.
func (n *principalCounts) add(p *principal, identity []byte, name func() string) {
	if i, ok := n.indexes[p.key]; ok {
		n.all[i].alerts++
		return
	}
	if len(identity) == 0 {
		identity = []byte("null")
	}
	entry := &principalCount{principal: p, name: name(), alerts: 1,
		event: slices.Concat([]byte(`{"detail":{"userIdentity":`), identity, []byte(`}}`))}
	if n.indexes == nil {
		n.indexes = map[string]int{}
	}
	at := len(n.all)
	if at < maxPrincipals {
		n.all = append(n.all, entry)
	} else {
		at = 0
		for i := range n.all {
			if n.all[i].alerts < n.all[at].alerts {
				at = i
			}
		}
		entry.inherited = n.all[at].alerts
		entry.alerts += entry.inherited
		delete(n.indexes, n.all[at].key)
		n.all[at] = entry
	}
	n.indexes[p.key] = at
}

// top are the principals with the most alerts.
func (n *principalCounts) top() []*principalCount {
	sorted := slices.Clone(n.all)
	slices.SortFunc(sorted, func(a, b *principalCount) int {
		return cmp.Or(b.alerts-a.alerts, cmp.Compare(a.name, b.name), cmp.Compare(a.key, b.key))
	})
	return sorted[:min(maxReported, len(sorted))]
}
