package rules

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
	"github.com/trailbus/trailbus/internal/config"
	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/rules"
	"github.com/trailbus/trailbus/rules/catalog"
)

// fixturesFolder is where fixtures stand, beside the file of rules.
const fixturesFolder = "testdata"

func newTestCommand(s *cli.Streams, options *cli.Options) *cobra.Command {
	asJSON := false
	command := &cobra.Command{
		Use:   "test [RULE…]",
		Short: "Run the fixtures of the catalogue's rules and of one's own",
		Long: `Run the fixtures of rules: events that a rule must match, and look-alikes that it must not. Without a RULE, those of all rules.

The fixtures of your own rules stand in testdata/RULE.jsonl beside the file that the rule is in, as the catalogue's do. Each line is one:

  {"name": "what is special about it", "match": true, "event": {…}}

The event is a CloudTrail record or an EventBridge event that carries one. Prints a line for each fixture that fails, with the reason, and
exits with 1 if there is one.`,
		Example: `  trailbus rules test
  trailbus rules test access-key-created
  trailbus rules test --json | jq '.failures'`,
		RunE: func(_ *cobra.Command, only []string) error {
			c, err := options.Config(s)
			if err != nil {
				return err
			}
			run, err := newFixtureRun(c, only)
			if err != nil {
				return err
			}
			if err := run.runCatalog(); err != nil {
				return err
			}
			run.runOwn(c)
			if asJSON {
				err = cli.PrintJSON(s, run.result)
			} else {
				err = run.result.print(s)
			}
			if err == nil && len(run.result.Failures)+len(run.result.Problems) > 0 {
				err = cli.ErrSilent
			}
			return err
		},
	}
	command.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return command
}

// runCatalog runs the catalogue's fixtures, each against the catalogue's own rule: a rule in place
// of it has its own fixtures.
func (t *fixtureRun) runCatalog() error {
	for _, rule := range rules.CatalogRules() {
		if !t.wanted(rule.ID) {
			continue
		}
		file := fixturesFolder + "/" + rule.ID + ".jsonl"
		data, err := catalog.Fixtures.ReadFile(file)
		if err != nil {
			return err // each has some, and a test holds that
		}
		t.runFile(rule, "rules/catalog/"+file, data)
	}
	return nil
}

// runOwn runs the fixtures beside the files of one's own rules, each against the rule as it is on.
func (t *fixtureRun) runOwn(c *config.Config) {
	var folders []string
	for _, file := range c.RuleFiles {
		if folder := filepath.Join(filepath.Dir(file), fixturesFolder); !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(escapeGlob(folder), "*.jsonl"))
		if err != nil {
			t.addProblem(folder, err.Error())
		}
		for _, file := range files {
			t.runOwnFile(file)
		}
	}
	for _, rule := range c.Rules.Rules() {
		if source, own := c.Own[rule.ID]; own && t.wanted(rule.ID) {
			t.addNote(rule, filepath.Join(filepath.Dir(source), fixturesFolder, rule.ID+".jsonl"))
		}
	}
}

func (t *fixtureRun) runOwnFile(file string) {
	id := strings.TrimSuffix(filepath.Base(file), ".jsonl")
	rule, known := t.rules[id]
	if !known {
		t.addProblem(file, fmt.Sprintf("there is no rule %.100q%s, allowed: RULE.jsonl", id, yamldoc.DidYouMean(id, t.names)))
		return
	}
	if !t.wanted(id) {
		return
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.addProblem(file, fmt.Sprintf("cannot be read: %v", cli.WithoutPath(err)))
		return
	}
	t.runFile(rule, file, data)
}

// escapeGlob escapes the characters that are special in a pattern of files.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
