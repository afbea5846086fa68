package delivery

import (
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/trailbus/trailbus/internal/contract"
)

// backOff is the visibility timeout of a returned message: it doubles from 2 seconds with each
// receive, up to [contract.MaxBackOff], and is not shorter than what Slack asked for.
func backOff(receives int, asked time.Duration) time.Duration {
	doubled := time.Second << min(max(receives, 1), 10) // 2^10 s is more than MaxBackOff
	return min(max(doubled, asked), contract.MaxBackOff)
}

func receiveCount(item events.SQSMessage) int {
	count, err := strconv.Atoi(item.Attributes["ApproximateReceiveCount"])
	if err != nil {
		return 1
	}
	return count
}
