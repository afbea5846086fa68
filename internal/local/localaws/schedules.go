package localaws

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
)

// FireSchedules lets every enabled schedule of the default bus of an account and Region fire once
// and returns the ARNs of their rules: no schedule fires by itself here. The events say that it is
// at, which need not be now: a test can let hours of schedules pass. The event is that of
// EventBridge:
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
func (s *Server) FireSchedules(ctx context.Context, account, region string, at time.Time) (rules []string, err error) {
	config, err := s.Config(ctx, account, region)
	if err != nil {
		return nil, err
	}
	client := eventbridge.NewFromConfig(config)
	for in := (&eventbridge.ListRulesInput{}); ; {
		out, err := client.ListRules(ctx, in)
		if err != nil {
			return rules, fmt.Errorf("schedules of account %s in %s: %w", account, region, err)
		}
		for _, r := range out.Rules {
			if r.ScheduleExpression == nil || r.State == types.RuleStateDisabled {
				continue
			}
			put, err := client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
				Source: aws.String("aws.events"), DetailType: aws.String("Scheduled Event"), Detail: aws.String("{}"),
				Resources: []string{*r.Arn}, Time: &at,
			}}})
			if err == nil && put.FailedEntryCount > 0 {
				err = fmt.Errorf("%s: %s", aws.ToString(put.Entries[0].ErrorCode), aws.ToString(put.Entries[0].ErrorMessage))
			}
			if err != nil {
				return rules, fmt.Errorf("firing %s: %w", *r.Arn, err)
			}
			rules = append(rules, *r.Arn)
		}
		if out.NextToken == nil {
			return rules, nil
		}
		in.NextToken = out.NextToken
	}
}
