package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/rules"
)

const (
	account = "222222222222"
	region  = "eu-west-1"
	roleARN = "arn:aws:iam::222222222222:role/TrailbusForwarder-Role"
	deadARN = "arn:aws:sqs:eu-west-1:222222222222:TrailbusForwarder-Dead"
	probe   = `{"source":["trailbus.verify"],"detail-type":["Trailbus Verify"]}`
)

var (
	writePattern = rules.ForwardingPattern{ID: "1", Pattern: []byte(`{"detail":{"eventName":["CreateUser","DeleteUser"]}}`), Sources: []string{"iam.amazonaws.com"}}
	readPattern  = rules.ForwardingPattern{ID: "2", Pattern: []byte(`{"detail":{"eventName":["GetUser"],"readOnly":[true]}}`), ReadOnly: true}
	wanted       = &Wanted{CentralBus: busARN, Patterns: []rules.ForwardingPattern{writePattern, readPattern}, Heartbeat: time.Hour}
)

func ruleNamed(name, pattern, state string) FoundRule {
	about := "Trailbus: forwards CloudTrail events"
	if state == enabledAll {
		about = "Trailbus: forwards read-only CloudTrail events"
	}
	return FoundRule{Name: name, ARN: "arn:aws:events:eu-west-1:222222222222:rule/" + name, Pattern: pattern, State: state, Description: about,
		Targets: []FoundTarget{{ARN: busARN, Role: roleARN, DeadLetterQueue: deadARN}}}
}

