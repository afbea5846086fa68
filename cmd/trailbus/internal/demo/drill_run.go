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

// all goes through scenarios, and gives an error for each alarm that did not ring, did not end, or has no scenario at all.
func (d *drillRun) all(ctx context.Context, scenarios []scenario) (wrong []error, err error) {
	fmt.Fprintf(d.Out, "\nThe local CloudWatch keeps metrics and alarms and evaluates none: the drill does it, by each alarm's definition as it was deployed.\n"+
		"A period of an alarm passes with each look here; what SQS and Lambda count for CloudWatch, the drill puts there from their queues and calls.\n")
	for i, s := range scenarios {
		title := fmt.Sprintf("%d of %d  %s", i+1, len(scenarios), s.alarm)
		if d.Color {
			title = "\x1b[1m" + title + "\x1b[0m"
		}
		fmt.Fprintf(d.Out, "\n%s\n", title)
		problem, err := d.one(ctx, s)
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

// missing are the alarms that no scenario is about.
func (d *drillRun) missing(scenarios []scenario) error {
	var all []error
	for _, a := range d.alarms {
		if !slices.ContainsFunc(scenarios, func(s scenario) bool { return a.is(s.alarm) }) {
			all = append(all, fmt.Errorf("the alarm %s is deployed, and the drill has nothing for it", a.Name))
		}
	}
	return errors.Join(all...)
}

// is says whether CloudFormation has made this alarm of the construct with an id: its name has the logical id, which ends with eight
// digits of a hash.
func (a alarm) is(id string) bool {
	rest, found := strings.CutPrefix(a.Name, alarmPrefix+id)
	return found && len(rest) > 8 && strings.Trim(rest[:8], "0123456789ABCDEF") == ""
}

// one breaks, shows, mends. The problem is about the alarm, the error about the drill.
func (d *drillRun) one(ctx context.Context, s scenario) (problem, err error) {
	i := slices.IndexFunc(d.alarms, func(a alarm) bool { return a.is(s.alarm) })
	if i < 0 {
		return fmt.Errorf("no alarm %s is deployed", s.alarm), nil
	}
	a := d.alarms[i]
	d.line("about", strings.TrimPrefix(a.Description, "Trailbus: "))
	// A quiet time before it, in which the alarm does not ring.
	for range a.Periods {
		if s.quiet != nil {
			if err := s.quiet(d, ctx); err != nil {
				return nil, err
			}
		}
		if err := d.tick(ctx, a); err != nil {
			return nil, err
		}
	}
	if state, err := d.show(ctx, a, "before"); err != nil || state != "OK" {
		return fmt.Errorf("%s is %s before anything is broken, expected OK", s.alarm, state), err
	}
	before := len(d.Slack.Messages())
	d.line("break", s.broken)
	if err := s.breakIt(d, ctx); err != nil {
		return nil, err
	}
	for range a.Periods {
		if err := s.pass(d, ctx); err != nil {
			return nil, err
		}
		if err := d.tick(ctx, a); err != nil {
			return nil, err
		}
	}
	state, err := d.show(ctx, a, "alarm")
	if err != nil {
		return nil, err
	}
	if state != "ALARM" {
		problem = fmt.Errorf("%s is %s, expected ALARM", s.alarm, state)
	}
	d.slackShows()
	todo := d.advice[s.alarm]
	if todo == "" {
		problem = errors.Join(problem, fmt.Errorf("docs/operate.md does not say what to do about %s", s.alarm))
	}
	d.line("to do", strings.ReplaceAll(todo, "`", ""))
	d.line("mend", s.mended)
	if err := s.mend(d, ctx); err != nil {
		return problem, err
	}
	if err := d.tick(ctx, a); err != nil {
		return problem, err
	}
	state, err = d.show(ctx, a, "alarm")
	if err != nil {
		return problem, err
	}
	if state != "OK" {
		problem = errors.Join(problem, fmt.Errorf("%s is %s after it was mended, expected OK", s.alarm, state))
	}
	if told := len(d.Slack.Messages()) > before || s.fresh && len(d.Slack.Messages()) > 0; s.told && !told {
		problem = errors.Join(problem, fmt.Errorf("%s: what waited was not told", s.alarm))
	}
	d.slackShows()
	return problem, nil
}

// tick lets a period of an alarm pass.
func (d *drillRun) tick(ctx context.Context, a alarm) error {
	if err := d.metrics(ctx); err != nil {
		return err
	}
	d.clock = d.clock.Add(time.Duration(a.Period) * time.Second)
	return ctx.Err()
}

// show prints the metric and the alarm's state by it.
func (d *drillRun) show(ctx context.Context, a alarm, title string) (string, error) {
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
	d.line(title, fmt.Sprintf("%s: %s %s in periods of %d s: %s (rings %s %v, %d times)", shown, a.Metric, a.Statistic, a.Period,
		strings.Join(values, ", "), compared, a.Threshold, a.Periods))
	return state, nil
}

func (d *drillRun) line(title, text string) { fmt.Fprintf(d.Out, "  %-7s %s\n", title, text) }

// slackShows prints the first line of each message that has arrived in Slack.
func (d *drillRun) slackShows() {
	for {
		select {
		case m := <-d.Arrived:
			d.line("Slack", local.Headline(m))
		default:
			return
		}
	}
}
