package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/inspect/deployed"
	"github.com/trailbus/trailbus/internal/yamldoc"
)

// forwarders returns the forwarders of the configuration that the flags choose.
func (o *commandOptions) forwarders(c *config.Config) ([]Forwarder, error) {
	var all []Forwarder
	var names, regions []string
	chosen := map[string]bool{}
	for _, d := range c.Deployments() {
		all = append(all, Forwarder{Account: d.Account, Name: d.Name, Region: d.Region})
		names, regions = append(names, d.Name), append(regions, d.Region)
	}
	for _, account := range o.accounts {
		i := slices.IndexFunc(all, func(f Forwarder) bool {
			return f.Account == account ||
				strings.EqualFold(f.Name, account)
		})
		if i < 0 {
			return nil, cli.NewInputError(fmt.Errorf("found --account %q%s, allowed: the name or the id of an account of %s",
				account, yamldoc.DidYouMean(account, names), c.Path))
		}
		chosen[all[i].Account] = true
	}
	for _, region := range o.regions {
		if !slices.Contains(regions, region) {
			return nil, cli.NewInputError(fmt.Errorf("found --region %q%s, allowed: a Region of %s", region,
				yamldoc.DidYouMean(region, regions), c.Path))
		}
	}
	all = slices.DeleteFunc(all, func(f Forwarder) bool {
		return len(o.accounts) > 0 && !chosen[f.Account] || len(o.regions) > 0 && !slices.Contains(o.regions, f.Region)
	})
	if len(all) == 0 {
		return nil, cli.NewInputError(fmt.Errorf("found no forwarder of these accounts in these Regions, allowed: see trailbus config check"))
	}
	return all, nil
}

// senderRole is the role that puts events.
type senderRole struct {
	name          string
	exemptAccount string // the account that needs no role
}

// senderRole returns the role of the flag, or the inspection role, which the central account has
// too: then only that role must be allowed to put events there.
func (o *commandOptions) senderRole(c *config.Config, forwarders []Forwarder) (*senderRole, error) {
	switch {
	case o.role != "":
		return &senderRole{o.role, c.Central.Account}, nil
	case c.InspectionRole:
		return &senderRole{contract.InspectionRole, ""}, nil
	}
	for _, f := range forwarders {
		if f.Account != c.Central.Account {
			return nil, cli.NewInputError(fmt.Errorf("found no role to put an event in account %s (%s) with, allowed: inspectionRole: true in %s, once that is "+
				"deployed; --role with a role that each account has; or --account %s for the central account alone", f.Name,
				f.Account, c.Path, c.Central.Account))
		}
	}
	return &senderRole{"", c.Central.Account}, nil
}

// arn returns a function from an account to the ARN of its role, "" where it needs none.
func (r *senderRole) arn(central *deployed.Central) func(account string) string {
	partition := strings.Split(central.BusARN, ":")[1]
	return func(account string) string {
		if account == r.exemptAccount || r.name == "" {
			return ""
		}
		return fmt.Sprintf("arn:%s:iam::%s:role/%s", partition, account, r.name)
	}
}
