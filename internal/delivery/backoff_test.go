package delivery

import (
	"math"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trailbus/trailbus/internal/contract"
)

func TestBackOff(t *testing.T) {
	tests := []struct {
		receives int
		asked    time.Duration
		want     time.Duration
	}{
		{1, 0, 2 * time.Second},
		{2, 0, 4 * time.Second},
		{9, 0, 512 * time.Second},
		{10, 0, 15 * time.Minute},
		{math.MaxInt, 0, 15 * time.Minute},
		{0, 0, 2 * time.Second},
		{-5, -time.Hour, 2 * time.Second},
		{1, 30 * time.Second, 30 * time.Second},
		{6, 30 * time.Second, 64 * time.Second},
		{1, math.MaxInt64, contract.MaxBackOff},
	}
	for _, test := range tests {
		if got := backOff(test.receives, test.asked); got != test.want {
			t.Errorf("backOff(%d, %s) = %s, want %s", test.receives, test.asked, got, test.want)
		}
	}
}

// TestHowLongAMessageIsTried holds the arithmetic between the queue and the back-off.
func TestHowLongAMessageIsTried(t *testing.T) {
	var least time.Duration
	for receive := 1; receive <= contract.MaxReceiveCount; receive++ {
		least += backOff(receive, 0)
	}
	if day := 24 * time.Hour; least < 6*day {
		t.Errorf("%d receives take %s, want 6 days", contract.MaxReceiveCount, least)
	}
	most := contract.MaxReceiveCount * (contract.MaxBackOff + contract.FunctionTimeout)
	if most >= contract.QueueRetention {
		t.Errorf("%d receives may take %s, and the queue drops messages after %s", contract.MaxReceiveCount, most, contract.QueueRetention)
	}
	if contract.DeadLetterRetention <= contract.QueueRetention {
		t.Error("the dead-letter queue counts from when a message first entered the queue, and would drop what comes late")
	}
	if contract.FunctionTimeout < reservedForReturns+2*slackRequestTime+maxSleep {
		t.Error("a run has no time for Slack")
	}
}

func TestReceiveCount(t *testing.T) {
	for text, want := range map[string]int{"1": 1, "17": 17, "": 1, "many": 1, "99999999999999999999": 1} {
		item := events.SQSMessage{Attributes: map[string]string{"ApproximateReceiveCount": text}}
		if got := receiveCount(item); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if got := receiveCount(events.SQSMessage{}); got != 1 {
		t.Errorf("no attributes: %d, want 1", got)
	}
}
