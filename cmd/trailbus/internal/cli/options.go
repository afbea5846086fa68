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

// Options say which configuration to use.
type Options struct{ Path string }

// ConfigPath is the file that somebody chose: by the flag, or for the app and this command alike by the environment. Else "".
func (o *Options) ConfigPath() string { return cmp.Or(o.Path, os.Getenv("TRAILBUS_CONFIG")) }

// Settings are what the notifier would have. Without a configuration file, every rule of the catalogue is on.
func (o *Options) Settings(s *Streams) (*contract.Settings, error) {
	c, err := o.Config(s)
	if err != nil {
		return nil, err
	}
	return NewSettings(c)
}

// Config is the configuration, one with every rule of the catalogue and nothing else where there is no file.
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

func NewSettings(c *config.Config) (*contract.Settings, error) {
	mutes, err := rules.NewMutes(c.Mutes...)
	if err != nil {
		return nil, NewInputError(err)
	}
	return &contract.Settings{Rules: c.Rules, Mutes: mutes, Accounts: c.AccountNames(), Routes: c.Slack.Routes,
		AccessPortal: contract.AccessPortal(c.AccessPortal)}, nil
}

// LoadConfig reads a configuration and says its warnings.
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

// RequireConfig is the configuration, which has to be there.
func (o *Options) RequireConfig(s *Streams) (*config.Config, error) {
	return LoadConfig(s, cmp.Or(o.ConfigPath(), config.File))
}

// Central finds what is deployed, by the configuration.
func (o *Options) Central(ctx context.Context, s *Streams) (*config.Config, *deployed.Central, error) {
	c, err := o.RequireConfig(s)
	if err != nil {
		return nil, nil, err
	}
	found, err := deployed.Find(ctx, c.Central.Account, c.Central.Region)
	return c, found, AWSError(err)
}
