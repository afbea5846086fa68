package backtest

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os/user"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/logfiles"
	"github.com/trailbus/trailbus/internal/slack/message"
)

// commandOptions are the flags of the command.
type commandOptions struct {
	selection ruleSelection
	from, to  string
	owner     string
	asJSON    bool
}

// NewCommand makes the command backtest.
func NewCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	o := &commandOptions{}
	command := &cobra.Command{
		Use:   "backtest [FILE…|DIR…|s3://BUCKET/PREFIX…]",
		Short: "Try rules on CloudTrail's log files before they are deployed",
		Long: `Try rules on CloudTrail's log files before they are deployed: which rules would have alerted, how often, a day, for which accounts,
and which five principals caused the most alerts, each with a mute for trailbus.yaml. Events are judged as the forwarders and the
notifier would judge them, with the mutes that are in force now.

A FILE is read as by trailbus preview, "-" is standard input. In a DIR and below, and in S3, files that end with .json, .json.gz,
.jsonl and .jsonl.gz are read; CloudTrail's digests are left out. S3 is read with the credentials that the AWS CLI would use.
A record that comes again, for example since two trails wrote it, counts once.

What is damaged is named and left out; the exit code is then 1.`,
		Example: `  trailbus backtest ~/AWSLogs
  trailbus backtest --from 2026-11-15 --to 2026-11-21 s3://my-trail/AWSLogs/o-a1b2c3d4e5
  trailbus backtest --rules new-rules.yaml ~/AWSLogs
  trailbus backtest --rule root-user-used --json ~/AWSLogs | jq '.rules[].days'`,
		RunE: func(cmd *cobra.Command, places []string) error {
			return o.run(cmd.Context(), s, options, places)
		},
	}
	flags := command.Flags()
	flags.StringVar(&o.from, "from", "", "the first day in UTC, such as 2026-11-15; records before it do not count")
	flags.StringVar(&o.to, "to", "", "the last day in UTC")
	flags.StringArrayVar(&o.selection.files, "rules", nil,
		"try the rules of this file instead of those of the configuration")
	flags.StringArrayVar(&o.selection.packs, "pack", nil,
		"try the rules of this pack of the catalogue instead of those of the configuration")
	flags.StringArrayVar(&o.selection.ids, "rule", nil, "try this rule alone, one of the catalogue too")
	flags.StringVar(&o.owner, "owner", "", "the owner in the mutes (default: your user name)")
	flags.BoolVar(&o.asJSON, "json", false, "print JSON, with the days, all accounts and principals of each rule")
	return command
}

func (o *commandOptions) run(ctx context.Context, s *cli.Streams, options *cli.Options, places []string) error {
	from, err := cli.ParseDay("--from", o.from)
	if err != nil {
		return err
	}
	to, err := cli.ParseDay("--to", o.to)
	if err != nil {
		return err
	}
	if !to.IsZero() && to.Before(from) {
		return fmt.Errorf("found --from %s --to %s, allowed: a first day that is not behind the last", o.from, o.to)
	}
	if len(places) == 0 {
		places = []string{"-"}
	}
	settings, err := options.Settings(s)
	if err != nil {
		return err
	}
	if settings.Rules, err = o.selection.rules(s, settings.Rules); err != nil {
		return err
	}
	b, err := New(Options{Settings: settings, Now: time.Now(), From: from, To: to, Owner: o.ownerOfMutes()})
	if err != nil {
		return cli.NewInputError(err)
	}
	r := &fileReader{Streams: s, search: logfiles.Search{From: from, To: to}, backtest: b}
	if err := r.read(ctx, places); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	result := result{Files: int(r.files.Load()), Damaged: int(r.damaged.Load()), Digests: r.search.Digests,
		Dated: r.search.Dated, Report: b.Report()}
	if o.asJSON {
		err = cli.PrintJSON(s, result)
	} else {
		err = result.print(s.Out)
	}
	if err == nil && r.failed.Load() {
		err = cli.ErrSilent
	}
	return err
}

// result is what is printed.
type result struct {
	// Files is how many files were read, Damaged how many of these had something that could not be.
	Files   int `json:"files"`
	Damaged int `json:"damagedFiles"`
	// Digests and Dated are how many files, or folders in S3, were left out.
	Digests int `json:"digestsLeftOut"`
	Dated   int `json:"datedLeftOut"`
	*Report
}

func (o *commandOptions) ownerOfMutes() string {
	if o.owner != "" {
		return o.owner
	}
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return "unknown"
}

