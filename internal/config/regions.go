package config

import (
	"slices"
	"strings"
)

// partition is a set of Regions that share one IAM. EventBridge does not send events from one
// partition to another.
type partition struct {
	name string
	// global is the Region in which CloudTrail records IAM and other global services.
	// https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
	global  string
	regions []string
}

// partitions lists the Regions of
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html. A test
// compares it with the Regions that the CDK knows.
var partitions = []partition{
	{"aws", "us-east-1", strings.Fields(`
		us-east-1 us-east-2 us-west-1 us-west-2
		af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2
		ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
		ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3
		il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1`)},
	{"aws-us-gov", "us-gov-west-1", []string{"us-gov-east-1", "us-gov-west-1"}},
	{"aws-cn", "cn-north-1", []string{"cn-north-1", "cn-northwest-1"}},
	{"aws-eusc", "eusc-de-east-1", []string{"eusc-de-east-1"}},
}

// Regions lists every Region that trailbus.yaml may name.
func Regions() []string {
	var all []string
	for _, p := range partitions {
		all = append(all, p.regions...)
	}
	return all
}

// optIn are the Regions that an account must enable: those that AWS launched after March 20, 2019.
// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
var optIn = strings.Fields(`
	af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7
	ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1`)

func isOptIn(region string) bool { return slices.Contains(optIn, region) }

// PartitionOf returns the partition of a Region, such as aws or aws-us-gov; "" for an unknown one.
func PartitionOf(region string) string {
	if p := partitionOf(region); p != nil {
		return p.name
	}
	return ""
}

func partitionOf(region string) *partition {
	if i := slices.IndexFunc(partitions, func(p partition) bool { return slices.Contains(p.regions, region) }); i >= 0 {
		return &partitions[i]
	}
	return nil
}

// InspectionRegion returns the Region, among those in which an account has forwarders, in which its
// inspection role is created: the Region of IAM if it is one of them, else the first by name. It
// does not depend on the order in the file, because a role that moves from one stack to another
// conflicts with itself.
func InspectionRegion(regions []string) string {
	if len(regions) == 0 {
		return ""
	}
	if p := partitionOf(regions[0]); p != nil && slices.Contains(regions, p.global) {
		return p.global
	}
	return slices.Min(regions)
}

// RegionsOf returns the Regions in which an account of the file has forwarders.
func (c *Config) RegionsOf(account string) []string {
	for _, a := range c.Accounts {
		if a.ID == account {
			return a.Regions
		}
	}
	return nil
}

// RegionsLike returns all Regions in the partition of a Region.
func RegionsLike(region string) []string {
	if p := partitionOf(region); p != nil {
		return slices.Clone(p.regions)
	}
	return nil
}
