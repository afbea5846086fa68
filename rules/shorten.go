package rules

import (
	"slices"
	"strings"
	"unicode"

	"github.com/trailbus/trailbus/rules/operations"
)

// shortened has prefixes for names that share one, where that takes fewer characters.
func (b branch) shortened() branch {
	known := operations.Of(strings.TrimSuffix(b.source, ".amazonaws.com"))
	if b.names == nil || len(known) == 0 {
		return b
	}
	s := &shortener{known: known, chatty: chatty[b.source]}
	for _, name := range b.names {
		if text, ok := name.(string); ok {
			s.names = append(s.names, text)
		} else {
			s.patterns = append(s.patterns, name)
		}
	}
	if len(s.names) == 0 {
		return b
	}
	slices.Sort(s.names)
	short, _ := s.shorten(slices.Compact(s.names), 0)
	for _, pattern := range s.patterns {
		if !coveredBy(short, pattern) {
			short = append(short, pattern)
		}
	}
	b.names = short
	return b
}

// shortener finds prefixes for the names of one service.
type shortener struct {
	// names are wanted, and patterns of names.
	names    []string
	patterns []any
	// known are all operations of the service, chatty those that must not be forwarded for the sake of brevity.
	known, chatty []string
}

// shorten writes names, which are sorted and share their first n letters, in the fewest characters.
func (s *shortener) shorten(names []string, n int) (short []any, length int) {
	for _, name := range names {
		if len(name) == n { // the shortest one begins all others
			short, length = append(short, name), length+s.cost(name)
		}
	}
	for rest := names[len(short):]; len(rest) > 0; {
		end := 1
		for end < len(rest) && rest[end][n] == rest[0][n] {
			end++
		}
		items, cost := s.shorten(rest[:end], n+1)
		short, length = append(short, items...), length+cost
		rest = rest[end:]
	}
	if _, isPrefix := prefixOf(short[0]); isPrefix && len(short) == 1 {
		return short, length // a shorter prefix would stand for the same names, and for more
	}
	prefix := names[0][:n]
	if cost := len(`{"prefix": ""}, `) + n; cost < length && s.allowed(prefix, names) {
		return []any{map[string]any{"prefix": prefix}}, cost
	}
	return short, length
}

// cost is how many characters a name takes, with the prefix for its versions.
func (s *shortener) cost(name string) int {
	cost := len(`"", `) + len(name)
	version := map[string]any{"prefix": name + versionPrefix}
	if coveredBy(s.patterns, version) {
		cost += len(string(encode(version))) + len(" , ")
	}
	return cost
}

// allowed says that a prefix ends with a word in each of the names that it stands for, that at least half of the known operations
// with it are wanted, and that none of the others is chatty.
func (s *shortener) allowed(prefix string, names []string) bool {
	inWord := func(name string) bool { return len(name) > len(prefix) && unicode.IsLower(rune(name[len(prefix)])) }
	if prefix == "" || slices.ContainsFunc(names, inWord) {
		return false
	}
	others := slices.DeleteFunc(slices.Clone(s.known), func(name string) bool {
		return !strings.HasPrefix(name, prefix) || slices.Contains(s.names, name)
	})
	return len(others) <= len(names) && !slices.ContainsFunc(slices.Concat(others, s.chatty), func(name string) bool {
		return strings.HasPrefix(name, prefix) && !slices.Contains(names, name) && touches(name, s.chatty)
	})
}
