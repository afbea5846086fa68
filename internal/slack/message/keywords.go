package message

import "strings"

// keywordSet says quickly of most texts that none of its keywords is in them: it looks up each two bytes of a text once, where a search for each
// keyword would go over the text forty times.
type keywordSet struct {
	single   [256]bool            // the keywords of one byte
	pairs    [1 << 16 / 64]uint64 // the first two bytes of the others
	keywords map[uint16][]string  // the others, by those
	fold     bool                 // the keywords are in lower case, and the texts in any
}

func newKeywordSet(fold bool, keywords ...string) *keywordSet {
	m := &keywordSet{keywords: map[uint16][]string{}, fold: fold}
	for _, keyword := range keywords {
		if len(keyword) == 1 {
			m.single[keyword[0]] = true
			continue
		}
		p := pair(keyword[0], keyword[1])
		m.pairs[p/64] |= 1 << (p % 64)
		m.keywords[p] = append(m.keywords[p], keyword)
	}
	return m
}

func pair(first, second byte) uint16 { return uint16(first)<<8 | uint16(second) }

// matchesAny says whether one of the keywords is in a text. Where case does not count, it says so of every text beyond ASCII, too: letters from
// elsewhere may be other forms of ASCII's.
func (m *keywordSet) matchesAny(s string) bool { return m.next(s, 0) >= 0 }

// next gives where the first keyword begins from a place on, or else where the text is beyond ASCII; -1 where there is nothing.
func (m *keywordSet) next(s string, from int) int {
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
		if before = c; i > from && m.pairs[p/64]&(1<<(p%64)) != 0 && m.begins(s[i-1:], m.keywords[p]) {
			return i - 1
		}
	}
	return -1
}

// begins says whether a text begins with one of the keywords.
func (m *keywordSet) begins(s string, keywords []string) bool {
	for _, keyword := range keywords {
		if len(s) >= len(keyword) && (s[:len(keyword)] == keyword || m.fold && strings.EqualFold(s[:len(keyword)], keyword)) {
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
