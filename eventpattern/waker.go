package eventpattern

import (
	"iter"
	"net/netip"
	"slices"
)

// waker holds, for one path, the rules that wait for a value there. Any value of an event takes a few hash look-ups,
// whatever the number of rules.
type waker struct {
	texts     map[string][]int
	numbers   map[int64][]int
	addresses map[netip.Addr][]int
	prefixes  []affixes
	suffixes  []affixes
}

// affixes are the prefixes, or suffixes, of one length.
type affixes struct {
	length int
	texts  map[string][]int
}

// wake has the match look at all rules that wait for the value.
func (w *waker) wake(v *value, m *match) {
	m.look(w.texts[string(v.text)])
	for _, a := range w.prefixes {
		if len(v.text) >= a.length {
			m.look(a.texts[string(v.text[:a.length])])
		}
	}
	for _, a := range w.suffixes {
		if len(v.text) >= a.length {
			m.look(a.texts[string(v.text[len(v.text)-a.length:])])
		}
	}
	if w.numbers != nil {
		if n, ok := v.number(); ok {
			m.look(w.numbers[n])
		}
	}
	if w.addresses != nil {
		if a, ok := v.ip(); ok {
			m.look(w.addresses[a])
		}
	}
}

// add puts a rule under all values of its field, which must be definite.
func (w *waker) add(f *field, rule int) {
	for _, c := range f.conditions {
		switch c := c.(type) {
		case exact:
			put(&w.texts, string(c.text), rule)
		case oneOf:
			for text := range c.texts {
				put(&w.texts, text, rule)
			}
		case exactNumber:
			put(&w.numbers, c.millionths, rule)
		case exactAddress:
			put(&w.addresses, c.address, rule)
		case prefix:
			put(ofLength(&w.prefixes, len(c.text)), string(c.text), rule)
		case suffix:
			put(ofLength(&w.suffixes, len(c.text)), string(c.text), rule)
		}
	}
}

func put[K comparable](rules *map[K][]int, key K, rule int) {
	if *rules == nil {
		*rules = map[K][]int{}
	}
	(*rules)[key] = append((*rules)[key], rule)
}

func ofLength(all *[]affixes, length int) *map[string][]int {
	i := slices.IndexFunc(*all, func(a affixes) bool { return a.length == length })
	if i < 0 {
		i = len(*all)
		*all = append(*all, affixes{length: length})
	}
	return &(*all)[i].texts
}

// definite says whether a field asks for values that a waker can look up: those that are equal to one of a list, or begin
// or end with one. What must be compared condition by condition, or matches nearly everything, is not definite.
func (f *field) definite() bool {
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

// texts are the values of a definite field, spelled such that different ones differ.
func (f *field) texts() iter.Seq[string] {
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
