package message

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// corpus is a folder of public records. They are not part of the repository.
const corpus = "../../../shared/data"

// corpusEvents reads the events of the corpus, or skips the test where there is none.
func corpusEvents(t testing.TB) []*cloudtrail.Event {
	t.Helper()
	if _, err := os.Stat(corpus); err != nil {
		t.Skipf("no corpus of real records at %s", corpus)
	}
	var events []*cloudtrail.Event
	for _, name := range []string{"stratus-dev.jsonl", "streamalert.jsonl", "fivexl.jsonl"} {
		file, err := os.ReadFile(filepath.Join(corpus, name))
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(file))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var line struct {
				Event json.RawMessage `json:"event"`
			}
			if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
				t.Fatal(err)
			}
			for e, err := range cloudtrail.Read(bytes.NewReader(line.Event), name) {
				if err != nil {
					t.Errorf("%v in %.300s", err, line.Event)
					continue
				}
				events = append(events, e)
			}
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
	}
	if len(events) < 200 {
		t.Fatalf("only %d events in the corpus, want some 206", len(events))
	}
	return events
}

// Public records of other authors give valid messages too.
func TestCorpus(t *testing.T) {
	events := corpusEvents(t)
	credentials, grouped, signed := 0, 0, 0
	groups, byKey := []*Group{}, map[string]*Group{}
	for i, e := range events {
		alert := Alert{Event: e, Rules: goldens[i%len(goldens)].rules, AccountNames: names, Mention: "<!here>", Portal: Portal{URL: "https://example.awsapps.com/start", Role: "ReadOnly"}}
		m := New(alert)
		summary := NewRenderer(alert).Summary
		if summary.Signature != "" {
			signed++
		}
		if summary.Signature, summary.UntargetedSignature = "", ""; summary != m.Summary() {
			t.Errorf("summary  %+v\nmessage %+v", summary, m.Summary())
		}
		payload := m.Slack()
		checkPayload(t, payload, "<!here>")
		checkSchema(t, payload)
		checkSchema(t, Minimal(alert).Slack())
		if g := byKey[m.Key()]; g != nil {
			grouped++
			g.Add(m.Summary())
		} else {
			byKey[m.Key()] = NewGroup(m)
			groups = append(groups, byKey[m.Key()])
		}
		shown := string(indented(t, payload)) + m.Terminal(false)
		response, _ := e.Record.ResponseElements.(map[string]any)
		secrets, _ := response["credentials"].(map[string]any)
		for key, v := range secrets {
			if s, ok := v.(string); ok && len(s) > 3 {
				credentials++
				if strings.Contains(shown, s) {
					t.Errorf("%s of %s is shown: %s", key, e.Record.EventID, shown)
				}
			}
		}
		if t.Failed() {
			t.Fatalf("on %s", e.JSON)
		}
	}
	if grouped == 0 || signed == 0 {
		t.Error("no two messages of the corpus have one key, or none has a signature")
	}
	for _, g := range groups {
		checkPayload(t, g.Slack(), "<!here>")
		checkSchema(t, g.Slack())
	}
	for _, page := range Digest("The corpus", groups) {
		checkPayload(t, page.Message, "<!here>")
		checkSchema(t, page.Message)
	}
	if credentials == 0 {
		t.Error("no credentials in the corpus, so nothing shows that they are left out")
	}
}
