package main

import (
	"strings"
	"testing"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
)

func TestUsageErrorsSayWhatIsAllowed(t *testing.T) {
	for line, want := range map[string]string{
		"config check a.yaml b.yaml":           "found 2 arguments, allowed: one FILE at most",
		"rules show":                           "found no argument, allowed: one RULE or more",
		"replay status":                        "found no argument, allowed: one NAME",
		"replay cancel a b":                    "found 2 arguments, allowed: one NAME",
		"forwarders forget":                    "found no argument, allowed: one ACCOUNT or ACCOUNT/REGION, or more",
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

func TestReplayRefusesInvalidTimesBeforeAskingAWS(t *testing.T) {
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

// Who exports TRAILBUS_CONFIG deploys that file, so that it must not be another one that is checked
// and looked for.
func TestConfigFromTheEnvironment(t *testing.T) {
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
	for _, line := range []string{"doctor", "verify", "forwarders"} {
		code, _, errors := invoke(t, map[string]string{"trailbus.yaml": example}, "", line)
		if code != cli.ExitInput || errors != "test.yaml: cannot be read: no such file or directory\n" {
			t.Errorf("%s: code %d\n%s", line, code, errors)
		}
	}
}

func TestForwardersForgetRefusesInvalidNames(t *testing.T) {
	for _, arg := range []string{"1", "production", "333333333333/", "333333333333/mars-1", "333333333333/us-east-1/x"} {
		code, _, said := invoke(t, map[string]string{"trailbus.yaml": example}, "", "forwarders", "forget", arg)
		if code != cli.ExitUsage || !strings.Contains(said, "allowed: an account id of 12 digits, or one with a Region such as 222222222222/eu-west-1") {
			t.Errorf("%s: %d, %s", arg, code, said)
		}
	}
}

func TestDoctorRefusesInvalidFlags(t *testing.T) {
	for want, args := range map[string][]string{
		`found --role "arn:aws:iam::1:role/x", allowed: the name of a role, without arn:`:            {"--role", "arn:aws:iam::1:role/x"},
		"found --send with --account or --region, which leave the centre out, allowed: without them": {"--send", "--region", "us-east-1"},
	} {
		if code, _, said := invoke(t, map[string]string{"trailbus.yaml": example}, "", append([]string{"doctor"}, args...)...); code != cli.ExitUsage || !strings.Contains(said, want) {
			t.Errorf("%q: %d, %s", args, code, said)
		}
	}
}
