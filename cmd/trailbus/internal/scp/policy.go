// Package scp writes a service control policy that protects Trailbus: an attacker would stop it
// first, and the policy denies that to all roles but those that deploy it.
package scp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// MaxLength is how many characters a service control policy may have, white space too.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html
const MaxLength = 5120

// Options say what the policy is about.
type Options struct {
	// Partition is aws, aws-us-gov or aws-cn.
	Partition string
	// Qualifier is that of the CDK's bootstrap, whose roles deploy Trailbus.
	// Default: hnb659fds.
	Qualifier string
	// AllowRoles are the names of further roles that may change Trailbus, with their path where
	// they have one; * and ? stand for what they stand for in a policy.
	AllowRoles []string
	// CentralAccount is the id of the account of the central bus. Without it, the policy of the bus
	// is not kept: the calls that change it name no resource, so they can be told apart by the
	// account alone.
	CentralAccount string
	// Secret is the name of the Slack secret.
	// Default: trailbus/slack.
	Secret string
	// Trails are the names of the trails that are kept.
	// Default: every trail, as each may be the one that events come from.
	Trails []string
}

// Policy is a service control policy.
type Policy struct {
	Version   string
	Statement []Statement
}

// Statement is one of its statements.
type Statement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition Conditions
	// Parts are what it is made of, with the reasons. JSON knows no comments, and they would count.
	Parts []Part `json:"-"`
}

// Part is what a statement denies for one reason. Those with the same conditions are one statement,
// as conditions are most of the policy; an action of one part and a resource of another never meet,
// or do no harm.
type Part struct {
	Name     string   `json:"name"`
	Action   []string `json:"action"`
	Resource []string `json:"resource"`
	Why      string   `json:"why"`
}

// Conditions are values by operator and key.
type Conditions map[string]map[string][]string

// Partitions are those that have service control policies.
var Partitions = []string{"aws", "aws-us-gov", "aws-cn"}

// roleName is what a role may be called
// (https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html), with its path and
// wildcards.
var roleName = regexp.MustCompile(`^[\w+=,.@*?/-]{1,512}$`)

// New writes the policy.
func New(o Options) (*Policy, error) {
	if o.Qualifier == "" {
		o.Qualifier = "hnb659fds"
	}
	if o.Secret == "" {
		o.Secret = "trailbus/slack"
	}
	if len(o.Trails) == 0 {
		o.Trails = []string{"*"}
	}
	a := arns{o.Partition}
	// The CDK deploys with some of its bootstrap's roles, and the others can change nothing.
	// OrganizationAccountAccessRole is none of them: a user of the management account can detach
	// the policy, which is seen, and the role has no other use here.
	exempt := []string{a.arn("iam", "", "role/cdk-"+o.Qualifier+"-*"), a.arn("iam", "", "role/stacksets-exec-*")}
	for _, name := range o.AllowRoles {
		if !roleName.MatchString(name) || strings.Trim(name, "*?/") == "" {
			return nil, fmt.Errorf("found role %q, allowed: the name of a role, without arn:, in which * and ? may stand for some of it", name)
		}
		exempt = append(exempt, a.arn("iam", "", "role/"+strings.TrimPrefix(name, "/")))
	}
	p := &Policy{Version: "2012-10-17", Statement: statements(o, a, exempt)}
	if n := utf8.RuneCount(p.JSON()); n > MaxLength {
		return nil, fmt.Errorf("found a policy of %d characters for %d roles of your own and %d trails, allowed: %d; "+
			"fewer of them, or names with * that stand for several", n, len(o.AllowRoles), len(o.Trails), MaxLength)
	}
	return p, nil
}

// JSON is the policy as Organizations takes it, a statement on each line.
func (p *Policy) JSON() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\"Version\":%q,\"Statement\":[\n", p.Version)
	for i, s := range p.Statement {
		text, err := json.Marshal(s)
		if err != nil {
			panic(err) // strings alone
		}
		if i > 0 {
			out.WriteString(",\n")
		}
		out.Write(text)
	}
	out.WriteString("\n]}\n")
	return out.Bytes()
}

// arns writes ARNs of every account and Region of a partition.
type arns struct{ partition string }

func (a arns) arn(service, region, resource string) string {
	return "arn:" + a.partition + ":" + service + ":" + region + ":*:" + resource
}

func (a arns) list(service string, resources ...string) []string {
	var list []string
	for _, resource := range resources {
		list = append(list, a.arn(service, "*", resource))
	}
	return list
}
