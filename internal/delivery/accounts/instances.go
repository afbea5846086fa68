package accounts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// listTimeout is how long [Instances.List] may take: 8,500 instances are 85 pages.
const listTimeout = 20 * time.Second

// Instances lists the instances of a stack set.
type Instances struct {
	// Client is a *cloudformation.Client of the stack set's Region.
	Client cloudformation.ListStackInstancesAPIClient
	// Name is the name of the stack set, CallAs the caller's role in the organization: SELF or
	// DELEGATED_ADMIN.
	Name, CallAs string
}

// List returns the Regions of the instances by account, sorted. It includes those that failed to
// deploy, since they are expected.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackInstances.html
func (i *Instances) List(ctx context.Context) (map[string][]string, error) {
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	pages := cloudformation.NewListStackInstancesPaginator(i.Client, &cloudformation.ListStackInstancesInput{
		StackSetName: aws.String(i.Name), CallAs: types.CallAs(i.CallAs),
	})
	regions := map[string][]string{}
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("listing the instances of the stack set %s: %w", i.Name, err)
		}
		for _, instance := range page.Summaries {
			account := aws.ToString(instance.Account)
			regions[account] = append(regions[account], aws.ToString(instance.Region))
		}
	}
	for _, of := range regions {
		slices.Sort(of)
	}
	return regions, nil
}
