package rules

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/trailbus/trailbus/eventpattern"
)

// ForwardingPattern is the event pattern of one EventBridge rule on a default event bus.
type ForwardingPattern struct {
	// ID is a hash of the pattern. So a forwarding rule whose pattern changes is a new resource,
	// which CloudFormation creates before it deletes the old one, and no event is lost in between.
	ID string
	// Pattern is JSON. It has at most the length that was asked for, even with a space after each
	// colon and comma.
	Pattern json.RawMessage
	// ReadOnly requires the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS of the EventBridge
	// rule.
	ReadOnly bool
	// Sources are the eventSources that the pattern names, empty if it takes any.
	Sources []string
}

// Forwarding packs the set into event patterns of at most maxLength characters each, in a stable
// order. Every event that matches a rule matches one of them.
//
// Each event matches one pattern only, so that it is forwarded, and billed, once: the patterns
// divide the events by eventSource. Patterns for read-only events ask for readOnly and
// managementEvent; what they select, EventBridge does not deliver to rules in the plain ENABLED
// state.
//
// Up to four patterns, not counting those for read-only events, are exact. If exact patterns would
// be more, Forwarding leaves out conditions, and then names, as far as that saves patterns. What is
// then forwarded beyond what the rules want are calls of low volume.
//
// maxLength is the account's quota for the length of an event pattern in characters:
// [eventpattern.DefaultQuota], or what it was raised to, up to [eventpattern.MaxLength]. If the
// conditions of a rule do not fit into one pattern, the error contains that pattern.
func (s *Set) Forwarding(maxLength int) ([]ForwardingPattern, error) {
	// An app packs once for all of its forwarders.
	packed, _ := s.forwarding.LoadOrStore(maxLength, sync.OnceValues(func() ([]ForwardingPattern,
		error) {
		return s.forward(maxLength)
	}))
	patterns, err := packed.(func() ([]ForwardingPattern, error))()
	return slices.Clone(patterns), err
}

func (s *Set) forward(maxLength int) ([]ForwardingPattern, error) {
	branches, err := s.branches()
	if err != nil {
		return nil, err
	}
	// Rules for read-only events want the other events as well, and the plain patterns forward
	// those.
	plain, err := packRelaxed(branches, maxLength)
	if err != nil {
		return nil, err
	}
	var reads []branch
	for _, b := range branches {
		if b.readOnly {
			reads = append(reads, b)
		}
	}
	// These stay exact: read-only calls have a high volume.
	readOnly, err := pack(reads, map[string]any{"readOnly": []any{true}, "managementEvent": []any{true}}, maxLength)
	if err != nil {
		return nil, err
	}
	for i := range readOnly {
		readOnly[i].ReadOnly = true
	}
	return append(plain, readOnly...), nil
}

// branches returns the branches of all rules.
func (s *Set) branches() ([]branch, error) {
	var all []branch
	for _, rule := range s.Rules() {
		branches, err := branchesOf(rule)
		if err != nil {
			return nil, err
		}
		all = append(all, branches...)
	}
	return all, nil
}

// enoughPatterns is the number of patterns above which relaxed ones are tried. A default bus has
// room for 300 rules, in some Regions 100, which are the user's too (quota L-244521F2,
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html).
const enoughPatterns = 4

// packRelaxed packs branches, relaxed step by step until at most enoughPatterns are left. If no
// step gets there, it returns the packing with the fewest patterns.
func packRelaxed(branches []branch, maxLength int) ([]ForwardingPattern, error) {
	wanted := simplify(branches)
	steps := []func([]branch) []branch{func(exact []branch) []branch { return exact }}
	for _, length := range []int{400, 200, 100, 50, 0} { // the longest conditions first
		steps = append(steps, func(branches []branch) []branch {
			var relaxed []branch
			for _, b := range branches {
				relaxed = append(relaxed, b.relaxConditions(length))
			}
			return simplify(relaxed)
		})
	}
	steps = append(steps, relaxLowVolume)
	var best []ForwardingPattern
	var problem error
	for _, relax := range steps {
		wanted = relax(wanted)
		packed, err := pack(wanted, nil, maxLength)
		if err != nil {
			problem = err // the next step may leave out the condition that is too long
			continue
		}
		if best == nil || len(packed) < len(best) {
			best = packed
		}
		if len(best) <= enoughPatterns {
			break
		}
	}
	if best == nil {
		return nil, problem
	}
	return best, nil
}

