package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local"
)

// putMetrics puts what happened since the last time into CloudWatch, as of the period that the
// clock shows: what the notifier wrote for it, and what SQS and Lambda would put there by
// themselves.
func (d *drill) putMetrics(ctx context.Context) error {
	// What the function has written may still be under way.
	for end := time.Now().Add(local.Timeout); strings.Count(d.output.String(), `"`+contract.MetricReceived+
		`":`) < d.batches; {
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("the notifier wrote metrics of fewer runs than the %d that there were", d.batches)
		}
	}
	text := d.output.String()
	unread := text[d.outputRead:]
	d.outputRead = len(text)
	for text := range strings.Lines(unread) {
		var line map[string]any
		if json.Unmarshal([]byte(text), &line) != nil || line["_aws"] == nil {
			continue
		}
		for name, value := range line {
			if number, ok := value.(float64); ok && slices.Contains(contract.Metrics, name) {
				if err := d.cloudWatch.put(ctx, d.clock, contract.MetricsNamespace, name, nil, number); err != nil {
					return err
				}
			}
		}
	}
	for _, url := range []string{d.outputs["QueueUrl"], d.deadLetterQueueURL} {
		name := []dimension{{"QueueName", filepath.Base(url)}}
		out, err := d.queue.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(url),
			AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages}})
		if err != nil {
			return err
		}
		visible, err := strconv.ParseFloat(out.Attributes[string(types.QueueAttributeNameApproximateNumberOfMessages)], 64)
		if err != nil {
			return err
		}
		age := 0.0
		if url == d.outputs["QueueUrl"] && visible > 0 && !d.waitingSince.IsZero() {
			age = d.clock.Sub(d.waitingSince).Seconds()
		}
		if err := d.cloudWatch.put(ctx, d.clock, "AWS/SQS", "ApproximateNumberOfMessagesVisible", name, visible); err != nil {
			return err
		}
		if err := d.cloudWatch.put(ctx, d.clock, "AWS/SQS", "ApproximateAgeOfOldestMessage", name, age); err != nil {
			return err
		}
	}
	function := []dimension{{"FunctionName", d.outputs["NotifierName"]}}
	for name, count := range map[string]*int{"Errors": &d.errors, "Throttles": &d.throttles} {
		if err := d.cloudWatch.put(ctx, d.clock, "AWS/Lambda", name, function, float64(*count)); err != nil {
			return err
		}
		*count = 0
	}
	return nil
}
