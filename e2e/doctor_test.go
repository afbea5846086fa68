package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	cloudtrailtypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	eventbridgetypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/inspect"
	"github.com/trailbus/trailbus/internal/inspect/deployed"
	"github.com/trailbus/trailbus/internal/inspect/doctor"
	"github.com/trailbus/trailbus/internal/local"
	"github.com/trailbus/trailbus/internal/local/walk"
)

// inspectionConfig is added to the demo's trailbus.yaml for the doctor. The local AWS has no trail
// of an organization.
const inspectionConfig = `
inspectionRole: true
`

// fixture is a deployment that is broken in one way after the other.
type fixture struct {
	*walk.Walk
	central *deployed.Central
}

// breakage is one way to break it. breakIt returns its fix.
type breakage struct {
	name string
	// check and region are those of the gap; found is a part of what it says.
	check   doctor.Check
	region  string
	found   string
	breakIt func(context.Context, *fixture) (fix func() error, err error)
}

// The account and Region that are broken, and the central Region.
const brokenAccount, brokenRegion, centralRegion = "222222222222", "eu-west-1", "eu-central-1"

// denyAll is the policy of a queue that denies all.
const denyAll = `{"Version":"2012-10-17","Statement":[{"Sid":"DenyAll","Effect":"Deny","Principal":"*","Action":"sqs:SendMessage","Resource":"*"}]}`

// TestDoctorFindsEachBreakage deploys the real stacks once, breaks one thing after the other, and
// sees that it is found, and nothing else.
func TestDoctorFindsEachBreakage(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	c := &fixture{Walk: walk.NewWalk(t, walk.Repository(t), "")}
	ctx := t.Context()
	c.Must("the configuration", c.Configure(append(bytes.Clone(local.ExampleConfig), inspectionConfig...)))
	c.Must("the local AWS", c.StartAWS(ctx))
	c.Must("go build", c.Compile(ctx))
	c.Must("bootstrapping", c.Bootstrap(ctx))
	c.Must("cdk deploy", c.Deploy(ctx))
	c.useCredentials(t, c.Config.Central.Account)
	var err error
	c.central, err = deployed.Find(ctx, c.Config.Central.Account, c.Config.Central.Region)
	c.Must("the central stack", err)
	// Breaking and fixing use the clients of the local AWS: with retries of a lost answer, a
	// message could be sent twice.
	c.central.Config, err = c.awsConfig(ctx, c.Config.Central.Account, c.Config.Central.Region)
	c.Must("credentials", err)
	for _, account := range c.Config.Accounts {
		c.Must("a trail", c.createTrail(ctx, account.ID))
	}
	c.Must("heartbeats", c.recordHeartbeats(ctx, time.Now()))

	report := c.runDoctor(t)
	if gaps := gaps(report); len(gaps) != 0 {
		t.Fatalf("nothing is broken, and there are %d gaps: %v", len(gaps), gaps)
	}
	for _, f := range report.Findings {
		if f.Check != doctor.Region || strings.Count(f.Found, ",") != 17-3-1 {
			t.Errorf("nothing is broken, and it warns: %+v", f)
		}
	}
	if len(report.Findings) != 2 || len(report.Accounts) != 2 {
		t.Errorf("%d warnings for %d accounts, want one for each of 2: Regions without a forwarder", len(report.Findings), len(report.Accounts))
	}

	for _, b := range breakages {
		fix, err := b.breakIt(ctx, c)
		if err != nil {
			t.Errorf("%s: it cannot be broken: %v", b.name, err)
			continue
		}
		gaps := gaps(c.runDoctor(t))
		if len(gaps) != 1 || gaps[0].Check != b.check || gaps[0].Region != b.region || !strings.Contains(gaps[0].Found, b.found) {
			t.Errorf("%s: found %+v, want %s in %s: …%s…", b.name, gaps, b.check, b.region, b.found)
		}
		for _, gap := range gaps {
			if gap.Check.Means() == "" || gap.Check.Fix() == "" {
				t.Errorf("%s is not explained", gap.Check)
			}
		}
		if err := fix(); err != nil {
			t.Errorf("%s: it cannot be fixed: %v", b.name, err)
		}
	}
	if gaps := gaps(c.runDoctor(t)); len(gaps) != 0 {
		t.Errorf("all is fixed, and there are gaps: %v", gaps)
	}
}

