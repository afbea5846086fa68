package replay

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/smithy-go"
)

const (
	bus     = "arn:aws:events:eu-central-1:111111111111:event-bus/trailbus"
	archive = "arn:aws:events:eu-central-1:111111111111:archive/TrailbusArchive-1"
	rule    = "arn:aws:events:eu-central-1:111111111111:rule/trailbus/Notifier"
)

var (
	now  = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	from = now.Add(-2 * time.Hour)
	to   = now.Add(-time.Hour)
)

// bridge is an EventBridge with one archive, whose one replay takes the states one after the other,
// each a question.
type bridge struct {
	retention int32
	states    []eventbridge.DescribeReplayOutput
	asked     int
	started   *eventbridge.StartReplayInput
	cancelled string
	err       error
}

func (b *bridge) DescribeArchive(_ context.Context, in *eventbridge.DescribeArchiveInput, _ ...func(*eventbridge.Options)) (*eventbridge.DescribeArchiveOutput, error) {
	if *in.ArchiveName != "TrailbusArchive-1" {
		return nil, errors.New("no such archive")
	}
	return &eventbridge.DescribeArchiveOutput{RetentionDays: &b.retention}, b.err
}

func (b *bridge) StartReplay(_ context.Context, in *eventbridge.StartReplayInput, _ ...func(*eventbridge.Options)) (*eventbridge.StartReplayOutput, error) {
	b.started = in
	return &eventbridge.StartReplayOutput{State: types.ReplayStateStarting, ReplayStartTime: &now}, b.err
}

func (b *bridge) DescribeReplay(_ context.Context, _ *eventbridge.DescribeReplayInput, _ ...func(*eventbridge.Options)) (*eventbridge.DescribeReplayOutput, error) {
	out := b.states[min(b.asked, len(b.states)-1)]
	b.asked++
	if out.EventSourceArn == nil {
		out.EventSourceArn = aws.String(archive)
	}
	out.EventStartTime, out.EventEndTime = &from, &to
	return &out, b.err
}

func (b *bridge) CancelReplay(_ context.Context, in *eventbridge.CancelReplayInput, _ ...func(*eventbridge.Options)) (*eventbridge.CancelReplayOutput, error) {
	b.cancelled = *in.ReplayName
	return &eventbridge.CancelReplayOutput{State: types.ReplayStateCancelling}, b.err
}

func newReplayer(b *bridge) *Replayer {
	return &Replayer{Client: b, BusARN: bus, ArchiveARN: archive, RuleARN: rule, PollInterval: 2 * time.Second}
}

func TestCheck(t *testing.T) {
	denied := &smithy.GenericAPIError{Code: "AccessDeniedException", Message: "not you"}
	for name, test := range map[string]struct {
		from, to  time.Time
		retention int32
		err       error
		want      string
	}{
		"good":                      {from: from, to: to, retention: 30},
		"until now":                 {from: from, to: now, retention: 30},
		"as long as it is kept":     {from: now.AddDate(0, 0, -30), to: to, retention: 30},
		"older than what is kept":   {from: now.AddDate(0, 0, -30).Add(-time.Second), to: to, retention: 30, want: "found --from 2026-10-24T09:59:59Z, allowed: 2026-10-24T10:00:00Z or later; the archive keeps events for 30 days"},
		"an archive without an end": {from: now.AddDate(-2, 0, 0), to: to},
		"no length":                 {from: to, to: to, want: "allowed: a --from that is earlier than --to"},
		"the wrong way round":       {from: to, to: from, want: "found --from 2026-11-23T09:00:00Z --to 2026-11-23T08:00:00Z"},
		"the future":                {from: from, to: now.Add(time.Second), want: "which has not come yet, allowed: until now, 2026-11-23T10:00:00Z"},
		"denied":                    {from: from, to: to, err: denied, want: "access denied; events:DescribeArchive on the archive is needed (not you)"},
	} {
		err := newReplayer(&bridge{retention: test.retention, err: test.err}).Check(t.Context(), test.from, test.to, now)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want %q", name, err, test.want)
		}
	}
}

