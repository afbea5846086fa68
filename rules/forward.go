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
//
// Few patterns are exact. Where it would take more than four without those for read-only events, conditions, then names, are left out as
// far as that makes them fewer: what is then forwarded beyond what the rules want are calls that are seldom made.
//
// maxLength is the account's quota for the length of an event pattern: [eventpattern.DefaultQuota], or what it was raised to, up to
// [eventpattern.MaxLength]. Where the conditions of a rule do not fit into one pattern, the error has that pattern.
func (s *Set) Forwarding(maxLength int) ([]ForwardingPattern, error) {
	// Packed once for all forwarders of an app.
	packed, _ := s.forwarding.LoadOrStore(maxLength, sync.OnceValues(func() ([]ForwardingPattern, error) { return s.forward(maxLength) }))
	patterns, err := packed.(func() ([]ForwardingPattern, error))()
	return slices.Clone(patterns), err
}

func (s *Set) forward(maxLength int) ([]ForwardingPattern, error) {
	branches, err := s.branches()
	if err != nil {
		return nil, err
	}
	// Rules that want read-only events want the others as well, and those arrive by the plain patterns.
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
	// Exact: reading calls are made all the time.
	readOnly, err := pack(reads, map[string]any{"readOnly": []any{true}, "managementEvent": []any{true}}, maxLength)
	if err != nil {
		return nil, err
	}
	for i := range readOnly {
		readOnly[i].ReadOnly = true
	}
	return append(plain, readOnly...), nil
}

// branches are those of all rules.
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

// enoughPatterns is how many EventBridge rules nobody minds on a default bus, which has room for 300, in some Regions 100 (quota L-244521F2,
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html).
const enoughPatterns = 4

// packRelaxed packs branches ever more loosely, and takes the most exact packing of those with few patterns or, of more, with the
// fewest.
func packRelaxed(branches []branch, maxLength int) ([]ForwardingPattern, error) {
	wanted := simplify(branches)
	looser := []func([]branch) []branch{func(exact []branch) []branch { return exact }}
	for _, length := range []int{400, 200, 100, 50, 0} { // the longest conditions first
		looser = append(looser, func(exact []branch) []branch {
			return simplify(mapBranches(exact, func(b branch) branch { return b.relaxConditions(length) }))
		})
	}
	looser = append(looser, relaxLowVolume)
	var best []ForwardingPattern
	var problem error
	for _, loosen := range looser {
		wanted = loosen(wanted)
		packed, err := pack(wanted, nil, maxLength)
		if err != nil {
			problem = err // a condition that is too long may be left out by the next
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

func mapBranches(branches []branch, change func(branch) branch) []branch {
	var changed []branch
	for _, b := range branches {
		changed = append(changed, change(b))
	}
	return changed
}

// relaxLowVolume takes all calls of a quiet service where that is shorter than naming those that are wanted.
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

// render writes a pattern for what any of the alternatives wants.
func render(alternatives []any, common map[string]any) json.RawMessage {
	for i, alternative := range alternatives {
		alternatives[i] = without(alternative, common) // a path may be given once; what is common is the narrower
	}
	return encode(map[string]any{
		// Only AWS services can send with such a source, and only CloudTrail's events have such a detail-type.
		"source":      []any{map[string]any{"prefix": "aws."}},
		"detail-type": []any{map[string]any{"suffix": " via CloudTrail"}},
		"detail":      merge(anyOf(alternatives), common),
	})
}

// without leaves out the keys of an alternative that are asked for elsewhere, also in the alternatives within.
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

// anyOf matches what one of the alternatives matches.
func anyOf(alternatives []any) map[string]any {
	if len(alternatives) == 1 {
		return alternatives[0].(map[string]any)
	}
	return map[string]any{"$or": alternatives}
}

// unique sorts a list of names and prefixes and drops what is there twice.
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
