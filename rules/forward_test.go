package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/eventpattern"
)

// defaultBus forwards as EventBridge does.
type defaultBus struct {
	patterns []ForwardingPattern
	compiled *eventpattern.Set
}

func newDefaultBus(t testing.TB, patterns []ForwardingPattern) *defaultBus {
	t.Helper()
	var compiled []*eventpattern.Pattern
	for _, p := range patterns {
		c, err := eventpattern.Compile(p.Pattern)
		if err != nil {
			t.Fatalf("%s: %v", p.Pattern, err)
		}
		compiled = append(compiled, c)
	}
	return &defaultBus{patterns, eventpattern.NewSet(compiled...)}
}

// forward says how many of the patterns match an event, and how many forward it: a rule in the
// plain state is not given read-only management events.
func (b *defaultBus) forward(t testing.TB, event []byte) (matching, delivered int) {
	t.Helper()
	var e struct {
		Detail struct{ ReadOnly, ManagementEvent any }
	}
	if err := json.Unmarshal(event, &e); err != nil {
		t.Fatal(err)
	}
	read := e.Detail.ReadOnly == true && e.Detail.ManagementEvent == true
	matched, err := b.compiled.Match(event)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range matched {
		if b.patterns[i].ReadOnly || !read {
			delivered++
		}
	}
	return len(matched), delivered
}

// spaced writes JSON with a space behind each colon and comma.
func spaced(t testing.TB, pattern []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, pattern, "", ""); err != nil { // a line for each comma, a space behind each colon
		t.Fatal(err)
	}
	text := strings.ReplaceAll(out.String(), ",\n", ", ")
	return strings.ReplaceAll(text, "\n", "")
}

func TestLengthCountsASpaceBehindEachColonAndComma(t *testing.T) {
	for _, pattern := range []string{`{"a":["b,c:d",1,true],"e":[{"prefix":"x\\\"y,"}]}`, `{"a":["\\\\"],"b":["é"]}`, `{}`} {
		if got, want := length([]byte(pattern)), len([]rune(spaced(t, []byte(pattern)))); got != want {
			t.Errorf("%s has length %d, want %d: %s", pattern, got, want, spaced(t, []byte(pattern)))
		}
	}
}

func TestWhateverMatchesARuleIsForwardedOnce(t *testing.T) {
	set := catalogSet(t)
	var events []json.RawMessage
	for _, rule := range set.Rules() {
		for _, f := range fixtures(t, rule.ID) {
			events = append(events, f.Event)
		}
	}
	if len(events) < 60 {
		t.Fatalf("%d fixtures, want at least 60", len(events))
	}
	// 2,048 is the quota; the others make the packing divide what would fit one pattern.
	for _, length := range []int{eventpattern.MaxLength, eventpattern.DefaultQuota, 1200, 900} {
		if length < eventpattern.DefaultQuota {
			set = packSet(t, "cis") // conditions of other rules alone are longer
		}
		patterns, err := set.Forwarding(length)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range patterns {
			if n := len(spaced(t, p.Pattern)); n > length {
				t.Errorf("a pattern has %d characters, allowed: %d", n, length)
			}
		}
		bus, wanted := newDefaultBus(t, patterns), 0
		for _, event := range events {
			matched, err := set.Match(event)
			if err != nil {
				t.Fatal(err)
			}
			if len(matched) == 0 {
				continue
			}
			readable := false
			for _, rule := range matched {
				readable = readable || rule.ReadOnly
			}
			wanted++
			matching, delivered := bus.forward(t, event)
			if matching == 0 {
				t.Errorf("length %d: no pattern matches, and %s wants it: %.300s", length, matched[0].ID, event)
			}
			if delivered == 0 && readable {
				t.Errorf("length %d: nothing delivers what %s wants: %.300s", length, matched[0].ID, event)
			}
			if delivered > 1 {
				t.Errorf("length %d: forwarded %d times: %.300s", length, delivered, event)
			}
		}
		if wanted < 60 {
			t.Errorf("length %d: only %d fixtures match a rule", length, wanted)
		}
	}
}

func TestOnlyReadOnlyRulesAskForReadOnlyEvents(t *testing.T) {
	patterns, err := packSet(t, "cis").Forwarding(eventpattern.DefaultQuota)
	if err != nil {
		t.Fatal(err)
	}
	reads, plain := 0, 0
	for _, p := range patterns {
		if p.ReadOnly {
			reads++
			for _, call := range []string{"CreateTrail", "AuthorizeSecurityGroupIngress", "ConsoleLogin"} {
				if strings.Contains(string(p.Pattern), call) {
					t.Errorf("a read-only pattern names %s, which no read-only rule wants: %s", call, p.Pattern)
				}
			}
			if !strings.Contains(string(p.Pattern), `"readOnly":[true]`) || !strings.Contains(string(p.Pattern), `"managementEvent":[true]`) {
				t.Errorf("a read-only pattern takes what the plain ones take: %s", p.Pattern)
			}
			continue
		}
		plain++
	}
	if reads != 1 || plain == 0 || plain > 3 {
		t.Errorf("%d read-only and %d other patterns, want 1 and at most 3", reads, plain)
	}
	var writers []*Rule
	for _, rule := range packSet(t, "cis").Rules() {
		if !rule.ReadOnly {
			writers = append(writers, rule)
		}
	}
	set, err := NewSet(writers...)
	if err != nil {
		t.Fatal(err)
	}
	patterns, err = set.Forwarding(eventpattern.DefaultQuota)
	if err != nil || len(patterns) == 0 {
		t.Fatal(patterns, err)
	}
	for _, p := range patterns {
		if p.ReadOnly {
			t.Errorf("no rule wants read-only events, and %s asks for them", p.Pattern)
		}
	}
}

