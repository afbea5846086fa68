package trailbus

import (
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/internal/contract"
)

// heartbeatWatch lists the expected forwarders, sorted: the settings are the same bytes in whatever
// order they were given.
func (p *SlackNotifierProps) heartbeatWatch() (contract.HeartbeatWatch, error) {
	period, err := heartbeatPeriod(p.Heartbeat)
	w := contract.HeartbeatWatch{
		Period: period, Expected: maps.Clone(p.Forwarders),
		Others: len(p.Forwarders) == 0 || p.OtherForwarders != nil && *p.OtherForwarders,
	}
	for _, account := range slices.Sorted(maps.Keys(w.Expected)) {
		regions := w.Expected[account]
		switch {
		case !accountID.pattern.MatchString(account):
			return w, prefixed("Forwarders", fmt.Errorf("found account id %q, allowed: 12 digits", account))
		case len(regions) == 0:
			return w, prefixed("Forwarders", fmt.Errorf("found no Region of account %s, allowed: one at least", account))
		}
		w.Expected[account] = slices.Sorted(slices.Values(regions))
	}
	return w, err
}

// addForwarderRules adds rules that deliver heartbeats and probes of the forwarders to the queue,
// and a schedule that requests checks of the forwarders. None has a dead-letter queue: where
// heartbeats are lost, the notifier reports the forwarders as silent, and a thousand heartbeats an
// hour would hide the alerts in it.
func (n *SlackNotifier) addForwarderRules(bus awsevents.IEventBus) {
	deliver := func(id, description, source, detailType string) {
		awsevents.NewRule(n, jsii.String(id), &awsevents.RuleProps{
			EventBus:     bus,
			Description:  jsii.String("Trailbus: " + description),
			EventPattern: &awsevents.EventPattern{Source: jsii.Strings(source), DetailType: jsii.Strings(detailType)},
			Targets:      &[]awsevents.IRuleTarget{awseventstargets.NewSqsQueue(n.queue, nil)},
		})
	}
	deliver("Heartbeats", "heartbeats of the forwarders", contract.HeartbeatSource, contract.HeartbeatDetailType)
	// A rule of its own: one rule with both would match the source of one with the detail-type of
	// the other, and accounts choose their sources.
	deliver("Probes", "what trailbus verify sends through the forwarders", contract.VerifySource,
		contract.VerifyDetailType)
	awsevents.NewRule(n, jsii.String("Look"), &awsevents.RuleProps{
		Description: jsii.String("Trailbus: asks the notifier which forwarders fell silent"),
		Schedule:    awsevents.Schedule_Rate(duration(contract.ForwarderCheckPeriod)),
		Targets: &[]awsevents.IRuleTarget{awseventstargets.NewSqsQueue(n.queue, &awseventstargets.SqsQueueProps{
			Message: awsevents.RuleTargetInput_FromObject(map[string]any{
				"source": contract.ForwarderCheckSource, "detail-type": contract.ForwarderCheckDetailType,
				"time": awsevents.EventField_Time(),
			}),
		})},
	})
}
