package config

import (
	"regexp"
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
}

var (
	notInStackID = regexp.MustCompile(`[^A-Za-z0-9]+`)
	endsLikeID   = regexp.MustCompile(`\d{12}$`)
)

// Deployments lists every forwarder that is asked for, in the order of the file. It depends on nothing but the configuration.
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
			})
		}
	}
	return deployments
}

func slug(name string) string { return strings.Trim(notInStackID.ReplaceAllString(name, "-"), "-") }
