package config

import (
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// Trail says whether Trailbus creates a trail. EventBridge gets events of CloudTrail only where a
// trail logs
// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html).
type Trail string

// The values of Trail.
const (
	// TrailCheck relies on a trail that exists. It is the default.
	TrailCheck Trail = "check"
	// TrailCreate creates a trail with its bucket: that of the organization, in its management
	// account, or else one of the central account.
	TrailCreate Trail = "create"
)

// trail reads what is done about the trail. Without an organization no account can create a trail
// for another.
func trail(root yamldoc.Value, c *Config) Trail {
	v := root.Get("trail")
	if Trail(v.Text()) != TrailCreate {
		return TrailCheck
	}
	switch {
	case !root.Get("organization").Present():
		var others []string
		for _, account := range c.Accounts {
			if account.ID != c.Central.Account {
				others = append(others, account.Name)
			}
		}
		if len(others) > 0 {
			v.Warningf("without an organization the trail is that of the central account alone; each of the others needs one of its own: %s", strings.Join(others, ", "))
		}
	case !root.Get("management").Present():
		v.Problemf("found trail: create and no management: the trail of an organization is made in its management account, allowed: management with the id of that account, or trail: check")
	}
	return TrailCreate
}

// TrailHome returns where the trail is created: the management account if it is the trail of an
// organization, else the central account, and the central Region.
func (c *Config) TrailHome() (account, region string) {
	if c.Organization != "" {
		return c.Management, c.Central.Region
	}
	return c.Central.Account, c.Central.Region
}
