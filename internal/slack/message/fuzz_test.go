package message

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/rules"
)

// Whatever a record holds, the message is valid UTF-8, within Slack's limits, without control
// sequences but our own, and shows no password.
func FuzzMessage(f *testing.F) {
	for _, g := range goldens {
		alert := golden(f, g.name, g.rules)
		f.Add([]byte(alert.Event.JSON), "userName", "It matters.")
	}
	for _, record := range []string{
		`{"eventName":null,"userIdentity":[],"requestParameters":"null","responseElements":{"a":[[[]]]}}`,
		`{"eventName":"X","requestParameters":{"a":"%7B%22password%22%3A%22x%22%7D","b":"{\"Statement\":[1]}","c":{"Statement":{"Effect":[]}}}}`,
		`{"eventID":"<!channel>","awsRegion":"a-b-c","eventTime":1e300,"userIdentity":{"accountId":1e-5}}`,
	} {
		f.Add([]byte(record), "a.b", "<!here>")
	}
	f.Fuzz(func(t *testing.T, input []byte, show, why string) {
		e, err := cloudtrail.Parse(input)
		if err != nil {
			if e, err = cloudtrail.FromRecord(input); err != nil {
				t.Skip()
			}
		}
		alert := Alert{Event: e, Rules: []*rules.Rule{{ID: show, Title: why, Why: why, First: why, Show: []string{show}}}, AccountNames: names}
		m := New(alert)
		payload := m.Slack()
		checkPayload(t, payload)
		text := m.Terminal(false)
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\x1b\x07\r\u202e\u200b") || length(text) > totalLimit {
			t.Errorf("text: %q", text)
		}
		encoded, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		// The same record gives the same message, whatever the order of its maps.
		again, err := json.Marshal(New(alert).Slack())
		if err != nil || string(again) != string(encoded) {
			t.Errorf("another time, another message:\n%s\n%s", encoded, again)
		}
	})
}

// A password is nowhere in a message, whatever stands around it.
func FuzzRedact(f *testing.F) {
	f.Add("bob", "a", "value")
	f.Add("arn:aws:iam::111111111111:user/bob", "{", `"`)
	f.Fuzz(func(t *testing.T, before, key, after string) {
		const secret = "Sw0rdf1sh-never-shown"
		if strings.Contains(before+key+after, secret) {
			t.Skip()
		}
		inner, err := json.Marshal(map[string]any{key: before, "password": secret, "z": after})
		if err != nil {
			t.Skip()
		}
		parameters := map[string]any{
			key:                  map[string]any{"secretAccessKey": secret, "list": []any{before, map[string]any{"clientSecret": secret}}},
			"masterUserPassword": secret,
			"pair":               map[string]any{"name": "API_TOKEN", "value": secret, key: after},
			"json":               string(inner),
			"url":                "https://" + "user:" + secret + "@example.com/",
			"text":               before + " --password=" + secret + " " + after,
		}
		record, err := json.Marshal(map[string]any{"eventName": "X", "requestParameters": parameters, "errorMessage": "token=" + secret + " " + after})
		if err != nil {
			t.Skip()
		}
		e, err := cloudtrail.FromRecord(record)
		if err != nil {
			t.Fatal(err)
		}
		for _, show := range [][]string{nil, {key, "pair.value", "json.password", "json", "url", "text", key + ".list.clientSecret", "masterUserPassword"}} {
			m := New(Alert{Event: e, Rules: []*rules.Rule{{Title: "T", Show: show}}})
			if text := m.Terminal(false) + string(mustJSON(t, m.Slack())); strings.Contains(text, secret) {
				t.Errorf("shown: %s", text)
			}
		}
	})
}

func mustJSON(t *testing.T, v any) []byte {
	t.Helper()
	encoded, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}
