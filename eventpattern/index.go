package eventpattern

import (
	"iter"
	"net/netip"
	"slices"
)

// valueIndex holds, for one path, the rules that wait for a value there. Any value of an event takes a few hash look-ups,
// whatever the number of rules.
type valueIndex struct {
	texts     map[string][]int
	numbers   map[int64][]int
	addresses map[netip.Addr][]int
	prefixes  []affixBucket
	suffixes  []affixBucket
}

// affixBucket are the prefixes, or suffixes, of one length.
type affixBucket struct {
	length int
	texts  map[string][]int
}

// lookUp has the match look at all rules that wait for the value.
func (w *valueIndex) lookUp(v *value, m *match) {
	m.tryRules(w.texts[string(v.text)])
	for _, a := range w.prefixes {
		if len(v.text) >= a.length {
			m.tryRules(a.texts[string(v.text[:a.length])])
		}
	}
	for _, a := range w.suffixes {
		if len(v.text) >= a.length {
			m.tryRules(a.texts[string(v.text[len(v.text)-a.length:])])
		}
	}
	if w.numbers != nil {
		if n, ok := v.number(); ok {
			m.tryRules(w.numbers[n])
		}
	}
	if w.addresses != nil {
		if a, ok := v.ip(); ok {
			m.tryRules(w.addresses[a])
		}
	}
}

// add puts a rule under all values of its field, which must be definite.
func (w *valueIndex) add(f *field, rule int) {
	for _, c := range f.conditions {
		switch c := c.(type) {
		case exact:
			addTo(&w.texts, string(c.text), rule)
		case oneOf:
			for text := range c.texts {
				addTo(&w.texts, text, rule)
			}
		case exactNumber:
			addTo(&w.numbers, c.millionths, rule)
		case exactAddress:
			addTo(&w.addresses, c.address, rule)
		case prefix:
			addTo(ofLength(&w.prefixes, len(c.text)), string(c.text), rule)
		case suffix:
			addTo(ofLength(&w.suffixes, len(c.text)), string(c.text), rule)
		}
	}
}

func addTo[K comparable](rules *map[K][]int, key K, rule int) {
	if *rules == nil {
		*rules = map[K][]int{}
	}
	(*rules)[key] = append((*rules)[key], rule)
}

func ofLength(all *[]affixBucket, length int) *map[string][]int {
	i := slices.IndexFunc(*all, func(a affixBucket) bool { return a.length == length })
	if i < 0 {
		i = len(*all)
		*all = append(*all, affixBucket{length: length})
	}
	return &(*all)[i].texts
}

// indexable says whether a field asks for values that a waker can look up: those that are equal to one of a list, or begin
// or end with one. What must be compared condition by condition, or matches nearly everything, is not definite.
func (f *field) indexable() bool {
	if f.absent {
		return false
	}
	for _, c := range f.conditions {
		switch c.(type) {
		case exact, oneOf, exactNumber, exactAddress, prefix, suffix:
		default:
			return false
		}
	}
	return true
}

// indexKeys are the values of a definite field, spelled such that different ones differ.
func (f *field) indexKeys() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, c := range f.conditions {
			var text string
			switch c := c.(type) {
			case exact:
				text = string(c.text)
			case oneOf:
				for text := range c.texts {
					if !yield(text) {
						return
					}
				}
				continue
			case exactAddress:
				text = c.address.String()
			case prefix:
				text = "prefix " + string(c.text)
			case suffix:
				text = "suffix " + string(c.text)
			default:
				continue // an exactNumber comes with the exact text of the same number
			}
			if !yield(text) {
				return
			}
		}
	}
}
