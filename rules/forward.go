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
// deliver to rules in the plain ENABLED state.
func (s *Set) Forwarding(maxLength int) ([]ForwardingPattern, error) {
	// Rules that want read-only events want the others as well, and those arrive by the plain patterns.
	plain, tooLong := pack(s.branches, nil, maxLength)
	var loose, reads []branch
	for _, b := range s.branches {
		loose = append(loose, b.loosened())
		if b.readOnly {
			reads = append(reads, b)
		}
	}
	looser, err := pack(loose, nil, maxLength)
	if err != nil {
		return nil, err
	}
	if tooLong != nil || len(looser) < len(plain) { // exact as long as it costs no EventBridge rule
		plain = looser
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

// bin is one pattern in the making: what is wanted from some event sources, all of it or, for a source that fills more than one
// pattern, what begins with some letters.
type bin struct {
	sources []string
	parts   []branch
	// names is what eventName must be where a source is divided, nil elsewhere.
	names []any
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
			bySource[source] = append(bySource[source], b)
		}
	}
	sources := slices.Sorted(maps.Keys(bySource))

	// All in one is the shortest and the simplest, and needs no division by source.
	if pattern := renderWhole(branches, common); length(pattern) <= maxLength {
		about := sources
		if len(anySource) > 0 {
			about = nil
		}
		return finish([]json.RawMessage{pattern}, [][]string{about}, maxLength)
	}

	slices.SortStableFunc(sources, func(a, b string) int { // first-fit decreasing
		return cmp.Compare(length(renderWhole(bySource[b], nil)), length(renderWhole(bySource[a], nil)))
	})
	var bins, divided []bin
	for _, source := range sources {
		alone := bin{sources: []string{source}, parts: bySource[source]}
		if length(alone.render(anySource, common)) > maxLength {
			divided = append(divided, divide(source, bySource[source], anySource, common, maxLength)...)
			continue
		}
		placed := false
		for i := range bins {
			joined := bin{sources: append(slices.Clone(bins[i].sources), source), parts: append(slices.Clone(bins[i].parts), alone.parts...)}
			if length(joined.render(anySource, common)) <= maxLength {
				bins[i], placed = joined, true
				break
			}
		}
		if !placed {
			bins = append(bins, alone)
		}
	}
	var patterns []json.RawMessage
	var about [][]string
	for _, b := range append(bins, divided...) {
		patterns = append(patterns, b.render(anySource, common))
		about = append(about, b.sources)
	}
	if len(anySource) > 0 {
		// What no bin is about. Insight records have no eventSource, hence exists: false.
		slices.Sort(sources)
		others := []any{map[string]any{"anything-but": sources}, map[string]any{"exists": false}}
		patterns = append(patterns, render(others, alternativesOf(anySource), common))
		about = append(about, nil)
	}
	return finish(patterns, about, maxLength)
}

func finish(patterns []json.RawMessage, sources [][]string, maxLength int) ([]ForwardingPattern, error) {
	var packed []ForwardingPattern
	for i, pattern := range patterns {
		if n := length(pattern); n > maxLength {
			return nil, fmt.Errorf("a forwarding pattern has %d characters, allowed: %d; shorten the rules it is made of: %s", n, maxLength, pattern)
		}
		if _, err := eventpattern.Compile(pattern); err != nil {
			return nil, fmt.Errorf("a forwarding pattern is not valid: %w; it is %s", err, pattern)
		}
		sum := sha256.Sum256(pattern)
		packed = append(packed, ForwardingPattern{
			ID: strings.ToUpper(hex.EncodeToString(sum[:4])), Pattern: pattern, Sources: slices.Sorted(slices.Values(sources[i])),
		})
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

// render writes the bin. Its sources are named once for all that is wanted of them: a name of one source would be forwarded from
// another of the bin too, if that had such an operation. The branches that take any source are in every bin.
func (b bin) render(anySource []branch, common map[string]any) json.RawMessage {
	var sources []any
	for _, source := range slices.Sorted(slices.Values(b.sources)) {
		sources = append(sources, source)
	}
	details := append(alternativesOf(b.parts), alternativesOf(restrict(anySource, b.names))...)
	return render(sources, details, common)
}

// renderWhole writes all branches as one pattern.
func renderWhole(branches []branch, common map[string]any) json.RawMessage {
	var details []map[string]any
	var sources []string
	var names []any
	for _, b := range branches {
		if b.names != nil {
			sources, names = append(sources, b.sources...), append(names, b.names...)
			continue
		}
		detail := maps.Clone(b.detail)
		if b.sources != nil {
			detail["eventSource"] = b.sources
		}
		details = append(details, detail)
	}
	if names != nil {
		slices.Sort(sources)
		details = append(details, map[string]any{"eventSource": slices.Compact(sources), "eventName": unique(names)})
	}
	return render(nil, details, common)
}

// alternativesOf are the details of branches for a pattern that names their sources: one for all names, and one for each branch that
// asks for more.
func alternativesOf(branches []branch) []map[string]any {
	var details []map[string]any
	var names []any
	for _, b := range branches {
		if b.names != nil {
			names = append(names, b.names...)
			continue
		}
		detail := maps.Clone(b.detail)
		delete(detail, "eventSource") // a path may be given once
		details = append(details, detail)
	}
	if names != nil {
		details = append(details, map[string]any{"eventName": unique(names)})
	}
	return details
}

// render writes a pattern for what any of details wants of some sources, nil for sources that the details name themselves.
func render(sources []any, details []map[string]any, common map[string]any) json.RawMessage {
	var alternatives []any
	seen := map[string]bool{}
	for _, detail := range details {
		detail = maps.Clone(detail)
		for key := range common {
			delete(detail, key) // a path may be given once; what is common is the narrower
		}
		if text := string(encode(detail)); !seen[text] {
			seen[text] = true
			alternatives = append(alternatives, detail)
		}
	}
	detail := map[string]any{}
	if len(alternatives) == 1 {
		detail = alternatives[0].(map[string]any)
	} else {
		detail["$or"] = alternatives
	}
	if sources != nil {
		detail["eventSource"] = sources
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
	sorted := slices.Clone(names)
	slices.SortFunc(sorted, func(a, b any) int { return strings.Compare(string(encode(a)), string(encode(b))) })
	return slices.CompactFunc(sorted, func(a, b any) bool { return string(encode(a)) == string(encode(b)) })
}
