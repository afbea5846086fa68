package config

// Verifies says whether the pipeline sends a probe through the forwarders that it has deployed before it goes on: by the inspection role, which
// trusts the central account alone.
func (c *Config) Verifies() bool {
	return c.Pipeline != nil && c.InspectionRole && c.Pipeline.Account == c.Central.Account
}

// StackSetDeployments lists the forwarders of the accounts in the file that the stack set brings. Which other accounts its units have, no
// file knows.
func (c *Config) StackSetDeployments() []Deployment {
	var brought []Deployment
	for _, d := range c.Deployments() {
		if d.StackSet {
			brought = append(brought, d)
		}
	}
	return brought
}
