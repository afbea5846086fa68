package main

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/config"
)

func TestAComplaintKeepsTheMessageAndLeavesTheTraceOut(t *testing.T) {
	tests := map[string]struct {
		failure any
		want    string
	}{
		"an error of a construct": {errors.New("Central/Bus: Senders is missing"), "Central/Bus: Senders is missing"},
		"a text":                  {"something", "something"},
		"a JavaScript trace": {"Error: There is already a Construct with name 'A' in App\n    at Node.addChild (/tmp/jsii/constructs.js:1:2)\n    at new Node (/tmp/x.js:3:4)\n",
			"Error: There is already a Construct with name 'A' in App"},
		"a message of several lines": {"Validation failed with the following errors:\r\n  [Central] too long\n\n    at x (y)\n", "Validation failed with the following errors:\n  [Central] too long"},
	}
	for name, test := range tests {
		if got := complaint(test.failure).Error(); got != test.want {
			t.Errorf("%s became %q, want %q", name, got, test.want)
		}
	}
}

func TestAMistakeOfOursKeepsItsTrace(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an error of Go's runtime was made a complaint")
		}
	}()
	defer func() { _ = complaint(recover()) }()
	var nothing []int
	_ = nothing[len(os.Args)]
}

// What jsii itself panics with, not what we believe it does.
func TestWhatTheCDKComplainsAboutIsOneMessage(t *testing.T) {
	t.Setenv("CDK_CONTEXT_JSON", `{"aws:cdk:bundling-stacks": []}`)
	t.Setenv("CDK_OUTDIR", t.TempDir())
	c, err := config.Load(config.File)
	if err != nil {
		t.Fatal(err)
	}
	c.Accounts = append(c.Accounts, c.Accounts[0]) // config never lets this through: two stacks with one id
	err = synth(c)
	if err == nil {
		t.Fatal("no error")
	}
	if !strings.Contains(err.Error(), "Forwarder-security-") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the message is %q", err)
	}
	for _, trace := range []string{" at ", ".js:", "node:", "goroutine", "jsii"} {
		if strings.Contains(err.Error(), trace) {
			t.Errorf("it shows %q: %s", trace, err)
		}
	}
}
