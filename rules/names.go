package rules

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

// Names are the names, in an app that uses the constructs, of the resources that the pack tamper
// watches. CloudFormation makes the names of most resources from that of their stack, so the names
// of the stacks are enough.
type Names struct {
	// CentralStack is the name of the stack with the central bus and the notifier.
	// Default: TrailbusCentral.
	CentralStack string
	// ForwarderStack is the name of the stacks with the forwarders.
	// Default: TrailbusForwarder.
	ForwarderStack string
	// Secret is the name of the Slack secret.
	// Default: trailbus/slack.
	Secret string
	// Keys are the ids of the KMS keys that the app gave to Trailbus. They get a rule,
	// trailbus-key-changed.
	// Default: no keys, and no such rule.
	Keys []string
}

const (
	defaultCentralStack   = "TrailbusCentral"
	defaultForwarderStack = "TrailbusForwarder"
	defaultSecret         = "trailbus/slack"
)

var (
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
	stackName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9-]{0,127}$`)
	// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
	secretName = regexp.MustCompile(`^[\w/+=.@-]{1,512}$`)
	// https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
	keyID = regexp.MustCompile(`^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	// Whole names: TrailbusForwarder is not part of TrailbusForwarderStackSet.
	watchedName = regexp.MustCompile(`\b(` + defaultCentralStack + `|` + defaultForwarderStack + `|` + defaultSecret +
		`)\b`)
)

// Apply returns the rules, of which those of the pack tamper watch these names, and a rule for Keys
// after them. It does not change the rules given. An error names the field with a name that AWS
// does not take.
func (n Names) Apply(rules []*Rule) ([]*Rule, error) {
	names := map[string]string{}
	for _, name := range []struct {
		field, value, by string
		allowed          *regexp.Regexp
	}{
		{"CentralStack", n.CentralStack, defaultCentralStack, stackName},
		{"ForwarderStack", n.ForwarderStack, defaultForwarderStack, stackName},
		{"Secret", n.Secret, defaultSecret, secretName},
	} {
		if names[name.by] = name.by; name.value == "" {
			continue
		}
		if !name.allowed.MatchString(name.value) {
			return nil, fmt.Errorf("%s: found %q, allowed: a name as AWS takes it, %s", name.field, name.value, name.allowed)
		}
		names[name.by] = name.value
	}
	var applied []*Rule
	for _, rule := range rules {
		if slices.Contains(PacksOf(rule.ID), "tamper") && watchedName.Match(rule.Pattern) {
			var err error
			if rule, err = renameRule(rule, names); err != nil {
				return nil, err
			}
		}
		applied = append(applied, rule)
	}
	if len(n.Keys) == 0 {
		return applied, nil
	}
	var ids []any
	for _, id := range n.Keys {
		if !keyID.MatchString(id) {
			//nolint:staticcheck // the message ends in the prefix of an ARN
			return nil, fmt.Errorf("Keys: found %q, allowed: the id of a KMS key, without arn:", id)
		}
		ids = append(ids, id, map[string]any{"suffix": ":key/" + id})
	}
	return append(applied, keyRule(ids)), nil
}

// renameRule returns a copy of a rule with other names in its pattern.
func renameRule(rule *Rule, names map[string]string) (*Rule, error) {
	pattern, err := decode(rule.Pattern)
	if err != nil {
		return nil, fmt.Errorf("rule %q: pattern: %w", rule.ID, err)
	}
	changed := *rule
	changed.Pattern = encode(renameValues(pattern, names))
	return &changed, nil
}

func renameValues(v any, names map[string]string) any {
	switch v := v.(type) {
	case string:
		return watchedName.ReplaceAllStringFunc(v, func(name string) string { return names[name] })
	case []any:
		for i := range v {
			v[i] = renameValues(v[i], names)
		}
	case map[string]any:
		for key := range v {
			v[key] = renameValues(v[key], names)
		}
	}
	return v
}

// keyRule alerts on calls that make a key useless to Trailbus.
func keyRule(ids []any) *Rule {
	return &Rule{
		ID: "trailbus-key-changed", Title: "KMS key of Trailbus disabled or changed", Severity: Critical,
		Why:        "Queues, logs and archive are encrypted with this key. Without it events are refused, and what waits cannot be read.",
		First:      "Enable the key, or cancel its deletion, and compare its policy with the stack. Nothing is lost if that happens soon.",
		References: []string{"MITRE ATT&CK T1485", "MITRE ATT&CK T1685"},
		Show:       []string{"keyId", "pendingWindowInDays", "policy"},
		Calls: []string{"kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:PutKeyPolicy",
			"kms:ScheduleKeyDeletion"},
		Pattern: encode(map[string]any{"detail": map[string]any{"requestParameters": map[string]any{"keyId": ids}}}),
		Unless: []json.RawMessage{
			[]byte(`{"detail":{"errorCode":[{"anything-but":{"prefix":"AccessDenied"}}]}}`),
			[]byte(`{"detail":{"userIdentity":{"invokedBy":["cloudformation.amazonaws.com"],"sessionContext":{"sessionIssuer":{"userName":[{"wildcard":"cdk-*-cfn-exec-role-*"}]}}}}}`),
		},
	}
}
