package backtest

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/rules"
)

var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const (
	production     = "222222222222"
	testingAccount = "333333333333"
	bob            = `{"type":"IAMUser","userName":"bob","arn":"arn:aws:iam::222222222222:user/bob","accountId":"222222222222"}`
	deploy         = `{"type":"AssumedRole","arn":"arn:aws:sts::222222222222:assumed-role/deploy/SESSION","accountId":"222222222222","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::222222222222:role/deploy","userName":"deploy"}}}`
)

// call is a record as the tests write it.
type call struct {
	id, what, who, when, account string
	more                         string
}

func (c call) String() string {
	source, name, _ := strings.Cut(c.what, ":")
	return fmt.Sprintf(`{"eventID":%q,"eventSource":"%s.amazonaws.com","eventName":%q,"userIdentity":%s,"eventTime":%q,"awsRegion":"us-east-1",`+
		`"eventType":"AwsApiCall","recipientAccountId":%q,"managementEvent":true%s}`, c.id, source, name, c.who, c.when, c.account, c.more)
}

// example has two rules that overlap, one for reads, one for reads that EventBridge will not
// deliver.
func example(t testing.TB, mutes ...rules.Mute) *contract.Settings {
	t.Helper()
	set, err := rules.NewSet(
		&rules.Rule{ID: "users", Title: "Users", Severity: rules.High, Calls: []string{"iam:CreateUser", "iam:DeleteUser"}},
		&rules.Rule{ID: "deleted", Title: "Deleted", Severity: rules.Low, Calls: []string{"iam:DeleteUser"}},
		&rules.Rule{ID: "listed", Title: "Listed", Severity: rules.Low, Calls: []string{"iam:ListUsers"}, ReadOnly: true},
		&rules.Rule{ID: "read", Title: "Read", Severity: rules.Low, Calls: []string{"s3:GetBucketAcl"}},
		&rules.Rule{ID: "denied", Title: "Denied", Severity: rules.Low, Pattern: []byte(`{"detail":{"eventSource":["kms.amazonaws.com"],"errorCode":["AccessDenied"]}}`),
			Unless: []json.RawMessage{[]byte(`{"detail":{"userIdentity":{"type":["AWSService"]}}}`)}},
		&rules.Rule{ID: "never", Title: "Never", Severity: rules.Critical, Calls: []string{"iam:DeleteRole"}},
	)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := rules.NewMutes(mutes...)
	if err != nil {
		t.Fatal(err)
	}
	return &contract.Settings{Rules: set, Mutes: compiled, Accounts: map[string]string{production: "production"}}
}

