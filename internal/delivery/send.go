package delivery

import (
	"errors"
	"fmt"
	"time"

	"github.com/trailbus/trailbus/internal/slack"
	"github.com/trailbus/trailbus/routes"
)

// tell posts the message and fills in what became of it. It may be called again after a wait.
func (r *run) tell(m *notice) {
	m.wait = 0
	attempt(func() { m.answer(r.send(m)) }, m.deliveries...)
	if m.wait > 0 {
		if until := time.Now().Add(m.wait); until.After(r.notBefore[m.found.Name()]) {
			if r.Notifier.notBefore == nil {
				r.Notifier.notBefore = map[string]time.Time{}
			}
			r.Notifier.notBefore[m.found.Name()] = until
		}
	}
}

// answer says what an answer of Slack means for the deliveries.
func (m *notice) answer(err error) {
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
		d.outcome, d.reason, d.wait, d.to = outcome, reason, m.wait, m.found.Name()
	}
}

// errNoTime says that the run is nearly over.
var errNoTime = errors.New("no time left in this run")

// send posts the message to its place or, where that does not exist, to the one that takes what no route takes.
func (r *run) send(m *notice) error {
	err := r.sendTo(m, m.found)
	if fallback := r.Settings.Routes.Fallback(); refused(err).NoChannel && fallback.Name() != m.found.Name() {
		m.remark(fmt.Sprintf("%s takes no messages (%s), so %s has it", m.place.Name(), refused(err).Reason, fallback.Name()))
		m.found = fallback
		m.update, m.details = slack.MessageRef{}, nil
		err = r.sendTo(m, fallback)
	}
	if refused(err).Payload && m.message.Blocks != nil {
		// Better a plain message than none. It stays plain if Slack asks to wait before it.
		if m.plain == nil {
			plain := *m.message
			plain.Blocks, plain.Attachments = nil, nil
			m.plain = &plain
		}
		m.message = m.plain
		m.remark("Slack did not take the blocks (" + refused(err).Reason + "), so the text went alone")
		err = r.sendTo(m, m.found)
	}
	return err
}

// remark is for the operator, with the first of the events.
func (m *notice) remark(text string) { m.deliveries[0].remark = text }

func (r *run) sendTo(m *notice, place routes.Place) error {
	if !r.clock.enough(0) {
		return errNoTime
	}
	if place.Channel != "" {
		return r.sendToChannel(m, place.Channel)
	}
	var url string
	return renewing(func() error {
		var usedDefault bool
		var err error
		if url, usedDefault, err = r.Webhooks.URL(r.clock.talk, place.Webhook); err != nil {
			return err // an operator can mend it, and then it is told
		}
		if usedDefault && m.found.Webhook != routes.Default {
			m.found = routes.Place{Webhook: routes.Default}
			m.remark(fmt.Sprintf("the secret has no webhook %q, so the default is used", place.Webhook))
		}
		if err := r.mustWait(m); err != nil {
			return err
		}
		return r.Slack.Post(r.clock.talk, url, m.message)
	}, func() (bool, error) { return r.Webhooks.Renew(r.clock.talk, place.Webhook, url) })
}

// renewing sends once more where Slack refuses the webhook or the token and there is another one by now: somebody may have put it into
// the secret.
func renewing(send func() error, renew func() (changed bool, err error)) error {
	err := send()
	if !refused(err).Revoked {
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

// mustWait says that Slack asked to wait, as Slack says it.
func (r *run) mustWait(m *notice) error {
	if wait := time.Until(r.notBefore[m.found.Name()]); wait > 0 {
		return &slack.Error{Reason: "Slack asked to wait", Temporary: true, RetryAfter: wait}
	}
	return nil
}

func (r *run) sendToChannel(m *notice, channel string) error {
	var token slack.Token
	return renewing(func() (err error) {
		if token, err = r.Tokens.Token(r.clock.talk); err != nil {
			return err // an operator can mend it, and then it is told
		}
		if err := r.mustWait(m); err != nil {
			return err
		}
		return r.call(m, token, channel)
	}, func() (bool, error) { return r.Tokens.RenewToken(r.clock.talk, token) })
}

// call updates the message that there is, or posts a new one.
func (r *run) call(m *notice, token slack.Token, channel string) (err error) {
	if m.update.Known() {
		if err = r.Bot.Update(r.clock.talk, token, m.update, m.message); err == nil {
			m.ref = m.update
			// What the update says in few words: the update counts it, and only this tells it in full.
			if _, err := r.Bot.Reply(r.clock.talk, token, m.update, m.details); refused(err).RetryAfter > 0 {
				return err // the same update once more changes nothing
			} else if err != nil {
				m.remark("the details were not taken for the thread: " + err.Error())
			}
			return nil
		}
		if !refused(err).NoMessage {
			return err
		}
		m.update = slack.MessageRef{} // somebody deleted it
	}
	m.ref, err = r.Bot.Post(r.clock.talk, token, channel, m.message)
	return err
}

// refused gives Slack's refusal; the zero value where there is none.
func refused(err error) slack.Error {
	if refusal := (*slack.Error)(nil); errors.As(err, &refusal) {
		return *refusal
	}
	return slack.Error{}
}
