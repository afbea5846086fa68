package localaws_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// Senders, receivers and deleters at the same time: moto alone loses messages and hands some out
// twice.
func TestQueueLosesAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := sqs.NewFromConfig(config(t, w.s, w.central, home))
	q, err := client.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("busy")})
	if err != nil {
		t.Fatal(err)
	}
	const senders, each = 4, 25
	var all sync.WaitGroup
	for n := range senders {
		all.Go(func() {
			for i := range each {
				if _, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: q.QueueUrl, MessageBody: new(fmt.Sprint(n, "-", i))}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	var mu sync.Mutex
	seen := map[string]int{}
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(seen) }
	deadline := time.Now().Add(2 * time.Minute)
	for range senders {
		all.Go(func() {
			for count() < senders*each && time.Now().Before(deadline) {
				out, err := client.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: q.QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 600})
				if err != nil {
					t.Error(err)
					return
				}
				for _, m := range out.Messages {
					mu.Lock()
					seen[*m.Body]++
					mu.Unlock()
					if _, err := client.DeleteMessage(t.Context(), &sqs.DeleteMessageInput{QueueUrl: q.QueueUrl, ReceiptHandle: m.ReceiptHandle}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	if len(seen) != senders*each {
		t.Errorf("%d messages arrived, wanted %d", len(seen), senders*each)
	}
	for body, n := range seen {
		if n != 1 {
			t.Errorf("message %s came %d times", body, n)
		}
	}
}

func TestArchiveReplays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	resources := w.centralResources(busPolicy(orgOnly))
	resources["Archive"] = resource("AWS::Events::Archive", object{"ArchiveName": "all", "SourceArn": att("Bus", "Arn")})
	stack{t, w.s, w.central, home, "central"}.must("CREATE", template(resources))
	stack{t, w.s, w.member, away, "forwarder"}.must("CREATE", template(forwarderResources(w.member, w.bus, nil)))
	createUser.put(t, w.s, w.member, away, "")
	first := receive(t, w.s, w.central, home, "events")
	if len(first) != 1 {
		t.Fatalf("%d messages, wanted 1", len(first))
	}
	client := eventbridge.NewFromConfig(config(t, w.s, w.central, home))
	archive := "arn:aws:events:" + home + ":" + w.central + ":archive/all"
	if _, err := client.StartReplay(t.Context(), &eventbridge.StartReplayInput{
		ReplayName: new("again"), EventSourceArn: &archive, EventStartTime: new(time.Unix(0, 0)), EventEndTime: new(time.Now()),
		Destination: &ebtypes.ReplayDestination{Arn: &w.bus},
	}); err != nil {
		t.Fatal(err)
	}
	again := receive(t, w.s, w.central, home, "events")
	if len(again) != 1 {
		t.Fatalf("%d messages replayed, wanted 1", len(again))
	}
	a, b := decode(t, first[0]), decode(t, again[0])
	if a.Account != b.Account || a.Time != b.Time || a.Region != b.Region || string(a.Detail) != string(b.Detail) || !slices.Equal(a.Resources, b.Resources) {
		t.Errorf("replayed %s, wanted %s", *again[0].Body, *first[0].Body)
	}
}
