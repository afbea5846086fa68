package delivery

import (
	"errors"
	"fmt"
	"time"

	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/routes"
)

// send posts the message and fills in what became of it. It may be called again after a wait.
func (r *run) send(m *notification) {
	m.wait = 0
	deadLetterOnPanic(func() { m.setOutcome(r.sendWithFallback(m)) }, m.deliveries...)
	if m.wait > 0 {
		if until := time.Now().Add(m.wait); until.After(r.notBefore[m.postedTo.Name()]) {
			if r.Notifier.notBefore == nil {
				r.Notifier.notBefore = map[string]time.Time{}
			}
			r.Notifier.notBefore[m.postedTo.Name()] = until
		}
	}
}

// setOutcome says what an answer of Slack means for the deliveries.
func (m *notification) setOutcome(err error) {
	outcome, reason := Posted, ""
	if err != nil {
		outcome, reason = Returned, err.Error()
		refusal := (*slack.Error)(nil)
		switch {
		case !errors.As(err, &refusal):
		case !refusal.Temporary:
			outcome = Dead
		default:
			m.wait = refusal.RetryAfter
		}
	}
	for _, d := range m.deliveries {
		d.outcome, d.reason, d.wait, d.postedTo = outcome, reason, m.wait, m.postedTo.Name()
	}
}

// errNoTime says that the run is nearly over.
var errNoTime = errors.New("no time left in this run")

// sendWithFallback posts the message to its place or, where that does not exist, to the one that takes what no route takes.
func (r *run) sendWithFallback(m *notification) error {
	err := r.sendToPlace(m, m.postedTo)
	if fallback := r.Settings.Routes.Fallback(); slackError(err).NoChannel && fallback.Name() != m.postedTo.Name() {
		m.warn(fmt.Sprintf("%s takes no messages (%s), so %s has it", m.place.Name(), slackError(err).Reason, fallback.Name()))
		m.postedTo = fallback
		m.update, m.details = slack.MessageRef{}, nil
		err = r.sendToPlace(m, fallback)
	}
	if slackError(err).Payload && m.message.Blocks != nil {
		// Better a plain message than none. It stays plain if Slack asks to wait before it.
		if m.plain == nil {
			plain := *m.message
			plain.Blocks, plain.Attachments = nil, nil
			m.plain = &plain
		}
		m.message = m.plain
		m.warn("Slack did not take the blocks (" + slackError(err).Reason + "), so the text went alone")
		err = r.sendToPlace(m, m.postedTo)
	}
	return err
}

// warn is for the operator, with the first of the events.
func (m *notification) warn(text string) { m.deliveries[0].warning = text }

func (r *run) sendToPlace(m *notification, place routes.Place) error {
	if !r.deadline.allows(0) {
		return errNoTime
	}
	if place.Channel != "" {
		return r.sendToChannel(m, place.Channel)
	}
	var url string
	return retryRenewed(func() error {
		var usedDefault bool
		var err error
		if url, usedDefault, err = r.Webhooks.URL(r.deadline.slackCtx, place.Webhook); err != nil {
			return err // an operator can mend it, and then it is told
		}
		if usedDefault && m.postedTo.Webhook != routes.Default {
			m.postedTo = routes.Place{Webhook: routes.Default}
			m.warn(fmt.Sprintf("the secret has no webhook %q, so the default is used", place.Webhook))
		}
		if err := r.checkRateLimit(m); err != nil {
			return err
		}
		return r.Slack.Post(r.deadline.slackCtx, url, m.message)
	}, func() (bool, error) { return r.Webhooks.Renew(r.deadline.slackCtx, place.Webhook, url) })
}

// retryRenewed sends once more where Slack refuses the webhook or the token and there is another one by now: somebody may have put it into
// the secret.
func retryRenewed(send func() error, renew func() (changed bool, err error)) error {
	err := send()
	if !slackError(err).Revoked {
		return err
	}
	changed, renewError := renew()
	if renewError != nil {
		return fmt.Errorf("%v; %w", err, renewError)
	}
	if changed {
		return send()
	}
	return err
}

// checkRateLimit says that Slack asked to wait, as Slack says it.
func (r *run) checkRateLimit(m *notification) error {
	if wait := time.Until(r.notBefore[m.postedTo.Name()]); wait > 0 {
		return &slack.Error{Reason: "Slack asked to wait", Temporary: true, RetryAfter: wait}
	}
	return nil
}

func (r *run) sendToChannel(m *notification, channel string) error {
	var token slack.Token
	return retryRenewed(func() (err error) {
		if token, err = r.Tokens.Token(r.deadline.slackCtx); err != nil {
			return err // an operator can mend it, and then it is told
		}
		if err := r.checkRateLimit(m); err != nil {
			return err
		}
		return r.postOrUpdate(m, token, channel)
	}, func() (bool, error) { return r.Tokens.RenewToken(r.deadline.slackCtx, token) })
}

// postOrUpdate updates the message that there is, or posts a new one.
func (r *run) postOrUpdate(m *notification, token slack.Token, channel string) (err error) {
	if m.update.Known() {
		if err = r.Bot.Update(r.deadline.slackCtx, token, m.update, m.message); err == nil {
			m.ref = m.update
			// What the update says in few words: the update counts it, and only this tells it in full.
			if _, err := r.Bot.Reply(r.deadline.slackCtx, token, m.update, m.details); slackError(err).RetryAfter > 0 {
				return err // the same update once more changes nothing
			} else if err != nil {
				m.warn("the details were not taken for the thread: " + err.Error())
			}
			return nil
		}
		if !slackError(err).NoMessage {
			return err
		}
		m.update = slack.MessageRef{} // somebody deleted it
	}
	m.ref, err = r.Bot.Post(r.deadline.slackCtx, token, channel, m.message)
	return err
}

// slackError gives Slack's refusal; the zero value where there is none.
func slackError(err error) slack.Error {
	if refusal := (*slack.Error)(nil); errors.As(err, &refusal) {
		return *refusal
	}
	return slack.Error{}
}