// try runs a backtest over records.
func try(t testing.TB, options Options, records ...string) *Report {
	t.Helper()
	if options.Now.IsZero() {
		options.Now = now
	}
	options.Owner = "me"
	b, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range cloudtrail.ReadRaw(strings.NewReader(strings.Join(records, "\n")), "f") {
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return b.Report()
}

func TestReport(t *testing.T) {
	inSession := func(name string) string { return strings.Replace(deploy, "SESSION", name, 1) }
	r := try(t, Options{Settings: example(t)},
		call{"1", "iam:CreateUser", bob, "2026-11-20T12:00:00Z", production, ""}.String(),
		call{"2", "iam:CreateUser", inSession("one"), "2026-11-20T13:00:00Z", production, ""}.String(),
		call{"3", "iam:CreateUser", inSession("two"), "2026-11-22T06:00:00Z", testingAccount, ""}.String(),
		call{"4", "iam:DeleteUser", inSession("two"), "2026-11-22T06:00:00Z", testingAccount, ""}.String(), // two rules, one message
		call{"2", "iam:CreateUser", inSession("one"), "2026-11-20T13:00:00Z", production, ""}.String(),
		call{"5", "iam:ListUsers", bob, "2026-11-22T07:00:00Z", production, `,"readOnly":true`}.String(),
		call{"6", "s3:GetBucketAcl", bob, "2026-11-22T07:00:00Z", production, `,"readOnly":true`}.String(),
		call{"7", "ec2:RunInstances", bob, "2026-11-22T08:00:00Z", production, ""}.String(),
		call{"8", "kms:Decrypt", `{"type":"AWSService","invokedBy":"x.amazonaws.com"}`, "2026-11-22T11:00:00Z", production, `,"errorCode":"AccessDenied"`}.String(),
		call{"9", "iam:CreateUser", bob, "2026-11-22T12:00:00Z", "", ""}.String(), // no account of its own: the caller's
		`{"eventID":"10","eventSource":"iam","eventName":"CreateUser","recipientAccountId":"222222222222"}`,
	)
	if r.Records != 11 || r.Messages != 6 || r.Alerts != 7 || r.Duplicates != 1 || r.Muted != 0 || r.Refused != 0 || r.OutOfRange != 0 {
		t.Errorf("counted %+v", r)
	}
	// The one by a service is let through by the pattern for denials, and left out by the rule.
	if r.Unwanted != 1 || r.UnwantedShare != 1.0/11 {
		t.Errorf("%d forwarded though no rule wants them, share %v; want 1", r.Unwanted, r.UnwantedShare)
	}
	// From the 20th at 12:00 to the 22nd at 12:00; on the 21st there is nothing.
	if r.Days != 1 || r.RecordsPerDay != 11 || r.MessagesPerDay != 6 {
		t.Errorf("%v days, %v records and %v messages a day, want 1, 11 and 6", r.Days, r.RecordsPerDay, r.MessagesPerDay)
	}
	if r.First == nil || !r.First.Equal(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)) || r.Last == nil || !r.Last.Equal(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("from %v to %v", r.First, r.Last)
	}
	if want := []string{"denied", "never"}; !slices.Equal(r.Silent, want) {
		t.Errorf("silent are %q, want %q", r.Silent, want)
	}
	var ids []string
	for _, rule := range r.Rules {
		ids = append(ids, fmt.Sprint(rule.ID, " ", rule.Severity, " ", rule.Alerts, " ", rule.PerDay, " ", rule.Muted, " ", rule.Undelivered))
	}
	if want := []string{"users high 5 5 0 0", "deleted low 1 1 0 0", "listed low 1 1 0 0", "read low 0 0 0 1"}; !slices.Equal(ids, want) {
		t.Fatalf("rules %q, want %q", ids, want)
	}
	users := r.Rules[0]
	if want := []Count{{Key: "2026-11-20", Alerts: 2}, {Key: "2026-11-22", Alerts: 3}}; !reflect.DeepEqual(users.Days, want) {
		t.Errorf("days %v, want %v", users.Days, want)
	}
	if want := []Count{{production, "production", 3}, {testingAccount, "", 2}}; !reflect.DeepEqual(users.Accounts, want) {
		t.Errorf("accounts %v, want %v", users.Accounts, want)
	}
	var principals []string
	for _, p := range users.Principals {
		principals = append(principals, fmt.Sprint(p.Name, ": ", p.Alerts, " ", p.AtLeast))
	}
	if want := []string{"role deploy, account production (222222222222): 3 3", "IAM user bob, account production (222222222222): 2 2"}; !slices.Equal(principals, want) {
		t.Errorf("principals %q, want %q", principals, want)
	}
	const mute = `- rule: users
  pattern: {"detail": {"userIdentity": {"invokedBy": [{"exists": false}], "sessionContext": {"sessionIssuer": {"arn": ["arn:aws:iam::222222222222:role/deploy"]}}, "type": ["AssumedRole"]}}}
  reason: "3 alerts from 2026-11-20 to 2026-11-22 by role deploy, account production (222222222222), in a backtest"
  owner: "me"
  until: 2026-12-23
`
	if got := users.Principals[0].Mute; got != mute {
		t.Errorf("mute\n%s\nwant\n%s\n%s", got, mute, users.Principals[0].NoMute)
	}
}

func TestNoRecords(t *testing.T) {
	r := try(t, Options{Settings: example(t)})
	if r.Records != 0 || r.Days != 0 || r.First != nil || r.RecordsPerDay != 0 || r.UnwantedShare != 0 || len(r.Rules) != 0 || len(r.Silent) != 6 {
		t.Errorf("%+v", r)
	}
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
}

