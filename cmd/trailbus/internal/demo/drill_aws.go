package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local"
	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
)

// send puts an event on its default bus.
func (d *drill) send(ctx context.Context) error {
	if len(d.wanted) == 0 {
		return fmt.Errorf("the drill has too few events")
	}
	event := d.wanted[0]
	d.wanted = d.wanted[1:]
	return d.Put(ctx, event)
}

// invokeOnce gives the function what is in the queue, once there is something, as the event source
// mapping does, but that it waits for no more: what the drill sends is all there. Where Lambda may
// not run it, that is a throttle.
func (d *drill) invokeOnce(ctx context.Context, patience time.Duration) error {
	reserved, err := d.reservedConcurrency(ctx)
	if err != nil {
		return err
	}
	if reserved == 0 {
		d.throttles++
		return nil
	}
	for end := time.Now().Add(patience); ; {
		batch, err := lambdaruntime.PollOnce(ctx, d.queue, lambdaruntime.PollOptions{
			QueueURL: d.outputs["QueueUrl"], QueueARN: local.QueueARN(d.outputs["QueueUrl"], d.Config.Central.Region),
			BatchSize: contract.BatchSize,
		}, d.function.Invoke)
		if err == nil && batch.Err != nil {
			err = batch.Err
		}
		if len(batch.Messages) > 0 {
			d.batches++
		}
		if err != nil || len(batch.Messages) > 0 {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("nothing came to the queue for %s", patience)
		}
	}
}

// fireHeartbeats lets every schedule fire that is enabled, at the time that the drill's clock
// shows, and the notifier take what comes.
func (d *drill) fireHeartbeats(ctx context.Context) error {
	for _, deployment := range d.Config.Deployments() {
		if _, err := d.AWS.FireSchedules(ctx, deployment.Account, deployment.Region, d.clock); err != nil {
			return err
		}
	}
	return d.invokeOnce(ctx, local.Timeout)
}

// setHeartbeats enables or disables the heartbeat of every forwarder.
func (d *drill) setHeartbeats(ctx context.Context, on bool) error {
	changed := 0
	for _, deployment := range d.Config.Deployments() {
		member, err := d.AWS.Config(ctx, deployment.Account, deployment.Region)
		if err != nil {
			return err
		}
		client := eventbridge.NewFromConfig(member)
		rules, err := client.ListRules(ctx, &eventbridge.ListRulesInput{NamePrefix: aws.String("TrailbusForwarder-")})
		if err != nil {
			return err
		}
		for _, rule := range rules.Rules {
			if rule.ScheduleExpression == nil {
				continue
			}
			changed++
			if on {
				_, err = client.EnableRule(ctx, &eventbridge.EnableRuleInput{Name: rule.Name})
			} else {
				_, err = client.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: rule.Name})
			}
			if err != nil {
				return err
			}
		}
	}
	if want := len(d.Config.Deployments()); changed != want {
		return fmt.Errorf("%d heartbeats for %d forwarders", changed, want)
	}
	return nil
}

// setConcurrency asks Lambda about the function's reserved concurrency:
// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
func (d *drill) setConcurrency(ctx context.Context, method, body string) error {
	_, err := local.SignedRequest(ctx, d.central, d.AWS.Endpoint(), "lambda", method, "/2017-10-31/functions/"+
		d.outputs["NotifierName"]+"/concurrency", "application/json", body)
	return err
}

// reservedConcurrency is the function's reserved concurrency, and more than any where it has none.
func (d *drill) reservedConcurrency(ctx context.Context) (int, error) {
	answer, err := local.SignedRequest(ctx, d.central, d.AWS.Endpoint(), "lambda", http.MethodGet,
		"/2019-09-30/functions/"+d.outputs["NotifierName"]+"/concurrency", "application/json", "")
	if err != nil {
		return 0, err
	}
	var found struct{ ReservedConcurrentExecutions *json.Number }
	if len(answer) > 0 {
		if err := json.Unmarshal(answer, &found); err != nil {
			return 0, err
		}
	}
	if found.ReservedConcurrentExecutions == nil {
		return math.MaxInt, nil
	}
	return strconv.Atoi(found.ReservedConcurrentExecutions.String())
}

func sleep(ctx context.Context, t time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(t):
		return nil
	}
}
