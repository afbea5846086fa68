package rules

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// NewRoutesCommand makes the command routes, with explain.
func NewRoutesCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	return cli.NewGroup("routes", "Say where alerts go", newRoutesExplainCommand(s, options))
}

func newRoutesExplainCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	asJSON, at := false, ""
	command := &cobra.Command{
		Use:   "explain [FILE…]",
		Short: "Say of each CloudTrail record where in Slack it would go, and why",
		Long: `Say of each CloudTrail record where in Slack it would go, which route takes it, and why the routes before that one do not.

Mutes and quiet hours are those of now, or of --at. Routes are numbered from 1, in the order of trailbus.yaml. Files are read as by
trailbus preview.`,
		Example: `  trailbus routes explain event.json
  trailbus routes explain --at 2026-11-23T23:00:00+01:00 event.json   # in quiet hours
  zcat *.json.gz | trailbus routes explain --json | jq -r '.targets[].place' | sort | uniq -c`,
		RunE: func(_ *cobra.Command, files []string) error {
			now := time.Now()
			if at != "" {
				parsed, err := time.Parse(time.RFC3339, at)
				if err != nil {
					return fmt.Errorf("--at: found %q, allowed: a time such as 2026-11-23T23:00:00Z", at)
				}
				now = parsed
			}
			settings, err := options.Settings(s)
			if err != nil {
				return err
			}
			encoder := json.NewEncoder(s.Out)
			encoder.SetEscapeHTML(false) // mentions have angle brackets
			return cli.EachEvent(s, files, func(event *cloudtrail.Event) error {
				explanation := explainRoutes(settings, event, now)
				if asJSON {
					return encoder.Encode(explanation)
				}
				return explanation.print(s.Out)
			})
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON, a line for each record")
	command.Flags().StringVar(&at, "at", "", "the time to go by, as RFC 3339 (default: now)")
	return command
}

// RouteExplanation says where an event goes, as `routes explain --json` prints it. Text of external
// accounts is sanitized.
type RouteExplanation struct {
	eventSummary
	// NotPosted says why the event is not posted.
	NotPosted string `json:"untold,omitempty"`
	// Rules are the ids of the rules that match, the most severe first, and Severity is that of the
	// first.
	Rules    []string       `json:"rules"`
	Severity rules.Severity `json:"severity,omitzero"`
	Routes   []routes.Step  `json:"routes"`
	Targets  []targetJSON   `json:"targets"`
}

// targetJSON is one place in Slack.
type targetJSON struct {
	Place     string    `json:"place"`
	Webhook   string    `json:"webhook,omitempty"`
	Channel   string    `json:"channel,omitempty"`
	Mention   string    `json:"mention,omitempty"`
	HeldUntil time.Time `json:"heldUntil,omitzero"`
}

func explainRoutes(settings *contract.Settings, event *cloudtrail.Event, now time.Time) RouteExplanation {
	e := RouteExplanation{eventSummary: summarize(event), Rules: []string{}, Routes: []routes.Step{},
		Targets: []targetJSON{}}
	matched, muted, err := settings.Judge(event, now)
	switch {
	case err != nil:
		e.NotPosted = err.Error()
	case len(matched) == 0 && muted != nil:
		e.NotPosted = "muted by " + muted.Owner + ": " + muted.Reason
	case len(matched) == 0:
		e.NotPosted = "no rule tells of it"
	}
	if e.NotPosted != "" {
		return e
	}
	for _, rule := range matched {
		e.Rules = append(e.Rules, rule.ID)
	}
	e.Severity = matched[0].Severity
	for _, step := range settings.Routes.Explain(matched, event.Account) {
		step.Reason = message.Line(step.Reason, 400) // an account is what an event says it is
		e.Routes = append(e.Routes, step)
	}
	for _, t := range settings.Routes.Targets(matched, event.Account, now) {
		e.Targets = append(e.Targets, targetJSON{t.Name(), t.Webhook, t.Channel, t.Mention, t.HeldUntil})
	}
	return e
}

// print writes it for people.
func (e RouteExplanation) print(out io.Writer) error {
	err := e.printSummary(out)
	if e.NotPosted != "" {
		_, err = fmt.Fprintf(out, "  goes nowhere: %s\n", e.NotPosted)
		return err
	}
	fmt.Fprintf(out, "  %s, told by %s\n", e.Severity, strings.Join(e.Rules, ", "))
	taken := false
	for _, step := range e.Routes {
		taken = step.Takes
		fmt.Fprintf(out, "  route %d: %s, because %s\n", step.Route, map[bool]string{true: "takes it",
			false: "no"}[step.Takes], step.Reason)
	}
	if !taken {
		fmt.Fprintln(out, "  no route takes it, so it goes where the rest does")
	}
	for _, t := range e.Targets {
		mention, held := "", ""
		if t.Mention != "" {
			mention = ", calls " + t.Mention
		}
		if !t.HeldUntil.IsZero() {
			held = ", held until " + t.HeldUntil.Format("2006-01-02 15:04 MST")
		}
		_, err = fmt.Fprintf(out, "  → %s%s%s\n", t.Place, mention, held)
	}
	return err
}
