package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sync"

	"github.com/trailbus/trailbus/eventpattern"
)

// matcher matches events of one eventSource against the rules that name this source or none.
type matcher struct {
	patterns *eventpattern.Set
	// verdicts[i] is what a match of pattern i of patterns means.
	verdicts []verdict
}

type verdict struct {
	rule   int
	unless bool
}

// match adds the rules that an event matches to hits.
func (m *matcher) match(event []byte, hits map[int]bool) error {
	matched, err := m.patterns.Match(event)
	if err != nil {
		return err
	}
	for _, i := range matched {
		if w := m.verdicts[i]; !w.unless {
			hits[w.rule] = true
		}
	}
	for _, i := range matched {
		if w := m.verdicts[i]; w.unless {
			delete(hits, w.rule)
		}
	}
	return nil
}

// allSources is the key of the matcher of all rules, otherSources that of the matcher of rules that
// take any source. Neither is an eventSource.
const (
	allSources   = "*"
	otherSources = ""
)

// matcher returns the matcher of an eventSource.
func (s *Set) matcher(source string) (*matcher, error) {
	if source != allSources && !s.sources[source] {
		source = otherSources // an external account may send any number of sources
	}
	made, ok := s.matchers.Load(source)
	if ok {
		return made.(func() (*matcher, error))()
	}
	made, _ = s.matchers.LoadOrStore(source, sync.OnceValues(func() (*matcher, error) { return s.newMatcher(source) }))
	return made.(func() (*matcher, error))()
}

func (s *Set) newMatcher(source string) (*matcher, error) {
	m := &matcher{}
	var compiled []*eventpattern.Pattern
	add := func(rule int, pattern json.RawMessage, unless bool) error {
		p, err := eventpattern.Compile(pattern)
		if err != nil {
			return fmt.Errorf("rule %d: %w", rule+1, err)
		}
		compiled, m.verdicts = append(compiled, p), append(m.verdicts, verdict{rule, unless})
		return nil
	}
	for i, e := range s.rules {
		if source != allSources && e.sources != nil && !slices.Contains(e.sources, source) {
			continue
		}
		rule, err := e.rule()
		if err != nil {
			return nil, fmt.Errorf("rule %d: %w", i+1, err)
		}
		wholes, err := fullPatterns(rule)
		if err != nil {
			return nil, err
		}
		for of, pattern := range wholes {
			if of != "" && of != source && source != allSources {
				continue
			}
			if err := add(i, pattern, false); err != nil {
				return nil, err
			}
		}
		for _, pattern := range rule.Unless {
			if err := add(i, pattern, true); err != nil {
				return nil, err
			}
		}
	}
	m.patterns = eventpattern.NewSet(compiled...)
	return m, nil
}

// sourceKey is the key of an eventSource. Within a string, its quotes would be escaped.
var sourceKey = []byte(`"eventSource"`)

// unicodeEscape is an ASCII letter written as an escape. CloudTrail does not write any; with one,
// the key could be spelled in another way.
var unicodeEscape = regexp.MustCompile(`\\u00[4-7]`)

// sourcesIn returns the values of all keys eventSource in an event, at any depth. The eventSource
// of detail is among them; the patterns check the path.
func (s *Set) sourcesIn(event []byte) []string {
	if bytes.Contains(event, []byte(`\u00`)) && unicodeEscape.Match(event) {
		return []string{allSources}
	}
	var sources []string
	for rest := event; ; {
		i := bytes.Index(rest, sourceKey)
		if i < 0 {
			break
		}
		rest = bytes.TrimLeft(rest[i+len(sourceKey):], " \t\r\n")
		value, isKey := bytes.CutPrefix(rest, []byte(":"))
		if !isKey {
			continue
		}
		value = bytes.TrimLeft(value, " \t\r\n")
		end := -1
		if len(value) > 0 && value[0] == '"' {
			end = bytes.IndexByte(value[1:], '"')
		}
		if end < 0 || bytes.IndexByte(value[1:1+end], '\\') >= 0 {
			return []string{allSources} // a list, or an escape
		}
		if source := string(value[1 : 1+end]); !slices.Contains(sources, source) {
			sources = append(sources, source)
		}
	}
	if len(sources) == 0 {
		return []string{otherSources}
	}
	return sources
}
