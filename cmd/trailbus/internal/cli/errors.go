package cli

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/trailbus/trailbus/internal/slack/message"
)

// The exit codes.
const (
	ExitInput       = 1   // what was given to read is wrong, or what was asked for could not be done
	ExitUsage       = 2   // the command line is wrong
	ExitInterrupted = 130 // as a shell says it
)

// InputError is what exits with 1. Without err, everything has been said already.
type InputError struct{ Err error }

// NewInputError is an error of what was given to read, or of what could not be done.
func NewInputError(err error) error { return &InputError{err} }

func (e *InputError) Error() string { return fmt.Sprint(e.Err) }

func (e *InputError) Unwrap() error { return e.Err }

// FlagError says of a value that a flag does not take what it takes; the flag package would say which of Go's functions failed.
func FlagError(_ *cobra.Command, err error) error {
	invalid := (*pflag.InvalidValueError)(nil)
	if !errors.As(err, &invalid) {
		return err
	}
	flag, value := invalid.GetFlag(), invalid.GetValue()
	allowed, known := map[string]string{
		"int": "a whole number", "float64": "a number", "bool": "true or false", "duration": "a duration such as 90s, 10m or 6h",
	}[flag.Value.Type()]
	if !known {
		return err
	}
	return fmt.Errorf("found --%s %s, allowed: %s", flag.Name, strconv.Quote(value), allowed)
}

// AWSError is an error of AWS, of which parts may be a stranger's.
func AWSError(err error) error {
	if err == nil {
		return nil
	}
	return NewInputError(errors.New(message.Line(err.Error(), MaxErrorLength)))
}

// MaxErrorLength is how long a complaint may be: a path, and what is wrong.
const MaxErrorLength = 2000
