package config

import "slices"

// InspectionRegion is the Region, among those that an account has forwarders in, in which its inspection role is made: that of IAM where it
// is one of them, else the first by name, whatever the order in the file. A role that moved from one stack to another would meet itself.
func InspectionRegion(regions []string) string {
	if len(regions) == 0 {
		return ""
	}
	if p := partitionOf(regions[0]); p != nil && slices.Contains(regions, p.global) {
		return p.global
	}
	return slices.Min(regions)
}

// RegionsOf are the Regions in which an account of the file has forwarders.
func (c *Config) RegionsOf(account string) []string {
	for _, a := range c.Accounts {
		if a.ID == account {
			return a.Regions
		}
	}
	return nil
}

// RegionsLike are all Regions of the partition of one.
func RegionsLike(region string) []string {
	if p := partitionOf(region); p != nil {
		return slices.Clone(p.regions)
	}
	return nil
}
