// Package config reads trailbus.yaml. The JSON Schema says what each part of the file may be; the
// readers here check what parts have to do with each other.
package config

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	published "github.com/trailbus/trailbus/config"
	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/internal/yamldoc/yamlschema"
	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// File is the name of the configuration file.
const File = "trailbus.yaml"

// Config is the content of a trailbus.yaml without errors.
type Config struct {
	// Path is the path of the file, as given.
	Path    string
	Central Central
	// Organization is the id of the AWS Organization whose accounts may send events. If empty, only
	// those in Accounts may.
	Organization string
	// Management is the id of the organization's management account, empty if the file does not
	// have it.
	Management string
	// Deploy is how Trailbus is deployed to the accounts.
	Deploy DeployMode
	// Trail says whether Trailbus creates the trail.
	Trail Trail
	// StackSet deploys the forwarders. If nil, each is a stack of its own.
	StackSet *StackSet
	// Pipeline deploys everything. It is nil unless Deploy is DeployPipeline.
	Pipeline *Pipeline
	// Accounts get forwarders. They are in the order of the file, followed by the management
	// account if there is a stack set and the file does not list it.
	Accounts []Account
	// Names is the source of the names of accounts that the file does not list.
	Names NameSource
	// Rules are the rules that are on, of packs and files.
	Rules *rules.Set
	// RuleFiles are the paths of the files with the user's own rules, in the order of the file.
	RuleFiles []string
	// Own has the file of each of the user's own rules, by id.
	Own map[string]string
	// Replaced are the ids of those own rules that replace a rule of the catalogue, in the order of
	// the files.
	Replaced []string
	// Off are the ids of the rules of the catalogue that rules.off switches off.
	Off []string
	// Mutes are in the order of the file, and include those that have expired.
	Mutes []rules.Mute
	Slack Slack
	// AccessPortal is where links in messages sign in.
	AccessPortal AccessPortal
	// Alarms report, by e-mail, that Trailbus itself does not work.
	Alarms Alarms
	// Dashboard adds a CloudWatch dashboard to the central stack.
	Dashboard bool
	// InspectionRole adds a role to each account with forwarders, by which the central account
	// inspects them.
	InspectionRole bool
	// Heartbeat is the period of the heartbeats of each forwarder: whole minutes, up to a day.
	Heartbeat time.Duration
	// Warnings are probable mistakes, each as file:line:column: warning: text.
	Warnings []string
}

// Central is where the central event bus and the notifier are.
type Central struct {
	// Account is the id of the central account, 12 digits.
	Account string
	// Region is that of the central event bus, the notifier and the Slack secret.
	Region string
}

// Account is an AWS account that gets forwarders.
type Account struct {
	// ID is the id of the account, 12 digits.
	ID string
	// Name is the account's name in messages. It is unique.
	Name string
	// Regions are those in which the account gets a forwarder, at least one.
	// Default: the regions at the top of the file.
	Regions []string
	// OU is the organizational unit of the account, for routes: a name, a path such as
	// Workloads/Production, or an id. It is not compared with AWS Organizations.
	OU string
	// Tags are tags of the account, for routes, such as team: payments. They are not compared with
	// AWS.
	Tags map[string]string
}

// Slack says where messages are posted.
type Slack struct {
	// Secret is the name of the Secrets Manager secret, in the central account and Region, that
	// holds the incoming webhooks, the bot token, or both.
	Secret string
	// Routes choose the place of an alert.
	Routes routes.Table
}

// Alarms report, without Slack, that Trailbus itself does not work.
type Alarms struct {
	// Emails are the addresses that get the alarms. AWS asks each to confirm. None: there are no
	// alarms.
	Emails []string
}

// AccessPortal is the organization's AWS access portal. Links in messages go through it.
type AccessPortal struct {
	// URL is the address of the portal, such as https://example.awsapps.com/start. Empty: links go
	// to the console directly.
	URL string
	// Role is the permission set with which a link opens the console. Empty: the person who follows
	// the link chooses.
	Role string
}

// AccountNames returns the names of the accounts by their ids.
func (c *Config) AccountNames() map[string]string {
	names := make(map[string]string, len(c.Accounts))
	for _, account := range c.Accounts {
		names[account.ID] = account.Name
	}
	return names
}

// Problem is an error or a warning at one place in a file.
type Problem = yamldoc.Problem

// Problems are the errors and warnings of a configuration and its rule files, in the order of each
// file.
type Problems = yamldoc.Problems

// Load reads a configuration file and the rule files that it names. An error is [Problems], a line
// each, as file:line:column: what was found, what is allowed; only a file that cannot be read gives
// another error.
func Load(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read: %w", path, unwrapPath(err))
	}
	return Parse(path, data, os.ReadFile)
}

// schema is the JSON Schema of trailbus.yaml. It does not check ids of rules, which depend on the
// file, nor event patterns, which only package eventpattern can check.
var schema = yamlschema.New(published.Schema, "CatalogRule", "EventPattern")

// Parse is [Load] for the content of a file. readFile reads the rule files, whose paths are
// relative to the folder of path.
func Parse(path string, data []byte, readFile func(string) ([]byte, error)) (*Config, error) {
	root, doc := yamldoc.Parse(path, data)
	unreported := schema.Check(root)
	r := reader{dir: filepath.Dir(path), readFile: readFile}
	config := r.config(root)
	config.Path = path
	if len(doc.Problems().Errors()) == 0 {
		for _, refused := range unreported { // a test holds that the readers report these with better messages
			refused.At.Problemf("found what the schema does not allow, in trailbus.schema.json at %s", refused.Rule)
		}
	}
	problems := redact(append(doc.Problems(), r.problems...))
	if len(problems.Errors()) > 0 {
		return nil, problems // with the warnings
	}
	for _, warning := range problems.Warnings() {
		config.Warnings = append(config.Warnings, warning.Error())
	}
	return config, nil
}
