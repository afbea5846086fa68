package inspect

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/trailbus/trailbus/internal/inspect/deployed"
	"github.com/trailbus/trailbus/internal/inspect/doctor"
)

// trails reads the trails of an account, each once: a multi-Region trail is listed in every Region.
type trails struct {
	config aws.Config
	mu     sync.Mutex
	byARN  map[string]func() doctor.FoundTrail
}

// inRegion lists the trails that log in a Region: its own, and those of other Regions and of the
// organization.
func (t *trails) inRegion(ctx context.Context, region string) ([]doctor.FoundTrail, error) {
	list, err := cloudtrail.NewFromConfig(withRegion(t.config, region)).DescribeTrails(ctx,
		&cloudtrail.DescribeTrailsInput{IncludeShadowTrails: aws.Bool(true)})
	if err != nil {
		return nil, deployed.Explain("looking for trails", "cloudtrail:DescribeTrails", err)
	}
	var all []doctor.FoundTrail
	for _, trail := range list.TrailList {
		all = append(all, t.read(ctx, trail))
	}
	return all, nil
}

func (t *trails) read(ctx context.Context, trail types.Trail) doctor.FoundTrail {
	arn := aws.ToString(trail.TrailARN)
	t.mu.Lock()
	if t.byARN == nil {
		t.byARN = map[string]func() doctor.FoundTrail{}
	}
	if t.byARN[arn] == nil {
		t.byARN[arn] = sync.OnceValue(func() doctor.FoundTrail { return t.describe(ctx, trail) })
	}
	read := t.byARN[arn]
	t.mu.Unlock()
	return read()
}

// describe reads a trail in its home Region, by its ARN, since the trail of an organization belongs
// to another account.
func (t *trails) describe(ctx context.Context, trail types.Trail) doctor.FoundTrail {
	f := doctor.FoundTrail{ARN: aws.ToString(trail.TrailARN), HomeRegion: aws.ToString(trail.HomeRegion),
		MultiRegion:         aws.ToBool(trail.IsMultiRegionTrail),
		GlobalServiceEvents: aws.ToBool(trail.IncludeGlobalServiceEvents)}
	client := cloudtrail.NewFromConfig(withRegion(t.config, f.HomeRegion))
	status, err := client.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: trail.TrailARN})
	if err != nil {
		f.Err = deployed.Explain("asking whether it logs", "cloudtrail:GetTrailStatus", err)
		return f
	}
	f.Logging = aws.ToBool(status.IsLogging)
	selectors, err := client.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: trail.TrailARN})
	if err != nil {
		f.Err = deployed.Explain("asking what it logs", "cloudtrail:GetEventSelectors", err)
		return f
	}
	for _, s := range selectors.EventSelectors {
		f.Selectors = append(f.Selectors, doctor.EventSelector{ReadWriteType: string(s.ReadWriteType),
			ManagementEvents: s.IncludeManagementEvents == nil || *s.IncludeManagementEvents, // which is the default
			ExcludedSources:  s.ExcludeManagementEventSources})
	}
	for _, s := range selectors.AdvancedEventSelectors {
		var fields []doctor.Field
		for _, field := range s.FieldSelectors {
			fields = append(fields, doctor.Field{Name: aws.ToString(field.Field), Equals: field.Equals,
				NotEquals: field.NotEquals,
				Other:     len(field.StartsWith)+len(field.EndsWith)+len(field.NotStartsWith)+len(field.NotEndsWith) > 0})
		}
		f.Advanced = append(f.Advanced, fields)
	}
	return f
}
