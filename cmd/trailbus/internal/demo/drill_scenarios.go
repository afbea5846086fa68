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

// scenario is how one alarm comes to ring, and how that ends.
type scenario struct {
	alarm   string // its id in NotifierAlarms
	broken  string // in words
	breakIt func(*drillRun, context.Context) error
	pass    func(*drillRun, context.Context) error // what happens in each period while it is broken
	mended  string
	mend    func(*drillRun, context.Context) error
	told    bool // an event that waited is told when it is mended
	slow    bool // it waits for what takes seconds
	// quiet is what happens in each period before, where an alarm needs something to be quiet. Nil: nothing.
	quiet func(*drillRun, context.Context) error
	// fresh says that Slack begins anew meanwhile.
	fresh bool
}

var scenarios = []scenario{
	{
		alarm: "NothingHeard", broken: "the heartbeats of all forwarders are stopped, as a broken policy of the bus would do; three hours pass",
		quiet: func(d *drillRun, ctx context.Context) error { return d.beat(ctx) },
		breakIt: func(d *drillRun, ctx context.Context) error {
			if err := d.setHeartbeats(ctx, false); err != nil {
				return err
			}
			d.clock = d.clock.Add(3 * d.Config.Heartbeat) // more than the notifier waits
			return nil
		},
		pass:   func(d *drillRun, ctx context.Context) error { return d.beat(ctx) },
		mended: "the heartbeats are started again",
		mend: func(d *drillRun, ctx context.Context) error {
			if err := d.setHeartbeats(ctx, true); err != nil {
				return err
			}
			if err := d.beat(ctx); err != nil { // heard
				return err
			}
			return d.beat(ctx) // and looked at
		},
	},
	{
		alarm: "DeadLetters", broken: "Slack says that the webhook was revoked (404 no_service)",
		breakIt: func(d *drillRun, ctx context.Context) error {
			d.Slack.Fail(1, http.StatusNotFound, "no_service", 0)
			if err := d.send(ctx); err != nil {
				return err
			}
			return d.poll(ctx, local.Patience)
		},
		pass:   func(*drillRun, context.Context) error { return nil },
		mended: "there is a webhook again; trailbus redrive", told: true,
		mend: func(d *drillRun, ctx context.Context) error {
			_, known, err := d.Settings()
			if err != nil {
				return err
			}
			back := &redrive.Redrive{Client: d.queue, QueueURL: d.outputs["QueueUrl"], DeadLetterQueueURL: d.deadLetterQueueURL, Settings: known, OnDeadLetter: func(l *redrive.DeadLetter) {
				fmt.Fprintf(d.Out, "          %s in %s: %s, %s\n", l.Event, l.Region, l.Reason, l.Outcome)
			}}
			if err := back.Run(ctx); err != nil {
				return err
			}
			return d.poll(ctx, local.Patience)
		},
	},
	{
		alarm: "Refused", broken: "Slack is away (503), and the event is tried again and again", slow: true,
		breakIt: func(d *drillRun, ctx context.Context) error {
			d.Slack.Fail(1000, http.StatusServiceUnavailable, "service_unavailable", 0)
			return d.send(ctx)
		},
		pass:   func(d *drillRun, ctx context.Context) error { return d.poll(ctx, local.Patience) },
		mended: "Slack is back", told: true, fresh: true,
		mend: func(d *drillRun, ctx context.Context) error {
			d.Slack.Reset()
			return d.poll(ctx, local.Patience)
		},
	},
	{
		alarm: "OldestMessage", broken: "nobody reads the queue: the event source mapping is disabled; two hours pass",
		breakIt: func(d *drillRun, ctx context.Context) error {
			d.waiting = d.clock
			d.clock = d.clock.Add(2 * time.Hour)
			return d.send(ctx)
		},
		pass:   func(*drillRun, context.Context) error { return nil },
		mended: "the event source mapping is enabled", told: true,
		mend: func(d *drillRun, ctx context.Context) error {
			d.waiting = time.Time{}
			return d.poll(ctx, local.Patience)
		},
	},
	{
		alarm: "Errors", broken: "the function ends at its start: its settings are gone",
		breakIt: func(d *drillRun, ctx context.Context) error {
			d.stop()
			path, _, err := d.Settings()
			if err != nil {
				return err
			}
			if err := os.Rename(path, d.aside()); err != nil {
				return err
			}
			return d.send(ctx)
		},
		pass: func(d *drillRun, ctx context.Context) error {
			// startNotifier finds the folder by the settings, so the drill starts it itself, as Lambda would.
			function, err := lambdaruntime.Start(ctx, lambdaruntime.Options{Binary: d.BootstrapBinary(), Dir: d.Temp, Stdout: &d.said, Stderr: d.Log,
				Env: []string{contract.SecretARN + "=x", contract.QueueURL + "=x", contract.DeadLetterQueueURL + "=x", contract.Table + "=x"}})
			if err == nil {
				function.Stop()
				return fmt.Errorf("the function runs without its settings")
			}
			d.errors++
			return nil
		},
		mended: "the central stack is deployed again", told: true,
		mend: func(d *drillRun, ctx context.Context) error {
			files, err := filepath.Glob(filepath.Join(d.CDKOut(), "asset.*", "bootstrap"))
			if err != nil || len(files) != 1 {
				return fmt.Errorf("%d functions in the cloud assembly, expected 1 (%w)", len(files), err)
			}
			if err := os.Rename(d.aside(), filepath.Join(filepath.Dir(files[0]), contract.File)); err != nil {
				return err
			}
			if err := d.start(ctx); err != nil {
				return err
			}
			return d.poll(ctx, local.Patience)
		},
	},
	{
		alarm: "Throttles", broken: "the function's reserved concurrency is 0",
		breakIt: func(d *drillRun, ctx context.Context) error {
			if err := d.concurrency(ctx, http.MethodPut, `{"ReservedConcurrentExecutions":0}`); err != nil {
				return err
			}
			return d.send(ctx)
		},
		pass:   func(d *drillRun, ctx context.Context) error { return d.poll(ctx, 0) },
		mended: "the limit is taken away", told: true,
		mend: func(d *drillRun, ctx context.Context) error {
			if err := d.concurrency(ctx, http.MethodDelete, ""); err != nil {
				return err
			}
			return d.poll(ctx, local.Patience)
		},
	},
	{
		alarm: "Unaccounted", broken: "nothing can be broken so that it rings, short of a mistake in Trailbus: the drill writes the notifier's line itself",
		breakIt: func(*drillRun, context.Context) error { return nil },
		pass: func(d *drillRun, _ context.Context) error {
			_, err := fmt.Fprintf(&d.said, "{\"_aws\":{},%q:1}\n", contract.MetricUnaccounted)
			return err
		},
		mended: "the next run accounts for all of its events",
		mend:   func(*drillRun, context.Context) error { return nil },
	},
}

func (d *drillRun) aside() string { return filepath.Join(d.Temp, "settings.aside") }
