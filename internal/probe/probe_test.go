package probe

import (
	"strings"
	"testing"
)

func TestAnIDComesBackOutOfItsDetail(t *testing.T) {
	first, second := NewID(), NewID()
	if first == second {
		t.Errorf("two probes have the id %s", first)
	}
	if got, err := ParseID([]byte(Detail(first))); got != first || err != nil {
		t.Errorf("%q, %v; want %q", got, err, first)
	}
}

func TestWhatIsNoID(t *testing.T) {
	good := NewID()
	for _, detail := range []string{
		``, `null`, `[]`, `"` + good + `"`, `{}`, `{"id":5}`, `{"id":null}`, `{"id":""}`, `{"id":"` + good[1:] + `"}`, `{"id":"` + strings.ToLower(good) + `"}`,
		`{"id":"` + good + ` "}`, `{"id":"` + good + `\n"}`, `{"id":"` + strings.Repeat(good, 3) + `"}`, `{"id":"` + good + `"`,
	} {
		if id, err := ParseID([]byte(detail)); err == nil {
			t.Errorf("%q has the id %q", detail, id)
		}
	}
	if _, err := ParseID([]byte(`{"id":"` + strings.Repeat("x", 100_000) + `"}`)); err == nil || len(err.Error()) > 300 {
		t.Errorf("the complaint is %d long: %.300s", len(err.Error()), err)
	}
}

func TestAKeyIsOfOneProbe(t *testing.T) {
	id := NewID()
	keys := map[string]bool{}
	for _, key := range []string{Key(id, "111111111111", "us-east-1"), Key(id, "222222222222", "us-east-1"), Key(id, "111111111111", "eu-west-1"), Key(NewID(), "111111111111", "us-east-1")} {
		keys[key] = true
		if !strings.HasPrefix(key, KeyPrefix) {
			t.Errorf("%q does not begin with %q", key, KeyPrefix)
		}
	}
	if len(keys) != 4 {
		t.Errorf("four probes have %d keys", len(keys))
	}
}
