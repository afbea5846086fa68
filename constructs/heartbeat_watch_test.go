package trailbus

import (
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
)

func TestHeartbeatWatch(t *testing.T) {
	given := map[string][]string{"111111111111": {"us-east-1", "eu-west-1"}}
	sorted := map[string][]string{"111111111111": {"eu-west-1", "us-east-1"}}
	for name, test := range map[string]struct {
		props SlackNotifierProps
		want  contract.HeartbeatWatch
	}{
		"nothing":        {SlackNotifierProps{}, contract.HeartbeatWatch{Period: time.Hour, Others: true}},
		"forwarders":     {SlackNotifierProps{Forwarders: given}, contract.HeartbeatWatch{Period: time.Hour, Expected: sorted}},
		"others":         {SlackNotifierProps{Forwarders: given, OtherForwarders: jsii.Bool(true)}, contract.HeartbeatWatch{Period: time.Hour, Expected: sorted, Others: true}},
		"another period": {SlackNotifierProps{Heartbeat: awscdk.Duration_Minutes(jsii.Number(5))}, contract.HeartbeatWatch{Period: 5 * time.Minute, Others: true}},
	} {
		got, err := test.props.heartbeatWatch()
		if err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, test.want)
		}
	}
	if given["111111111111"][0] != "us-east-1" {
		t.Error("the caller's props were changed")
	}
}
