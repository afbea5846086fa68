package message

import "strings"

// keywordSet quickly rejects texts that have none of its keywords: it looks up each pair of bytes
// of a text once, while a search for each keyword would read the text forty times.
type keywordSet struct {
	single   [256]bool            // keywords of one byte
	pairs    [1 << 16 / 64]uint64 // a bit for the first two bytes of each longer keyword
	keywords map[uint16][]string  // longer keywords, by their first two bytes
	fold     bool                 // ignore case; the keywords are in lower case
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

// matchesAny reports whether a text has one of the keywords. With fold, it is also true of every
// text that is not ASCII: some other letters fold to ASCII.
func (m *keywordSet) matchesAny(s string) bool { return m.next(s, 0) >= 0 }

// next gives the offset of the first keyword from an offset on, with fold also of the first byte
// that is not ASCII; -1 if there is none.
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

// begins reports whether a text begins with one of the keywords.
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
