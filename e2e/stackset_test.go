package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/local"
	"github.com/trailbus/trailbus/internal/local/walk"
)

// stackSetConfig is added to the demo's trailbus.yaml to deploy by a stack set.
const stackSetConfig = `
deploy: stacksets
trail: create
management: "999999999999"
stackSet:
  organizationalUnits: [r-a1b2]
`

// minimalRules match none of the demo's records.
const minimalRules = `pack: few
rules:
  - id: saml-provider-made
    title: SAML provider made
    severity: high
    why: It lets its owner sign in.
    calls: [iam:CreateSAMLProvider]
`

// samlProviderEvent is an event that minimalRules match.
func samlProviderEvent(t *testing.T, account, region string) *cloudtrail.Event {
	t.Helper()
	record, _, _ := bytes.Cut(local.ExampleRecords, []byte("\n"))
	event, err := cloudtrail.FromRecord([]byte(strings.NewReplacer("AttachUserPolicy", "CreateSAMLProvider", "222222222222", account, "us-east-1", region).Replace(string(record))))
	if err != nil {
		t.Fatal(err)
	}
	if event.Account != account || event.Region != region {
		t.Fatalf("the event is of %s %s", event.Account, event.Region)
	}
	return event
}

// TestStackSetDeployment moves from stacks to a stack set without losing an event, and updates the
// rules of every instance.
func TestStackSetDeployment(t *testing.T) {
	if testing.Short() {
		t.Skip("takes two minutes")
	}
	t.Parallel()
	r := walk.NewWalk(t, walk.Repository(t), "")
	must := r.Must
	ctx := t.Context()
	must("writing the rules", os.WriteFile(filepath.Join(r.Temp, "few.yaml"), []byte(minimalRules), 0o644))
	withFew := bytes.Replace(local.ExampleConfig, []byte("packs: [cis]"), []byte("files: [few.yaml]"), 1)
	stacks, set, setWithAll := withFew, append(bytes.Clone(withFew), stackSetConfig...), append(bytes.Clone(local.ExampleConfig), stackSetConfig+inspectionConfig...)
	deploy := func(text []byte, title string) {
		t.Helper()
		must(title, os.RemoveAll(r.CDKOut()))
		must(title, r.Configure(text))
		must("bootstrapping", r.Bootstrap(ctx))
		must(title, r.Step(ctx, title, r.Deploy))
	}
	must("the configuration of the organization", r.Configure(set))
	must("the local AWS", r.StartAWS(ctx))
	must("go build", r.Compile(ctx))

	deploy(stacks, "cdk deploy --all of stacks")
	outputs, err := r.Outputs()
	must("outputs", err)
	central, err := r.AWS.Config(ctx, r.Config.Central.Account, r.Config.Central.Region)
	must("credentials", err)
	queue, before := sqs.NewFromConfig(central), 0
	// crosses puts an event on the default bus of each account and Region and counts what arrives
	// of each.
	crosses := func(when string, wanted map[string]int) {
		t.Helper()
		if len(wanted) == 0 {
			t.Fatal("no account")
		}
		for account, times := range wanted {
			for _, region := range []string{"us-east-1", "eu-central-1", "eu-west-1"} {
				must("an event", r.Put(ctx, samlProviderEvent(t, account, region)))
				n, err := local.MessageCount(ctx, queue, outputs["QueueUrl"])
				must("the queue", err)
				if n-before != times {
					t.Errorf("%s: an event of %s %s arrived %d times, wanted %d", when, account, region, n-before, times)
				}
				before = n
			}
		}
	}
	const security, production, management = "111111111111", "222222222222", "999999999999"
	crosses("stacks", map[string]int{security: 1, production: 1, management: 0})

	deploy(set, "cdk deploy --all with a stack set")
	ofManagement, err := r.AWS.Config(ctx, management, r.Config.Central.Region)
	must("credentials", err)
	buckets, err := s3.NewFromConfig(ofManagement).ListBuckets(ctx, &s3.ListBucketsInput{Prefix: aws.String("trailbustrail-")})
	must("the buckets of the management account", err)
	if len(buckets.Buckets) != 1 {
		t.Errorf("the management account has %d buckets of a trail", len(buckets.Buckets))
	}
	crosses("stacks, and a stack set beside them", map[string]int{security: 2, production: 2, management: 1})

	must("the old configuration", r.Configure(stacks))
	must("cdk destroy", r.CDK(ctx, security, "destroy", "Forwarder-*", "--force"))
	crosses("the stack set alone", map[string]int{security: 1, production: 1, management: 1})

	_, err = queue.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: aws.String(outputs["QueueUrl"])})
	must("emptying the queue", err)
	r.Validate(true)
	deploy(setWithAll, "cdk deploy --all with other rules")
	r.Validate(false)
	must("cdk diff", r.Diff(ctx))
	for _, account := range []string{security, production, management} {
		in, err := r.AWS.Config(ctx, account, r.Config.Central.Region)
		must("credentials", err)
		role, err := iam.NewFromConfig(in).GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(contract.InspectionRole)})
		must("the inspection role of "+account, err) // one template went to three Regions, and made it in one
		if trust := aws.ToString(role.Role.AssumeRolePolicyDocument); !strings.Contains(trust, security) {
			t.Errorf("in %s the inspection role trusts %s", account, trust)
		}
	}
	result, err := r.RunEvents(ctx)
	must("events", err)
	if err := result.Check(); err != nil {
		t.Error(err)
	}
	if result.Wanted != 12 || len(result.Messages) != 12 {
		t.Errorf("%d events were wanted and %d posted, expected 12", result.Wanted, len(result.Messages))
	}
	// The records come from two accounts and three Regions, none of which has a forwarder but by
	// the stack set.
	places := map[string]bool{}
	for _, message := range result.Messages {
		for _, account := range []string{"security (111111111111)", "production (222222222222)"} {
			for _, region := range []string{"us-east-1", "eu-central-1", "eu-west-1"} {
				if strings.Contains(string(message.Payload), account) && strings.Contains(string(message.Payload), region) {
					places[account+region] = true
				}
			}
		}
	}
	if len(places) != 6 {
		t.Errorf("events of %v were posted, wanted those of two accounts in three Regions", places)
	}
	t.Log(r.Output.String())
}
