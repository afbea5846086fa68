package main

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

// configOptions say which configuration to use.
type configOptions struct{ path string }

// given is the file that somebody chose: by the flag, or for the app and this command alike by the environment. Else "".
func (o *configOptions) given() string { return cmp.Or(o.path, os.Getenv("TRAILBUS_CONFIG")) }

// settings are what the notifier would have. Without a configuration file, every rule of the catalogue is on.
func (o *configOptions) settings(s *streams) (*contract.Settings, error) {
	c, err := o.config(s)
	if err != nil {
		return nil, err
	}
	return settingsOf(c)
}

// config is the configuration, one with every rule of the catalogue and nothing else where there is no file.
func (o *configOptions) config(s *streams) (*config.Config, error) {
	path := o.given()
	if path == "" {
		path = config.File
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			set, err := rules.NewSet(rules.CatalogRules()...)
			return &config.Config{Rules: set}, err
		}
	}
	return load(s, path)
}

func settingsOf(c *config.Config) (*contract.Settings, error) {
	mutes, err := rules.NewMutes(c.Mutes...)
	if err != nil {
		return nil, badInput(err)
	}
	return &contract.Settings{Rules: c.Rules, Mutes: mutes, Accounts: c.AccountNames(), Routes: c.Slack.Routes,
		AccessPortal: contract.AccessPortal(c.AccessPortal)}, nil
}

// load reads a configuration and says its warnings.
func load(s *streams, path string) (*config.Config, error) {
	c, err := config.Load(path)
	if err != nil {
		return nil, badInput(err)
	}
	for _, warning := range c.Warnings {
		fmt.Fprintln(s.err, warning)
	}
	return c, nil
}

// file is the configuration, which has to be there.
func (o *configOptions) file(s *streams) (*config.Config, error) {
	return load(s, cmp.Or(o.given(), config.File))
}

// central finds what is deployed, by the configuration.
func (o *configOptions) central(ctx context.Context, s *streams) (*config.Config, *deployed.Central, error) {
	c, err := o.file(s)
	if err != nil {
		return nil, nil, err
	}
	found, err := deployed.Find(ctx, c.Central.Account, c.Central.Region)
	return c, found, awsError(err)
}
