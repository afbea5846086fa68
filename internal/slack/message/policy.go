package message

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// A policy is nested too deep to be shown as YAML, so each statement becomes a line that says who
// may do what: "Allow sts:AssumeRole to arn:aws:iam::222222222222:root with conditions
// (aws:PrincipalOrgID StringEquals o-1)". The grammar:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

const (
	// statementsLimit is the most statements that are shown, those open to everyone first.
	statementsLimit = 8
	// wordsLimit is the most actions, principals or resources of a statement that are shown.
	wordsLimit = 3
	// conditionsLimit is the length of a statement's conditions, lineRoom the room for indentation
	// and quotes in its line.
	conditionsLimit, lineRoom = 120, 16
)

// policy gives the statements of a policy document, a line each, and whether the object is one.
func policy(object map[string]any) ([]any, bool) {
	var list []any
	switch v := object["Statement"].(type) {
	case []any:
		list = v
	case map[string]any:
		list = []any{v}
	}
	if len(list) == 0 {
		return nil, false
	}
	var first, rest []any
	for _, item := range list {
		s, ok := item.(map[string]any)
		if !ok {
			return nil, false
		}
		line := statement(s)
		if isOpen(s) {
			first = append(first, line)
		} else {
			rest = append(rest, line)
		}
	}
	all := append(first, rest...)
	if len(all) > statementsLimit {
		all = append(all[:statementsLimit:statementsLimit], "… "+count(len(all)-statementsLimit)+" more statements")
	}
	return all, true
}

// isOpen reports whether a statement allows something to everyone.
func isOpen(s map[string]any) bool {
	if s["Effect"] == "Deny" {
		return false
	}
	if _, but := s["NotPrincipal"]; but {
		return true
	}
	return slices.Contains(stringsIn(s["Principal"]), "*")
}

func statement(s map[string]any) string {
	var b strings.Builder
	effect, _ := s["Effect"].(string)
	b.WriteString(effect)
	part := func(before, key, notKey string, names func([]string) []string) {
		if v, ok := s[key]; ok {
			b.WriteString(before + joinLimited(names(stringsIn(v))))
		} else if v, ok := s[notKey]; ok {
			b.WriteString(before + "all but " + joinLimited(names(stringsIn(v))))
		}
	}
	part(" ", "Action", "NotAction", slices.Clone[[]string])
	part(" to ", "Principal", "NotPrincipal", principals)
	on := ""
	if v, ok := s["Resource"]; ok {
		on = " on " + joinLimited(stringsIn(v))
	} else if v, ok := s["NotResource"]; ok {
		on = " on all but " + joinLimited(stringsIn(v))
	}
	line := b.String() + on
	if keys := conditions(s["Condition"]); len(keys) > 0 {
		// Without its conditions a statement reads as open to everyone, so they come first if the
		// line will be cut.
		with := " with conditions (" + cut(joinLimited(keys), conditionsLimit) + ")"
		if length(line+with) <= paramWidth-lineRoom {
			line += with
		} else {
			line = effect + with + strings.TrimPrefix(line, effect)
		}
	}
	return cut(oneLine(redactText(strings.TrimSpace(line))), valueLimit)
}

// wholeAccount is the ARN by which a policy trusts an account.
var wholeAccount = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):root$`)

// principals writes "everybody" for * and the id for the ARN of an account, which looks like that
// of its root user.
func principals(all []string) []string {
	for i, s := range all {
		if s == "*" {
			all[i] = "everybody"
		} else if m := wholeAccount.FindStringSubmatch(s); m != nil {
			all[i] = "account " + m[1]
		}
	}
	return all
}

// stringsIn gives the texts in a value of a statement, which is a text, a list, or an object of
// texts or lists.
func stringsIn(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case json.Number:
		return []string{v.String()} // an account id without quotes
	case []any:
		var all []string
		for _, item := range v {
			if s, ok := item.(string); ok {
				all = append(all, s)
			}
		}
		return all
	case map[string]any:
		var all []string
		for _, key := range sortedKeys(v) {
			if inner, ok := v[key].(map[string]any); ok {
				all = append(all, sortedKeys(inner)...)
				continue
			}
			all = append(all, stringsIn(v[key])...)
		}
		return all
	}
	return nil
}

// conditions gives the keys of a condition, each with operator and value if it has one value.
func conditions(v any) []string {
	var keys []string
	operators, _ := v.(map[string]any)
	for _, operator := range sortedKeys(operators) {
		inner, _ := operators[operator].(map[string]any)
		for _, key := range sortedKeys(inner) {
			values := stringsIn(inner[key])
			if len(values) == 1 {
				key += " " + operator + " " + values[0]
			}
			keys = append(keys, key)
		}
	}
	return keys
}

func joinLimited(all []string) string {
	if len(all) > wordsLimit {
		all = append(all[:wordsLimit:wordsLimit], "… "+count(len(all)-wordsLimit)+" more")
	}
	return strings.Join(all, ", ")
}

// sortedKeys is slices.Sorted(maps.Keys(m)) with one allocation: it is called for every field of
// every permission.
func sortedKeys(m map[string]any) []string {
	keys := slices.AppendSeq(make([]string, 0, len(m)), maps.Keys(m))
	slices.Sort(keys)
	return keys
}
