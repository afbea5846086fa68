// Package contract is what functions, constructs and the command agree on: the settings of the
// notifier, the parameters of the queue and the function, heartbeats and probes, and the keys of
// the table.
package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/trailbus/trailbus/routes"
	"github.com/trailbus/trailbus/rules"
)

// SettingsFile is the name of the settings file beside the Lambda's binary. It is JSON Lines: the
// settings without the rules, and then the rules ([rules.Set.MarshalLines]), which are most of it
// and are read one by one.
const SettingsFile = "settings.jsonl"

// The environment variables of the notifier, all of which must be set. None is secret.
const (
	// EnvSecretARN is the ARN of the Secrets Manager secret that holds the Slack webhooks.
	EnvSecretARN = "TRAILBUS_SECRET_ARN"
	// EnvQueueURL is the URL of the queue of the notifier.
	EnvQueueURL = "TRAILBUS_QUEUE_URL"
	// EnvDeadLetterQueueURL is the URL of the queue for messages that can never be posted.
	EnvDeadLetterQueueURL = "TRAILBUS_DEAD_LETTER_QUEUE_URL"
	// EnvTable is the name of the DynamoDB table with the state of the notifier.
	EnvTable = "TRAILBUS_TABLE"
)

// CheckEnvironment returns an error that names the environment variables that are missing. A
// notifier without one of them would return every message, for days.
func CheckEnvironment() error {
	var missing []error
	for _, name := range []string{EnvSecretARN, EnvQueueURL, EnvDeadLetterQueueURL, EnvTable} {
		if os.Getenv(name) == "" {
			missing = append(missing, fmt.Errorf("the environment variable %s is not set", name))
		}
	}
	return errors.Join(missing...)
}

// Settings are the contents of [SettingsFile].
type Settings struct {
	Rules    *rules.Set        `json:"-"`
	Mutes    *rules.Mutes      `json:"mutes"`
	Accounts map[string]string `json:"accounts"` // names by account id
	// LookUpAccounts says that the notifier looks up other accounts in AWS Organizations.
	LookUpAccounts bool         `json:"lookUpAccounts,omitempty"`
	Routes         routes.Table `json:"routes"`
	// AccessPortal is where the links in messages sign in.
	AccessPortal AccessPortal `json:"accessPortal,omitzero"`
	// Heartbeat says which forwarders are watched.
	Heartbeat HeartbeatWatch `json:"heartbeat,omitzero"`
	// StackSet is the stack set whose instances are watched as well; zero for none.
	StackSet StackSet `json:"stackSet,omitzero"`
}

// StackSet is a stack set whose instances the notifier may list; CallAs is SELF or DELEGATED_ADMIN.
type StackSet struct {
	Name   string `json:"name"`
	CallAs string `json:"callAs"`
}

// AccessPortal is the organization's AWS access portal: its address, and the permission set that
// its links open the console with.
type AccessPortal struct {
	URL  string `json:"url"`
	Role string `json:"role,omitempty"`
}

// Marshal returns the contents of [SettingsFile].
func (s *Settings) Marshal() ([]byte, error) {
	first, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	lines, err := s.Rules.MarshalLines()
	if err != nil {
		return nil, err
	}
	return slices.Concat(first, []byte("\n"), lines), nil
}

// ReadSettings reads the settings from a file. Settings without a rule are an error: with them, the
// notifier would never post and not say why.
func ReadSettings(path string) (*Settings, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	first, lines, _ := bytes.Cut(data, []byte("\n"))
	s := &Settings{}
	if err := json.Unmarshal(first, s); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if s.Rules, err = rules.ParseLines(lines); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if s.Rules.Len() == 0 {
		return nil, fmt.Errorf("%s: found no rules, at least one is needed", path)
	}
	if s.Mutes == nil { // written as null where there are none
		s.Mutes = &rules.Mutes{}
	}
	return s, nil
}
