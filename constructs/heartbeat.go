package trailbus

import (
	"fmt"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
)

// heartbeatPeriod is how often each forwarder is heard.
func heartbeatPeriod(given awscdk.Duration) (time.Duration, error) {
	if given == nil {
		return contract.HeartbeatPeriod, nil
	}
	seconds := *given.ToSeconds(&awscdk.TimeConversionOptions{Integral: jsii.Bool(false)})
	period := time.Duration(seconds * float64(time.Second))
	if !contract.IsHeartbeatPeriod(period) {
		return 0, fmt.Errorf("Heartbeat: found %s, allowed: whole minutes, from 1 minute to 1 day", *given.ToHumanString())
	}
	return period, nil
}
