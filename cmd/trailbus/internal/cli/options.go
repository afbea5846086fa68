package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/inspect/deployed"
	"github.com/trailbus/trailbus/rules"
)

// Options are the flags that every command has.
type Options struct {
	// Path is the configuration of --config.
	// Default: see [Options.ConfigPath].
	Path string
}

// ConfigPath is the path of --config, or else of the environment variable TRAILBUS_CONFIG, which
// the app reads too. Without both it is "".
func (o *Options) ConfigPath() string { return cmp.Or(o.Path, os.Getenv("TRAILBUS_CONFIG")) }

// Config reads the configuration. Where no file is named and there is no trailbus.yaml, it has
// every rule of the catalogue and nothing else.
func (o *Options) Config(s *Streams) (*config.Config, error) {
	path := o.ConfigPath()
	if path == "" {
		path = config.File
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			set, err := rules.NewSet(rules.CatalogRules()...)
			return &config.Config{Rules: set}, err
		}
	}
	return LoadConfig(s, path)
}

// RequireConfig reads the configuration from a file, which must exist.
func (o *Options) RequireConfig(s *Streams) (*config.Config, error) {
	return LoadConfig(s, cmp.Or(o.ConfigPath(), config.File))
}

// LoadConfig reads a configuration and prints its warnings.
func LoadConfig(s *Streams, path string) (*config.Config, error) {
	c, err := config.Load(path)
	if err != nil {
		return nil, NewInputError(err)
	}
	for _, warning := range c.Warnings {
		fmt.Fprintln(s.Err, warning)
	}
	return c, nil
}

// Settings are what the notifier would have with the configuration of [Options.Config].
func (o *Options) Settings(s *Streams) (*contract.Settings, error) {
	c, err := o.Config(s)
	if err != nil {
		return nil, err
	}
	return NewSettings(c)
}

// NewSettings makes the notifier's settings of a configuration.
func NewSettings(c *config.Config) (*contract.Settings, error) {
	mutes, err := rules.NewMutes(c.Mutes...)
	if err != nil {
		return nil, NewInputError(err)
	}
	return &contract.Settings{Rules: c.Rules, Mutes: mutes, Accounts: c.AccountNames(), Routes: c.Slack.Routes,
		AccessPortal: contract.AccessPortal(c.AccessPortal)}, nil
}

// Central reads the configuration of [Options.RequireConfig] and finds the central stack in AWS.
func (o *Options) Central(ctx context.Context, s *Streams) (*config.Config, *deployed.Central, error) {
	c, err := o.RequireConfig(s)
	if err != nil {
		return nil, nil, err
	}
	found, err := deployed.Find(ctx, c.Central.Account, c.Central.Region)
	return c, found, AWSError(err)
}