func TestForwardingIsStableAndIDsChangeWithThePattern(t *testing.T) {
	set := catalogSet(t)
	first, err := set.Forwarding(eventpattern.DefaultQuota)
	if err != nil {
		t.Fatal(err)
	}
	second, err := catalogSet(t).Forwarding(eventpattern.DefaultQuota) // another set: one keeps what it made
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i := range first {
		if first[i].ID != second[i].ID || string(first[i].Pattern) != string(second[i].Pattern) {
			t.Errorf("pattern %d differs between two runs:\n%s\n%s", i, first[i].Pattern, second[i].Pattern)
		}
		if seen[first[i].ID] {
			t.Errorf("id %s is given twice", first[i].ID)
		}
		seen[first[i].ID] = true
	}
}

// operation makes up one of a few dozen names.
func operation(random *rand.Rand) string {
	verbs := []string{"Create", "Delete", "Put", "Attach", "Update", "Run"}
	nouns := []string{"User", "Role", "Vpc", "Key", "Bucket", "Policy", "Route", "NetworkInterface", "Instances"}
	return verbs[random.IntN(len(verbs))] + nouns[random.IntN(len(nouns))]
}

// randomRule is in the short form, with a condition or without, or takes any source, with names or
// without.
func randomRule(random *rand.Rand, id string, services []string) *Rule {
	rule := &Rule{ID: id, Severity: Low, ReadOnly: random.IntN(4) == 0}
	for range random.IntN(20) {
		rule.Calls = append(rule.Calls, fmt.Sprintf("%s:%s", services[random.IntN(len(services))], operation(random)))
	}
	condition := fmt.Sprintf(`"userIdentity":{"type":["Type%d"]}`, random.IntN(3))
	switch {
	case len(rule.Calls) == 0 && random.IntN(4) == 0:
		rule.Pattern = fmt.Appendf(nil, `{"detail":{"eventName":[%q,{"prefix":%q}],%s}}`, operation(random), operation(random)[:3+random.IntN(5)], condition)
	case len(rule.Calls) == 0 && random.IntN(4) == 0:
		rule.Pattern = fmt.Appendf(nil, `{"detail":{"eventName":[{"suffix":"Policy"}],"eventSource":["%s.amazonaws.com"]}}`, services[random.IntN(len(services))])
	case len(rule.Calls) == 0 || random.IntN(3) == 0:
		rule.Pattern = fmt.Appendf(nil, `{"detail":{%s}}`, condition)
	}
	return rule
}

// TestRandomRulesLoseNothing packs random rules and asks for events that they want: each must be
// forwarded, and once.
func TestRandomRulesLoseNothing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	services := []string{"iam", "ec2", "s3", "lambda", "kms", "organizations", "sts", "securityhub"}
	most, total := 0, 0
	for round := range 100 {
		var all []*Rule
		for i := range 1 + random.IntN(40) {
			all = append(all, randomRule(random, fmt.Sprintf("rule-%d", i), services))
		}
		set, err := NewSet(all...)
		if err != nil {
			t.Fatal(err)
		}
		patterns, err := set.Forwarding(700 + random.IntN(1500))
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, len(patterns))
		bus, hits := newDefaultBus(t, patterns), 0
		for range 300 {
			event := fmt.Appendf(nil, `{"source":"aws.x","detail-type":"AWS API Call via CloudTrail","detail":{"eventSource":"%s.amazonaws.com",`+
				`"eventName":"%s","userIdentity":{"type":"Type%d"},"readOnly":%v,"managementEvent":true}}`,
				append(services, "new")[random.IntN(len(services)+1)], operation(random), random.IntN(4), random.IntN(2) == 0)
			matched, err := set.Match(event)
			if err != nil {
				t.Fatal(err)
			}
			matching, delivered := bus.forward(t, event)
			if delivered > 1 {
				t.Fatalf("round %d: %s is forwarded %d times", round, event, delivered)
			}
			if len(matched) == 0 {
				continue
			}
			hits++
			readable := strings.Contains(string(event), `"readOnly":false`)
			for _, rule := range matched {
				readable = readable || rule.ReadOnly
			}
			if matching == 0 || readable && delivered == 0 {
				t.Fatalf("round %d: %s is wanted by %s and not forwarded (any %d, delivered %d)", round, event, matched[0].ID, matching, delivered)
			}
		}
		total += hits
	}
	if most < 5 || total < 5000 {
		t.Errorf("%d patterns at most and %d events wanted: nothing was divided, or asked for", most, total)
	}
}