func TestStartReplaysToTheNotifiersRuleOnly(t *testing.T) {
	b := &bridge{}
	s, err := newReplayer(b).Start(t.Context(), from, to, now)
	if err != nil {
		t.Fatal(err)
	}
	in := b.started
	if *in.EventSourceArn != archive || *in.Destination.Arn != bus || len(in.Destination.FilterArns) != 1 || in.Destination.FilterArns[0] != rule ||
		!in.EventStartTime.Equal(from) || !in.EventEndTime.Equal(to) {
		t.Errorf("started %+v to %+v", in, in.Destination)
	}
	if s.Name != *in.ReplayName || s.Name != "trailbus_20261123T080000Z_20261123T090000Z_20261123T100000Z" || !regexp.MustCompile(`^[.\-_A-Za-z0-9]{1,64}$`).MatchString(s.Name) {
		t.Errorf("its name is %s", s.Name)
	}
	if s.State != types.ReplayStateStarting || s.Finished() || s.Progress() != 0 {
		t.Errorf("its state is %+v", s)
	}
}

func TestWaitReportsEachStatus(t *testing.T) {
	for _, last := range []types.ReplayState{types.ReplayStateCompleted, types.ReplayStateCancelled, types.ReplayStateFailed} {
		synctest.Test(t, func(t *testing.T) {
			half := from.Add(30 * time.Minute)
			b := &bridge{states: []eventbridge.DescribeReplayOutput{
				{State: types.ReplayStateStarting}, {State: types.ReplayStateRunning}, {State: types.ReplayStateRunning, EventLastReplayedTime: &half},
				{State: last, EventLastReplayedTime: &half, StateReason: aws.String("because")},
			}}
			var done []float64
			s, err := newReplayer(b).Wait(t.Context(), "it", func(s Status) { done = append(done, s.Progress()) })
			if err != nil || s.State != last || s.Reason != "because" || !s.Finished() || b.asked != 4 {
				t.Errorf("%+v, error %v, asked %d times", s, err, b.asked)
			}
			end := 0.5
			if last == types.ReplayStateCompleted {
				end = 1
			}
			if want := []float64{0, 0, 0.5, end}; len(done) != 4 || done[0] != want[0] || done[1] != want[1] || done[2] != want[2] || done[3] != want[3] {
				t.Errorf("reported %v, want %v", done, want)
			}
		})
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bridge{states: []eventbridge.DescribeReplayOutput{{State: types.ReplayStateRunning}}}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := newReplayer(b).Wait(ctx, "it", func(Status) {})
		if !errors.Is(err, context.DeadlineExceeded) || b.asked != 3 || b.cancelled != "" {
			t.Errorf("error %v, asked %d times, cancelled %q", err, b.asked, b.cancelled)
		}
	})
}

func TestCancelRefusesOtherAndFinishedReplays(t *testing.T) {
	for name, test := range map[string]struct {
		is   eventbridge.DescribeReplayOutput
		want string
	}{
		"running":         {eventbridge.DescribeReplayOutput{State: types.ReplayStateRunning}, ""},
		"over":            {eventbridge.DescribeReplayOutput{State: types.ReplayStateCompleted}, "the replay it is over: COMPLETED"},
		"another archive": {eventbridge.DescribeReplayOutput{State: types.ReplayStateRunning, EventSourceArn: aws.String("arn:other")}, "the replay it is of arn:other, allowed: one of " + archive},
	} {
		b := &bridge{states: []eventbridge.DescribeReplayOutput{test.is}}
		s, err := newReplayer(b).Cancel(t.Context(), "it")
		if test.want == "" {
			if err != nil || b.cancelled != "it" || s.State != types.ReplayStateCancelling {
				t.Errorf("%s: %+v, error %v, cancelled %q", name, s, err, b.cancelled)
			}
		} else if err == nil || err.Error() != test.want || b.cancelled != "" {
			t.Errorf("%s: error %v, cancelled %q", name, err, b.cancelled)
		}
	}
}
