package rules

import (
	"encoding/json"
	"slices"
	"testing"
)

func explained(t *testing.T, rule *Rule, event string) Explanation {
	t.Helper()
	x, err := NewExplainer(rule)
	if err != nil {
		t.Fatal(err)
	}
	found, err := x.Explain([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestExplainAgreesWithMatch(t *testing.T) {
	set := catalogSet(t)
	compared, matched, near := 0, 0, 0
	explainers := map[string]*Explainer{}
	for _, rule := range set.Rules() {
		x, err := NewExplainer(rule)
		if err != nil {
			t.Fatal(err)
		}
		explainers[rule.ID] = x
	}
	for i, fixed := range set.Rules() {
		for j, f := range fixtures(t, fixed.ID) {
			hits, err := set.Match(f.Event)
			if err != nil {
				t.Fatal(err)
			}
			for k, rule := range set.Rules() {
				// Each rule on its own fixtures; each on some of the others'.
				if rule != fixed && (j > 0 || (i+k)%7 != 0) {
					continue
				}
				found, err := explainers[rule.ID].Explain(f.Event)
				if err != nil {
					t.Fatal(err)
				}
				want := slices.Contains(hits, rule)
				if found.Matches() != want || want && !found.Near() || (found.Unless > 0) != (len(found.LeftOut) > 0) || found.Alternatives == 0 {
					t.Errorf("%s on %s: %s: match is %v, explained as %+v", rule.ID, fixed.ID, f.Name, want, found)
				}
				compared++
				if want {
					matched++
				} else if found.Near() {
					near++
				}
			}
		}
	}
	if matched < len(set.Rules()) || near < 100 || near > compared/10 {
		t.Errorf("of %d, %d match and %d are near: too few or too many to be of use", compared, matched, near)
	}
	t.Logf("of %d, %d match and %d are near", compared, matched, near)
}

func TestWhatIsNear(t *testing.T) {
	calls := &Rule{ID: "a", Severity: Low, Calls: []string{"s3:PutBucketAcl", "iam:CreateUser"},
		Pattern: json.RawMessage(`{"detail":{"requestParameters":{"acl":["public-read"],"x":["y"]}}}`), Unless: []json.RawMessage{[]byte(`{"detail":{"errorCode":[{"exists":true}]}}`)}}
	root := &Rule{ID: "b", Severity: Low, Pattern: json.RawMessage(`{"detail":{"userIdentity":{"type":["Root"],"invokedBy":[{"exists":false}]},"eventType":[{"anything-but":"x"}]}}`)}
	for name, test := range map[string]struct {
		rule         *Rule
		detail       string
		near         bool
		misses, left int
	}{
		"the call, and nothing else":          {calls, `"eventSource":"s3.amazonaws.com","eventName":"PutBucketAcl"`, true, 2, 0},
		"a call of another service":           {calls, `"eventSource":"ec2.amazonaws.com","eventName":"PutBucketAcl","requestParameters":{"acl":"public-read","x":"y"}`, false, 1, 0},
		"another call":                        {calls, `"eventSource":"iam.amazonaws.com","eventName":"DeleteUser"`, false, 3, 0},
		"all of it":                           {calls, `"eventSource":"iam.amazonaws.com","eventName":"CreateUser","requestParameters":{"acl":"public-read","x":"y"}`, true, 0, 0},
		"left out":                            {calls, `"eventSource":"iam.amazonaws.com","eventName":"CreateUser","errorCode":"e","requestParameters":{"acl":"public-read","x":"y"}`, true, 0, 1},
		"without a call, one field decides":   {root, `"userIdentity":{"type":"Root","invokedBy":"x"},"eventType":"y"`, true, 1, 0},
		"without a call, nothing in its name": {root, `"userIdentity":{"type":"IAMUser"},"eventType":"y"`, false, 1, 0},
		"without a call, two fields decide":   {root, `"userIdentity":{"type":"Root","invokedBy":"x"},"eventType":"x"`, false, 2, 0},
	} {
		found := explained(t, test.rule, `{"source":"aws.x","detail":{`+test.detail+`}}`)
		if found.Near() != test.near || len(found.Misses) != test.misses || found.Unless != test.left {
			t.Errorf("%s: near %v, %d misses, unless %d; want %+v", name, found.Near(), len(found.Misses), found.Unless, test)
		}
	}
	if got := explained(t, calls, `{"detail":{"eventSource":"iam.amazonaws.com","eventName":"CreateUser"}}`); got.Alternatives != 2 || len(got.Misses) != 2 ||
		got.Misses[0].String() != `detail.requestParameters.acl is not there, allowed: "public-read"` {
		t.Errorf("got %+v", got)
	}
}
