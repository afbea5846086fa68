package message

import "strings"

// markSet says quickly of most texts that none of its marks is in them: it looks up each two bytes of a text once, where a search for each
// mark would go over the text forty times.
type markSet struct {
	single [256]bool            // the marks of one byte
	pairs  [1 << 16 / 64]uint64 // the first two bytes of the others
	marks  map[uint16][]string  // the others, by those
	fold   bool                 // the marks are in lower case, and the texts in any
}

func newMarkSet(fold bool, marks ...string) *markSet {
	m := &markSet{marks: map[uint16][]string{}, fold: fold}
	for _, mark := range marks {
		if len(mark) == 1 {
			m.single[mark[0]] = true
			continue
		}
		p := pair(mark[0], mark[1])
		m.pairs[p/64] |= 1 << (p % 64)
		m.marks[p] = append(m.marks[p], mark)
	}
	return m
}

func pair(first, second byte) uint16 { return uint16(first)<<8 | uint16(second) }

// mayBeIn says whether one of the marks is in a text. Where case does not count, it says so of every text beyond ASCII, too: letters from
// elsewhere may be other forms of ASCII's.
func (m *markSet) mayBeIn(s string) bool { return m.next(s, 0) >= 0 }

// next gives where the first mark begins from a place on, or else where the text is beyond ASCII; -1 where there is nothing.
func (m *markSet) next(s string, from int) int {
	var before byte
	for i := from; i < len(s); i++ {
		c := s[i]
		if m.fold {
			if c >= 0x80 {
				return i
			}
			c = lower(c)
		}
		if m.single[c] {
			return i
		}
		p := pair(before, c)
		if before = c; i > from && m.pairs[p/64]&(1<<(p%64)) != 0 && m.begins(s[i-1:], m.marks[p]) {
			return i - 1
		}
	}
	return -1
}

// begins says whether a text begins with one of the marks.
func (m *markSet) begins(s string, marks []string) bool {
	for _, mark := range marks {
		if len(s) >= len(mark) && (s[:len(mark)] == mark || m.fold && strings.EqualFold(s[:len(mark)], mark)) {
			return true
		}
	}
	return false
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}
