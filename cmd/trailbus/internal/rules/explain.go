package rules

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/rules"
)

func newExplainCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	asJSON, only := false, []string{}
	command := &cobra.Command{
		Use:   "explain [FILE…]",
		Short: "Say of each CloudTrail record which field decided whether a rule matches",
		Long: `Say of each CloudTrail record which rules match it, and of each rule that nearly matched which field decided.

A rule nearly matched when the record is a call that the rule asks for; or when the rule asks for no call, one field alone decided, and
another has a value that the rule names. Rules that are not switched on are explained only when they match. Mutes are applied as of
now. Files are read as by trailbus preview.`,
		Example: `  trailbus rules explain event.json
  trailbus rules explain --rule root-user-used event.json   # this rule, however far away
  zcat *.json.gz | trailbus rules explain --json | jq -r '.rules[] | select(.told | not) | .rule + ": " + .because'`,
		RunE: func(_ *cobra.Command, files []string) error {
			x, err := newEventExplainer(s, options, only)
			if err != nil {
				return err
			}
			encoder := json.NewEncoder(s.Out)
			return cli.EachEvent(s, files, func(event *cloudtrail.Event) error {
				explained := x.explain(event)
				if asJSON {
					return encoder.Encode(explained)
				}
				return explained.print(s.Out)
			})
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON, a line for each record")
	command.Flags().StringSliceVar(&only, "rule", nil, "explain this rule alone, whether it nearly matched or not")
	return command
}

// eventExplainer is what a run of `rules explain` knows.
type eventExplainer struct {
	*Explainer
	listed map[string]listedRule
	only   []string
}

func newEventExplainer(s *cli.Streams, options *cli.Options, only []string) (*eventExplainer, error) {
	c, err := options.Config(s)
	if err != nil {
		return nil, err
	}
	known, err := cli.NewSettings(c)
	if err != nil {
		return nil, err
	}
	x := &eventExplainer{listed: map[string]listedRule{}, only: only}
	var others []*rules.Rule
	var names []string
	for _, l := range listRules(c) {
		x.listed[l.ID] = l
		names = append(names, l.ID)
		if !l.On {
			others = append(others, l.Rule)
		}
	}
	for _, id := range only {
		if !slices.Contains(names, id) {
			return nil, cli.UnknownRule(id, names)
		}
	}
	x.Explainer, err = NewExplainer(known, others...)
	return x, err
}

// eventJSON is what becomes of an event, as `rules explain --json` prints it. Text of external
// accounts is sanitized.
type eventJSON struct {
	eventSummary
	// Refused says why the event is not posted, whatever the rules say.
	Refused string     `json:"refused,omitempty"`
	Rules   []ruleJSON `json:"rules"`
}

// ruleJSON is what becomes of an event for one rule.
type ruleJSON struct {
	Rule     string         `json:"rule"`
	Severity rules.Severity `json:"severity"`
	On       bool           `json:"on"`
	Posted   bool           `json:"told"`
	// Because says what decided.
	Because string `json:"because"`
	// Misses are the fields that decided, where the calls or the pattern do not match.
	Misses []eventpattern.Finding `json:"misses,omitempty"`
	// LeftOutBy are the fields by which one of unless left it out.
	LeftOutBy []eventpattern.Finding `json:"leftOutBy,omitempty"`
	Mute      *rules.Mute            `json:"mute,omitempty"`
}

// maxNameLength is the longest name of an event that is printed, in characters: external accounts
// choose it.
const maxNameLength = 100

// eventSummary names an event. Its texts are sanitized.
type eventSummary struct {
	EventID string `json:"eventID"`
	Call    string `json:"call"`
	Account string `json:"account"`
	Region  string `json:"region"`
}

func summarize(event *cloudtrail.Event) eventSummary {
	line := func(text string) string { return message.Line(text, maxNameLength) }
	return eventSummary{line(event.Record.EventID), line(event.Record.Call()), line(event.Account), line(event.Region)}
}

func (e eventSummary) printSummary(out io.Writer) error {
	_, err := fmt.Fprintf(out, "%s: %s in %s, %s\n", cmp.Or(e.EventID, "(no eventID)"), e.Call,
		cmp.Or(e.Account, "(no account)"), cmp.Or(e.Region, "(no Region)"))
	return err
}

func (x *eventExplainer) explain(event *cloudtrail.Event) eventJSON {
	e := eventJSON{eventSummary: summarize(event), Rules: []ruleJSON{}}
	verdicts, refused := x.Explain(event, time.Now())
	if refused != nil {
		e.Refused = refused.Error()
	}
	for _, v := range verdicts {
		wanted := v.Matches() || v.Enabled && v.Near()
		if len(x.only) > 0 {
			wanted = slices.Contains(x.only, v.Rule.ID)
		}
		if !wanted {
			continue
		}
		e.Rules = append(e.Rules, ruleJSON{Rule: v.Rule.ID, Severity: v.Rule.Severity, On: v.Enabled, Posted: v.Posted,
			Misses: v.Misses, LeftOutBy: v.LeftOut, Mute: v.Mute,
			Because: explainVerdict(v, x.listed[v.Rule.ID], refused)})
	}
	slices.SortStableFunc(e.Rules, func(a, b ruleJSON) int { // posted ones first, then the nearest
		switch {
		case a.Posted && !b.Posted:
			return -1
		case b.Posted && !a.Posted:
			return 1
		}
		return cmp.Or(cmp.Compare(len(a.Misses), len(b.Misses)), cmp.Compare(b.Severity, a.Severity))
	})
	return e
}

// print writes an explanation for people.
func (e eventJSON) print(out io.Writer) error {
	err := e.printSummary(out)
	if e.Refused != "" {
		fmt.Fprintf(out, "  nobody is told, whatever the rules say: %s\n", e.Refused)
	}
	if len(e.Rules) == 0 {
		fmt.Fprintln(out, "  no rule comes near (--rule RULE explains one all the same)")
	}
	for _, rule := range e.Rules {
		outcome := "not told, because "
		if rule.Posted {
			outcome = "told, because "
		}
		if _, err = fmt.Fprintf(out, "  %s: %s%s\n", rule.Rule, outcome, rule.Because); err != nil {
			return err
		}
	}
	return err
}
