package inspect

import (
	"context"
	"slices"

	slackgo "github.com/slack-go/slack"

	"github.com/trailbus/trailbus/internal/inspect/doctor"
	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/routes"
)

// slackPlaces lists the places in Slack that messages may go to, without duplicates.
func (d *Doctor) slackPlaces() []routes.Place {
	table := d.Config.Slack.Routes
	places := []routes.Place{table.Fallback(), table.Trailbus()}
	for i := range table {
		places = append(places, table[i].Places()...)
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(places, func(p routes.Place) bool {
		before := seen[p.Name()]
		seen[p.Name()] = true
		return before
	})
}

// wantedPlaces returns the names of the webhooks that routes use, and whether they use channels.
// The place of Trailbus' own messages is optional: without it they go to the default place.
func (d *Doctor) wantedPlaces() (webhooks []string, channels bool) {
	places := []routes.Place{d.Config.Slack.Routes.Fallback()}
	for i := range d.Config.Slack.Routes {
		places = append(places, d.Config.Slack.Routes[i].Places()...)
	}
	for _, p := range places {
		if p.Channel != "" {
			channels = true
		} else if !slices.Contains(webhooks, p.Webhook) {
			webhooks = append(webhooks, p.Webhook)
		}
	}
	return webhooks, channels
}

// sendTestMessages posts a message without mentions to each place and returns how many there are. A
// webhook that stands in for others is one place.
func (d *Doctor) sendTestMessages(ctx context.Context, at doctor.Place, secret *slack.Secret) (places int,
	found []doctor.Finding) {
	const text = "Trailbus doctor: this is a test. Messages get here."
	message := &slackgo.WebhookMessage{Text: text}
	posted := map[string]bool{}
	for _, place := range d.slackPlaces() {
		err := func() error {
			if place.Channel != "" {
				places++
				token, err := secret.Token(ctx)
				if err == nil {
					_, err = (&slack.Bot{}).Post(ctx, token, place.Channel, message)
				}
				return err
			}
			url, _, err := secret.URL(ctx, place.Webhook)
			if posted[url] {
				return nil
			}
			posted[url] = true
			places++
			if err != nil {
				return err
			}
			return (&slack.Webhooks{}).Post(ctx, url, message)
		}()
		if err != nil {
			found = append(found, at.Gap(doctor.Slack, "%s: %v", place.Name(), err))
		}
	}
	return places, found
}
