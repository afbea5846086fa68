package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/cmd/trailbus/internal/cli"
)

var codeBlock = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// What rules/README.md tells people to write and to run must work.
func TestRulesREADMEExamplesWork(t *testing.T) {
	readme, err := os.ReadFile("../../rules/README.md")
	if err != nil {
		t.Fatal(err)
	}
	records, err := os.ReadFile("../../internal/local/records.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "## In five minutes")
	section, _, found := strings.Cut(section, "\n## ")
	blocks := map[string][]string{}
	for _, block := range codeBlock.FindAllStringSubmatch(section, -1) {
		blocks[block[1]] = append(blocks[block[1]], block[2])
	}
	if !found || len(blocks["yaml"]) != 3 || len(blocks["json"]) != 1 || len(blocks["sh"]) != 2 || len(blocks["text"]) != 1 {
		t.Fatalf("the section has other blocks than this test knows: %q", blocks)
	}
	files := map[string]string{
		"my-rules.yaml":                   blocks["yaml"][0],
		"testdata/key-made-by-hand.jsonl": blocks["json"][0],
		"trailbus.yaml":                   strings.Replace(example, "rules:\n  packs: [cis]\n", blocks["yaml"][1]+blocks["yaml"][2], 1),
		"last-week.json.gz":               zipped(t, string(records)),
	}
	run := 0
	for _, block := range blocks["sh"] {
		for line := range strings.Lines(block) {
			command, _, _ := strings.Cut(line, "#")
			args := strings.Fields(command)
			if len(args) < 2 || args[0] != "trailbus" {
				t.Fatalf("%q is no command of this test", line)
			}
			code, out, errors := invoke(t, files, "", args[1:]...)
			if code != 0 || out == "" && args[1] != "preview" || strings.Contains(errors, "warning") {
				t.Errorf("%s: code %d\n%s%s", command, code, out, errors)
			}
			if args[2] == "explain" && len(args) == 4 && !strings.Contains(out, blocks["text"][0]) {
				t.Errorf("%s does not print\n%sbut\n%s", command, blocks["text"][0], out)
			}
			if args[2] == "test" && len(args) == 4 && out != "3 fixtures of 1 rule: 0 failed\n" {
				t.Errorf("%s: %s", command, out)
			}
			run++
		}
	}
	if run < 7 {
		t.Errorf("%d commands were run, want 7", run)
	}
}

// The configuration in docs/slack.md must be one.
func TestSlackPageExamplesWork(t *testing.T) {
	page, err := os.ReadFile("../../docs/slack.md")
	if err != nil {
		t.Fatal(err)
	}
	var parts []string
	for _, block := range codeBlock.FindAllStringSubmatch(string(page), -1) {
		if block[1] == "yaml" {
			parts = append(parts, block[2])
		}
	}
	if len(parts) != 3 || !strings.HasPrefix(parts[0], "display_information:") || !strings.HasPrefix(parts[1], "slack:") || !strings.HasPrefix(parts[2], "accounts:") {
		t.Fatalf("the page has other blocks of YAML than this test knows: %q", parts)
	}
	file := "central: {account: \"222222222222\", region: eu-central-1}\nregions: [us-east-1]\nrules: {packs: [recommended, identity]}\n" + parts[1] + parts[2]
	code, out, errors := invoke(t, map[string]string{"trailbus.yaml": file}, "", "config", "check")
	if code != 0 || errors != "" || !strings.Contains(out, "is fine") {
		t.Errorf("code %d\n%s%s", code, out, errors)
	}
}

// The commands in docs/operate.md are ones: those of trailbus take these arguments and flags, the
// targets of make are there, and what needs no AWS runs.
func TestOperatePageCommandsWork(t *testing.T) {
	page, err := os.ReadFile("../../docs/operate.md")
	if err != nil {
		t.Fatal(err)
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	outside := regexp.MustCompile(`^(aws (cloudformation describe-stacks|logs tail|organizations create-policy|secretsmanager (put-secret-value|delete-secret)) |npx cdk (diff|deploy|destroy)\b|git pull|npm ci|rm slack\.json)`)
	commands, ran := map[string]int{}, 0
	for _, block := range codeBlock.FindAllStringSubmatch(string(page), -1) {
		if block[1] != "sh" {
			continue
		}
		for line := range strings.Lines(block[2]) {
			line, _, _ = strings.Cut(line, " #")
			line, _, _ = strings.Cut(line, " | jq ")
			for command := range strings.SplitSeq(strings.TrimSpace(line), " | ") {
				command, _, _ = strings.Cut(command, " > ")
				args := strings.Fields(command)
				switch {
				case len(args) == 0:
				case args[0] == "trailbus":
					found, rest, err := rootCommand(&cli.Streams{}).Find(args[1:])
					if err == nil {
						err = found.ParseFlags(rest)
					}
					if err == nil && found.Args != nil {
						err = found.Args(found, found.Flags().Args())
					}
					if err != nil || !found.Runnable() {
						t.Errorf("%s: %v", command, err)
					}
					commands[args[1]]++
					if (args[1] == "scp" || args[1] == "config" || args[1] == "cost") && !strings.Contains(command, " -") || strings.Contains(command, "--accounts") {
						ran++
						if code, out, errors := invoke(t, map[string]string{"trailbus.yaml": example}, "", args[1:]...); code != 0 || out == "" {
							t.Errorf("%s: code %d\n%s", command, code, errors)
						}
					}
				case args[0] == "make":
					if !strings.Contains(string(makefile), "\n"+args[1]+":") {
						t.Errorf("there is no target %s", args[1])
					}
					commands["make"]++
				case !outside.MatchString(command):
					t.Errorf("%q is no command that this test knows", command)
				}
			}
		}
	}
	for _, name := range []string{"cost", "scp", "redrive", "replay", "config", "verify", "make"} {
		if commands[name] == 0 {
			t.Errorf("the page does not show %s", name)
		}
	}
	if ran < 3 {
		t.Errorf("%d commands were run", ran)
	}
	for _, section := range []string{"## Alarms", "### redrive", "### replay", "## Upgrade", "## Rotate the secret", "## Remove"} {
		if !strings.Contains(string(page), "\n"+section+"\n") {
			t.Errorf("the page has no section %q", section)
		}
	}
}
