package accounts

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// pages answers with one instance a page, and with an error after the last where it has one.
type pages struct {
	instances []types.StackInstanceSummary
	err       error
	asked     []*cloudformation.ListStackInstancesInput
}

func (p *pages) ListStackInstances(_ context.Context, in *cloudformation.ListStackInstancesInput, _ ...func(*cloudformation.Options)) (*cloudformation.ListStackInstancesOutput, error) {
	p.asked = append(p.asked, in)
	n := len(p.asked)
	if n > len(p.instances) {
		return nil, p.err
	}
	out := &cloudformation.ListStackInstancesOutput{Summaries: p.instances[n-1 : n]}
	if n < len(p.instances) || p.err != nil {
		out.NextToken = aws.String("next")
	}
	return out, nil
}

func instance(account, region string, status types.StackInstanceStatus) types.StackInstanceSummary {
	return types.StackInstanceSummary{Account: &account, Region: &region, Status: status}
}

func TestList(t *testing.T) {
	client := &pages{instances: []types.StackInstanceSummary{
		instance("222222222222", "eu-west-1", types.StackInstanceStatusCurrent),
		instance("333333333333", "us-east-1", types.StackInstanceStatusOutdated),
		instance("222222222222", "eu-central-1", types.StackInstanceStatusInoperable),
	}}
	i := &Instances{Client: client, Name: "TrailbusForwarder", CallAs: "DELEGATED_ADMIN"}
	got, err := i.List(t.Context())
	want := map[string][]string{"222222222222": {"eu-central-1", "eu-west-1"}, "333333333333": {"us-east-1"}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if len(client.asked) != 3 || *client.asked[0].StackSetName != "TrailbusForwarder" || client.asked[2].CallAs != types.CallAsDelegatedAdmin {
		t.Errorf("asked %+v", client.asked)
	}
	client = &pages{instances: client.instances[:1], err: errors.New("denied")}
	i.Client = client
	if got, err := i.List(t.Context()); got != nil || !errors.Is(err, client.err) {
		t.Errorf("got %v, %v of a list that broke off", got, err)
	}
}
