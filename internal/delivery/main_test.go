package delivery

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestMain looks at everything that was logged in all tests for what must never be logged.
func TestMain(m *testing.M) {
	code := m.Run()
	journal.mu.Lock()
	logged := journal.text.String()
	journal.mu.Unlock()
	for _, secret := range []string{token, "hooks.slack.com", "/services/", "sEcReTaCcEsSkEy", "sEsSiOnToKeN", "ASIASECRETKEYID00000"} {
		if i := strings.Index(logged, secret); i >= 0 {
			fmt.Fprintf(os.Stderr, "the log holds %s: %.400s\n", secret, logged[max(0, i-200):])
			code = 1
		}
	}
	// That it looked at something shows in what the log must hold, whenever all tests ran.
	for _, outcome := range []Outcome{Posted, Muted, Unmatched, Returned, Dead} {
		if flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == "" && !strings.Contains(logged, `"outcome":"`+string(outcome)+`"`) {
			fmt.Fprintf(os.Stderr, "no test logged the outcome %s\n", outcome)
			code = 1
		}
	}
	os.Exit(code)
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
