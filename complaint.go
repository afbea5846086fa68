package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// traceLine is a line of a JavaScript stack trace.
var traceLine = regexp.MustCompile(`^\s+at .+`)

// complaint makes one readable error of what jsii panicked with. An error of Go's runtime is a mistake of ours, and its trace is
// what its report needs.
func complaint(failure any) error {
	if bug := (interface{ RuntimeError() })(nil); errors.As(asError(failure), &bug) {
		panic(failure)
	}
	var kept []string
	for line := range strings.SplitSeq(fmt.Sprint(failure), "\n") {
		if !traceLine.MatchString(line) && strings.TrimSpace(line) != "" {
			kept = append(kept, strings.TrimRight(line, " \r"))
		}
	}
	return errors.New(strings.Join(kept, "\n"))
}

func asError(failure any) error {
	if err, ok := failure.(error); ok {
		return err
	}
	return fmt.Errorf("%v", failure)
}
