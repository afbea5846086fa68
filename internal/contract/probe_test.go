package contract

import (
	"strings"
	"testing"
)

func TestAnIDComesBackOutOfItsDetail(t *testing.T) {
	first, second := NewProbeID(), NewProbeID()
	if first == second {
		t.Errorf("two probes have the id %s", first)
	}
	if got, err := ParseProbeID([]byte(ProbeDetail(first))); got != first || err != nil {
		t.Errorf("%q, %v; want %q", got, err, first)
	}
}

func TestWhatIsNoID(t *testing.T) {
	good := NewProbeID()
	for _, detail := range []string{
		``, `null`, `[]`, `"` + good + `"`, `{}`, `{"id":5}`, `{"id":null}`, `{"id":""}`, `{"id":"` + good[1:] + `"}`, `{"id":"` + strings.ToLower(good) + `"}`,
		`{"id":"` + good + ` "}`, `{"id":"` + good + `\n"}`, `{"id":"` + strings.Repeat(good, 3) + `"}`, `{"id":"` + good + `"`,
	} {
		if id, err := ParseProbeID([]byte(detail)); err == nil {
			t.Errorf("%q has the id %q", detail, id)
		}
	}
	if _, err := ParseProbeID([]byte(`{"id":"` + strings.Repeat("x", 100_000) + `"}`)); err == nil || len(err.Error()) > 300 {
		t.Errorf("the complaint is %d long: %.300s", len(err.Error()), err)
	}
}

func TestAKeyIsOfOneProbe(t *testing.T) {
	id := NewProbeID()
	keys := map[string]bool{}
	for _, key := range []string{ProbeKey(id, "111111111111", "us-east-1"), ProbeKey(id, "222222222222", "us-east-1"), ProbeKey(id, "111111111111", "eu-west-1"), ProbeKey(NewProbeID(), "111111111111", "us-east-1")} {
		keys[key] = true
		if !strings.HasPrefix(key, probeKeyPrefix) {
			t.Errorf("%q does not begin with %q", key, probeKeyPrefix)
		}
	}
	if len(keys) != 4 {
		t.Errorf("four probes have %d keys", len(keys))
	}
}