// fileReader reads log files into a backtest, some at a time.
type fileReader struct {
	*cli.Streams
	search   logfiles.Search
	backtest *Backtest
	errors   io.Writer // the standard error, above the progress bar
	mu       sync.Mutex

	files, damaged, records  atomic.Int64
	found, foundBytes, bytes atomic.Int64
	searched, failed         atomic.Bool
}

// maxErrorsPerFile is how many problems of one file are named.
const maxErrorsPerFile = 10

// s3Workers is how many objects of S3 are read at a time: they are small, and most of the time is
// spent waiting for the next one.
const s3Workers = 16

func (r *fileReader) read(ctx context.Context, places []string) error {
	workers := runtime.GOMAXPROCS(0)
	var sources []iter.Seq2[*logfiles.File, error]
	for _, place := range places {
		switch {
		case place == "-":
			sources = append(sources, r.standardInput())
		case strings.HasPrefix(place, logfiles.Scheme):
			bucket, prefix, err := logfiles.OpenBucket(ctx, place)
			if err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return cli.AWSError(err)
			}
			workers = s3Workers
			sources = append(sources, r.search.S3(ctx, bucket, prefix))
		default:
			sources = append(sources, r.search.Local(place))
		}
	}
	progress := r.StartProgress(r.progress(time.Now()))
	defer progress.Stop()
	r.errors = progress.Above(r.Err)
	logfiles.Each(ctx, workers, r.countFiles(sources), func(file *logfiles.File, in io.Reader) {
		r.readFile(ctx, file.Name, in)
	}, func(err error) {
		if ctx.Err() == nil {
			r.printError(err)
		}
	})
	return nil
}

func (r *fileReader) standardInput() iter.Seq2[*logfiles.File, error] {
	if r.InTerminal {
		fmt.Fprintln(r.Err, "reading standard input, end with Ctrl-D")
	}
	file := &logfiles.File{Name: "standard input", Open: func(context.Context) (io.ReadCloser,
		error) {
		return io.NopCloser(r.In), nil
	}}
	return func(yield func(*logfiles.File, error) bool) { yield(file, nil) }
}

// countFiles counts files as they are found.
func (r *fileReader) countFiles(sources []iter.Seq2[*logfiles.File, error]) iter.Seq2[*logfiles.File, error] {
	return func(yield func(*logfiles.File, error) bool) {
		defer r.searched.Store(true)
		for _, source := range sources {
			for file, err := range source {
				if err == nil {
					r.found.Add(1)
					r.foundBytes.Add(file.Size)
				}
				if !yield(file, err) {
					return
				}
			}
		}
	}
}

// readFile reads one file.
func (r *fileReader) readFile(ctx context.Context, name string, in io.Reader) {
	complaints := 0
	for event, err := range cloudtrail.ReadRaw(countingReader{in, &r.bytes}, name) {
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			r.records.Add(1)
			if err = r.backtest.Add(event); err != nil {
				err = fmt.Errorf("%s: event %s: %w", name, event.EventID, err)
			}
		}
		if err != nil {
			if complaints++; complaints <= maxErrorsPerFile {
				r.printError(err)
			}
		}
	}
	r.files.Add(1)
	if complaints > 0 {
		r.damaged.Add(1)
	}
	if complaints > maxErrorsPerFile {
		r.printError(fmt.Errorf("%s: %d more like these", name, complaints-maxErrorsPerFile))
	}
}

// printError prints an error, sanitized, since it may repeat text of external accounts.
func (r *fileReader) printError(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintln(r.errors, message.Line(err.Error(), cli.MaxErrorLength))
	r.failed.Store(true)
}

// countingReader counts what is read.
type countingReader struct {
	io.Reader
	n *atomic.Int64
}

func (c countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// progress says how far the reading is. How much there is to do is known when the search has ended.
func (r *fileReader) progress(start time.Time) func() string {
	return func() string {
		seconds := time.Since(start).Seconds()
		text := fmt.Sprintf("%s, %.0f MB, %d records", cli.Pluralize(int(r.files.Load()), "file"),
			float64(r.bytes.Load())/1e6, r.records.Load())
		if whole := r.foundBytes.Load(); r.searched.Load() && whole > 0 {
			part := float64(r.bytes.Load()) / float64(whole)
			text = fmt.Sprintf("%s %3.0f %%  %d of %s, %d records", cli.Bar(part), 100*part, r.files.Load(),
				cli.Pluralize(int(r.found.Load()), "file"), r.records.Load())
			if part > 0.01 && part <= 1 {
				text += fmt.Sprintf(", %.0f s left", seconds/part-seconds)
			}
		}
		return text
	}
}
