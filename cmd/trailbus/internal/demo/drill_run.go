package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trailbus/trailbus/internal/local"
)

// runScenarios returns an error for each alarm that did not go off, did not end, or is not
// deployed.
func (d *drill) runScenarios(ctx context.Context, scenarios []scenario) (wrong []error, err error) {
	fmt.Fprintf(d.Out, "\nThe local CloudWatch keeps metrics and alarms and evaluates none: the drill does it, by each alarm's definition as it was deployed.\n"+
		"A period of an alarm passes with each look here; what SQS and Lambda count for CloudWatch, the drill puts there from their queues and calls.\n")
	for i, s := range scenarios {
		title := fmt.Sprintf("%d of %d  %s", i+1, len(scenarios), s.alarm)
		if d.Color {
			title = "\x1b[1m" + title + "\x1b[0m"
		}
		fmt.Fprintf(d.Out, "\n%s\n", title)
		problem, err := d.runScenario(ctx, s)
		if err != nil {
			return wrong, fmt.Errorf("%s: %w", s.alarm, err)
		}
		if problem != nil {
			fmt.Fprintf(d.Out, "  ✗       %v\n", problem)
			wrong = append(wrong, problem)
		}
	}
	fmt.Fprintln(d.Out)
	return wrong, ctx.Err()
}

// uncoveredAlarms are the alarms that no scenario is about.
func (d *drill) uncoveredAlarms(scenarios []scenario) error {
	var all []error
	for _, a := range d.alarms {
		if !slices.ContainsFunc(scenarios, func(s scenario) bool { return a.hasID(s.alarm) }) {
			all = append(all, fmt.Errorf("the alarm %s is deployed, and the drill has nothing for it", a.Name))
		}
	}
	return errors.Join(all...)
}

// hasID says whether CloudFormation has made this alarm of the construct with an id: its name has
// the logical id, which ends with eight digits of a hash.
func (a alarm) hasID(id string) bool {
	rest, found := strings.CutPrefix(a.Name, alarmPrefix+id)
	return found && len(rest) > 8 && strings.Trim(rest[:8], "0123456789ABCDEF") == ""
}

// runScenario breaks, shows and fixes. problem is about the alarm, err about the drill.
func (d *drill) runScenario(ctx context.Context, s scenario) (problem, err error) {
	i := slices.IndexFunc(d.alarms, func(a alarm) bool { return a.hasID(s.alarm) })
	if i < 0 {
		return fmt.Errorf("no alarm %s is deployed", s.alarm), nil
	}
	a := d.alarms[i]
	d.printLine("about", strings.TrimPrefix(a.Description, "Trailbus: "))
	// The alarm must not go off before anything is broken.
	for range a.Periods {
		if s.before != nil {
			if err := s.before(d, ctx); err != nil {
				return nil, err
			}
		}
		if err := d.tick(ctx, a); err != nil {
			return nil, err
		}
	}
	if state, err := d.printState(ctx, a, "before"); err != nil || state != "OK" {
		return fmt.Errorf("%s is %s before anything is broken, expected OK", s.alarm, state), err
	}
	before := len(d.Slack.Messages())
	d.printLine("break", s.breakText)
	if err := s.breakIt(d, ctx); err != nil {
		return nil, err
	}
	for range a.Periods {
		if err := s.period(d, ctx); err != nil {
			return nil, err
		}
		if err := d.tick(ctx, a); err != nil {
			return nil, err
		}
	}
	state, err := d.printState(ctx, a, "alarm")
	if err != nil {
		return nil, err
	}
	if state != "ALARM" {
		problem = fmt.Errorf("%s is %s, expected ALARM", s.alarm, state)
	}
	d.printSlackMessages()
	todo := d.advice[s.alarm]
	if todo == "" {
		problem = errors.Join(problem, fmt.Errorf("docs/operate.md does not say what to do about %s", s.alarm))
	}
	d.printLine("to do", strings.ReplaceAll(todo, "`", ""))
	d.printLine("mend", s.fixText)
	if err := s.fix(d, ctx); err != nil {
		return problem, err
	}
	if err := d.tick(ctx, a); err != nil {
		return problem, err
	}
	state, err = d.printState(ctx, a, "alarm")
	if err != nil {
		return problem, err
	}
	if state != "OK" {
		problem = errors.Join(problem, fmt.Errorf("%s is %s after it was mended, expected OK", s.alarm, state))
	}
	if posted := len(d.Slack.Messages()) > before || s.slackReset && len(d.Slack.Messages()) > 0; s.posted && !posted {
		problem = errors.Join(problem, fmt.Errorf("%s: what waited was not told", s.alarm))
	}
	d.printSlackMessages()
	return problem, nil
}

// tick lets a period of an alarm pass.
func (d *drill) tick(ctx context.Context, a alarm) error {
	if err := d.putMetrics(ctx); err != nil {
		return err
	}
	d.clock = d.clock.Add(time.Duration(a.Period) * time.Second)
	return ctx.Err()
}

// printState prints the metric and the alarm's state by it.
func (d *drill) printState(ctx context.Context, a alarm, title string) (string, error) {
	points, err := d.cloudWatch.points(ctx, a, d.clock)
	if err != nil {
		return "", err
	}
	state, err := a.state(points)
	if err != nil {
		return "", err
	}
	values := make([]string, len(points))
	for i, p := range points {
		if values[i] = "no data"; p != nil {
			values[i] = strconv.FormatFloat(*p, 'f', -1, 64)
		}
	}
	compared := map[string]string{"GreaterThanOrEqualToThreshold": "at", "LessThanThreshold": "below"}[a.Comparison]
	shown := state
	if d.Color {
		shown = map[string]string{"OK": "\x1b[32m", "ALARM": "\x1b[31m"}[state] + state + "\x1b[0m"
	}
	d.printLine(title, fmt.Sprintf("%s: %s %s in periods of %d s: %s (rings %s %v, %d times)", shown, a.Metric,
		a.Statistic, a.Period,
		strings.Join(values, ", "), compared, a.Threshold, a.Periods))
	return state, nil
}

func (d *drill) printLine(title, text string) { fmt.Fprintf(d.Out, "  %-7s %s\n", title, text) }

// printSlackMessages prints the first line of each message that has arrived in Slack.
func (d *drill) printSlackMessages() {
	for {
		select {
		case m := <-d.Arrived:
			d.printLine("Slack", local.Headline(m))
		default:
			return
		}
	}
}