// useCredentials gives this process the credentials of an account.
func (c *fixture) useCredentials(t *testing.T, account string) {
	env, err := c.AWS.Env(t.Context(), account, "us-east-1")
	c.Must("credentials", err)
	for _, variable := range env {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
}

func (c *fixture) runDoctor(t *testing.T) *inspect.Report {
	t.Helper()
	d := &inspect.Doctor{Config: c.Config, Central: c.central, Role: contract.InspectionRole}
	report, err := d.Prepare(t.Context())
	c.Must("what there is", err)
	c.Must("doctor", d.Run(t.Context(), report))
	return report
}

func gaps(report *inspect.Report) []doctor.Finding {
	var gaps []doctor.Finding
	for _, f := range report.Findings {
		if !f.Warning {
			gaps = append(gaps, f)
		}
	}
	return gaps
}

func (c *fixture) awsConfig(ctx context.Context, account, region string) (aws.Config, error) {
	return c.AWS.Config(ctx, account, region)
}

// createTrail makes a trail of all Regions that logs, as accounts have one.
func (c *fixture) createTrail(ctx context.Context, account string) error {
	config, err := c.awsConfig(ctx, account, "us-east-1")
	if err != nil {
		return err
	}
	bucket := "trail-" + account
	if _, err := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true }).CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket, ACL: s3types.BucketCannedACLPrivate}); err != nil {
		return err
	}
	client := cloudtrail.NewFromConfig(config)
	if _, err := client.CreateTrail(ctx, &cloudtrail.CreateTrailInput{Name: aws.String("all"), S3BucketName: &bucket, IsMultiRegionTrail: aws.Bool(true), IncludeGlobalServiceEvents: aws.Bool(true)}); err != nil {
		return err
	}
	_, err = client.StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: aws.String("all")})
	return err
}

func (c *fixture) store() *state.Table {
	return &state.Table{Client: dynamodb.NewFromConfig(c.central.Config), Name: c.central.TableName, Timeout: time.Minute}
}

// recordHeartbeats notes a heartbeat of each forwarder, as the notifier does.
func (c *fixture) recordHeartbeats(ctx context.Context, at time.Time) error {
	for _, account := range c.Config.Accounts {
		known := contract.AccountHeartbeats{}
		for _, region := range account.Regions {
			known[region] = contract.RegionHeartbeat{LastHeartbeat: at.Unix()}
		}
		if err := c.saveHeartbeats(ctx, account.ID, known); err != nil {
			return err
		}
	}
	return nil
}

func (c *fixture) saveHeartbeats(ctx context.Context, account string, known contract.AccountHeartbeats) error {
	key := contract.HeartbeatsKey(account)
	entries, err := c.store().Load(ctx, []string{key})
	if err != nil {
		return err
	}
	data, err := json.Marshal(known)
	if err != nil {
		return err
	}
	ok, err := c.store().Save(ctx, key, entries[key].Version, data, time.Now().Add(time.Hour))
	if err == nil && !ok {
		err = fmt.Errorf("%s was changed", key)
	}
	return err
}

// findRule gives the forwarding rules, or the heartbeat, of the account and Region that are broken.
func (c *fixture) findRule(ctx context.Context, schedule bool) (*eventbridge.Client, *eventbridge.DescribeRuleOutput, error) {
	config, err := c.awsConfig(ctx, brokenAccount, brokenRegion)
	if err != nil {
		return nil, nil, err
	}
	client := eventbridge.NewFromConfig(config)
	list, err := client.ListRuleNamesByTarget(ctx, &eventbridge.ListRuleNamesByTargetInput{TargetArn: &c.central.BusARN})
	if err != nil {
		return nil, nil, err
	}
	for _, name := range list.RuleNames {
		rule, err := client.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name})
		if err != nil {
			return nil, nil, err
		}
		// The first of those that get read-only events too: all states of a rule can be wrong
		// there.
		if schedule == (aws.ToString(rule.ScheduleExpression) != "") && (schedule || rule.State != eventbridgetypes.RuleStateEnabled) {
			return client, rule, nil
		}
	}
	return nil, nil, fmt.Errorf("no rule among %q", list.RuleNames)
}

