package main

import (
	"strings"
	"testing"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
)

func TestAWrongCommandLineSaysWhatIsAllowed(t *testing.T) {
	for line, want := range map[string]string{
		"config check a.yaml b.yaml":           "found 2 arguments, allowed: one FILE at most",
		"rules show":                           "found no argument, allowed: one RULE or more",
		"replay status":                        "found no argument, allowed: one NAME",
		"replay cancel a b":                    "found 2 arguments, allowed: one NAME",
		"coverage forget":                      "found no argument, allowed: one ACCOUNT or ACCOUNT/REGION, or more",
		"cost --accounts many":                 `found --accounts "many", allowed: a whole number`,
		"cost --event-kb much":                 `found --event-kb "much", allowed: a number`,
		"cost --heartbeat 5":                   `found --heartbeat "5", allowed: a duration such as 90s, 10m or 6h`,
		"cost --json=perhaps":                  `found --json "perhaps", allowed: true or false`,
		"cost --backtest x --events-per-day 1": "found --backtest with --events-per-day or --messages-per-day, allowed: ",
		"scp --explain --json":                 "found --explain and --json, allowed: one of them",
		"cost --nothing":                       "unknown flag: --nothing",
	} {
		code, out, errors := invoke(t, nil, "", strings.Fields(line)...)
		if code != cli.ExitUsage || out != "" || !strings.HasPrefix(errors, want) || !strings.Contains(errors, "\nrun: trailbus ") {
			t.Errorf("%s: code %d, want %q\n%s%s", line, code, want, out, errors)
		}
	}
}

func TestTimesThatNoArchiveHasAreRefusedBeforeAWSIsAsked(t *testing.T) {
	for line, want := range map[string]string{
		"replay --from 2026-11-20 --to 2026-11-18": "found --from 2026-11-20T00:00:00Z --to 2026-11-19T00:00:00Z, allowed: a --from that is earlier than --to\n",
		"replay --from 2026-11-20 --to 2999-01-01": "found --to 2999-01-02T00:00:00Z, which has not come yet, allowed: until now, ",
	} {
		code, out, errors := invoke(t, nil, "", strings.Fields(line)...)
		if code != cli.ExitInput || out != "" || !strings.HasPrefix(errors, want) {
			t.Errorf("%s: code %d, want %q\n%s%s", line, code, want, out, errors)
		}
	}
}

// Who exports TRAILBUS_CONFIG deploys that file, so that it must not be another one that is checked and looked for.
func TestTheCommandReadsTheConfigurationThatTheAppReads(t *testing.T) {
	files := map[string]string{"trailbus.yaml": "broken", "test.yaml": example, "given.yaml": example}
	t.Setenv("TRAILBUS_CONFIG", "test.yaml")
	for line, want := range map[string]string{
		"config check":                     "test.yaml is fine",
		"config check given.yaml":          "given.yaml is fine",
		"--config given.yaml config check": "given.yaml is fine",
		"rules list":                       "on  cis",
		"cost":                             "2 accounts, 2 forwarders",
	} {
		code, out, errors := invoke(t, files, "", strings.Fields(line)...)
		if code != 0 || errors != "" || !strings.Contains(out, want) {
			t.Errorf("%s: code %d, want %q\n%s%s", line, code, want, out, errors)
		}
	}
	for _, line := range []string{"doctor", "verify", "coverage"} {
		code, _, errors := invoke(t, map[string]string{"trailbus.yaml": example}, "", line)
		if code != cli.ExitInput || errors != "test.yaml: cannot be read: no such file or directory\n" {
			t.Errorf("%s: code %d\n%s", line, code, errors)
		}
	}
}
