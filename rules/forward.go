package rules

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/trailbus/trailbus/eventpattern"
)

// ForwardingPattern is the event pattern of one EventBridge rule on a default event bus.
type ForwardingPattern struct {
	// ID is made of the pattern's own text. When the rules change, a forwarding rule with a new pattern therefore is a new
	// resource: CloudFormation creates it before it deletes the old one, so no event falls between the two.
	ID string
	// Pattern is JSON of at most the length that was asked for, also with a space behind each colon and comma.
	Pattern json.RawMessage
	// ReadOnly says that the EventBridge rule must be in the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS.
	ReadOnly bool
	// Sources are the eventSources it is about, empty where it takes any.
	Sources []string
}

// Forwarding packs the set into event patterns of at most maxLength characters each, in a stable order. Every event that
// matches a rule matches one of them.
//
// Each event matches one pattern only, so that it is forwarded, and billed, once: the patterns divide the events by
// eventSource. Patterns for read-only events ask for readOnly and managementEvent; what they select, EventBridge does not
// deliver to rules in the plain ENABLED state. The exception is a service whose rules alone are longer than maxLength.
func (s *Set) Forwarding(maxLength int) ([]ForwardingPattern, error) {
	// Rules that want read-only events want the others as well, and those arrive by the plain patterns.
	plain, err := pack(s.branches, nil, maxLength)
	if err != nil {
		return nil, err
	}
	var reads []branch
	for _, b := range s.branches {
		if b.readOnly {
			reads = append(reads, b)
		}
	}
	readOnly, err := pack(reads, map[string]any{"readOnly": []any{true}, "managementEvent": []any{true}}, maxLength)
	if err != nil {
		return nil, err
	}
	for i := range readOnly {
		readOnly[i].ReadOnly = true
	}
	return append(plain, readOnly...), nil
}

// bin is one pattern in the making: what is wanted from some event sources.
type bin struct {
	sources []string
	parts   []branch
}

// pack divides branches among as few patterns as first-fit finds. common is asked for beside every branch.
func pack(branches []branch, common map[string]any, maxLength int) ([]ForwardingPattern, error) {
	if len(branches) == 0 {
		return nil, nil
	}
	var anySource []branch
	bySource := map[string][]branch{}
	for _, b := range branches {
		if b.sources == nil {
			anySource = append(anySource, b)
		}
		for _, source := range b.sources {
			bySource[source] = append(bySource[source], b.only(source))
		}
	}
	sources := slices.Sorted(maps.Keys(bySource))

	// All in one is both the shortest and the simplest, and needs no division by source.
	whole := slices.Clone(anySource)
	for _, source := range sources {
		whole = append(whole, bySource[source]...)
	}
	if pattern := render(whole, common); length(pattern) <= maxLength {
		return finish([]json.RawMessage{pattern}, [][]string{sources}, len(anySource) > 0, maxLength)
	}

	slices.SortStableFunc(sources, func(a, b string) int { // first-fit decreasing
		return cmp.Compare(length(render(bySource[b], nil)), length(render(bySource[a], nil)))
	})
	var bins []bin
	for _, source := range sources {
		for _, parts := range split(source, bySource[source], anySource, common, maxLength) {
			placed := false
			for i := range bins {
				joined := bin{append(slices.Clone(bins[i].sources), source), append(slices.Clone(bins[i].parts), parts...)}
				if length(joined.render(anySource, common)) <= maxLength {
					bins[i], placed = joined, true
					break
				}
			}
			if !placed {
				bins = append(bins, bin{[]string{source}, parts})
			}
		}
	}
	var patterns []json.RawMessage
	var about [][]string
	for _, b := range bins {
		patterns = append(patterns, b.render(anySource, common))
		about = append(about, b.sources)
	}
	if len(anySource) > 0 {
		// What no bin is about. Insight records have no eventSource, hence exists: false.
		slices.Sort(sources)
		others := []any{map[string]any{"anything-but": sources}, map[string]any{"exists": false}}
		patterns = append(patterns, render(with(anySource, "eventSource", others), common))
		about = append(about, nil)
	}
	return finish(patterns, about, false, maxLength)
}

func finish(patterns []json.RawMessage, sources [][]string, mixed bool, maxLength int) ([]ForwardingPattern, error) {
	var packed []ForwardingPattern
	for i, pattern := range patterns {
		if n := length(pattern); n > maxLength {
			return nil, fmt.Errorf("a forwarding pattern has %d characters, allowed: %d; shorten the rules it is made of: %s", n, maxLength, pattern)
		}
		if _, err := eventpattern.Compile(pattern); err != nil {
			return nil, fmt.Errorf("a forwarding pattern is not valid: %w; it is %s", err, pattern)
		}
		sum := sha256.Sum256(pattern)
		about := slices.Sorted(slices.Values(sources[i]))
		if mixed {
			about = nil
		}
		packed = append(packed, ForwardingPattern{ID: strings.ToUpper(hex.EncodeToString(sum[:4])), Pattern: pattern, Sources: slices.Compact(about)})
	}
	return packed, nil
}

