package config

import "github.com/trailbus/trailbus/internal/yamldoc"

func (r *reader) slack(v yamldoc.Value, c *Config) Slack {
	slack := Slack{Secret: v.Get("secret").Text()}
	items := v.Get("routes").Items()
	for _, item := range items {
		slack.Routes = append(slack.Routes, r.route(item, c))
	}
	reportUnreachable(items, slack.Routes)
	if quiet := quietHours(v.Get("quietHours")); quiet != nil {
		slack.Routes = applyQuietHours(slack.Routes, quiet)
	}
	return slack
}
