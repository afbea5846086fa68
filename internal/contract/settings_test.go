package contract

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

const event = `{"source":"aws.iam","account":"111111111111","detail":{"eventSource":"iam.amazonaws.com","eventName":"CreateUser","requestParameters":{"userName":"<bob> & co"}}}`

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func example(t *testing.T, mutes ...rules.Mute) *Settings {
	t.Helper()
	set, err := rules.NewSet(
		&rules.Rule{ID: "users", Title: "A <user> & more", Severity: rules.High, Why: "why", References: []string{"CIS"}, Show: []string{"userName"}, Calls: []string{"iam:CreateUser"},
			Unless: []json.RawMessage{[]byte(`{"detail":{"requestParameters":{"userName":["<eve> & co"]}}}`)}},
		&rules.Rule{ID: "bob", Title: "Bob", Severity: rules.Critical, ReadOnly: true, Pattern: []byte(`{"source":["aws.iam"],"detail":{"requestParameters":{"userName":["<bob> & co"]}}}`)},
	)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := rules.NewMutes(mutes...)
	if err != nil {
		t.Fatal(err)
	}
	return &Settings{Rules: set, Mutes: compiled, Accounts: map[string]string{"111111111111": "prod <1>"},
		AccessPortal: AccessPortal{URL: "https://example.awsapps.com/start", Role: "ReadOnly"},
		Routes:       routes.Table{{Severities: []rules.Severity{rules.Critical}, Accounts: []string{"111111111111"}, Webhook: "urgent"}}}
}

func file(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), SettingsFile)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRoundTrip(t *testing.T) {
	mute := rules.Mute{Rule: "bob", Pattern: []byte(`{"detail":{"requestParameters":{"userName":[{"prefix":"<bob"}]}}}`), Reason: "r", Owner: "o", Until: now.Add(time.Hour)}
	for name, mutes := range map[string][]rules.Mute{"no mutes": nil, "a mute": {mute}} {
		t.Run(name, func(t *testing.T) {
			before := example(t, mutes...)
			data, err := before.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			after, err := ReadSettings(file(t, data))
			if err != nil {
				t.Fatal(err)
			}
			again, err := after.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			// The zero value of Mutes writes the same as no mutes do.
			if !bytes.Equal(data, again) {
				t.Errorf("wrote %s\nthen  %s", data, again)
			}
			if !reflect.DeepEqual(before.Accounts, after.Accounts) || !reflect.DeepEqual(before.Routes, after.Routes) || before.AccessPortal != after.AccessPortal {
				t.Errorf("read %+v, want %+v", after, before)
			}
			parsed, err := cloudtrail.Parse([]byte(event))
			if err != nil {
				t.Fatal(err)
			}
			for _, at := range []time.Time{now, now.Add(time.Hour)} {
				want, wantMuted, err := before.Judge(parsed, at)
				if err != nil || len(want) == 0 {
					t.Fatalf("the example matches %v, %v", want, err)
				}
				got, gotMuted, err := after.Judge(parsed, at)
				if err != nil || len(got) != len(want) || (gotMuted == nil) != (wantMuted == nil) {
					t.Fatalf("%v, muted by %v, %v; want %v, %v", got, gotMuted, err, want, wantMuted)
				}
				for i := range got {
					if got[i].ID != want[i].ID || got[i].Severity != want[i].Severity || got[i].Title != want[i].Title {
						t.Errorf("rule %+v, want %+v", got[i], want[i])
					}
				}
				if muted := len(mutes) > 0 && at.Equal(now); (gotMuted != nil) != muted {
					t.Errorf("at %s muted by %v", at, gotMuted)
				}
			}
		})
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	for data, want := range map[string]string{
		"": "end of JSON", "{": "end of JSON", "[]": "cannot unmarshal", "{}": "no rules", "{}\n": "no rules", "{}\n[]\n": "found 1 lines of rules",
		"{}\n{}\n{}\n": "sources of rule 1", `{"mutes":[{}]}`: "mute 1",
	} {
		if s, err := ReadSettings(file(t, []byte(data))); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), SettingsFile) {
			t.Errorf("%q: %+v, %v; want an error with %q and the file's name", data, s, err, want)
		}
	}
	if _, err := ReadSettings(filepath.Join(t.TempDir(), SettingsFile)); !os.IsNotExist(err) {
		t.Errorf("no file: %v", err)
	}
}

func TestCheckEnvironment(t *testing.T) {
	names := []string{EnvSecretARN, EnvQueueURL, EnvDeadLetterQueueURL, EnvTable}
	for _, name := range names {
		t.Setenv(name, "x")
	}
	if err := CheckEnvironment(); err != nil {
		t.Error(err)
	}
	for _, name := range names {
		t.Setenv(name, "")
	}
	err := CheckEnvironment()
	for _, name := range names {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %s in it", err, name)
		}
	}
}
