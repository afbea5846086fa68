package cli

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/trailbus/trailbus/internal/slack/message"
	"github.com/trailbus/trailbus/internal/yamldoc"
)

// The exit codes.
const (
	ExitInput       = 1   // the input is wrong, or what was asked for failed
	ExitUsage       = 2   // the command line is wrong
	ExitInterrupted = 130 // as a shell reports SIGINT
)

// InputError ends the program with [ExitInput]. Other errors end it with [ExitUsage].
type InputError struct {
	// Err is printed.
	// Default: nothing is printed.
	Err error
}

// ErrSilent ends the program with [ExitInput] and prints nothing: the command has printed the
// reason.
var ErrSilent error = &InputError{}

// NewInputError makes an error about the input, or about what failed.
func NewInputError(err error) error { return &InputError{err} }

func (e *InputError) Error() string { return fmt.Sprint(e.Err) }

func (e *InputError) Unwrap() error { return e.Err }

// AWSError makes an input error of an error of AWS. It is sanitized, since AWS repeats text of
// external accounts. It is nil for nil.
func AWSError(err error) error {
	if err == nil {
		return nil
	}
	return NewInputError(errors.New(message.Line(err.Error(), MaxErrorLength)))
}

// MaxErrorLength is the longest error that is printed, in characters: room for a path and a reason.
const MaxErrorLength = 2000

// FlagError says which values a flag takes. The flag package would name the function of Go that
// failed.
func FlagError(_ *cobra.Command, err error) error {
	invalid, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return err
	}
	flag := invalid.GetFlag()
	allowed, known := map[string]string{
		"int": "a whole number", "float64": "a number", "bool": "true or false",
		"duration": "a duration such as 90s, 10m or 6h",
	}[flag.Value.Type()]
	if !known {
		return err
	}
	return fmt.Errorf("found --%s %s, allowed: %s", flag.Name, strconv.Quote(invalid.GetValue()), allowed)
}

// UnknownRule is the error of an id that no rule has; names are the ids that there are.
func UnknownRule(id string, names []string) error {
	return NewInputError(fmt.Errorf("there is no rule %q%s, see: trailbus rules list", id, yamldoc.DidYouMean(id, names)))
}
