package config

import (
	"regexp"
	"slices"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

var (
	// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
	secretName = regexp.MustCompile(`^[A-Za-z0-9/_+=.@-]{1,512}$`)
	// The notifier knows a secret by a partial ARN. Secrets Manager puts a hyphen and six characters behind each name itself, takes
	// a name that ends so for a complete ARN, and finds nothing. The same page says not to end a name so.
	likeARN     = regexp.MustCompile(`-.{6}$`)
	webhookName = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)
)

func (r *reader) slack(v yamldoc.Value, c *Config) Slack {
	if !required(v, "slack") {
		return Slack{}
	}
	fields := v.Fields("secret", "routes")
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
	return slack
}

// reachable reports the routes that get nothing because of those before them, each such mistake once.
func reachable(items []yamldoc.Value, table routes.Table) {
	for i, route := range table {
		if len(route.Severities) == 0 && len(route.Accounts) == 0 && i < len(table)-1 {
			items[i].Problemf("this route takes everything, so the routes behind it get nothing, allowed: as the last one")
			return
		}
		if i > 0 && shadowed(route, table[:i]) {
			items[i].Problemf("the routes before this one take all that it would, so it gets nothing, allowed: before them, or not at all")
		}
	}
}

// shadowed says whether some of the earlier routes takes whatever a route would.
func shadowed(route routes.Route, earlier routes.Table) bool {
	severities, accounts := route.Severities, route.Accounts
	if len(severities) == 0 {
		severities = rules.Severities()
	}
	if len(accounts) == 0 {
		accounts = []string{"an account that no route names"} // what takes this one takes every account
	}
	for _, severity := range severities {
		for _, account := range accounts {
			if severity == unreadSeverity || account == unreadAccount || !slices.ContainsFunc(earlier, func(e routes.Route) bool {
				return (len(e.Severities) == 0 || slices.Contains(e.Severities, severity)) && (len(e.Accounts) == 0 || slices.Contains(e.Accounts, account))
			}) {
				return false
			}
		}
	}
	return true
}

// unread stands in a route for a severity or an account that could not be read: it is none, and it is not "every".
const (
	unreadSeverity rules.Severity = -1
	unreadAccount                 = "unread"
)

func (r *reader) route(item yamldoc.Value, c *Config) routes.Route {
	fields := item.Fields("severities", "accounts", "webhook")
	route := routes.Route{}
	for _, severity := range fields["severities"].Some("severity, or no severities for every one") {
		parsed, err := rules.ParseSeverity(severity.Text())
		switch {
		case err != nil:
			severity.Problemf("%v", err)
			parsed = unreadSeverity
		case slices.Contains(route.Severities, parsed):
			severity.Problemf("severity %s is given twice", parsed)
		}
		route.Severities = append(route.Severities, parsed)
	}
	if fields["severities"].Present() && len(route.Severities) == 0 {
		route.Severities = append(route.Severities, unreadSeverity)
	}
	for _, account := range fields["accounts"].Some("account, or no accounts for every one") {
		id := r.accountID(account)
		listed := slices.ContainsFunc(c.Accounts, func(a Account) bool { return a.ID == id || a.ID == "" }) // or may be the one that could not be read
		switch {
		case id == "":
			id = unreadAccount
		case slices.Contains(route.Accounts, id):
			account.Problemf("account %s is given twice", id)
		case !listed && !r.organization:
			account.Problemf("account %s is not in accounts, and without an organization no other account can send", id)
		}
		route.Accounts = append(route.Accounts, id)
	}
	if fields["accounts"].Present() && len(route.Accounts) == 0 {
		route.Accounts = append(route.Accounts, unreadAccount)
	}
	if required(fields["webhook"], "webhook") {
		route.Webhook = fields["webhook"].Text()
		if webhookURL.MatchString(route.Webhook) {
			fields["webhook"].Problemf("found a webhook URL, allowed: the name that the URL has in the secret; take the URL out of this file and its history")
		} else if !webhookName.MatchString(route.Webhook) {
			fields["webhook"].Problemf("found webhook %q, allowed: the name that its URL has in the secret, such as security-urgent", route.Webhook)
		}
	}
	return route
}
