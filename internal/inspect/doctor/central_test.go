package doctor

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
)

const queueARN = "arn:aws:sqs:eu-central-1:111111111111:Queue"

func newCentral() *Central {
	return &Central{Place: Place{"111111111111", "eu-central-1"}, BusARN: busARN, Organization: "o-a1b2c3d4e5", Accounts: []string{"111111111111", account}, Webhooks: []string{"default", "urgent"}}
}

// healthyCentral is a central stack without findings.
func healthyCentral() *FoundCentral {
	rule := func(name, pattern string) FoundRule {
		return FoundRule{Name: name, ARN: "arn:aws:events:eu-central-1:111111111111:rule/trailbus/" + name, Bus: "trailbus", State: enabledAll, Pattern: pattern, Targets: []FoundTarget{{ARN: queueARN}}}
	}
	look := rule("look", "")
	look.Schedule = "rate(15 minutes)"
	return &FoundCentral{
		BusPolicy: Found(`{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"events:PutEvents","Resource":"` + busARN + `"},
			{"Effect":"Allow","Principal":"*","Action":"events:PutEvents","Resource":"` + busARN + `","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-a1b2c3d4e5"}}}]}`),
		Archive: Found(FoundArchive{State: enabled, Source: busARN, Pattern: `{"source":[{"prefix":"aws."}]}`}),
		Rules: Found([]FoundRule{rule("events", `{"source":[{"prefix":"aws."}],"detail-type":[{"suffix":"via CloudTrail"}]}`),
			rule("beats", `{"source":["aws.events"],"detail-type":["Scheduled Event"]}`), rule("probes", probe), look}),
		Queue: Found(FoundQueue{ARN: queueARN, Messages: 5,
			Policy: `{"Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:*","Resource":"` + queueARN + `"}]}`}),
		DeadLetterQueue: Found(FoundQueue{}),
		Function:        Found(FoundFunction{State: "Active", LastUpdate: "Successful"}),
		Mappings:        Found([]FoundMapping{{"1", "Enabled", queueARN}}),
		Secret:          Found(FoundSecret{Webhooks: []string{"default", "urgent"}}),
	}
}

