//go:build unix

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/config"
)

// regions are those that every account has without enabling them:
// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
var regions = strings.Fields(`us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 sa-east-1 eu-central-1 eu-west-1 eu-west-2 eu-west-3 eu-north-1
ap-south-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-southeast-1 ap-southeast-2`)

// work is the synthesis of a number of forwarder stacks.
type work struct {
	dir     string
	stacks  int
	context string
}

func (w work) configuration() string { return filepath.Join(w.dir, "trailbus.yaml") }
func (w work) input() string         { return filepath.Join(w.dir, "input.json") }
func (w work) assembly(a app) string { return filepath.Join(w.dir, "out-"+a.name) }
func (w work) template(a, id string) string {
	return filepath.Join(w.dir, "out-"+a, id+".template.json")
}

type pattern struct {
	ID          string          `json:"id"`
	Description string          `json:"description"`
	State       string          `json:"state"`
	Pattern     json.RawMessage `json:"pattern"`
}

type stack struct {
	ID      string `json:"id"`
	Account string `json:"account"`
	Region  string `json:"region"`
}

// prepare writes the configuration of the Go app and, from a template of that app, the input of the
// TypeScript app.
func (w work) prepare() error {
	var text strings.Builder
	text.WriteString("central: {account: \"100000000000\", region: eu-central-1}\norganization: o-a1b2c3d4e5\nrules: {packs: [recommended]}\n" +
		"slack: {secret: trailbus/slack}\naccounts:\n")
	for i := 0; i*len(regions) < w.stacks; i++ {
		fmt.Fprintf(&text, "  - {id: \"%d\", name: account-%d, regions: [%s]}\n", 100_000_000_000+i, i,
			strings.Join(regions[:min(len(regions), w.stacks-i*len(regions))], ", "))
	}
	if err := os.WriteFile(w.configuration(), []byte(text.String()), 0o600); err != nil {
		return err
	}
	c, err := config.Load(w.configuration())
	if err != nil {
		return err
	}
	var input struct {
		Bus struct {
			Account      string   `json:"account"`
			Region       string   `json:"region"`
			Name         string   `json:"name"`
			Organization string   `json:"organization"`
			DetailTypes  []string `json:"detailTypes"`
		} `json:"bus"`
		Patterns []pattern `json:"patterns"`
		Stacks   []stack   `json:"stacks"`
	}
	input.Bus.Account, input.Bus.Region, input.Bus.Name, input.Bus.Organization = c.Central.Account, c.Central.Region,
		"trailbus", c.Organization
	input.Bus.DetailTypes = cloudtrail.DetailTypes()
	for _, d := range c.Stacks() {
		input.Stacks = append(input.Stacks, stack{ID: d.StackID, Account: d.Account, Region: d.Region})
	}
	if len(input.Stacks) != w.stacks {
		return fmt.Errorf("the configuration has %d stacks, want %d", len(input.Stacks), w.stacks)
	}
	goApp := app{"Go", []string{filepath.Join(w.dir, "trailbus")}}
	if _, err := w.run(goApp); err != nil {
		return err
	}
	template, err := os.ReadFile(w.template(goApp.name, input.Stacks[0].ID))
	if err != nil {
		return err
	}
	var parsed struct {
		Resources map[string]struct {
			Properties struct {
				Description, State string
				EventPattern       json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(template, &parsed); err != nil {
		return err
	}
	packed, err := c.Rules.Forwarding(eventpattern.DefaultQuota)
	if err != nil {
		return err
	}
	for _, p := range packed {
		for id, resource := range parsed.Resources {
			if strings.HasPrefix(id, "RegionalForwarderForward"+p.ID) {
				r := resource.Properties
				input.Patterns = append(input.Patterns, pattern{ID: p.ID, Description: r.Description, State: r.State,
					Pattern: r.EventPattern})
			}
		}
	}
	if len(input.Patterns) != len(packed) {
		return fmt.Errorf("%d of %d patterns are in the template", len(input.Patterns), len(packed))
	}
	data, err := json.Marshal(input)
	if err != nil {
		return err
	}
	return os.WriteFile(w.input(), data, 0o600)
}

// run synthesizes into an empty folder, and checks the number of templates.
func (w work) run(a app) (usage, error) {
	out := w.assembly(a)
	if err := os.RemoveAll(out); err != nil {
		return usage{}, err
	}
	command := exec.Command(a.command[0], a.command[1:]...)
	command.Env = append(os.Environ(), "CDK_VALIDATION=false", "CDK_OUTDIR="+out, "CDK_CONTEXT_JSON="+w.context,
		"TRAILBUS_CONFIG="+w.configuration(), "BENCH_INPUT="+w.input())
	used, printed, err := measure(command)
	if err != nil {
		return usage{}, fmt.Errorf("%w\n%s", err, printed)
	}
	templates, err := filepath.Glob(filepath.Join(out, "Forwarder-*.template.json"))
	if err == nil && len(templates) != w.stacks {
		err = fmt.Errorf("%d templates, want %d", len(templates), w.stacks)
	}
	return used, err
}

// compare returns an error unless two apps wrote equal forwarder templates, but for the order of
// keys. It does not compare the central template, which changes often.
func (w work) compare(a, b app) error {
	templates, err := filepath.Glob(w.template(a.name, "Forwarder-*"))
	if err != nil || len(templates) != w.stacks {
		return fmt.Errorf("%d templates, want %d: %w", len(templates), w.stacks, err)
	}
	for _, path := range templates {
		one, err := readTemplate(path)
		if err != nil {
			return err
		}
		other, err := readTemplate(filepath.Join(w.assembly(b), filepath.Base(path)))
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(one, other) {
			return fmt.Errorf("%s and %s write different templates, so their times cannot be compared: %s", a.name, b.name,
				filepath.Base(path))
		}
	}
	return nil
}

func readTemplate(path string) (template any, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &template); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return template, nil
}
