// Package contract is what functions, constructs and the command agree on: the settings of the notifier, how the queue and the function
// fit together, heartbeats and probes, and the keys of the table.
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

// SettingsFile is the name of the file beside the Lambda's binary: JSON Lines, the settings without the rules and then the rules
// ([rules.Set.MarshalLines]), which are most of it and are read one by one.
const SettingsFile = "settings.jsonl"

// The environment variables of the notifier. None of them is secret.
const (
	// EnvSecretARN is the ARN of the Secrets Manager secret that holds the Slack webhooks.
	EnvSecretARN = "TRAILBUS_SECRET_ARN"
	// EnvQueueURL is the URL of the queue that the notifier is fed from.
	EnvQueueURL = "TRAILBUS_QUEUE_URL"
	// EnvDeadLetterQueueURL is the URL of the queue for what can never be told.
	EnvDeadLetterQueueURL = "TRAILBUS_DEAD_LETTER_QUEUE_URL"
	// EnvTable is the name of the DynamoDB table that holds what the notifier remembers.
	EnvTable = "TRAILBUS_TABLE"
)

// CheckEnvironment says which of the environment variables are missing. A notifier without one of them would return every message,
// for days.
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
	// LookUpAccounts says that AWS Organizations is asked for the names of other accounts.
	LookUpAccounts bool         `json:"lookUpAccounts,omitempty"`
	Routes         routes.Table `json:"routes"`
	// AccessPortal is where the links in messages sign in.
	AccessPortal AccessPortal `json:"accessPortal,omitzero"`
	// Heartbeat says which forwarders are watched.
	Heartbeat HeartbeatWatch `json:"heartbeat,omitzero"`
	// StackSet is the stack set whose instances are watched as well; the zero value for none.
	StackSet StackSet `json:"stackSet,omitzero"`
}

// StackSet is a stack set that the notifier may ask for its instances, and as whom: SELF or DELEGATED_ADMIN.
type StackSet struct {
	Name   string `json:"name"`
	CallAs string `json:"callAs"`
}

// AccessPortal is the organization's AWS access portal: its address, and the permission set that its links open the console with.
type AccessPortal struct {
	URL  string `json:"url"`
	Role string `json:"role,omitempty"`
}

// Marshal writes the contents of [SettingsFile].
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

// ReadSettings reads the settings from a file. Without a rule nothing would ever be told and nothing would say so, so that is an error.
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
	if s.Mutes == nil { // no mutes are written as null
		s.Mutes = &rules.Mutes{}
	}
	return s, nil
}
