// The CDK app of Trailbus: `npx cdk deploy --all` reads trailbus.yaml and deploys the central
// stack, and the forwarders of every account and Region by stacks, a stack set or a pipeline. The
// environment variable TRAILBUS_CONFIG names another file.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/trailbus/trailbus/stacks"
)

func main() {
	err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	closeJSII()
	if err != nil {
		os.Exit(1)
	}
}

func run() error {
	return synth(func(app awscdk.App) error {
		warnings, err := stacks.AddAll(app, cmp.Or(os.Getenv("TRAILBUS_CONFIG"), stacks.ConfigFile))
		for _, warning := range warnings {
			fmt.Fprintln(os.Stderr, warning)
		}
		return err
	})
}

// synth makes an app, adds to it, and writes its cloud assembly. The CDK and jsii report errors by
// a panic, whose text is a message and a JavaScript stack trace.
func synth(add func(awscdk.App) error) (err error) {
	defer func() {
		if failure := recover(); failure != nil {
			err = panicError(failure)
		}
	}()
	app := awscdk.NewApp(nil)
	if err := add(app); err != nil {
		return err
	}
	app.Synth(nil)
	return nil
}

// traceLine is a line of a JavaScript stack trace.
var traceLine = regexp.MustCompile(`^\s+at .+`)

// panicError makes a readable error of a panic. An error of Go's runtime is a bug of Trailbus; only
// TRAILBUS_TRACE shows its stack trace, which is of no use to a user.
func panicError(failure any) error {
	if bug, ok := failure.(runtime.Error); ok {
		if os.Getenv("TRAILBUS_TRACE") != "" {
			panic(failure)
		}
		return fmt.Errorf("a bug in Trailbus: %w; please report it with what TRAILBUS_TRACE=1 prints", bug)
	}
	var kept []string
	for line := range strings.SplitSeq(fmt.Sprint(failure), "\n") {
		if !traceLine.MatchString(line) && strings.TrimSpace(line) != "" {
			kept = append(kept, strings.TrimRight(line, " \r"))
		}
	}
	return errors.New(strings.Join(kept, "\n"))
}

// closeJSII ends the Node.js process, which importing the CDK started, and removes its temporary
// files. It must be the last call: it discards stderr. Two goroutines of jsii wait for the process,
// and sometimes the second one prints "Runtime process exited abnormally: waitid: no child
// processes", which is harmless (jsii-runtime-go 1.139.0, internal/kernel/process).
func closeJSII() {
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = null
	}
	jsii.Close()
}
