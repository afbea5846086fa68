package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/inspect/deployed"
	"github.com/trailbus/trailbus/internal/slack/message"
)

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

// awsError is an error of AWS, of which parts may be a stranger's.
func awsError(err error) error {
	if err == nil {
		return nil
	}
	return &inputError{errors.New(message.Line(err.Error(), maxComplaint))}
}

// moment reads a time of a flag, of which a day stands for its beginning, or with end for its end.
func moment(flag, text string, end bool) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC(), nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, fmt.Errorf("found %s %q, allowed: a time such as 2026-11-20T08:00:00Z, or a day in UTC such as 2026-11-20", flag, text)
	}
	if end {
		t = t.AddDate(0, 0, 1)
	}
	return t, nil
}
