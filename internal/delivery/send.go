package delivery

import (
	"errors"
	"fmt"
	"time"

	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/routes"
)

// send sends a notification and sets the outcome of its deliveries. Where it sets a wait, it may be
// called again after it.
func (r *run) send(n *notification) {
	n.wait = 0
	deadLetterOnPanic(func() { n.setOutcome(r.sendWithFallback(n)) }, n.deliveries...)
	if n.wait > 0 {
		if until := time.Now().Add(n.wait); until.After(r.notBefore[n.postedTo.Name()]) {
			if r.notBefore == nil {
				r.notBefore = map[string]time.Time{}
			}
			r.notBefore[n.postedTo.Name()] = until
		}
	}
}

// setOutcome sets the outcome that an error of Slack, or none, means for the deliveries.
func (n *notification) setOutcome(err error) {
	outcome, reason := Posted, ""
	if err != nil {
		outcome, reason = Returned, err.Error()
		switch refusal, ok := errors.AsType[*slack.Error](err); {
		case !ok:
		case !refusal.Temporary:
			outcome = Dead
		default:
			n.wait = refusal.RetryAfter
		}
	}
	for _, d := range n.deliveries {
		d.outcome, d.reason, d.wait, d.postedTo = outcome, reason, n.wait, n.postedTo.Name()
	}
}

// errNoTime says that the run is about to end.
var errNoTime = errors.New("no time left in this run")

// sendWithFallback posts the message to its place or, where Slack has no such channel, to the place
// of alerts without a route.
func (r *run) sendWithFallback(n *notification) error {
	err := r.sendToPlace(n, n.postedTo)
	if fallback := r.Settings.Routes.Fallback(); slackError(err).NoChannel && fallback.Name() != n.postedTo.Name() {
		n.warn(fmt.Sprintf("%s takes no messages (%s), so %s has it", n.place.Name(), slackError(err).Reason,
			fallback.Name()))
		n.postedTo = fallback
		n.update, n.details = slack.MessageRef{}, nil
		err = r.sendToPlace(n, fallback)
	}
	if slackError(err).Payload && n.message.Blocks != nil {
		// The message stays plain if Slack asks to wait.
		if n.plain == nil {
			plain := *n.message
			plain.Blocks, plain.Attachments = nil, nil
			n.plain = &plain
		}
		n.message = n.plain
		n.warn("Slack did not take the blocks (" + slackError(err).Reason + "), so the text went alone")
		err = r.sendToPlace(n, n.postedTo)
	}
	return err
}

// warn adds a warning for the operator to the log line of the first event.
func (n *notification) warn(text string) { n.deliveries[0].warning = text }

func (r *run) sendToPlace(n *notification, place routes.Place) error {
	if !r.deadline.allows(0) {
		return errNoTime
	}
	if place.Channel != "" {
		return r.sendToChannel(n, place.Channel)
	}
	var url string
	return retryRenewed(func() (err error) {
		var usedDefault bool
		if url, usedDefault, err = r.Webhooks.URL(r.deadline.slackCtx, place.Webhook); err != nil {
			return err // not a refusal: the message returns to the queue until an operator has fixed it
		}
		if usedDefault && n.postedTo.Webhook != routes.Default {
			n.postedTo = routes.Place{Webhook: routes.Default}
			n.warn(fmt.Sprintf("the secret has no webhook %q, so the default is used", place.Webhook))
		}
		if err := r.checkRateLimit(n); err != nil {
			return err
		}
		return r.Slack.Post(r.deadline.slackCtx, url, n.message)
	}, func() (bool, error) { return r.Webhooks.Renew(r.deadline.slackCtx, place.Webhook, url) })
}

// retryRenewed sends once more where Slack refuses the webhook or token and the secret has another
// one by now.
func retryRenewed(send func() error, renew func() (changed bool, err error)) error {
	err := send()
	if !slackError(err).Revoked {
		return err
	}
	changed, renewError := renew()
	if renewError != nil {
		return fmt.Errorf("%s; %w", err.Error(), renewError) // not the refusal, which would dead-letter the message
	}
	if changed {
		return send()
	}
	return err
}

// checkRateLimit is the error of Slack while Slack asks to wait.
func (r *run) checkRateLimit(n *notification) error {
	if wait := time.Until(r.notBefore[n.postedTo.Name()]); wait > 0 {
		return &slack.Error{Reason: "Slack asked to wait", Temporary: true, RetryAfter: wait}
	}
	return nil
}

func (r *run) sendToChannel(n *notification, channel string) error {
	var token slack.Token
	return retryRenewed(func() (err error) {
		if token, err = r.Tokens.Token(r.deadline.slackCtx); err != nil {
			return err // not a refusal: the message returns to the queue until an operator has fixed it
		}
		if err := r.checkRateLimit(n); err != nil {
			return err
		}
		return r.postOrUpdate(n, token, channel)
	}, func() (bool, error) { return r.Tokens.RenewToken(r.deadline.slackCtx, token) })
}

// postOrUpdate updates the message of the group, or posts a new one.
func (r *run) postOrUpdate(n *notification, token slack.Token, channel string) (err error) {
	if n.update.Known() {
		if err = r.Bot.Update(r.deadline.slackCtx, token, n.update, n.message); err == nil {
			n.ref = n.update
			// The update counts the events, and the reply in the thread has them in full.
			if _, err := r.Bot.Reply(r.deadline.slackCtx, token, n.update, n.details); slackError(err).RetryAfter > 0 {
				return err // to send the same update once more changes nothing
			} else if err != nil {
				n.warn("the details were not taken for the thread: " + err.Error())
			}
			return nil
		}
		if !slackError(err).NoMessage {
			return err
		}
		n.update = slack.MessageRef{} // it was deleted in Slack
	}
	n.ref, err = r.Bot.Post(r.deadline.slackCtx, token, channel, n.message)
	return err
}

// slackError is the refusal of Slack in an error; the zero value for none.
func slackError(err error) slack.Error {
	if refusal, ok := errors.AsType[*slack.Error](err); ok {
		return *refusal
	}
	return slack.Error{}
}
