package message

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/rules"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

// names are the accounts of the organization in the tests.
var names = map[string]string{"111111111111": "prod", "222222222222": "sandbox"}

var goldens = []struct {
	name  string
	rules []*rules.Rule
}{
	{"root-console-login", []*rules.Rule{{ID: "root-sign-in", Title: "Root user signed in", Severity: rules.Critical,
		Why: "The root user can do everything, also what no policy can forbid. Nobody should need it from day to day."}}},
	{"create-access-key", []*rules.Rule{{ID: "access-key-created", Title: "Access key created", Severity: rules.Medium,
		Why: "An access key lives until somebody deletes it.", First: "Ask who made it and for what; delete it if nobody knows."}}},
	{"denied-stop-logging", []*rules.Rule{{ID: "trail-stopped", Title: "Trail stopped", Severity: rules.Critical,
		Why: "Without a trail nobody sees what happens next, Trailbus included."}}},
	{"open-security-group", []*rules.Rule{
		{ID: "security-group-open-to-all", Title: "Security group opened to the internet", Severity: rules.High, Show: []string{"groupId", "ipPermissions.items"},
			Why: "Whoever finds the port can try to get in."},
		{ID: "security-group-changed", Title: "Security group changed", Severity: rules.Low, Show: []string{"groupId"}},
		{ID: "console-change", Title: "Change made in the console", Severity: rules.Low},
	}},
	{"failed-console-login", []*rules.Rule{{ID: "sign-in-failed", Title: "Sign-in failed", Severity: rules.Low, Why: "Many of these are somebody guessing."}}},
	{"external-account-reads-secret", []*rules.Rule{{ID: "secret-read-from-outside", Title: "Secret read from another account", Severity: rules.Critical,
		Why: "The secret's policy lets accounts in that are not yours."}}},
	{"cloudformation-trust-policy", []*rules.Rule{{ID: "role-trusts-outside", Title: "Role created", Severity: rules.High,
		Show: []string{"roleName", "assumeRolePolicyDocument"}, Why: "Who may assume a role has all that the role may."}}},
	{"insight", []*rules.Rule{{ID: "insight", Title: "Unusual API activity", Severity: rules.Medium}}},
	{"key-rotation", []*rules.Rule{{ID: "kms-key-deleted", Title: "KMS key deleted", Severity: rules.High, Why: "What it encrypted is lost."}}},
	{"hostile", []*rules.Rule{{ID: "database-created", Title: "Database created", Severity: rules.Low, Why: "A test of <our> own & words."}}},
}

// golden gives the alert of one of the goldens.
func golden(t testing.TB, name string, matching []*rules.Rule) Alert {
	t.Helper()
	record, err := os.ReadFile(filepath.Join("testdata", name+".record.json"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := cloudtrail.FromRecord(record)
	if err != nil {
		t.Fatal(err)
	}
	return Alert{Event: e, Rules: matching, AccountNames: names}
}

func TestGolden(t *testing.T) {
	for _, g := range goldens {
		t.Run(g.name, func(t *testing.T) {
			m := New(golden(t, g.name, g.rules))
			payload := m.Slack()
			checkPayload(t, payload)
			compare(t, g.name+".slack.json", indented(t, payload))
			compare(t, g.name+".txt", []byte(m.Terminal(false)))
		})
	}
	records, err := filepath.Glob("testdata/*.record.json")
	if err != nil || len(records) != len(goldens) {
		t.Errorf("%d records in testdata (%v), and %d tests of them", len(records), err, len(goldens))
	}
}

func indented(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false) // a golden file is read by people
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func compare(t *testing.T, file string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", path, got)
	}
}
