package eventpattern

import (
	"iter"
	"net/netip"
	"slices"
)

// valueIndex finds, for one path, the rules that a value there may match. A value takes a few hash
// look-ups, whatever the number of rules.
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

// lookUp tries all rules that are indexed by the value.
func (x *valueIndex) lookUp(v *value, m *match) {
	m.tryRules(x.texts[string(v.text)])
	for _, a := range x.prefixes {
		if len(v.text) >= a.length {
			m.tryRules(a.texts[string(v.text[:a.length])])
		}
	}
	for _, a := range x.suffixes {
		if len(v.text) >= a.length {
			m.tryRules(a.texts[string(v.text[len(v.text)-a.length:])])
		}
	}
	if x.numbers != nil {
		if n, ok := v.number(); ok {
			m.tryRules(x.numbers[n])
		}
	}
	if x.addresses != nil {
		if a, ok := v.ip(); ok {
			m.tryRules(x.addresses[a])
		}
	}
}

// add indexes a rule by all values of its field, which must be indexable.
func (x *valueIndex) add(f *field, rule int) {
	for _, c := range f.conditions {
		switch c := c.(type) {
		case exact:
			addTo(&x.texts, string(c.text), rule)
		case oneOf:
			for text := range c.texts {
				addTo(&x.texts, text, rule)
			}
		case exactNumber:
			addTo(&x.numbers, c.millionths, rule)
		case exactAddress:
			addTo(&x.addresses, c.address, rule)
		case prefix:
			addTo(ofLength(&x.prefixes, len(c.text)), string(c.text), rule)
		case suffix:
			addTo(ofLength(&x.suffixes, len(c.text)), string(c.text), rule)
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

// indexable reports whether a field asks only for what a hash look-up can find: values that equal a
// text, a number or an address, or begin or end with a text. Other conditions must be compared one
// by one, or match nearly every value.
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

// indexKeys yields the values of an indexable field, spelled so that different values differ.
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