func TestCentral(t *testing.T) {
	denied := errors.New("denied")
	for name, test := range map[string]struct {
		change func(*Central, *FoundCentral)
		want   []string
	}{
		"as it should be":        {func(*Central, *FoundCentral) {}, nil},
		"no bus":                 {func(_ *Central, f *FoundCentral) { f.BusPolicy.Value = nil }, []string{"!bus: the central bus is not there"}},
		"no policy":              {func(_ *Central, f *FoundCentral) { *f.BusPolicy.Value = "" }, []string{"!bus-policy: the policy of the central bus does not admit the accounts 111111111111, 222222222222: there is no policy"}},
		"another organization":   {func(c *Central, _ *FoundCentral) { c.Organization = "o-zzzzzzzzzz" }, []string{"!bus-policy: the policy of the central bus does not admit the accounts 222222222222: a statement allows events:PutEvents only under a condition that does not hold"}},
		"no archive":             {func(_ *Central, f *FoundCentral) { f.Archive.Value = nil }, []string{"!archive: the archive is not there"}},
		"archive off":            {func(_ *Central, f *FoundCentral) { f.Archive.Value.State = "DISABLED" }, []string{"!archive: the archive is in the state DISABLED, want ENABLED"}},
		"archive of another bus": {func(_ *Central, f *FoundCentral) { f.Archive.Value.Source = "x" }, []string{"!archive: the archive is of x, want " + busARN}},
		"archive of less": {func(_ *Central, f *FoundCentral) {
			f.Archive.Value.Pattern = `{"detail-type":[{"anything-but":"AWS Insight via CloudTrail"}]}`
		}, []string{`!archive: the archive keeps no events of the kind "AWS Insight via CloudTrail"`}},
		"a rule off":  {func(_ *Central, f *FoundCentral) { (*f.Rules.Value)[1].State = "DISABLED" }, []string{"!central-rule: the rule beats is disabled"}},
		"a rule less": {func(_ *Central, f *FoundCentral) { *f.Rules.Value = slices.Delete(*f.Rules.Value, 1, 2) }, []string{"!central-rule: no rule of the central bus brings to the queue: heartbeats"}},
		"a narrower rule": {func(_ *Central, f *FoundCentral) {
			(*f.Rules.Value)[0].Pattern = `{"detail-type":[{"anything-but":"AWS Insight via CloudTrail"}],"source":["aws.iam"]}`
		}, []string{`!central-rule: no rule of the central bus brings to the queue: events of the kind "AWS Insight via CloudTrail"`}},
		"no schedule":              {func(_ *Central, f *FoundCentral) { *f.Rules.Value = (*f.Rules.Value)[:3] }, []string{"!central-rule: no schedule asks the notifier to look for silent forwarders: it was deleted, or its target was removed"}},
		"the look is off":          {func(_ *Central, f *FoundCentral) { (*f.Rules.Value)[3].State = "DISABLED" }, []string{"!central-rule: the rule look is disabled"}},
		"the queue is closed":      {func(_ *Central, f *FoundCentral) { f.Queue.Value.Policy = "" }, []string{"!queue-policy: the queue of the notifier takes nothing of the rule events: there is no policy"}},
		"no queue":                 {func(_ *Central, f *FoundCentral) { f.Queue.Value = nil }, []string{"!queue: the queue of the notifier is not there"}},
		"an old message":           {func(_ *Central, f *FoundCentral) { f.OldestMessage = Found(3 * time.Hour) }, []string{"!queue: the oldest message in the queue waits for 3h0m0s, want less than 2h0m0s"}},
		"dead letters":             {func(_ *Central, f *FoundCentral) { f.DeadLetterQueue.Value.Messages = 2 }, []string{"!central-dead-letters: the dead-letter queue of the notifier holds 2 messages, want 0"}},
		"no function":              {func(_ *Central, f *FoundCentral) { f.Function.Value = nil }, []string{"!function: the function is not there"}},
		"a failed function":        {func(_ *Central, f *FoundCentral) { *f.Function.Value = FoundFunction{"Failed", "the role is gone", ""} }, []string{"!function: the function is in the state Failed, want Active: the role is gone"}},
		"a failed update":          {func(_ *Central, f *FoundCentral) { *f.Function.Value = FoundFunction{"Active", "", "Failed"} }, []string{"!function: the last update of the function failed"}},
		"no mapping":               {func(_ *Central, f *FoundCentral) { *f.Mappings.Value = nil }, []string{"!event-source-mapping: no event source mapping connects the queue with the function"}},
		"mapping off":              {func(_ *Central, f *FoundCentral) { (*f.Mappings.Value)[0].State = "Disabled" }, []string{"!event-source-mapping: the event source mapping 1 is Disabled, want Enabled"}},
		"mapping of another queue": {func(_ *Central, f *FoundCentral) { (*f.Mappings.Value)[0].Source = "x" }, []string{"!event-source-mapping: no event source mapping connects the queue with the function"}},
		"no secret":                {func(_ *Central, f *FoundCentral) { f.Secret.Value = nil }, []string{"!secret: the Slack secret is not there"}},
		"secret denied":            {func(_ *Central, f *FoundCentral) { f.Secret = Answer[FoundSecret]{Err: denied} }, []string{"secret: the Slack secret cannot be looked at: denied"}},
		"a webhook less":           {func(_ *Central, f *FoundCentral) { f.Secret.Value.Webhooks = []string{"default"} }, []string{`!secret: the Slack secret has no webhook named "urgent", so its messages go to "default"`}},
		"no default":               {func(_ *Central, f *FoundCentral) { f.Secret.Value.Webhooks = []string{"urgent"} }, []string{`!secret: the Slack secret has no webhook named "default", and none named "default"`}},
		"no token":                 {func(c *Central, _ *FoundCentral) { c.Channels = true }, []string{"!secret: the Slack secret has no bot token, which routes to channels need"}},
		"no shape":                 {func(_ *Central, f *FoundCentral) { f.Secret.Value.Wrong = "found nothing" }, []string{"!secret: the Slack secret: found nothing"}},
	} {
		c, f := newCentral(), healthyCentral()
		test.change(c, f)
		if got := said(c.Check(f)); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
}

func TestHeartbeats(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	ago := func(d time.Duration) int64 { return now.Add(-d).Unix() }
	watch := &contract.HeartbeatWatch{Period: time.Hour}
	for name, test := range map[string]struct {
		state contract.RegionHeartbeat
		want  []string
	}{
		"heard":            {contract.RegionHeartbeat{LastHeartbeat: ago(time.Hour)}, nil},
		"silent":           {contract.RegionHeartbeat{LastHeartbeat: ago(3 * time.Hour)}, []string{"!heartbeat: it was last heard 2027-01-15 05:00 UTC, want one heartbeat in 1h0m0s"}},
		"never heard":      {contract.RegionHeartbeat{ExpectedSince: ago(3 * time.Hour)}, []string{"!heartbeat: it was never heard, since 2027-01-15 05:00 UTC"}},
		"not heard yet":    {contract.RegionHeartbeat{ExpectedSince: ago(time.Hour)}, []string{"heartbeat: it was not heard yet; the first heartbeat comes within 1h0m0s of its deployment"}},
		"no heartbeat yet": {contract.RegionHeartbeat{}, []string{"heartbeat: it was not heard yet; the first heartbeat comes within 1h0m0s of its deployment"}},
	} {
		if got := said(CheckHeartbeat(Place{account, region}, watch, contract.AccountHeartbeats{region: test.state}, now)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestPlan(t *testing.T) {
	listed := []config.Account{{ID: "111111111111", Name: "security", Regions: []string{"us-east-1"}}}
	members := []Member{{"111111111111", "security"}, {"222222222222", "production"}}
	set := func(unit string) *config.StackSet {
		return &config.StackSet{Units: []string{unit}, Regions: []string{"eu-west-1"}}
	}
	for name, test := range map[string]struct {
		set      *config.StackSet
		members  []Member
		accounts []string
		findings []string
	}{
		"unknown members":         {nil, nil, []string{"111111111111 [us-east-1] false"}, nil},
		"a member is not watched": {nil, members, []string{"111111111111 [us-east-1] false"}, []string{"watched: the account production is in the organization and not in trailbus.yaml"}},
		"the root":                {set("r-a1b2"), members, []string{"111111111111 [us-east-1] false", "222222222222 [eu-west-1] false"}, nil},
		"a unit":                  {set("ou-a1b2-c3d4e5f6"), members, []string{"111111111111 [us-east-1] false", "222222222222 [eu-west-1] true"}, nil},
		"one is closed":           {nil, members[1:], []string{"111111111111 [us-east-1] false"}, []string{"watched: trailbus.yaml lists the account, and it is no active account of the organization", "watched: the account production is in the organization and not in trailbus.yaml"}},
	} {
		accounts, findings := Plan(&config.Config{Accounts: listed, StackSet: test.set}, test.members)
		var got []string
		for _, a := range accounts {
			got = append(got, a.ID+" "+strings.ReplaceAll(strings.Join([]string{"[" + strings.Join(a.Regions, " ") + "]", map[bool]string{true: "true", false: "false"}[a.Optional]}, " "), "  ", " "))
		}
		if !slices.Equal(got, test.accounts) || !slices.Equal(said(findings), test.findings) {
			t.Errorf("%s: %q and %q, want %q and %q", name, got, said(findings), test.accounts, test.findings)
		}
	}
}

func TestConsolidate(t *testing.T) {
	a := &Account{ID: account, Name: "production", Regions: []string{"eu-west-1", "us-east-1"}}
	west, east, whole := Place{account, "eu-west-1"}, Place{account, "us-east-1"}, Place{Account: account}
	got := Consolidate(a, []Finding{west.Gap(TrailLogs, "stopped"), east.Gap(TrailLogs, "stopped"), east.Gap(Rule, "gone")})
	if want := []Finding{whole.Gap(TrailLogs, "stopped"), east.Gap(Rule, "gone")}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	none := []Finding{west.Gap(Forwarder, "nothing"), east.Gap(Forwarder, "nothing")}
	if got := Consolidate(a, none); len(got) != 1 || got[0].Warning || got[0].Region != "" {
		t.Errorf("an account without forwarders is %v", got)
	}
	a.Optional = true
	if got := Consolidate(a, none); len(got) != 1 || !got[0].Warning || got[0].Check != Membership {
		t.Errorf("an account that may have none is %v", got)
	}
	if got := Consolidate(a, none[:1]); len(got) != 1 || got[0].Warning {
		t.Errorf("an account that has lost one is %v", got)
	}
}

func TestCheckRegions(t *testing.T) {
	a := &Account{ID: account, Regions: []string{"eu-west-1", "ap-east-1"}}
	want := []string{"!region: the Region is not enabled in the account, and trailbus.yaml asks for a forwarder there", "region: trailbus.yaml asks for no forwarder in Regions that are enabled: us-east-1, us-west-1"}
	if got := said(CheckRegions(a, []string{"eu-west-1", "us-east-1", "us-west-1"})); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	a.Filtered = true
	if got := said(CheckRegions(a, []string{"eu-west-1", "us-east-1", "us-west-1"})); !slices.Equal(got, want[:1]) {
		t.Errorf("%q, want %q", got, want[:1])
	}
}