// changeRule makes a rule as it was, but for what change changes.
func changeRule(ctx context.Context, client *eventbridge.Client, rule *eventbridge.DescribeRuleOutput, change func(*eventbridge.PutRuleInput)) (func() error, error) {
	input := func() *eventbridge.PutRuleInput {
		return &eventbridge.PutRuleInput{Name: rule.Name, EventBusName: rule.EventBusName, Description: rule.Description, EventPattern: rule.EventPattern,
			ScheduleExpression: rule.ScheduleExpression, State: rule.State}
	}
	changed := input()
	change(changed)
	_, err := client.PutRule(ctx, changed)
	return func() error { _, err := client.PutRule(ctx, input()); return err }, err
}

// findTarget gives the target of a forwarding rule, or of the heartbeat.
func (c *fixture) findTarget(ctx context.Context, schedule bool) (*eventbridge.Client, *string, eventbridgetypes.Target, error) {
	client, rule, err := c.findRule(ctx, schedule)
	if err != nil {
		return nil, nil, eventbridgetypes.Target{}, err
	}
	list, err := client.ListTargetsByRule(ctx, &eventbridge.ListTargetsByRuleInput{Rule: rule.Name})
	if err != nil {
		return nil, nil, eventbridgetypes.Target{}, err
	}
	return client, rule.Name, list.Targets[0], nil
}

// changeTarget does something to the target of a forwarding rule, and puts it as it was.
func (c *fixture) changeTarget(ctx context.Context, change func(client *eventbridge.Client, rule *string, target eventbridgetypes.Target) error) (func() error, error) {
	client, rule, target, err := c.findTarget(ctx, false)
	if err != nil {
		return nil, err
	}
	return func() error {
		_, err := client.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: rule, Targets: []eventbridgetypes.Target{target}})
		return err
	}, change(client, rule, target)
}

// changeAttributes sets attributes of a queue, and sets them back.
func changeAttributes(ctx context.Context, config aws.Config, url string, changed map[string]string) (func() error, error) {
	client := sqs.NewFromConfig(config)
	before, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll}})
	if err != nil {
		return nil, err
	}
	old := map[string]string{}
	for name := range changed {
		old[name] = before.Attributes[name]
	}
	_, err = client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: changed})
	return func() error {
		_, err := client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: old})
		return err
	}, err
}

// sendDeadLetter puts a message into a queue, and takes it out again.
func sendDeadLetter(ctx context.Context, config aws.Config, url string) (func() error, error) {
	client := sqs.NewFromConfig(config)
	_, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("{}")})
	return func() error { _, err := client.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &url}); return err }, err
}

// findRole is that of the forwarder.
func (c *fixture) findRole(ctx context.Context) (*iam.Client, *string, error) {
	_, _, target, err := c.findTarget(ctx, true)
	if err != nil {
		return nil, nil, err
	}
	config, err := c.awsConfig(ctx, brokenAccount, brokenRegion)
	return iam.NewFromConfig(config), aws.String((*target.RoleArn)[strings.LastIndex(*target.RoleArn, "/")+1:]), err
}

// findDeadLetterQueue is that of the forwarder.
func (c *fixture) findDeadLetterQueue(ctx context.Context) (aws.Config, string, error) {
	_, _, target, err := c.findTarget(ctx, true)
	if err != nil {
		return aws.Config{}, "", err
	}
	config, err := c.awsConfig(ctx, brokenAccount, brokenRegion)
	if err != nil {
		return config, "", err
	}
	arn := *target.DeadLetterConfig.Arn
	found, err := sqs.NewFromConfig(config).GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(arn[strings.LastIndex(arn, ":")+1:])})
	if err != nil {
		return config, "", err
	}
	return config, *found.QueueUrl, nil
}

