// Package local runs the whole of Trailbus on one machine: a local AWS, the real `cdk bootstrap`
// and `cdk deploy --all`, CloudTrail events on the default buses of several accounts and Regions,
// the compiled Lambda, and a local Slack. The demo and the end-to-end tests go through it.
package local

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/local/localaws"
	"github.com/trailbus/trailbus/internal/local/slacktest"
)

// ExampleConfig is the trailbus.yaml of the demo.
//
//go:embed trailbus.yaml
var ExampleConfig []byte

// Options configure a deployment.
type Options struct {
	// Dir is the folder of Trailbus' source, with node_modules.
	Dir string
	// Out is where progress and messages go.
	Out io.Writer
	// Color says that Out shows colours.
	Color bool
	// Progress shows and updates text on a terminal until stop is called. Nil: there is no
	// terminal.
	Progress func(text func() string) (stop func())
	// Diff runs cdk diff after the deployment, which must find no change.
	Diff bool
	// LogFile takes what the tools say. Empty: it is thrown away, but for its last lines when
	// something goes wrong.
	LogFile string
	// CacheDir is where the local AWS may have been installed.
	CacheDir string

	// Binaries is the folder of the compiled programs. Empty: they are compiled into the folder of
	// the run.
	Binaries string
	// TempIn is where the folder of the run is made. Empty: where the system has such folders.
	TempIn string
	// Env is added to the environment of the CDK command, each as NAME=value.
	Env []string
}

// Result is the result of a run.
type Result struct {
	In     int // events put on default buses
	Wanted int // of these, those that a rule matches
	// Crossed is how many events reached the queue of the central account.
	Crossed int
	// Outcomes counts the outcomes in the log of the notifier.
	Outcomes map[string]int
	// Messages are the messages in Slack.
	Messages []slacktest.Message
	// Waiting and Dead count the messages left in the queue and its dead-letter queue.
	Waiting, Dead int
	// Undelivered are the events that a rule could not deliver.
	Undelivered []localaws.Undelivered
	// ColdStart is the time from the start of the Lambda's process to its first request for work.
	ColdStart time.Duration
}

// Check checks that all events are accounted for: those that rules match crossed, those that
// crossed were posted, and none is left.
func (r *Result) Check() error {
	var problems []error
	expect := func(what string, got, want int) {
		if got != want {
			problems = append(problems, fmt.Errorf("%s: %d, expected %d", what, got, want))
		}
	}
	expect("events that crossed", r.Crossed, r.Wanted)
	expect("events that the notifier posted", r.Outcomes["posted"], r.Crossed)
	expect("messages in Slack", len(r.Messages), r.Outcomes["posted"])
	expect("events left in the queue", r.Waiting, 0)
	expect("events in the dead-letter queue", r.Dead, 0)
	expect("events that a rule could not deliver", len(r.Undelivered), 0)
	if r.In == 0 || r.Wanted == 0 {
		problems = append(problems, errors.New("nothing was put in"))
	}
	return errors.Join(problems...)
}

// Deployment is a deployment on a local AWS.
type Deployment struct {
	Options
	Config  *config.Config
	Temp    string
	AWS     *localaws.Server
	Slack   *slacktest.Server
	Arrived chan slacktest.Message
	Log     *os.File
}

// Run deploys, sends the example events, and stops everything that it started. The error is about
// what could not be run; [Result.Check] checks the counts.
func Run(ctx context.Context, o Options) (result *Result, err error) {
	r, err := New(o)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil && ctx.Err() == nil {
			r.PrintLog()
		}
		r.Close()
	}()
	if err := r.Build(ctx); err != nil {
		return nil, err
	}
	if o.Diff {
		if err := r.Step(ctx, "cdk diff: nothing to change", r.Diff); err != nil {
			return nil, err
		}
	}
	return r.RunEvents(ctx)
}

// Build starts the local AWS, bootstraps it, and deploys Trailbus.
func (r *Deployment) Build(ctx context.Context) error {
	if err := r.Step(ctx, "Starting a local AWS", r.StartAWS); err != nil {
		return err
	}
	if err := r.Step(ctx, "Compiling the app and the notifier", r.Compile); err != nil {
		return err
	}
	for _, account := range r.Environments() {
		bootstrap := func(ctx context.Context) error { return r.bootstrap(ctx, account) }
		if err := r.Step(ctx, fmt.Sprintf("cdk bootstrap: account %s (%s), %d Regions", account.Name, account.ID,
			len(account.Regions)), bootstrap); err != nil {
			return err
		}
	}
	return r.Step(ctx, fmt.Sprintf("cdk deploy --all: the central stack and %d forwarders", len(r.Config.Deployments())),
		r.Deploy)
}

// New makes a deployment and starts its local Slack. Close stops it, and all that was started for
// the deployment.
func New(o Options) (*Deployment, error) {
	r := &Deployment{Options: o, Arrived: make(chan slacktest.Message, 1000)}
	var err error
	if r.Temp, err = os.MkdirTemp(o.TempIn, "trailbus-demo-"); err != nil {
		return nil, err
	}
	if r.Log, err = os.Create(cmp.Or(o.LogFile, filepath.Join(r.Temp, "log"))); err != nil {
		r.Close()
		return nil, err
	}
	if err := r.Configure(ExampleConfig); err != nil {
		r.Close()
		return nil, err
	}
	r.Slack = slacktest.New(slacktest.Options{Webhooks: []string{"default", "urgent"},
		OnMessage: func(m slacktest.Message) { r.Arrived <- m }})
	return r, nil
}

// Configure sets the trailbus.yaml.
func (r *Deployment) Configure(text []byte) (err error) {
	path := filepath.Join(r.Temp, config.File)
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return err
	}
	r.Config, err = config.Load(path)
	return err
}

// Close stops what was started and removes the folder of the run.
func (r *Deployment) Close() {
	if r.AWS != nil {
		r.AWS.Stop()
	}
	if r.Slack != nil {
		r.Slack.Close()
	}
	if r.Log != nil {
		r.Log.Close()
	}
	os.RemoveAll(r.Temp)
}
