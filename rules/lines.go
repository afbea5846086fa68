package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
)

// MarshalLines encodes the set as JSON Lines, two for each rule: its eventSources, and the rule.
func (s *Set) MarshalLines() ([]byte, error) {
	var lines bytes.Buffer
	for _, e := range s.rules {
		rule, err := e.rule()
		if err != nil {
			return nil, err
		}
		for _, part := range []any{e.sources, rule} {
			line, err := json.Marshal(part)
			if err != nil {
				return nil, err
			}
			lines.Write(append(line, '\n'))
		}
	}
	return lines.Bytes(), nil
}

// ParseLines decodes what [Set.MarshalLines] wrote. It decodes and compiles a rule only when the
// first event of one of its sources is matched, because a notifier starts with one event and
// hundreds of rules.
func ParseLines(data []byte) (*Set, error) {
	lines := bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n"))
	if len(data) == 0 {
		lines = nil
	}
	if len(lines)%2 != 0 {
		return nil, fmt.Errorf("found %d lines of rules, allowed: two for each", len(lines))
	}
	var entries []*entry
	for i := 0; i < len(lines); i += 2 {
		e := &entry{rule: sync.OnceValues(func() (*Rule, error) {
			rule := &Rule{}
			return rule, json.Unmarshal(lines[i+1], rule)
		})}
		if err := json.Unmarshal(lines[i], &e.sources); err != nil {
			return nil, fmt.Errorf("the sources of rule %d: %w", i/2+1, err)
		}
		entries = append(entries, e)
	}
	return newSet(entries), nil
}
