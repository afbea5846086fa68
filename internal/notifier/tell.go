package notifier

import (
	"errors"
	"fmt"
	"time"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/message"
	"github.com/trailbus/trailbus/internal/webhook"
	"github.com/trailbus/trailbus/routes"
)

// handle decides about one message, and tells people about it.
func (n *Notifier) handle(c *clock, j *job) {
	body := []byte(j.item.Body)
	event, err := cloudtrail.Parse(body)
	if err != nil {
		j.outcome, j.reason = Dead, fmt.Sprintf("no CloudTrail event: %v", err)
		return
	}
	j.event = event
	told, muted, err := n.Settings.Judge(event, time.Now())
	if err != nil {
		j.outcome, j.reason = Dead, err.Error()
		return
	}
	if len(told) == 0 {
		if j.outcome = Unmatched; muted != nil {
			j.outcome, j.reason = Muted, "muted by "+muted.Owner
		}
		return
	}
	j.rules = told
	j.route = n.Settings.Routes.Webhook(told[0].Severity, event.Account)
	j.webhook = j.route
	j.message = message.New(message.Alert{Event: event, Rules: told, AccountNames: n.Settings.Accounts,
		Portal: message.Portal(n.Settings.AccessPortal)}).Slack()
	n.tell(c, j)
}

// tell posts the message and fills in what became of it. It may be called again after a wait.
func (n *Notifier) tell(c *clock, j *job) {
	if !c.enough(0) {
		j.outcome, j.reason = Returned, "no time left in this run"
		return
	}
	url, usedDefault, err := n.Webhooks.URL(c.talk, j.route)
	if err != nil {
		j.outcome, j.reason = Returned, err.Error() // an operator can mend it, and then it is told
		return
	}
	if usedDefault {
		j.webhook = routes.Default
	}
	if wait := time.Until(n.notBefore[j.webhook]); wait > 0 {
		j.outcome, j.reason, j.wait = Returned, "Slack asked to wait", wait
		return
	}
	err = n.Slack.Post(c.talk, url, j.message)
	if refused(err).Revoked {
		// Somebody may have made a new webhook and put it into the secret.
		changed, renewError := n.Webhooks.Renew(c.talk, j.route, url)
		if renewError != nil {
			j.outcome, j.reason = Returned, fmt.Sprintf("%v; %v", err, renewError)
			return
		}
		if changed {
			if url, _, err = n.Webhooks.URL(c.talk, j.route); err == nil {
				err = n.Slack.Post(c.talk, url, j.message)
			}
		}
	}
	if refusal := refused(err); refusal.Payload && j.message.Blocks != nil {
		// Better a plain message than none. It stays plain if Slack asks to wait before it.
		plain := *j.message
		plain.Blocks, plain.Attachments = nil, nil
		j.message, j.noBlocks = &plain, refusal.Reason
		err = n.Slack.Post(c.talk, url, j.message)
	}
	n.conclude(j, err)
}

// conclude says what an answer of Slack means for the message.
func (n *Notifier) conclude(j *job, err error) {
	if err == nil {
		j.outcome, j.reason = Posted, ""
		return
	}
	j.outcome, j.reason = Returned, err.Error()
	refusal := (*webhook.Error)(nil)
	if !errors.As(err, &refusal) {
		return
	}
	if !refusal.Temporary {
		j.outcome = Dead
	} else if refusal.RetryAfter > 0 {
		if n.notBefore == nil {
			n.notBefore = map[string]time.Time{}
		}
		j.wait = refusal.RetryAfter
		n.notBefore[j.webhook] = time.Now().Add(refusal.RetryAfter)
	}
}

// refused gives Slack's refusal; the zero value where there is none.
func refused(err error) webhook.Error {
	if refusal := (*webhook.Error)(nil); errors.As(err, &refusal) {
		return *refusal
	}
	return webhook.Error{}
}