// healthy is a forwarder that is as it should be.
func healthy() *FoundForwarder {
	beat := ruleNamed("beat", probe, enabled)
	beat.Schedule = "rate(1 hour)"
	return &FoundForwarder{
		Rules: []FoundRule{ruleNamed("write", string(writePattern.Pattern), enabled), ruleNamed("read", string(readPattern.Pattern), enabledAll), beat},
		Roles: map[string]Answer[FoundRole]{roleARN: Found(FoundRole{
			Trust:    `{"Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"222222222222"}}}]}`,
			Policies: []string{`{"Statement":[{"Effect":"Allow","Action":"events:PutEvents","Resource":"` + busARN + `"}]}`},
		})},
		Queues: map[string]Answer[FoundQueue]{deadARN: Found(FoundQueue{ARN: deadARN,
			Policy: `{"Statement":[{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + deadARN + `","Condition":{"ArnEquals":{"aws:SourceArn":["arn:aws:events:eu-west-1:222222222222:rule/write","arn:aws:events:eu-west-1:222222222222:rule/read","arn:aws:events:eu-west-1:222222222222:rule/beat"]}}}]}`})},
	}
}

// texts of findings, with ! where they are gaps.
func said(findings []Finding) []string {
	var all []string
	for _, f := range findings {
		mark := "!"
		if f.Warning {
			mark = ""
		}
		all = append(all, fmt.Sprintf("%s%s: %s", mark, f.Check, f.Found))
	}
	return all
}

func TestForwarders(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*FoundForwarder)
		want   []string
	}{
		"as it should be":     {func(*FoundForwarder) {}, nil},
		"no access":           {func(f *FoundForwarder) { f.Err = errors.New("denied") }, []string{"!account: denied"}},
		"nothing there":       {func(f *FoundForwarder) { f.Rules = nil }, []string{"!forwarder: no rule of the default event bus sends to the central bus"}},
		"disabled":            {func(f *FoundForwarder) { f.Rules[0].State = "DISABLED" }, []string{"!rule-state: the rule write is disabled"}},
		"reads are not given": {func(f *FoundForwarder) { f.Rules[1].State = enabled }, []string{"!rule-state: the rule read is in the state ENABLED, want ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS: it gets no read-only events"}},
		"another state":       {func(f *FoundForwarder) { f.Rules[0].State = "PAUSED" }, []string{"!rule-state: the rule write is in the state PAUSED, want ENABLED"}},
		"drifted": {func(f *FoundForwarder) { f.Rules[0].Pattern = `{"detail":{"eventName":["CreateUser"]}}` },
			[]string{`!rule-pattern: the pattern of write differs: detail.eventName lacks "DeleteUser"`}},
		"drifted and disabled": {func(f *FoundForwarder) {
			f.Rules[0].Pattern, f.Rules[0].State = `{"detail":{"eventName":["CreateUser"]}}`, "DISABLED"
		},
			[]string{`!rule-pattern: the pattern of write differs: detail.eventName lacks "DeleteUser"`, "!rule-state: the rule write is disabled"}},
		"a rule is gone": {func(f *FoundForwarder) { f.Rules = f.Rules[1:] }, []string{"!rule: no rule sends the events of iam: it was deleted, or its target was removed"}},
		"no heartbeat":   {func(f *FoundForwarder) { f.Rules = f.Rules[:2] }, []string{"!rule: no rule sends a heartbeat: it was deleted, or its target was removed"}},
		"seldom":         {func(f *FoundForwarder) { f.Rules[2].Schedule = "rate(1 day)" }, []string{"!rule-pattern: the heartbeat beat has the schedule rate(1 day), want rate(1 hour)"}},
		"no probes":      {func(f *FoundForwarder) { f.Rules[2].Pattern = "" }, []string{"!rule-pattern: the heartbeat beat does not send what trailbus verify sends"}},
		"heartbeat off":  {func(f *FoundForwarder) { f.Rules[2].State = "DISABLED" }, []string{"!rule-state: the heartbeat beat is disabled"}},
		"twice":          {func(f *FoundForwarder) { f.Rules = append(f.Rules, f.Rules[0]) }, []string{"rule: what is sent crosses 2 times, by the rules write, write"}},
		"another rule": {func(f *FoundForwarder) {
			r := f.Rules[0]
			r.Name, r.Pattern, r.Description = "mine", `{"source":["x"]}`, ""
			r.ARN = f.Rules[0].ARN
			f.Rules = append(f.Rules, r)
		}, []string{"rule: the rule mine sends to the central bus, and trailbus.yaml asks for none like it"}},
		"unreadable": {func(f *FoundForwarder) {
			f.Rules = append(f.Rules, FoundRule{Name: "secret", Err: errors.New("denied")})
		}, []string{"rule: the rule secret sends to the central bus and cannot be read: denied"}},
		"another bus":            {func(f *FoundForwarder) { f.Rules[0].Targets[0].ARN = "x" }, []string{"!rule-target: the rule write does not send to " + busARN}},
		"another text":           {func(f *FoundForwarder) { f.Rules[0].Targets[0].Changed = true }, []string{"!rule-target: the rule write sends another text in place of the event"}},
		"no role":                {func(f *FoundForwarder) { f.Rules[0].Targets[0].Role = "" }, []string{"!rule-target: the rule write sends without a role"}},
		"no queue":               {func(f *FoundForwarder) { f.Rules[0].Targets[0].DeadLetterQueue = "" }, []string{"!dead-letter-queue: the rule write has no dead-letter queue"}},
		"the role is gone":       {func(f *FoundForwarder) { f.Roles[roleARN] = Answer[FoundRole]{} }, []string{"!role: the role TrailbusForwarder-Role is not there"}},
		"the role is secret":     {func(f *FoundForwarder) { f.Roles[roleARN] = Answer[FoundRole]{Err: errors.New("denied")} }, []string{"role: the role TrailbusForwarder-Role cannot be read: denied"}},
		"the role has no policy": {func(f *FoundForwarder) { f.Roles[roleARN].Value.Policies = nil }, []string{"!role: the role TrailbusForwarder-Role may not put events on the central bus: it has no policy"}},
		"the role is for another account": {func(f *FoundForwarder) {
			r := f.Roles[roleARN].Value
			r.Trust = strings.Replace(r.Trust, account, "333333333333", 1)
		},
			[]string{"!role: EventBridge may not take the role TrailbusForwarder-Role: a statement allows sts:AssumeRole only under a condition that does not hold"}},
		"the queue is gone":   {func(f *FoundForwarder) { f.Queues[deadARN] = Answer[FoundQueue]{} }, []string{"!dead-letter-queue: the dead-letter queue TrailbusForwarder-Dead is not there"}},
		"the queue is full":   {func(f *FoundForwarder) { f.Queues[deadARN].Value.Messages = 3 }, []string{"!dead-letters: the dead-letter queue TrailbusForwarder-Dead holds 3 events, want 0"}},
		"the queue is closed": {func(f *FoundForwarder) { f.Queues[deadARN].Value.Policy = "" }, []string{"!dead-letter-queue: the queue TrailbusForwarder-Dead takes nothing of the rule beat: there is no policy"}},
	} {
		f := healthy()
		test.change(f)
		if got := said(wanted.CheckForwarder(Place{account, region}, f)); !slices.Equal(got, test.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(test.want, "\n"))
		}
	}
}

func TestRate(t *testing.T) {
	for period, want := range map[time.Duration]string{time.Minute: "rate(1 minute)", 90 * time.Minute: "rate(90 minutes)", time.Hour: "rate(1 hour)", 6 * time.Hour: "rate(6 hours)", 24 * time.Hour: "rate(1 day)"} {
		if got := Rate(period); got != want {
			t.Errorf("%s is %s, want %s", period, got, want)
		}
	}
}
