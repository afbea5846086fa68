package config

import (
	"regexp"
	"slices"
	"strings"
)

// Deployment is one forwarder: an account and a Region.
type Deployment struct {
	Account string `json:"account"` // 12 digits
	Name    string `json:"name"`    // of the account
	Region  string `json:"region"`
	// StackID names the forwarder's stack to people, as in `cdk deploy Forwarder-production-*`. It is made of the account's
	// name, and may change with it: the stack's identity in AWS is its account, its Region and a fixed stack name.
	StackID string `json:"stackId"`
	// StackSet says that the stack set brings it. Else it is a stack of its own.
	StackSet bool `json:"stackSet,omitempty"`
}

var (
	notInStackID = regexp.MustCompile(`[^A-Za-z0-9]+`)
	endsLikeID   = regexp.MustCompile(`\d{12}$`)
)

// Deployments lists every forwarder of the accounts in the file, in its order, and of the management account where a stack set
// takes its organization. Which other accounts the units of a stack set have, no file knows. It depends on nothing but the
// configuration.
func (c *Config) Deployments() []Deployment {
	slugs := map[string]int{} // in lower case, as some file systems take the names of templates
	for _, account := range c.Accounts {
		slugs[strings.ToLower(slug(account.Name))]++
	}
	var deployments []Deployment
	for _, account := range c.Accounts {
		name := slug(account.Name)
		// Names such as "prod (EU)" and "prod EU" need the account id, and so does a name that looks as if it had one: what ends
		// in 12 digits then ends in its own account's, and nothing meets.
		alone := name != "" && slugs[strings.ToLower(name)] == 1 && !endsLikeID.MatchString(name)
		if !alone && !strings.HasSuffix(name, account.ID) {
			name = strings.Trim(name+"-"+account.ID, "-")
		}
		for _, region := range account.Regions {
			deployments = append(deployments, Deployment{
				Account: account.ID, Name: account.Name, Region: region, StackID: "Forwarder-" + name + "-" + region,
				StackSet: c.StackSet.Takes(account.ID),
			})
		}
	}
	return deployments
}

// Stacks lists the forwarders that are stacks of their own.
func (c *Config) Stacks() []Deployment {
	return slices.DeleteFunc(c.Deployments(), func(d Deployment) bool { return d.StackSet })
}

// WaveStacks is a wave with the forwarders that it deploys.
type WaveStacks struct {
	Wave
	Deployments []Deployment
}

// Waves lists the waves of the pipeline with the forwarders that are stacks of their own. There are none on another road.
func (c *Config) Waves() []WaveStacks {
	if c.Pipeline == nil {
		return nil
	}
	stacks := map[string][]Deployment{} // by account
	for _, d := range c.Stacks() {
		stacks[d.Account] = append(stacks[d.Account], d)
	}
	var waves []WaveStacks
	for _, wave := range c.Pipeline.Waves {
		w := WaveStacks{Wave: wave}
		for _, account := range wave.Accounts {
			w.Deployments = append(w.Deployments, stacks[account]...)
		}
		waves = append(waves, w)
	}
	return waves
}

func slug(name string) string { return strings.Trim(notInStackID.ReplaceAllString(name, "-"), "-") }