// What a stack set takes inline, and what a default bus gives up, is little.
func TestTheWholeCatalogueFitsElevenEventBridgeRules(t *testing.T) {
	count, size := footprint(CatalogRules())
	if count == 0 || count > 11 {
		t.Errorf("%d EventBridge rules, allowed: 11", count)
	}
	if size == 0 || size > 20_000 { // a template of 51,200 bytes has room for the resources around the patterns, and for rules of one's own
		t.Errorf("%d bytes of patterns, allowed: 20,000", size)
	}
}

// However loosely the catalogue is packed, calls that are made all the time are forwarded where a
// rule wants them only.
func TestNoHighVolumeCallIsForwardedThatNoRuleWants(t *testing.T) {
	set := catalogSet(t)
	patterns, err := set.Forwarding(eventpattern.DefaultQuota)
	if err != nil {
		t.Fatal(err)
	}
	bus, asked := newDefaultBus(t, patterns), 0
	for source, calls := range highVolume {
		for _, call := range calls {
			for _, readOnly := range []bool{true, false} {
				event := fmt.Appendf(nil, `{"source":"aws.x","detail-type":"AWS API Call via CloudTrail","detail":{"eventSource":"%s",`+
					`"eventName":"%s","userIdentity":{"type":"AssumedRole"},"readOnly":%v,"managementEvent":true}}`, source, call, readOnly)
				matched, err := set.Match(event)
				if err != nil {
					t.Fatal(err)
				}
				if _, delivered := bus.forward(t, event); delivered > 0 && len(matched) == 0 {
					t.Errorf("%s %s (readOnly %v) is forwarded, and no rule wants it", source, call, readOnly)
				}
				asked++
			}
		}
	}
	if asked < 100 {
		t.Errorf("%d calls, want at least 100", asked)
	}
}

func TestSetRefusesWhatItCannotMean(t *testing.T) {
	tests := []struct {
		name string
		rule Rule
		want string
	}{
		{"a call and a pattern that both name the event", Rule{ID: "a", Calls: []string{"iam:CreateUser"}, Pattern: json.RawMessage(`{"detail":{"eventName":["X"]}}`)}, "detail.eventName"},
		{"a pattern that wants everything", Rule{ID: "a", Pattern: json.RawMessage(`{"source":["aws.iam"]}`)}, "every event would be forwarded"},
		{"a pattern that is none", Rule{ID: "a", Pattern: json.RawMessage(`{"detail":{"eventName":"X"}}`)}, "eventName"},
		{"an unless that is none", Rule{ID: "a", Calls: []string{"iam:CreateUser"}, Unless: []json.RawMessage{[]byte(`{}`)}}, `rule "a"`},
	}
	for _, test := range tests {
		if _, err := NewSet(&test.rule); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
	if _, err := NewSet(&Rule{ID: "a", Calls: []string{"iam:A"}}, &Rule{ID: "a", Calls: []string{"iam:B"}}); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("an id given twice: error %v", err)
	}
	set, err := NewSet(&Rule{ID: "a", Calls: []string{"kms:" + strings.Repeat("A", 3000)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := set.Forwarding(2048); err == nil || !strings.Contains(err.Error(), "allowed: 2048") {
		t.Errorf("a name longer than a pattern: error %v", err)
	}
}

func TestLambdaAndCloudFrontNamesHaveVersions(t *testing.T) {
	set, err := NewSet(&Rule{ID: "a", Calls: []string{"lambda:UpdateFunctionCode", "iam:CreateUser"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		`lambda.amazonaws.com","eventName":"UpdateFunctionCode20150331v2`: true,
		`lambda.amazonaws.com","eventName":"UpdateFunctionCode`:           true,
		`lambda.amazonaws.com","eventName":"UpdateFunctionCodeX`:          false,
		`iam.amazonaws.com","eventName":"CreateUser`:                      true,
		`iam.amazonaws.com","eventName":"CreateUser20`:                    false,
	} {
		matched, err := set.Match([]byte(`{"source":"aws.x","detail":{"eventSource":"` + name + `"}}`))
		if err != nil || (len(matched) > 0) != want {
			t.Errorf("%s: matched %v (error %v), want %v", name, len(matched) > 0, err, want)
		}
	}
}

func TestASetSurvivesBeingWritten(t *testing.T) {
	set := catalogSet(t)
	data, err := set.MarshalLines()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseLines(data)
	if err != nil || len(again.Rules()) != len(set.Rules()) {
		t.Fatal(err)
	}
	for _, rule := range set.Rules() {
		for _, f := range fixtures(t, rule.ID) {
			a, errA := set.Match(f.Event)
			b, errB := again.Match(f.Event)
			if errA != nil || errB != nil || fmt.Sprint(len(a)) != fmt.Sprint(len(b)) {
				t.Errorf("%s: %s: %d rules before and %d after (%v, %v)", rule.ID, f.Name, len(a), len(b), errA, errB)
			}
		}
	}
}
