package doctor

import (
	"errors"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/rules"
)

func whole() FoundTrail {
	return FoundTrail{ARN: "arn:aws:cloudtrail:us-east-1:111111111111:trail/all", HomeRegion: "us-east-1", MultiRegion: true, Logging: true, GlobalServiceEvents: true}
}

func with(change func(*FoundTrail)) FoundTrail {
	t := whole()
	change(&t)
	return t
}

func advanced(fields ...Field) [][]Field {
	return [][]Field{append([]Field{{Name: "eventCategory", Equals: []string{"Management"}}}, fields...)}
}

func TestTrails(t *testing.T) {
	both := &Wanted{Patterns: []rules.ForwardingPattern{{Sources: []string{"iam.amazonaws.com", "kms.amazonaws.com"}}, {ReadOnly: true, Sources: []string{"ec2.amazonaws.com"}}}}
	writes := &Wanted{Patterns: both.Patterns[:1]}
	any := &Wanted{Patterns: []rules.ForwardingPattern{{}, {ReadOnly: true}}}
	basic := func(s ...EventSelector) FoundTrail { return with(func(t *FoundTrail) { t.Selectors = s }) }
	fields := func(f ...Field) FoundTrail { return with(func(t *FoundTrail) { t.Advanced = advanced(f...) }) }
	all := EventSelector{ReadWriteType: "All", ManagementEvents: true}
	for _, test := range []struct {
		name   string
		wanted *Wanted
		region string
		trails []FoundTrail
		want   string // of all findings, each with ! where it is a gap
	}{
		{"none", both, "eu-west-1", nil, "!there is no trail"},
		{"all", both, "eu-west-1", []FoundTrail{whole()}, ""},
		{"stopped", both, "eu-west-1", []FoundTrail{with(func(t *FoundTrail) { t.Logging = false })}, "!the trail all does not log"},
		{"stopped, beside one that logs", both, "eu-west-1", []FoundTrail{with(func(t *FoundTrail) { t.Logging = false }), whole()}, ""},
		{"of another Region", both, "eu-west-1", []FoundTrail{with(func(t *FoundTrail) { t.MultiRegion = false })}, "!the trail all is that of us-east-1 alone"},
		{"of this Region alone", both, "us-east-1", []FoundTrail{with(func(t *FoundTrail) { t.MultiRegion = false })}, "no trail of all Regions logs, only trails of this one"},
		{"no global services", both, "us-east-1", []FoundTrail{with(func(t *FoundTrail) { t.GlobalServiceEvents = false })}, "!the trail all leaves out global services such as IAM"},
		{"no global services, elsewhere", both, "eu-west-1", []FoundTrail{with(func(t *FoundTrail) { t.GlobalServiceEvents = false })}, ""},
		{"one that cannot be read", both, "eu-west-1", []FoundTrail{with(func(t *FoundTrail) { t.Err = errors.New("denied") })}, "a trail cannot be looked at: all: denied"},
		{"data events alone", both, "eu-west-1", []FoundTrail{basic(EventSelector{ReadWriteType: "All"})}, "!the trail all logs no management events"},
		{"writes alone", both, "eu-west-1", []FoundTrail{basic(EventSelector{ReadWriteType: "WriteOnly", ManagementEvents: true})}, "!no trail logs read-only management events, which rules want"},
		{"writes alone, and no more is wanted", writes, "eu-west-1", []FoundTrail{basic(EventSelector{ReadWriteType: "WriteOnly", ManagementEvents: true})}, ""},
		{"reads alone", both, "eu-west-1", []FoundTrail{basic(EventSelector{ReadWriteType: "ReadOnly", ManagementEvents: true})}, "!no trail logs write-only management events, which rules want"},
		{"reads and writes by two trails", both, "eu-west-1", []FoundTrail{basic(EventSelector{ReadWriteType: "ReadOnly", ManagementEvents: true}), basic(EventSelector{ReadWriteType: "WriteOnly", ManagementEvents: true})}, ""},
		{"a source is left out", both, "eu-west-1", []FoundTrail{basic(EventSelector{ReadWriteType: "All", ManagementEvents: true, ExcludedSources: []string{"kms.amazonaws.com"}})}, "!of write-only management events, every trail leaves out: kms.amazonaws.com"},
		{"an unwanted source is excluded", both, "eu-west-1", []FoundTrail{basic(EventSelector{ReadWriteType: "All", ManagementEvents: true, ExcludedSources: []string{"rdsdata.amazonaws.com"}})}, ""},
		{"a source is left out, and every source is wanted", any, "eu-west-1", []FoundTrail{basic(EventSelector{ReadWriteType: "All", ManagementEvents: true, ExcludedSources: []string{"rdsdata.amazonaws.com"}})},
			"!of read-only management events, every trail leaves out: rdsdata.amazonaws.com|!of write-only management events, every trail leaves out: rdsdata.amazonaws.com"},
		{"another selector has it", both, "eu-west-1", []FoundTrail{basic(EventSelector{ReadWriteType: "All", ManagementEvents: true, ExcludedSources: []string{"kms.amazonaws.com"}}, all)}, ""},
		{"advanced, all", both, "eu-west-1", []FoundTrail{fields()}, ""},
		{"advanced, writes", both, "eu-west-1", []FoundTrail{fields(Field{Name: "readOnly", Equals: []string{"false"}})}, "!no trail logs read-only management events, which rules want"},
		{"advanced, no reads", both, "eu-west-1", []FoundTrail{fields(Field{Name: "readOnly", NotEquals: []string{"true"}})}, "!no trail logs read-only management events, which rules want"},
		{"advanced, reads", both, "eu-west-1", []FoundTrail{fields(Field{Name: "readOnly", Equals: []string{"true"}})}, "!no trail logs write-only management events, which rules want"},
		{"advanced, a source is left out", both, "eu-west-1", []FoundTrail{fields(Field{Name: "eventSource", NotEquals: []string{"kms.amazonaws.com", "x.amazonaws.com"}})}, "!of write-only management events, every trail leaves out: kms.amazonaws.com"},
		{"advanced, one source alone", both, "eu-west-1", []FoundTrail{fields(Field{Name: "eventSource", Equals: []string{"kms.amazonaws.com"}})},
			"!of read-only management events, every trail leaves out: some, by the field eventSource|!of write-only management events, every trail leaves out: some, by the field eventSource"},
		{"advanced, by another field", writes, "eu-west-1", []FoundTrail{fields(Field{Name: "userIdentity.arn", Other: true})}, "!of write-only management events, every trail leaves out: some, by the field userIdentity.arn"},
		{"advanced, data alone", both, "eu-west-1", []FoundTrail{with(func(t *FoundTrail) { t.Advanced = [][]Field{{{Name: "eventCategory", Equals: []string{"Data"}}}} })}, "!the trail all logs no management events"},
	} {
		var got []string
		for _, f := range test.wanted.CheckTrails(Place{"111111111111", test.region}, test.trails, "us-east-1") {
			mark := "!"
			if f.Warning {
				mark = ""
			}
			got = append(got, mark+f.Found)
		}
		if text := strings.Join(got, "|"); text != test.want {
			t.Errorf("%s: %q, want %q", test.name, text, test.want)
		}
	}
}
