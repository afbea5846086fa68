// Package config reads trailbus.yaml.
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

// Config is a trailbus.yaml that has no error.
type Config struct {
	// Path is that of the file, as it was given.
	Path    string
	Central Central
	// Organization is the id of the AWS Organization whose accounts may send. Empty: only the accounts listed.
	Organization string
	// Management is the id of the organization's management account; empty where the file does not name it.
	Management string
	// Deploy is the road that Trailbus takes into the accounts.
	Deploy DeployMode
	// Trail says whether Trailbus makes the trail.
	Trail Trail
	// StackSet brings the forwarders. Nil: each is a stack of its own.
	StackSet *StackSet
	// Pipeline deploys it all. Nil on another road.
	Pipeline *Pipeline
	// Accounts that get forwarders, in the order of the file; behind them the management account where a stack set takes its
	// organization and the file does not list it.
	Accounts []Account
	// Names says where the names of accounts come from that the file does not list.
	Names NameSource
	// Rules are those of all packs and files that are switched on.
	Rules *rules.Set
	// RuleFiles are the paths of the files of the user's own rules, in the order of the file.
	RuleFiles []string
	// Own gives the file of each rule of the user's own, by id.
	Own map[string]string
	// Replaced are the ids of those among them that stand in place of a rule of the catalogue that would be on, in the order of the files.
	Replaced []string
	// Off are the ids of the rules of the catalogue that are switched off one by one.
	Off []string
	// Mutes are in the order of the file, those that have expired as well.
	Mutes []rules.Mute
	Slack Slack
	// AccessPortal is where the links in messages sign in.
	AccessPortal AccessPortal
	// Alarms tell, around Slack, that Trailbus itself does not work.
	Alarms Alarms
	// Dashboard says that the central stack has one in CloudWatch.
	Dashboard bool
	// InspectionRole says that each account with forwarders offers a role by which the central account looks at them.
	InspectionRole bool
	// Heartbeat is how often each forwarder is heard: whole minutes, up to a day.
	Heartbeat time.Duration
	// Warnings are what the file may say but probably does not mean, each as file:line:column: warning: text.
	Warnings []string
}

// Central is where the central event bus and the notifier are.
type Central struct {
	// Account is the id of the central account, 12 digits.
	Account string
	// Region is that of the central event bus, the notifier and the Slack secret.
	Region string
}

// Account is one AWS account that is watched.
type Account struct {
	// ID is the id of the account, 12 digits.
	ID string
	// Name is what messages call the account. No two accounts have the same.
	Name string
	// Regions are those in which the account is watched, at least one. A file that gives none means those of all accounts.
	Regions []string
	// OU is the organizational unit that the account is in, as routes call it: a name, a path such as Workloads/Production, or an id. The
	// file says it; nobody asks AWS.
	OU string
	// Tags are what routes may go by, such as team: payments. The file says them; nobody asks AWS.
	Tags map[string]string
}

// Slack says where messages go.
type Slack struct {
	// Secret is the name of the Secrets Manager secret, in the central account and Region, that holds the incoming webhooks, the bot token, or both.
	Secret string
	// Routes are tried in order: the first that takes an alert has it. What none takes goes to the webhook "default".
	Routes routes.Table
}

// AccountNames gives the name of each account by its id.
func (c *Config) AccountNames() map[string]string {
	names := make(map[string]string, len(c.Accounts))
	for _, account := range c.Accounts {
		names[account.ID] = account.Name
	}
	return names
}

// Problem is one thing wrong, or worth a warning, at one place in a file: it has File, Line and Column (from 1), Message, and Warning, true
// where the file can be used all the same. In JSON these are file, line, column, message and warning.
type Problem = yamldoc.Problem

// Problems are all that is wrong with a configuration and its rule files, warnings too, in the order of each file.
type Problems = yamldoc.Problems

// Load reads a configuration file and the rule files that it names. All problems come back in one error, a line each, as
// file:line:column: what was found, what is allowed. With [errors.As] that error is [Problems]; it is another one only when the
// file cannot be read.
func Load(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read: %w", path, unwrapPath(err))
	}
	return Parse(path, data, os.ReadFile)
}

// schema is what trailbus.yaml may be. Its rules and event patterns are looked at here: which rules there are depends on the file, and of a
// pattern no schema can say all.
var schema = yamlschema.New(published.Schema, "CatalogRule", "EventPattern")

// Parse is [Load] for a file that was read already. readFile reads the rule files, whose paths are taken from the folder of path.
func Parse(path string, data []byte, readFile func(string) ([]byte, error)) (*Config, error) {
	root, doc := yamldoc.Parse(path, data)
	unsaid := schema.Check(root)
	r := reader{dir: filepath.Dir(path), readFile: readFile}
	config := r.config(root)
	config.Path = path
	if len(doc.Problems().Errors()) == 0 {
		for _, refused := range unsaid { // the readers have better words, and a test holds that they have them
			refused.At.Problemf("found what the schema does not allow, in trailbus.schema.json at %s", refused.Rule)
		}
	}
	problems := redact(append(doc.Problems(), r.problems...))
	if len(problems.Errors()) > 0 {
		return nil, problems // warnings too: whoever mends one line sees them all
	}
	for _, warning := range problems.Warnings() {
		config.Warnings = append(config.Warnings, warning.Error())
	}
	return config, nil
}