func TestMutedAlertsAreCountedSeparately(t *testing.T) {
	mute := rules.Mute{Rule: "users", Pattern: []byte(`{"detail":{"userIdentity":{"userName":["bob"]}}}`), Until: now.Add(time.Hour)}
	records := []string{
		call{"1", "iam:CreateUser", bob, "2026-11-20T12:00:00Z", production, ""}.String(),
		call{"2", "iam:DeleteUser", bob, "2026-11-20T12:00:00Z", production, ""}.String(),
		call{"3", "iam:CreateUser", strings.Replace(bob, `"bob"`, `"eve"`, 1), "2026-11-20T12:00:00Z", production, ""}.String(),
	}
	r := try(t, Options{Settings: example(t, mute)}, records...)
	if r.Messages != 2 || r.Alerts != 2 || r.Muted != 2 || r.Rules[0].ID != "users" || r.Rules[0].Muted != 2 || r.Rules[0].Alerts != 1 || r.Rules[1].Alerts != 1 {
		t.Errorf("%+v", r)
	}
	if r := try(t, Options{Settings: example(t, mute), Now: now.Add(time.Hour)}, records...); r.Messages != 3 || r.Muted != 0 {
		t.Errorf("a mute that has expired: %+v", r)
	}
}

func TestRecordsThatAreNotFromAWSAreRefused(t *testing.T) {
	set, err := rules.NewSet(&rules.Rule{ID: "any", Pattern: []byte(`{"detail":{"eventName":["CreateUser"]}}`)})
	if err != nil {
		t.Fatal(err)
	}
	record := call{"1", "iam:CreateUser", bob, "2026-11-20T12:00:00Z", production, ""}.String()
	r := try(t, Options{Settings: &contract.Settings{Rules: set, Mutes: &rules.Mutes{}}},
		`{"source":"mine","detail-type":"x","account":"222222222222","detail":`+record+`}`,
		`{"source":"aws.iam","detail-type":"x","account":"333333333333","detail":`+record+`}`,
		record)
	if r.Records != 3 || r.Refused != 2 || r.Alerts != 1 || r.Duplicates != 0 {
		t.Errorf("%+v", r)
	}
}

func TestFromAndTo(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }
	at := func(id, when string) string { return call{id, "iam:CreateUser", bob, when, production, ""}.String() }
	records := []string{at("1", "2026-11-19T23:59:59Z"), at("2", "2026-11-20T00:00:00Z"), at("3", "2026-11-21T23:59:59Z"), at("4", "2026-11-22T00:00:00Z"), at("5", "")}
	for _, test := range []struct {
		from, to  time.Time
		in, outOf int
	}{{time.Time{}, time.Time{}, 5, 0}, {day(20), day(21), 2, 3}, {day(20), time.Time{}, 3, 2}, {time.Time{}, day(20), 2, 3}} {
		r := try(t, Options{Settings: example(t), From: test.from, To: test.to}, records...)
		if r.Records != test.in || r.OutOfRange != test.outOf || r.Alerts != test.in {
			t.Errorf("%v to %v: %d in, %d out, %d alerts; want %d and %d", test.from, test.to, r.Records, r.OutOfRange, r.Alerts, test.in, test.outOf)
		}
	}
}

// The order in which records are judged, and by how many at a time, makes no difference.
func TestConcurrentAdd(t *testing.T) {
	var records []string
	for i := range 600 {
		i %= 500 // some come twice
		who := strings.ReplaceAll(bob, "bob", fmt.Sprint("user", i%7))
		what := []string{"iam:CreateUser", "iam:DeleteUser", "ec2:RunInstances"}[i%3]
		records = append(records, call{fmt.Sprint(i), what, who, fmt.Sprintf("2026-11-%02dT00:00:00Z", 1+i%20), production, ""}.String())
	}
	want := try(t, Options{Settings: example(t)}, records...)
	b, err := New(Options{Settings: example(t), Now: now, Owner: "me"})
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for part := range slices.Chunk(records, 100) {
		all.Go(func() {
			for e, err := range cloudtrail.ReadRaw(strings.NewReader(strings.Join(part, "\n")), "f") {
				if err != nil {
					t.Error(err)
				} else if err := b.Add(e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got, err := json.Marshal(b.Report())
	if err != nil {
		t.Fatal(err)
	}
	expected, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if want.Alerts != 501 || want.Duplicates != 67 { // of 167 twice; and 34 + 33 of the 100 that come again
		t.Errorf("%d alerts, %d duplicates", want.Alerts, want.Duplicates)
	}
	if string(got) != string(expected) {
		t.Errorf("got  %s\nwant %s", got, expected)
	}
}
