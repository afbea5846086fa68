package routes

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/rules"
)

var (
	// A name or an id, which Slack looks up:
	// https://docs.slack.dev/reference/methods/chat.postMessage#channels. The schema of
	// trailbus.yaml is stricter about names.
	channelName = regexp.MustCompile(`^(#\S{1,80}|[CG][A-Z0-9]{5,30})$`)
	// https://docs.slack.dev/messaging/formatting-message-text#advanced
	mentionFormat = regexp.MustCompile(`^<(!(here|channel|everyone)|!subteam\^S[A-Z0-9]{2,20}|@[UW][A-Z0-9]{2,20})>$`)
	accountID     = regexp.MustCompile(`^\d{12}$`)
)

// IsMention reports whether a text is exactly one mention as Slack writes it. Nothing else in a
// message notifies people.
func IsMention(text string) bool { return mentionFormat.MatchString(text) }

// Check returns an error unless the place has a webhook or a channel, in a form that Slack takes,
// and at most one mention. The error never repeats a webhook URL, which is a secret.
func (p Place) Check() error {
	switch {
	case p.Webhook != "" && p.Channel != "":
		return fmt.Errorf("found webhook %q and channel %q, allowed: one of them", p.Webhook, p.Channel)
	case p.Webhook == "" && p.Channel == "":
		return errors.New("webhook or channel is missing")
	case strings.Contains(p.Webhook, "://"):
		return errors.New("found a webhook URL, allowed: the name that the URL has in the Slack secret")
	case p.Channel != "" && !channelName.MatchString(p.Channel):
		return fmt.Errorf("found channel %q, allowed: the name of a public channel such as \"#alerts\", or the id of any such as C0123456789", p.Channel)
	case p.Mention != "" && !IsMention(p.Mention):
		return fmt.Errorf("found mention %q, allowed: <!here>, <!channel>, <!everyone>, <!subteam^S…> or <@U…>", p.Mention)
	}
	return nil
}

// Check returns the first error in the routes, which it counts from 1. It does not check that a
// webhook, channel, rule or account exists.
func (t Table) Check() error {
	for i := range t {
		if err := t[i].check(); err != nil {
			return fmt.Errorf("route %d: %w", i+1, err)
		}
	}
	return nil
}

func (r *Route) check() error {
	for _, place := range r.Places() {
		if err := place.Check(); err != nil {
			return err
		}
	}
	for _, severity := range r.Severities {
		if !slices.Contains(rules.Severities(), severity) {
			return fmt.Errorf("found severity %d, allowed: rules.Low, rules.Medium, rules.High, rules.Critical", int(severity))
		}
	}
	for _, account := range r.Accounts {
		if !accountID.MatchString(account) {
			return fmt.Errorf("found account id %q, allowed: 12 digits", account)
		}
	}
	if r.Quiet == nil {
		return nil
	}
	return r.Quiet.Check()
}
