package routes_test

import (
	"testing"

	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

func TestWhatIsWrongWithRoutesIsSaid(t *testing.T) {
	for want, route := range map[string]routes.Route{
		"route 2: webhook or channel is missing":                                                           {},
		`route 2: found webhook "a" and channel "#b", allowed: one of them`:                                {Webhook: "a", Channel: "#b"},
		"route 2: found a webhook URL, allowed: the name that the URL has in the Slack secret":             {Webhook: "https://hooks.slack.com/services/T/B/x"},
		`route 2: found mention "here", allowed: <!here>, <!channel>, <!everyone>, <!subteam^S…> or <@U…>`: {Webhook: "a", Mention: "here"},
		`route 2: found channel "alerts", allowed: the name of a public channel such as "#alerts", or the id of any such as C0123456789`: {
			Webhook: "a", Also: []routes.Place{{Channel: "alerts"}}},
		"route 2: found severity 9, allowed: rules.Low, rules.Medium, rules.High, rules.Critical": {Webhook: "a", Severities: []rules.Severity{rules.Low, 9}},
		`route 2: found account id "production", allowed: 12 digits`:                              {Webhook: "a", Accounts: []string{"production"}},
		`route 2: found time "8", allowed: hours and minutes such as 08:00`:                       {Webhook: "a", Quiet: &routes.Quiet{From: "8", To: "20:00"}},
	} {
		table := routes.Table{{Channel: "#first", Mention: "<@U0123456789>"}, route}
		if err := table.Check(); err == nil || err.Error() != want {
			t.Errorf("%+v: got %v, want %s", route, err, want)
		}
	}
	good := routes.Table{
		{Severities: rules.Severities(), Accounts: []string{"111111111111"}, Webhook: "urgent", Mention: "<!subteam^S0123456789>", Also: []routes.Place{{Channel: "C0123456789"}}},
		{Channel: "#alerts", Mention: "<!here>", Quiet: &routes.Quiet{Severities: []rules.Severity{rules.Low}, From: "20:00", To: "08:00"}},
	}
	for _, table := range []routes.Table{nil, good} {
		if err := table.Check(); err != nil {
			t.Errorf("%+v: %v", table, err)
		}
	}
}
