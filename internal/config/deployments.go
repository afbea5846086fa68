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
	// StackID is the id of the forwarder's stack in the CDK, as in `cdk deploy
	// Forwarder-production-*`. It is made of the account's name, and may change with it: in AWS the
	// stack has a fixed name.
	StackID string `json:"stackId"`
	// StackSet says that the stack set deploys the forwarder. Else it is a stack of its own.
	StackSet bool `json:"stackSet,omitempty"`
}

var (
	notInStackID = regexp.MustCompile(`[^A-Za-z0-9]+`)
	endsLikeID   = regexp.MustCompile(`\d{12}$`)
)

// Deployments lists the forwarders of the accounts in [Config.Accounts], in their order. The units
// of a stack set may have other accounts too.
func (c *Config) Deployments() []Deployment {
	slugs := map[string]int{} // in lower case, because the names of templates are so on some file systems
	for _, account := range c.Accounts {
		slugs[strings.ToLower(slug(account.Name))]++
	}
	var deployments []Deployment
	for _, account := range c.Accounts {
		name := slug(account.Name)
		// Names such as "prod (EU)" and "prod EU" need the account id. So does a name that ends in
		// 12 digits, unless these are the account's own: then no two ids are the same.
		unique := name != "" && slugs[strings.ToLower(name)] == 1 && !endsLikeID.MatchString(name)
		if !unique && !strings.HasSuffix(name, account.ID) {
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

// StackSetDeployments lists the forwarders that the stack set deploys to accounts of the file. Its
// units may have other accounts too.
func (c *Config) StackSetDeployments() []Deployment {
	return slices.DeleteFunc(c.Deployments(), func(d Deployment) bool { return !d.StackSet })
}

// WaveStacks is a wave and the forwarders that it deploys.
type WaveStacks struct {
	Wave
	Deployments []Deployment
}

// Waves lists the waves of the pipeline with the forwarders that are stacks of their own, none
// without a pipeline.
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
