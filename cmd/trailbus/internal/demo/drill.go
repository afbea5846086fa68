package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/local"
	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
)

// alarmConfig is added to the demo's trailbus.yaml to deploy the alarms and the dashboard.
const alarmConfig = `
alarms: {emails: [security@example.com]}
dashboard: true
`

// alarmPrefix begins the name that CloudFormation makes for each alarm, of the stack's and the
// construct's.
const alarmPrefix = "TrailbusCentral-NotifierAlarms"

// Drill deploys Trailbus to a local AWS, breaks it so that each of its alarms goes off, fixes it,
// and prints each step with what docs/operate.md says to do. The error says what could not be run,
// and names the alarms that did not go off or did not end.
func Drill(ctx context.Context, o local.Options) (err error) {
	r, err := local.New(o)
	if err != nil {
		return err
	}
	failed := false
	defer func() {
		if err != nil && !failed && ctx.Err() == nil {
			r.PrintLog()
		}
		r.Close()
	}()
	if err := r.Configure(append(bytes.Clone(local.ExampleConfig), alarmConfig...)); err != nil {
		return err
	}
	if err := r.Build(ctx); err != nil {
		return err
	}
	d, err := newDrill(ctx, r)
	if err != nil {
		return err
	}
	defer d.stop()
	wrong, err := d.runScenarios(ctx, scenarios)
	if err != nil {
		return err
	}
	if err := d.uncoveredAlarms(scenarios); err != nil {
		wrong = append(wrong, err)
	}
	if len(wrong) > 0 {
		failed = true
		return fmt.Errorf("the drill failed:\n%w", errors.Join(wrong...))
	}
	return nil
}

// drill is a running drill. It polls the queue itself, a batch at a time, and so knows what
// happened in each period.
type drill struct {
	*local.Deployment
	central    aws.Config
	outputs    map[string]string
	queue      *sqs.Client
	cloudWatch *cloudWatch
	alarms     []alarm
	// advice is what docs/operate.md says to do, by alarm.
	advice map[string]string
	// wanted are events that a rule matches. Each is sent once: repeats would be grouped.
	wanted     []*cloudtrail.Event
	output     lambdaruntime.Output
	outputRead int // of said
	function   *lambdaruntime.Function
	// clock is the time of CloudWatch and of schedules, which advances by periods of alarms. It
	// begins two days ago, so that no time is in the future for the notifier.
	clock time.Time
	// waitingSince is the time, by that clock, since which an event waits in the queue.
	waitingSince       time.Time
	errors, throttles  int // since the last time that metrics were put
	batches            int // that the function was given
	deadLetterQueueURL string
}

func newDrill(ctx context.Context, r *local.Deployment) (*drill, error) {
	d := &drill{Deployment: r, clock: time.Now().UTC().Truncate(time.Hour).Add(-48 * time.Hour)}
	var err error
	if d.outputs, err = r.Outputs(); err != nil {
		return nil, err
	}
	d.deadLetterQueueURL = d.outputs["DeadLetterQueueUrl"]
	if d.central, err = r.AWS.Config(ctx, r.Config.Central.Account, r.Config.Central.Region); err != nil {
		return nil, err
	}
	d.queue, d.cloudWatch = sqs.NewFromConfig(d.central), &cloudWatch{d.central, r.AWS.Endpoint()}
	if d.alarms, err = d.cloudWatch.alarms(ctx, alarmPrefix); err != nil {
		return nil, err
	}
	page, err := os.ReadFile(filepath.Join(r.Dir, "docs", "operate.md"))
	if err != nil {
		return nil, err
	}
	d.advice = advice(string(page))
	events, err := r.Events(&local.Result{})
	if err != nil {
		return nil, err
	}
	for _, event := range events {
		if matched, err := r.Config.Rules.Match(event.JSON); err != nil {
			return nil, err
		} else if len(matched) > 0 {
			d.wanted = append(d.wanted, event)
		}
	}
	return d, d.start(ctx)
}

// start starts the function as it was deployed, and stop ends it.
func (d *drill) start(ctx context.Context) (err error) {
	d.function, err = d.StartNotifier(ctx, d.central, d.outputs["NotifierName"], &d.output)
	return err
}

func (d *drill) stop() {
	if d.function != nil {
		d.function.Stop()
		d.function = nil
	}
}

// advice reads the table of alarms: what to do, by the alarm's id.
func advice(page string) map[string]string {
	found := map[string]string{}
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) == 3 && strings.HasPrefix(strings.TrimSpace(cells[0]), "`") {
			found[strings.Trim(cells[0], " `")] = strings.TrimSpace(cells[2])
		}
	}
	return found
}