// length counts the characters of a pattern as the most generous writer of JSON writes it, with a space behind each colon and comma:
// CloudFormation writes the pattern anew before EventBridge counts, and nobody says how.
func length(pattern json.RawMessage) int {
	n, inText := utf8.RuneCount(pattern), false
	for i, c := range pattern {
		switch {
		case c == '"' && (i == 0 || pattern[i-1] != '\\' || escaped(pattern[:i])):
			inText = !inText
		case !inText && (c == ',' || c == ':'):
			n++
		}
	}
	return n
}

// escaped says that the backslash at the end is itself escaped.
func escaped(text []byte) bool {
	return (len(text)-len(bytes.TrimRight(text, `\`)))%2 == 0
}

// render writes the bin with the branches that take any source narrowed to the sources of the bin.
func (b bin) render(anySource []branch, common map[string]any) json.RawMessage {
	sources := slices.Compact(slices.Sorted(slices.Values(b.sources)))
	list := make([]any, len(sources))
	for i, source := range sources {
		list[i] = source
	}
	return render(append(slices.Clone(b.parts), with(anySource, "eventSource", list)...), common)
}

// with asks for one thing more in every branch that does not name it yet.
func with(branches []branch, key string, values []any) []branch {
	out := make([]branch, len(branches))
	for i, b := range branches {
		b.detail = maps.Clone(b.detail)
		if _, ok := b.detail[key]; !ok {
			b.detail[key] = values
		}
		out[i] = b
	}
	return out
}

// only is the branch for one of its sources.
func (b branch) only(source string) branch {
	b.sources = []string{source}
	return b
}

// split cuts what one source wants into parts that fit a pattern of their own. Nearly always that is one part.
func split(source string, branches, anySource []branch, common map[string]any, maxLength int) [][]branch {
	fits := func(parts []branch) bool {
		return length(bin{[]string{source}, parts}.render(anySource, common)) <= maxLength
	}
	if fits(branches) {
		return [][]branch{branches}
	}
	var single []branch // one name each, so that a long list can be cut anywhere
	for _, b := range branches {
		if b.names == nil {
			single = append(single, b)
		}
		for _, name := range b.names {
			one := b
			one.names, one.detail = []any{name}, map[string]any{"eventName": []any{name}}
			single = append(single, one)
		}
	}
	var parts [][]branch
	var current []branch
	for _, b := range single {
		if next := append(slices.Clone(current), b); len(current) == 0 || fits(next) {
			current = next
			continue
		}
		parts = append(parts, current)
		current = []branch{b}
	}
	return append(parts, current)
}

// render writes branches as one pattern. Names that one service is asked for are written as one list.
func render(branches []branch, common map[string]any) json.RawMessage {
	names := map[string][]any{}
	var details []any
	seen := map[string]bool{}
	for _, b := range branches {
		if b.names != nil {
			for _, source := range b.sources {
				names[source] = append(names[source], b.names...)
			}
			continue
		}
		detail := maps.Clone(b.detail)
		if b.sources != nil {
			detail["eventSource"] = b.sources
		}
		for key := range common {
			delete(detail, key) // a path may be given once; what is common is the narrower
		}
		if text := string(encode(detail)); !seen[text] {
			seen[text] = true
			details = append(details, detail)
		}
	}
	for _, source := range slices.Sorted(maps.Keys(names)) {
		details = append(details, map[string]any{"eventSource": []any{source}, "eventName": unique(names[source])})
	}
	detail := map[string]any{}
	if len(details) == 1 {
		detail = details[0].(map[string]any)
	} else {
		detail["$or"] = details
	}
	return encode(map[string]any{
		// Only AWS services can send with such a source, and only CloudTrail's events have such a detail-type.
		"source":      []any{map[string]any{"prefix": "aws."}},
		"detail-type": []any{map[string]any{"suffix": " via CloudTrail"}},
		"detail":      merge(detail, common),
	})
}

// unique sorts a list of names and prefixes and drops what is there twice.
func unique(names []any) []any {
	slices.SortFunc(names, func(a, b any) int { return strings.Compare(string(encode(a)), string(encode(b))) })
	return slices.CompactFunc(names, func(a, b any) bool { return string(encode(a)) == string(encode(b)) })
}
