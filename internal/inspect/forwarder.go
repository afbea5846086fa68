package inspect

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/trailbus/trailbus/internal/inspect/deployed"
	"github.com/trailbus/trailbus/internal/inspect/doctor"
)

// forwarderPolicy is the name of the policy of a forwarder's role.
const forwarderPolicy = "PutEvents"

// FindForwarder reads the forwarder of a Region. CloudFormation names its rules, so they are found
// by their target, the central bus.
func FindForwarder(ctx context.Context, config aws.Config, roles *iam.Client,
	centralBus string) *doctor.FoundForwarder {
	f := &doctor.FoundForwarder{Roles: map[string]doctor.Answer[doctor.FoundRole]{},
		Queues: map[string]doctor.Answer[doctor.FoundQueue]{}}
	events := eventbridge.NewFromConfig(config)
	f.Rules, f.Err = findRulesTo(ctx, events, "", centralBus)
	queues := sqs.NewFromConfig(config)
	for _, rule := range f.Rules {
		for _, target := range rule.Targets {
			if target.ARN != centralBus {
				continue
			}
			if _, asked := f.Roles[target.Role]; target.Role != "" && !asked {
				f.Roles[target.Role] = findRole(ctx, roles, target.Role)
			}
			if _, asked := f.Queues[target.DeadLetterQueue]; target.DeadLetterQueue != "" && !asked {
				f.Queues[target.DeadLetterQueue] = findQueueByARN(ctx, queues, target.DeadLetterQueue)
			}
		}
	}
	return f
}

// findRulesTo returns the rules of a bus that send to a target. An empty bus is the default bus.
func findRulesTo(ctx context.Context, events *eventbridge.Client, bus, target string) ([]doctor.FoundRule, error) {
	var name *string
	if bus != "" {
		name = &bus
	}
	var found []doctor.FoundRule
	for next := (*string)(nil); ; {
		page, err := events.ListRuleNamesByTarget(ctx, &eventbridge.ListRuleNamesByTargetInput{TargetArn: &target,
			EventBusName: name, NextToken: next})
		if err != nil {
			return nil, deployed.Explain("looking for the rules that send to "+target, "events:ListRuleNamesByTarget", err)
		}
		for _, rule := range page.RuleNames {
			found = append(found, findRule(ctx, events, name, rule))
		}
		if next = page.NextToken; aws.ToString(next) == "" {
			return found, nil
		}
	}
}

func findRule(ctx context.Context, events *eventbridge.Client, bus *string, name string) doctor.FoundRule {
	rule, err := events.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name, EventBusName: bus})
	if err != nil {
		return doctor.FoundRule{Name: name, Err: deployed.Explain("reading it", "events:DescribeRule", err)}
	}
	f := doctor.FoundRule{Name: name, ARN: aws.ToString(rule.Arn), Bus: aws.ToString(rule.EventBusName),
		Description: aws.ToString(rule.Description),
		State:       string(rule.State), Pattern: aws.ToString(rule.EventPattern),
		Schedule: aws.ToString(rule.ScheduleExpression)}
	// A rule has at most five targets, which fit on one page.
	targets, err := events.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: &name, EventBusName: bus})
	if err != nil {
		f.Err = deployed.Explain("reading its targets", "events:ListTargetsByRule", err)
		return f
	}
	for _, t := range targets.Targets {
		target := doctor.FoundTarget{ARN: aws.ToString(t.Arn), Role: aws.ToString(t.RoleArn),
			Changed: t.Input != nil || t.InputPath != nil || t.InputTransformer != nil}
		if t.DeadLetterConfig != nil {
			target.DeadLetterQueue = aws.ToString(t.DeadLetterConfig.Arn)
		}
		f.Targets = append(f.Targets, target)
	}
	return f
}

func findRole(ctx context.Context, roles *iam.Client, arn string) doctor.Answer[doctor.FoundRole] {
	name := arn[strings.LastIndex(arn, "/")+1:]
	got, err := roles.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return toAnswer(doctor.FoundRole{}, "reading it", "iam:GetRole", err)
	}
	found := doctor.FoundRole{Trust: decodePolicy(got.Role.AssumeRolePolicyDocument)}
	policy, err := roles.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &name,
		PolicyName: aws.String(forwarderPolicy)})
	if isNotFound(err) {
		return doctor.Found(found)
	}
	if err == nil {
		found.Policies = []string{decodePolicy(policy.PolicyDocument)}
	}
	return toAnswer(found, "reading its policy", "iam:GetRolePolicy", err)
}

// decodePolicy decodes a policy, which IAM returns URL-encoded
// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html).
func decodePolicy(text *string) string {
	if plain, err := url.PathUnescape(aws.ToString(text)); err == nil {
		return plain
	}
	return aws.ToString(text)
}

// findQueueByARN reads a queue by its ARN.
func findQueueByARN(ctx context.Context, queues *sqs.Client, arn string) doctor.Answer[doctor.FoundQueue] {
	parts := strings.Split(arn, ":")
	if len(parts) != 6 {
		return doctor.Answer[doctor.FoundQueue]{}
	}
	address, err := queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &parts[5], QueueOwnerAWSAccountId: &parts[4]})
	if err != nil {
		return toAnswer(doctor.FoundQueue{}, "looking for it", "sqs:GetQueueUrl", err)
	}
	return findQueueByURL(ctx, queues, aws.ToString(address.QueueUrl))
}

// findQueueByURL reads a queue by its URL.
func findQueueByURL(ctx context.Context, queues *sqs.Client, address string) doctor.Answer[doctor.FoundQueue] {
	counts := []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages,
		types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
		types.QueueAttributeNameApproximateNumberOfMessagesDelayed}
	got, err := queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &address,
		AttributeNames: append(counts, types.QueueAttributeNamePolicy, types.QueueAttributeNameQueueArn)})
	if err != nil {
		return toAnswer(doctor.FoundQueue{}, "reading it", "sqs:GetQueueAttributes", err)
	}
	found := doctor.FoundQueue{ARN: got.Attributes[string(types.QueueAttributeNameQueueArn)],
		Policy: got.Attributes[string(types.QueueAttributeNamePolicy)]}
	for _, count := range counts {
		n, _ := strconv.Atoi(got.Attributes[string(count)]) // a number, by the API
		found.Messages += n
	}
	return doctor.Found(found)
}
