package demo

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/redrive"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local"
	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
)

// scenario makes one alarm go off, and ends that.
type scenario struct {
	alarm     string // its id in NotifierAlarms
	breakText string // in words
	breakIt   func(*drill, context.Context) error
	period    func(*drill, context.Context) error // is called in each period while it is broken
	fixText   string
	fix       func(*drill, context.Context) error
	posted    bool // an event that waited is posted after the fix
	slow      bool // it takes seconds
	// before is called in each period before the break, where an alarm needs something in order not
	// to go off. Nil: nothing.
	before func(*drill, context.Context) error
	// slackReset says that the fix resets the local Slack.
	slackReset bool
}

var scenarios = []scenario{
	{
		alarm: "NothingHeard", breakText: "the heartbeats of all forwarders are stopped, as a broken policy of the bus would do; three hours pass",
		before: func(d *drill, ctx context.Context) error { return d.fireHeartbeats(ctx) },
		breakIt: func(d *drill, ctx context.Context) error {
			if err := d.setHeartbeats(ctx, false); err != nil {
				return err
			}
			d.clock = d.clock.Add(3 * d.Config.Heartbeat) // more than the notifier waits
			return nil
		},
		period:  func(d *drill, ctx context.Context) error { return d.fireHeartbeats(ctx) },
		fixText: "the heartbeats are started again",
		fix: func(d *drill, ctx context.Context) error {
			if err := d.setHeartbeats(ctx, true); err != nil {
				return err
			}
			if err := d.fireHeartbeats(ctx); err != nil { // heard
				return err
			}
			return d.fireHeartbeats(ctx) // and checked
		},
	},
	{
		alarm: "DeadLetters", breakText: "Slack says that the webhook was revoked (404 no_service)",
		breakIt: func(d *drill, ctx context.Context) error {
			d.Slack.Fail(1, http.StatusNotFound, "no_service", 0)
			if err := d.send(ctx); err != nil {
				return err
			}
			return d.invokeOnce(ctx, local.Timeout)
		},
		period:  func(*drill, context.Context) error { return nil },
		fixText: "there is a webhook again; trailbus redrive", posted: true,
		fix: func(d *drill, ctx context.Context) error {
			_, settings, err := d.Settings()
			if err != nil {
				return err
			}
			back := &redrive.Redrive{Client: d.queue, QueueURL: d.outputs["QueueUrl"], DeadLetterQueueURL: d.deadLetterQueueURL,
				Settings: settings, OnDeadLetter: func(l *redrive.DeadLetter) {
					fmt.Fprintf(d.Out, "          %s in %s: %s, %s\n", l.Event, l.Region, l.Reason, l.Outcome)
				}}
			if err := back.Run(ctx); err != nil {
				return err
			}
			return d.invokeOnce(ctx, local.Timeout)
		},
	},
	{
		alarm: "Refused", breakText: "Slack is away (503), and the event is tried again and again", slow: true,
		breakIt: func(d *drill, ctx context.Context) error {
			d.Slack.Fail(1000, http.StatusServiceUnavailable, "service_unavailable", 0)
			return d.send(ctx)
		},
		period:  func(d *drill, ctx context.Context) error { return d.invokeOnce(ctx, local.Timeout) },
		fixText: "Slack is back", posted: true, slackReset: true,
		fix: func(d *drill, ctx context.Context) error {
			d.Slack.Reset()
			return d.invokeOnce(ctx, local.Timeout)
		},
	},
	{
		alarm: "OldestMessage", breakText: "nobody reads the queue: the event source mapping is disabled; two hours pass",
		breakIt: func(d *drill, ctx context.Context) error {
			d.waitingSince = d.clock
			d.clock = d.clock.Add(2 * time.Hour)
			return d.send(ctx)
		},
		period:  func(*drill, context.Context) error { return nil },
		fixText: "the event source mapping is enabled", posted: true,
		fix: func(d *drill, ctx context.Context) error {
			d.waitingSince = time.Time{}
			return d.invokeOnce(ctx, local.Timeout)
		},
	},
	{
		alarm: "Errors", breakText: "the function ends at its start: its settings are gone",
		breakIt: func(d *drill, ctx context.Context) error {
			d.stop()
			path, _, err := d.Settings()
			if err != nil {
				return err
			}
			if err := os.Rename(path, d.settingsBackup()); err != nil {
				return err
			}
			return d.send(ctx)
		},
		period: func(d *drill, ctx context.Context) error {
			// startNotifier finds the folder by the settings, so the drill starts it itself, as
			// Lambda would.
			function, err := lambdaruntime.Start(ctx, lambdaruntime.Options{Binary: d.BootstrapBinary(), Dir: d.Temp,
				Stdout: &d.output, Stderr: d.Log,
				Env: []string{contract.EnvSecretARN + "=x", contract.EnvQueueURL + "=x", contract.EnvDeadLetterQueueURL + "=x",
					contract.EnvTable + "=x"}})
			if err == nil {
				function.Stop()
				return fmt.Errorf("the function runs without its settings")
			}
			d.errors++
			return nil
		},
		fixText: "the central stack is deployed again", posted: true,
		fix: func(d *drill, ctx context.Context) error {
			files, err := filepath.Glob(filepath.Join(d.CDKOut(), "asset.*", "bootstrap"))
			if err != nil || len(files) != 1 {
				return fmt.Errorf("%d functions in the cloud assembly, expected 1 (%w)", len(files), err)
			}
			if err := os.Rename(d.settingsBackup(), filepath.Join(filepath.Dir(files[0]), contract.SettingsFile)); err != nil {
				return err
			}
			if err := d.start(ctx); err != nil {
				return err
			}
			return d.invokeOnce(ctx, local.Timeout)
		},
	},
	{
		alarm: "Throttles", breakText: "the function's reserved concurrency is 0",
		breakIt: func(d *drill, ctx context.Context) error {
			if err := d.setConcurrency(ctx, http.MethodPut, `{"ReservedConcurrentExecutions":0}`); err != nil {
				return err
			}
			return d.send(ctx)
		},
		period:  func(d *drill, ctx context.Context) error { return d.invokeOnce(ctx, 0) },
		fixText: "the limit is taken away", posted: true,
		fix: func(d *drill, ctx context.Context) error {
			if err := d.setConcurrency(ctx, http.MethodDelete, ""); err != nil {
				return err
			}
			return d.invokeOnce(ctx, local.Timeout)
		},
	},
	{
		alarm: "Unaccounted", breakText: "nothing can be broken so that it rings, short of a mistake in Trailbus: the drill writes the notifier's line itself",
		breakIt: func(*drill, context.Context) error { return nil },
		period: func(d *drill, _ context.Context) error {
			_, err := fmt.Fprintf(&d.output, "{\"_aws\":{},%q:1}\n", contract.MetricUnaccounted)
			return err
		},
		fixText: "the next run accounts for all of its events",
		fix:     func(*drill, context.Context) error { return nil },
	},
}

func (d *drill) settingsBackup() string { return filepath.Join(d.Temp, "settings.aside") }