// relaxLowVolume takes all calls of a low-volume service if that is shorter than naming the calls.
func relaxLowVolume(branches []branch) []branch {
	bySource := map[string][]branch{}
	for _, b := range branches {
		bySource[b.source] = append(bySource[b.source], b)
	}
	var all []branch
	for _, source := range slices.Sorted(maps.Keys(bySource)) {
		named, wide := bySource[source], []branch{}
		for _, b := range named {
			wide = append(wide, b.relaxNames()...)
		}
		wide = simplify(wide)
		if len(encode(combine(wide))) < len(encode(combine(named))) {
			named = wide
		}
		all = append(all, named...)
	}
	return all
}

func newForwardingPattern(pattern json.RawMessage, sources []string, maxLength int) (ForwardingPattern, error) {
	if n := length(pattern); n > maxLength {
		return ForwardingPattern{}, fmt.Errorf("a forwarding pattern has %d characters, allowed: %d; shorten the rules it is made of: %s", n, maxLength, pattern)
	}
	if _, err := eventpattern.Compile(pattern); err != nil {
		return ForwardingPattern{}, fmt.Errorf("a forwarding pattern is not valid: %w; it is %s", err, pattern)
	}
	sum := sha256.Sum256(pattern)
	return ForwardingPattern{ID: strings.ToUpper(hex.EncodeToString(sum[:4])), Pattern: pattern, Sources: sources}, nil
}

// length counts the characters of a pattern with a space after each colon and comma. CloudFormation
// formats the pattern before EventBridge counts, and does not document how.
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

// escaped reports whether a backslash at the end of a text is itself escaped.
func escaped(text []byte) bool {
	return (len(text)-len(bytes.TrimRight(text, `\`)))%2 == 0
}

// render writes a pattern that matches what one of the alternatives matches.
func render(alternatives []any, common map[string]any) json.RawMessage {
	for i, alternative := range alternatives {
		alternatives[i] = without(alternative, common) // a path may occur once, and common is narrower
	}
	return encode(map[string]any{
		// Only AWS services can send events with such a source, and only those of CloudTrail have
		// such a detail-type.
		"source":      []any{map[string]any{"prefix": "aws."}},
		"detail-type": []any{map[string]any{"suffix": " via CloudTrail"}},
		"detail":      merge(anyOf(alternatives), common),
	})
}

// without drops keys from an alternative, and from the alternatives nested in it.
func without(alternative any, keys map[string]any) map[string]any {
	kept := map[string]any{}
	for key, value := range alternative.(map[string]any) {
		if inner, ok := value.([]any); ok && key == "$or" && len(keys) > 0 {
			var alternatives []any
			for _, item := range inner {
				alternatives = append(alternatives, without(item, keys))
			}
			value = alternatives
		}
		if _, ok := keys[key]; !ok {
			kept[key] = value
		}
	}
	return kept
}

// anyOf returns a pattern that matches what one of the alternatives matches.
func anyOf(alternatives []any) map[string]any {
	if len(alternatives) == 1 {
		return alternatives[0].(map[string]any)
	}
	return map[string]any{"$or": alternatives}
}

// unique sorts a list of names and prefixes, and removes duplicates.
func unique(names []any) []any {
	byText := make(map[string]any, len(names))
	for _, name := range names {
		byText[string(encode(name))] = name
	}
	sorted := make([]any, 0, len(byText))
	for _, text := range slices.Sorted(maps.Keys(byText)) {
		sorted = append(sorted, byText[text])
	}
	return sorted
}
