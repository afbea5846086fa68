package rules

import (
	"encoding/json"
	"testing"
	"time"
)

func TestMuteOf(t *testing.T) {
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	rule, other := &Rule{ID: "users"}, &Rule{ID: "roles"}
	event := []byte(`{"source":"aws.iam","account":"111111111111","detail":{"eventName":"CreateUser"}}`)
	here, elsewhere := json.RawMessage(`{"account":["111111111111"]}`), json.RawMessage(`{"account":["222222222222"]}`)
	tests := map[string]struct {
		mute  Mute
		rule  *Rule
		event []byte
		want  bool
	}{
		"of the rule":                       {Mute{Rule: "users", Until: now.Add(1)}, rule, event, true},
		"of another rule":                   {Mute{Rule: "users", Until: now.Add(1)}, other, event, false},
		"at its end":                        {Mute{Rule: "users", Until: now}, rule, event, false},
		"after its end":                     {Mute{Rule: "users", Until: now.Add(-1)}, rule, event, false},
		"without an end":                    {Mute{Rule: "users"}, rule, event, false},
		"end in another zone":               {Mute{Rule: "users", Until: now.Add(1).In(time.FixedZone("", 3600))}, rule, event, true},
		"pattern that matches":              {Mute{Pattern: here, Until: now.Add(1)}, other, event, true},
		"pattern that does not":             {Mute{Pattern: elsewhere, Until: now.Add(1)}, rule, event, false},
		"rule and pattern":                  {Mute{Rule: "users", Pattern: here, Until: now.Add(1)}, rule, event, true},
		"rule and a pattern that does not":  {Mute{Rule: "users", Pattern: elsewhere, Until: now.Add(1)}, rule, event, false},
		"another rule and a good pattern":   {Mute{Rule: "users", Pattern: here, Until: now.Add(1)}, other, event, false},
		"an event that cannot be matched":   {Mute{Pattern: here, Until: now.Add(1)}, rule, []byte("{"), false},
		"no pattern: the event is not read": {Mute{Rule: "users", Until: now.Add(1)}, rule, []byte("{"), true},
	}
	for name, test := range tests {
		test.mute.Owner = name
		mutes, err := NewMutes(Mute{Rule: "nothing", Until: now.Add(1)}, test.mute)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		data, err := json.Marshal(mutes)
		if err != nil {
			t.Fatal(err)
		}
		read := &Mutes{}
		if err := json.Unmarshal(data, read); err != nil {
			t.Fatal(err)
		}
		for _, m := range []*Mutes{mutes, read} {
			if got := m.Of(test.rule, test.event, now); (got != nil) != test.want || got != nil && got.Owner != name {
				t.Errorf("%s: muted by %+v, want %v", name, got, test.want)
			}
		}
	}
	if got := (&Mutes{}).Of(rule, event, now); got != nil {
		t.Errorf("the zero value mutes with %+v", got)
	}
}

func TestMutesThatCannotBe(t *testing.T) {
	for name, mute := range map[string]Mute{
		"neither rule nor pattern": {Owner: "ann"},
		"a pattern that is none":   {Rule: "users", Pattern: json.RawMessage(`{"account":"1"}`)},
		"a pattern of null":        {Rule: "users", Pattern: json.RawMessage(`null`)},
	} {
		if m, err := NewMutes(mute); err == nil {
			t.Errorf("%s: %+v", name, m)
		}
	}
}
