package delivery

import (
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trailbus/trailbus/internal/contract"
)

// backOff is the visibility timeout of a returned message: it doubles from 2 seconds with each receive, up to [contract.MaxBackOff], and is
// not shorter than what Slack asked for.
func backOff(receives int, asked time.Duration) time.Duration {
	d := contract.MaxBackOff
	if receives < 10 { // 2^9 s is the last below 15 minutes
		d = time.Second << max(receives, 1)
	}
	return min(max(d, asked), contract.MaxBackOff)
}

func receiveCount(item events.SQSMessage) int {
	count, err := strconv.Atoi(item.Attributes["ApproximateReceiveCount"])
	if err != nil {
		return 1
	}
	return count
}