func (c *fixture) trailClient(ctx context.Context) (*cloudtrail.Client, error) {
	config, err := c.awsConfig(ctx, brokenAccount, "us-east-1")
	return cloudtrail.NewFromConfig(config), err
}

// changeSelectors gives the trail an event selector, and then one for everything.
func (c *fixture) changeSelectors(ctx context.Context, selector cloudtrailtypes.EventSelector) (func() error, error) {
	client, err := c.trailClient(ctx)
	if err != nil {
		return nil, err
	}
	set := func(selector cloudtrailtypes.EventSelector) error {
		_, err := client.PutEventSelectors(ctx, &cloudtrail.PutEventSelectorsInput{TrailName: aws.String("all"), EventSelectors: []cloudtrailtypes.EventSelector{selector}})
		return err
	}
	return func() error {
		return set(cloudtrailtypes.EventSelector{ReadWriteType: cloudtrailtypes.ReadWriteTypeAll, IncludeManagementEvents: aws.Bool(true)})
	}, set(selector)
}

func (c *fixture) changeSecret(ctx context.Context, change func(string) string) (func() error, error) {
	client := secretsmanager.NewFromConfig(c.central.Config)
	before, err := client.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &c.Config.Slack.Secret})
	if err != nil {
		return nil, err
	}
	put := func(text string) error {
		_, err := client.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &c.Config.Slack.Secret, SecretString: &text})
		return err
	}
	return func() error { return put(*before.SecretString) }, put(change(*before.SecretString))
}

