package config

import (
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// Trail says whether Trailbus makes the trail without which no event comes: EventBridge gets those of CloudTrail only where one logs
// (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html).
type Trail string

// What can be done about the trail.
const (
	// TrailCheck makes none, because there is one. It is the default.
	TrailCheck Trail = "check"
	// TrailCreate makes one with its bucket: of the organization, in its management account, or else of the central account alone.
	TrailCreate Trail = "create"
)

// trail reads what is done about the trail. Without an organization no account can make one for another.
func trail(root yamldoc.Value, c *Config) Trail {
	v := root.Get("trail")
	if Trail(v.Text()) != TrailCreate {
		return TrailCheck
	}
	switch {
	case !root.Get("organization").Present():
		if others := c.accountsBeside(c.Central.Account); len(others) > 0 {
			v.Warningf("without an organization the trail is that of the central account alone; each of the others needs one of its own: %s", strings.Join(others, ", "))
		}
	case !root.Get("management").Present():
		v.Problemf("found trail: create and no management: the trail of an organization is made in its management account, allowed: management with the id of that account, or trail: check")
	}
	return TrailCreate
}

// accountsBeside names the accounts but one.
func (c *Config) accountsBeside(id string) []string {
	var names []string
	for _, account := range c.Accounts {
		if account.ID != id {
			names = append(names, account.Name)
		}
	}
	return names
}

// TrailHome is where the trail is made: that of an organization in its management account, else in the central account; in the central
// Region.
func (c *Config) TrailHome() (account, region string) {
	if c.Organization != "" {
		return c.Management, c.Central.Region
	}
	return c.Central.Account, c.Central.Region
}
