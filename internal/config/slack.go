package config

import (
	"regexp"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

var (
	// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
	secretName = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]{1,512}$`)
	// The notifier knows a secret by a partial ARN. Secrets Manager puts a hyphen and six characters behind each name itself, takes
	// a name that ends so for a complete ARN, and finds nothing. The same page says not to end a name so.
	likeARN = regexp.MustCompile(`-.{6}$`)
)

func (r *reader) slack(v yamldoc.Value, c *Config) Slack {
	if !required(v, "slack") {
		return Slack{}
	}
	fields := v.Fields("secret", "routes", "quietHours")
	slack := Slack{}
	if required(fields["secret"], "slack.secret") {
		secret := fields["secret"].Text()
		switch {
		case webhookURL.MatchString(secret):
			fields["secret"].Problemf("found a webhook URL, allowed: the name of the Secrets Manager secret that holds it; take the URL out of this file and its history")
		case !secretName.MatchString(secret):
			fields["secret"].Problemf("found secret %q, allowed: the name of a Secrets Manager secret such as trailbus/slack", secret)
		case likeARN.MatchString(secret):
			fields["secret"].Problemf("found secret %q, which ends in a hyphen and six characters: Secrets Manager takes those for the end of an ARN, allowed: another name such as trailbus/slack", secret)
		}
		slack.Secret = secret
	}
	items := fields["routes"].Items()
	for _, item := range items {
		slack.Routes = append(slack.Routes, r.route(item, c))
	}
	reachable(items, slack.Routes)
	if quiet := r.quietHours(fields["quietHours"]); quiet != nil {
		slack.Routes = quieten(slack.Routes, quiet)
	}
	return slack
}