func unescaped(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

var breakages = []breakage{
	{"a rule is disabled", doctor.RuleState, brokenRegion, "is disabled", func(ctx context.Context, c *fixture) (func() error, error) {
		client, rule, err := c.findRule(ctx, false)
		if err != nil {
			return nil, err
		}
		return changeRule(ctx, client, rule, func(in *eventbridge.PutRuleInput) { in.State = eventbridgetypes.RuleStateDisabled })
	}},
	{"a rule gets no read-only events", doctor.RuleState, brokenRegion, "it gets no read-only events", func(ctx context.Context, c *fixture) (func() error, error) {
		client, rule, err := c.findRule(ctx, false)
		if err != nil {
			return nil, err
		}
		return changeRule(ctx, client, rule, func(in *eventbridge.PutRuleInput) { in.State = eventbridgetypes.RuleStateEnabled })
	}},
	{"a rule has drifted", doctor.RulePattern, brokenRegion, `source has "aws.nothing" besides`, func(ctx context.Context, c *fixture) (func() error, error) {
		client, rule, err := c.findRule(ctx, false)
		if err != nil {
			return nil, err
		}
		var pattern map[string]any
		if err := json.Unmarshal([]byte(*rule.EventPattern), &pattern); err != nil {
			return nil, err
		}
		pattern["source"] = []string{"aws.nothing"}
		text, err := json.Marshal(pattern)
		if err != nil {
			return nil, err
		}
		return changeRule(ctx, client, rule, func(in *eventbridge.PutRuleInput) { in.EventPattern = aws.String(string(text)) })
	}},
	{"the target of a rule is removed", doctor.Rule, brokenRegion, "its target was removed", func(ctx context.Context, c *fixture) (func() error, error) {
		return c.changeTarget(ctx, func(client *eventbridge.Client, rule *string, target eventbridgetypes.Target) error {
			_, err := client.RemoveTargets(ctx, &eventbridge.RemoveTargetsInput{Rule: rule, Ids: []string{*target.Id}})
			return err
		})
	}},
	{"a target has no dead-letter queue", doctor.DeadLetterQueue, brokenRegion, "has no dead-letter queue", func(ctx context.Context, c *fixture) (func() error, error) {
		return c.changeTarget(ctx, func(client *eventbridge.Client, rule *string, target eventbridgetypes.Target) error {
			target.DeadLetterConfig = nil
			_, err := client.PutTargets(ctx, &eventbridge.PutTargetsInput{Rule: rule, Targets: []eventbridgetypes.Target{target}})
			return err
		})
	}},
	{"the heartbeat is disabled", doctor.RuleState, brokenRegion, "the heartbeat", func(ctx context.Context, c *fixture) (func() error, error) {
		client, rule, err := c.findRule(ctx, true)
		if err != nil {
			return nil, err
		}
		_, err = client.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: rule.Name})
		return func() error {
			_, err := client.EnableRule(ctx, &eventbridge.EnableRuleInput{Name: rule.Name})
			return err
		}, err
	}},
	{"the role may send nothing", doctor.Role, brokenRegion, "may not put events on the central bus", func(ctx context.Context, c *fixture) (func() error, error) {
		client, name, err := c.findRole(ctx)
		if err != nil {
			return nil, err
		}
		policy := aws.String("PutEvents")
		before, err := client.GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: name, PolicyName: policy})
		if err != nil {
			return nil, err
		}
		_, err = client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: name, PolicyName: policy})
		return func() error {
			_, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: name, PolicyName: policy, PolicyDocument: aws.String(unescaped(*before.PolicyDocument))})
			return err
		}, err
	}},
	{"EventBridge may not take the role", doctor.Role, brokenRegion, "EventBridge may not take the role", func(ctx context.Context, c *fixture) (func() error, error) {
		client, name, err := c.findRole(ctx)
		if err != nil {
			return nil, err
		}
		before, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: name})
		if err != nil {
			return nil, err
		}
		trust := func(text string) error {
			_, err := client.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{RoleName: name, PolicyDocument: &text})
			return err
		}
		old := unescaped(*before.Role.AssumeRolePolicyDocument)
		return func() error { return trust(old) }, trust(strings.Replace(old, "events.amazonaws.com", "lambda.amazonaws.com", 1))
	}},
	{"a dead letter in an account", doctor.DeadLetters, brokenRegion, "holds 1 events", func(ctx context.Context, c *fixture) (func() error, error) {
		config, url, err := c.findDeadLetterQueue(ctx)
		if err != nil {
			return nil, err
		}
		return sendDeadLetter(ctx, config, url)
	}},
	{"the dead-letter queue of an account takes nothing", doctor.DeadLetterQueue, brokenRegion, "takes nothing of the rule", func(ctx context.Context, c *fixture) (func() error, error) {
		config, url, err := c.findDeadLetterQueue(ctx)
		if err != nil {
			return nil, err
		}
		return changeAttributes(ctx, config, url, map[string]string{"Policy": denyAll})
	}},
	{"the trail of an account is stopped", doctor.TrailLogs, "", "the trail all does not log", func(ctx context.Context, c *fixture) (func() error, error) {
		client, err := c.trailClient(ctx)
		if err != nil {
			return nil, err
		}
		_, err = client.StopLogging(ctx, &cloudtrail.StopLoggingInput{Name: aws.String("all")})
		return func() error {
			_, err := client.StartLogging(ctx, &cloudtrail.StartLoggingInput{Name: aws.String("all")})
			return err
		}, err
	}},
	{"the trail leaves out reads", doctor.TrailSelectors, "", "no trail logs read-only management events", func(ctx context.Context, c *fixture) (func() error, error) {
		return c.changeSelectors(ctx, cloudtrailtypes.EventSelector{ReadWriteType: cloudtrailtypes.ReadWriteTypeWriteOnly, IncludeManagementEvents: aws.Bool(true)})
	}},
	{"a forwarder is silent", doctor.Heartbeat, brokenRegion, "it was last heard", func(ctx context.Context, c *fixture) (func() error, error) {
		known, now := contract.AccountHeartbeats{}, time.Now()
		for _, region := range []string{"us-east-1", "eu-central-1", "eu-west-1"} {
			known[region] = contract.RegionHeartbeat{LastHeartbeat: now.Unix()}
		}
		known[brokenRegion] = contract.RegionHeartbeat{LastHeartbeat: now.Add(-3 * time.Hour).Unix()}
		return func() error { return c.recordHeartbeats(ctx, now) }, c.saveHeartbeats(ctx, brokenAccount, known)
	}},
	{"the bus does not admit the organization", doctor.BusPolicy, centralRegion, brokenAccount, func(ctx context.Context, c *fixture) (func() error, error) {
		client := eventbridge.NewFromConfig(c.central.Config)
		before, err := client.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: aws.String("trailbus")})
		if err != nil {
			return nil, err
		}
		policy := func(text string) error {
			_, err := client.PutPermission(ctx, &eventbridge.PutPermissionInput{EventBusName: aws.String("trailbus"), Policy: &text})
			return err
		}
		return func() error { return policy(*before.Policy) }, policy(strings.Replace(*before.Policy, c.Config.Organization, "o-zzzzzzzzzz", 1))
	}},
	{"the rule to the queue is disabled", doctor.CentralRule, centralRegion, "is disabled", func(ctx context.Context, c *fixture) (func() error, error) {
		client := eventbridge.NewFromConfig(c.central.Config)
		name := c.central.NotifierRuleARN[strings.LastIndex(c.central.NotifierRuleARN, "/")+1:]
		rule, err := client.DescribeRule(ctx, &eventbridge.DescribeRuleInput{Name: &name, EventBusName: aws.String("trailbus")})
		if err != nil {
			return nil, err
		}
		return changeRule(ctx, client, rule, func(in *eventbridge.PutRuleInput) { in.State = eventbridgetypes.RuleStateDisabled })
	}},
	{"the queue takes nothing", doctor.QueuePolicy, centralRegion, "takes nothing of the rule", func(ctx context.Context, c *fixture) (func() error, error) {
		return changeAttributes(ctx, c.central.Config, c.central.QueueURL, map[string]string{"Policy": denyAll})
	}},
	{"a dead letter in the centre", doctor.CentralDeadLetters, centralRegion, "holds 1 messages", func(ctx context.Context, c *fixture) (func() error, error) {
		return sendDeadLetter(ctx, c.central.Config, c.central.DeadLetterQueueURL)
	}},
	{"the event source mapping is disabled", doctor.EventSource, centralRegion, "is Disabled", func(ctx context.Context, c *fixture) (func() error, error) {
		client := lambda.NewFromConfig(c.central.Config)
		list, err := client.ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: &c.central.NotifierName})
		if err != nil || len(list.EventSourceMappings) != 1 {
			return nil, fmt.Errorf("%d mappings: %w", len(list.EventSourceMappings), err)
		}
		set := func(enabled bool) error {
			_, err := client.UpdateEventSourceMapping(ctx, &lambda.UpdateEventSourceMappingInput{UUID: list.EventSourceMappings[0].UUID, Enabled: &enabled})
			return err
		}
		return func() error { return set(true) }, set(false)
	}},
	{"the secret lacks a webhook", doctor.Secret, centralRegion, `no webhook named "urgent"`, func(ctx context.Context, c *fixture) (func() error, error) {
		return c.changeSecret(ctx, func(old string) string { return strings.Replace(old, `"urgent"`, `"urgnet"`, 1) })
	}},
	{"the secret is something else", doctor.Secret, centralRegion, "found no webhook URL and no bot token", func(ctx context.Context, c *fixture) (func() error, error) {
		return c.changeSecret(ctx, func(string) string { return "hunter2" })
	}},
	{"the archive is gone", doctor.Archive, centralRegion, "the archive is not there", func(ctx context.Context, c *fixture) (func() error, error) {
		client := eventbridge.NewFromConfig(c.central.Config)
		name := c.central.ArchiveARN[strings.LastIndex(c.central.ArchiveARN, "/")+1:]
		before, err := client.DescribeArchive(ctx, &eventbridge.DescribeArchiveInput{ArchiveName: &name})
		if err != nil {
			return nil, err
		}
		_, err = client.DeleteArchive(ctx, &eventbridge.DeleteArchiveInput{ArchiveName: &name})
		return func() error {
			_, err := client.CreateArchive(ctx, &eventbridge.CreateArchiveInput{ArchiveName: &name, EventSourceArn: before.EventSourceArn, EventPattern: before.EventPattern, RetentionDays: before.RetentionDays})
			return err
		}, err
	}},
}
