// Package replay is the command replay: EventBridge replays the archive of the central bus to the
// notifier only.
package replay

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"github.com/trailbus/trailbus/internal/inspect/deployed"
)

// ArchiveDelay is how long an event may take to reach the archive:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-archive.html
const ArchiveDelay = 10 * time.Minute

// option is an option of the AWS SDK.
type option = func(*eventbridge.Options)

// API is the part of [eventbridge.Client] that a Replayer needs.
type API interface {
	DescribeArchive(context.Context, *eventbridge.DescribeArchiveInput, ...option) (*eventbridge.DescribeArchiveOutput,
		error)
	StartReplay(context.Context, *eventbridge.StartReplayInput, ...option) (*eventbridge.StartReplayOutput, error)
	DescribeReplay(context.Context, *eventbridge.DescribeReplayInput, ...option) (*eventbridge.DescribeReplayOutput, error)
	CancelReplay(context.Context, *eventbridge.CancelReplayInput, ...option) (*eventbridge.CancelReplayOutput, error)
}

// Replayer starts, watches and cancels replays. All fields are required.
type Replayer struct {
	Client API
	// BusARN is the central bus, ArchiveARN its archive. RuleARN is the rule that replayed events
	// go to; no other rule gets them.
	BusARN, ArchiveARN, RuleARN string
	// PollInterval is the time between two requests for the status.
	PollInterval time.Duration
}

// Status is the status of a replay.
type Status struct {
	Name string `json:"name"`
	// State is STARTING, RUNNING, CANCELLING, COMPLETED, CANCELLED or FAILED, and Reason says why.
	State  types.ReplayState `json:"state"`
	Reason string            `json:"reason,omitempty"`
	// From and To bound the times of the events.
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	// Last is the time of the last event that was replayed, zero before the first.
	Last time.Time `json:"lastReplayed,omitzero"`
	// Started and Ended are when EventBridge did so.
	Started time.Time `json:"started,omitzero"`
	Ended   time.Time `json:"ended,omitzero"`
}

// Finished says that the replay has ended, in one way or another.
func (s Status) Finished() bool {
	return slices.Contains([]types.ReplayState{types.ReplayStateCompleted, types.ReplayStateCancelled,
		types.ReplayStateFailed}, s.State)
}

// Progress is the part that is done, from 0 to 1, by the time of the last event.
func (s Status) Progress() float64 {
	switch {
	case s.State == types.ReplayStateCompleted:
		return 1
	case s.Last.Before(s.From) || !s.From.Before(s.To):
		return 0
	}
	return min(1, s.Last.Sub(s.From).Seconds()/s.To.Sub(s.From).Seconds())
}

// CheckSpan makes the checks of [Replayer.Check] that need no call to AWS.
func CheckSpan(from, to, now time.Time) error {
	switch {
	case !from.Before(to):
		return fmt.Errorf("found --from %s --to %s, allowed: a --from that is earlier than --to", formatTime(from),
			formatTime(to))
	case to.After(now):
		return fmt.Errorf("found --to %s, which has not come yet, allowed: until now, %s", formatTime(to), formatTime(now))
	}
	return nil
}

// Check refuses a span that is empty, in the future, or older than what the archive keeps.
func (r *Replayer) Check(ctx context.Context, from, to, now time.Time) error {
	if err := CheckSpan(from, to, now); err != nil {
		return err
	}
	archive, err := r.Client.DescribeArchive(ctx, &eventbridge.DescribeArchiveInput{
		ArchiveName: aws.String(resourceName(r.ArchiveARN)),
	})
	if err != nil {
		return deployed.Explain("looking at the archive", "events:DescribeArchive on the archive", err)
	}
	days := int(aws.ToInt32(archive.RetentionDays)) // 0 keeps them for ever
	if kept := now.AddDate(0, 0, -days); days > 0 && from.Before(kept) {
		return fmt.Errorf("found --from %s, allowed: %s or later; the archive keeps events for %d days", formatTime(from),
			formatTime(kept), days)
	}
	return nil
}

// Start starts a replay of the events from a time on and before another.
func (r *Replayer) Start(ctx context.Context, from, to, now time.Time) (Status, error) {
	s := Status{Name: replayName(from, to, now), From: from.UTC(), To: to.UTC()}
	out, err := r.Client.StartReplay(ctx, &eventbridge.StartReplayInput{
		ReplayName: &s.Name, Description: aws.String("Trailbus: to the notifier alone"), EventSourceArn: &r.ArchiveARN,
		EventStartTime: &s.From, EventEndTime: &s.To,
		Destination: &types.ReplayDestination{Arn: &r.BusARN, FilterArns: []string{r.RuleARN}},
	})
	if err != nil {
		return s, deployed.Explain("starting the replay", "events:StartReplay on the archive and on replays", err)
	}
	s.State, s.Reason, s.Started = out.State, aws.ToString(out.StateReason), aws.ToTime(out.ReplayStartTime)
	return s, nil
}

// Status returns the status of a replay. It refuses replays of other archives.
func (r *Replayer) Status(ctx context.Context, replay string) (Status, error) {
	out, err := r.Client.DescribeReplay(ctx, &eventbridge.DescribeReplayInput{ReplayName: &replay})
	if err != nil {
		return Status{}, deployed.Explain("looking at the replay "+replay, "events:DescribeReplay on replays", err)
	}
	if source := aws.ToString(out.EventSourceArn); source != r.ArchiveARN {
		return Status{}, fmt.Errorf("the replay %s is of %s, allowed: one of %s", replay, source, r.ArchiveARN)
	}
	return Status{
		Name: replay, State: out.State, Reason: aws.ToString(out.StateReason),
		From: aws.ToTime(out.EventStartTime), To: aws.ToTime(out.EventEndTime), Last: aws.ToTime(out.EventLastReplayedTime),
		Started: aws.ToTime(out.ReplayStartTime), Ended: aws.ToTime(out.ReplayEndTime),
	}, nil
}

// Wait polls the status, calls report with each, and returns when the replay has finished. When ctx
// ends, the replay goes on.
func (r *Replayer) Wait(ctx context.Context, replay string, report func(Status)) (Status, error) {
	ticker := time.NewTicker(r.PollInterval)
	defer ticker.Stop()
	for {
		s, err := r.Status(ctx, replay)
		if err != nil {
			return s, err
		}
		if report(s); s.Finished() {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return s, ctx.Err()
		case <-ticker.C:
		}
	}
}

// Cancel ends a replay. Events that were replayed stay replayed.
func (r *Replayer) Cancel(ctx context.Context, replay string) (Status, error) {
	s, err := r.Status(ctx, replay)
	if err != nil {
		return s, err
	}
	if s.Finished() {
		return s, fmt.Errorf("the replay %s is over: %s", replay, s.State)
	}
	out, err := r.Client.CancelReplay(ctx, &eventbridge.CancelReplayInput{ReplayName: &replay})
	if err != nil {
		return s, deployed.Explain("cancelling the replay "+replay, "events:CancelReplay on replays", err)
	}
	s.State, s.Reason = out.State, aws.ToString(out.StateReason)
	return s, nil
}

// replayName tells the span of a replay, and is unique: AWS allows 64 characters of [.\-_A-Za-z0-9]
// (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_StartReplay.html).
func replayName(from, to, now time.Time) string {
	const stamp = "20060102T150405Z"
	return "trailbus_" + from.UTC().Format(stamp) + "_" + to.UTC().Format(stamp) + "_" + now.UTC().Format(stamp)
}

// resourceName is the last part of an ARN.
func resourceName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

func formatTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
