package config

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/trailbus/trailbus/internal/yamlschema"
)

var validator = sync.OnceValue(func() *yamlschema.Validator {
	v, err := yamlschema.NewValidator(schemaFile)
	if err != nil {
		panic(err)
	}
	return v
})

func changed(file string, oldnew ...string) string {
	text := strings.NewReplacer(oldnew...).Replace(file)
	if text == file {
		panic(fmt.Sprintf("nothing is changed by %q", oldnew))
	}
	return text
}

// onlyTheReaderSees is what is wrong with files that the schema takes, by what the reader says of it, with a file that shows it. It
// needs other lines, other files, the clock, or an eye for characters that no schema has.
var onlyTheReaderSees = []struct{ says, file string }{
	{`account id "000000000000"`, changed(full, `"222222222222", name`, `"000000000000", name`)},
	{`account id "\d+", allowed: 12 digits`, changed(full, `"222222222222", name`, `2222, name`)},                                // a number may have lost its zeros
	{`found (webhook|channel|mention|secret|repository|branch|wave) "(?i:true|false|[0-9.]+)"`, changed(full, "urgent", "1.50")}, // a pattern is for texts
	{`percentage "-?0*\d+"`, changed(fullPipeline, `"0"`, `"101"`)},                                                              // and a limit is for numbers
	{`account name ".*" is given twice`, changed(full, "production", "Security")},
	{`account \d+ is given twice, first`, changed(full, `"222222222222", name`, `"111111111111", name`)},
	{`account \d+ is not in accounts, and without an organization`, changed(full, "organization: o-a1b2c3d4e5\n", "", `["222222222222"]`, `["333333333333"]`)},
	{`has no Regions`, changed(full, "[us-east-1, eu-west-1]", "[]")},
	{`found \d+ accounts and no organization`, ""}, // in accounts_test.go
	{`the partition`, changed(full, "[us-east-1, eu-west-1]", "[us-east-1, cn-north-1]")},
	{`found a \w+ of \d+ characters`, changed(full, "production", strings.Repeat("x", 101))},
	{`with the character U\+`, changed(full, "production", `"a\u202eb"`)},
	{`cannot be read`, changed(full, "ok.yaml", "missing.yaml")},
	{`^etc/(broken|syntax|empty)\.yaml`, changed(full, "ok.yaml", "broken.yaml")},
	{`rule ".*" is in .* and in`, changed(full, "ok.yaml", "ok.yaml, ok.yaml")},
	{`unknown rule ".+"`, changed(full, "user-made", "user-mad")},
	{`rule ".+" is one of your own`, changed(full, "ok.yaml", "ok.yaml, cis.yaml", "[vpc-change]", "[root-user-used]")},
	{`no rule is switched on`, ""}, // in rules_test.go: all of them are off
	{`event pattern: .*(empty range|reserved|cidr|stands both)`, changed(full, "{prefix: eu-}", `{numeric: [">", 1, "<", 1]}`)},
	{`found a webhook URL`, changed(full, "trailbus/slack", "hooks.slack")},
	{`no account in accounts has the (tag|ou) `, changed(full, "[Workloads]", "[Wrkloads]")},
	{`no account in accounts fits all`, changed(full, "ous: [Workloads]", "accounts: [\"111111111111\"]")},
	{`found unknown pack`, changed(full, "packs: [cis]\n      ous", "packs: [sic]\n      ous")},
	{`(ou|organizational unit|pack|rule) ".*" is given twice`, changed(full, "[Workloads]", "[Workloads, Workloads/]")},
	{`is given twice in this route`, changed(full, `"#payments"`, `"#a"}, {channel: "#a"`)},
	{`found unknown time zone`, changed(full, "Berlin", "Berlln")},
	{`found hours from`, changed(full, "20:00", "08:00")},
	{`the routes before this one|this route takes everything`, full + "    - {severities: [high], accounts: [\"222222222222\"], webhook: urgent}\n"},

	{`forwarders is for deploy: pipeline`, changed(full, "deploy: stacks", "deploy: stacks\nforwarders: stacks")},
	{`(stackSet|pipeline) is for deploy: `, changed(fullPipeline, "forwarders: stacksets", "forwarders: stacks")},
	{`a stack set in the partition aws-cn`, ""}, // in deploy_test.go
	{`has Regions of its own, but the stack set takes it`, changed(fullPipeline, "name: production}", "name: production}\n  - {id: \"333333333333\", name: other, regions: [us-east-1]}")},
	{`found opt-in Regions?`, changed(fullPipeline, "optInRegionsEnabled: true", "optInRegionsEnabled: false")},
	{`retainStacksOnAccountRemoval: true with`, changed(fullPipeline, "automaticDeployment: true", "automaticDeployment: false", "Removal: false", "Removal: true")},
	{`found only with automatic deployment`, changed(fullPipeline, "except:", "only:")},
	{`found the management account`, changed(fullPipeline, `{except: ["222222222222"]}`, `{only: ["999999999999"]}`, "automaticDeployment: true", "automaticDeployment: false")},
	{`found callAs: delegatedAdmin, but`, changed(fullPipeline, "callAs: self", "callAs: delegatedAdmin", "999999999999", "111111111111")},
	{`found the root \S+ beside other units`, changed(fullPipeline, "ou-a1b2-c3d4e5f7", "r-a1b2")},
	{`found codeCommit beside`, changed(fullPipeline, "repository: example/trailbus", "codeCommit: trailbus")},
	{`which make a pipeline of`, ""},                           // in deploy_test.go
	{`accounts with forwarder stacks in \S+, whose roles`, ""}, // there too
	{`approveStackSet is for`, ""},                             // there too
	{`wave .* is given twice, first`, changed(fullPipeline, "{name: rest}", "{name: canary}")},
	{`account ".*" is given twice, first`, changed(fullPipeline, "[production]", "[production, production]")},
	{`which every pipeline has already`, changed(fullPipeline, "canary", "Source")},
	{`this wave takes every account that is left`, changed(fullPipeline, "{name: rest}", "{name: rest}\n    - {name: more}")},
	{`the waves before this one take every account`, changed(fullPipeline, "[production]", "[production, management]")},
	{`no wave has the accounts`, changed(fullPipeline, "    - {name: rest}\n", "")},
	{`unknown account ".*"`, changed(fullPipeline, "[production]", "[productoin]")},
	{`gets its forwarders by the stack set`, changed(fullPipeline, "name: production}", "name: production}\n  - {id: \"333333333333\", name: other}", "[production]", "[production, other]")},
}

// disagreement says where the schema does not say of a file what the reader says: it must take what the reader takes, and may take
// of the rest only what the list above has.
func disagreement(text string, refused error) string {
	objection := validator().Validate([]byte(text))
	if refused == nil {
		if objection != nil {
			return fmt.Sprintf("\nthe reader takes the file, and the schema does not: %v", objection)
		}
		return ""
	}
	if objection != nil {
		return ""
	}
	problems := Problems(nil)
	if !errors.As(refused, &problems) {
		return "\nwhat the reader says is no list of problems"
	}
	said := ""
	for _, problem := range problems.Errors() {
		if !seenByTheReaderAlone(problem) {
			said += fmt.Sprintf("\nthe schema takes the file, and the reader does not: %v\n(let the schema see it, in document_test.go, or put it into onlyTheReaderSees)", problem)
		}
	}
	return said
}

func seenByTheReaderAlone(problem Problem) bool {
	for _, only := range onlyTheReaderSees {
		if regexp.MustCompile(only.says).MatchString(problem.Error()) {
			return true
		}
	}
	return false
}

func TestSchemaTakesWhatOnlyTheReaderSees(t *testing.T) {
	for _, file := range []string{full, fullPipeline} {
		if c, got := parse(file); c == nil {
			t.Fatalf("a full file has problems:\n%s", got)
		}
	}
	for _, only := range onlyTheReaderSees {
		if only.file == "" {
			continue
		}
		c, got := parse(only.file)
		if c != nil || !regexp.MustCompile(only.says).MatchString(got) || strings.Contains(got, "the schema takes") {
			t.Errorf("want the reader to say %q, got:\n%s\nfor:\n%s", only.says, got, only.file)
		}
		if err := validator().Validate([]byte(only.file)); err != nil && !strings.Contains(err.Error(), "alias") {
			t.Errorf("the schema sees %q as well, so it belongs into no list of what it cannot see: %v", only.says, err)
		}
	}
}

func TestSchemaTakesTheFilesOfTheRepository(t *testing.T) {
	for _, file := range []string{"../../trailbus.yaml", "../local/trailbus.yaml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := validator().Validate(data); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// Whatever the reader takes the schema takes: a false alarm in an editor is a defect.
func TestSchemaTakesWhateverTheReaderTakes(t *testing.T) {
	values := []string{
		"", "~", "5", "2222", "012345678901", "000000000001", "1e3", "1.50", "true", `""`, `" "`, `"x"`, "x", "[]", "{}", "[x]", "[~]", "{x: y}", "us-east-1",
		"[us-east-1]", "[eu-west-1, us-east-1]", "[us-east-1, us-east-1]", `"333333333333"`, `["333333333333"]`, "[012345678901]", "o-0123456789",
		"critical", "[low]", "[low, low]", "[cis, tamper]", "cis", "[ok.yaml]", "a/b", "2027-01-31", `"2027-01-31"`, "2027-02-30", "root-user-used",
		"{source: [aws.iam]}", "{detail: {a: [1, null, x, {exists: false}]}}", "{$or: [{a: [1]}, {b: [2]}]}", "{$or: [{a: [1]}]}", "{a: []}", "!!str 5", "'5'",
	}
	random := rand.New(rand.NewPCG(1, 2))
	// A place is what stands behind a key or in a list.
	places := regexp.MustCompile(`: ?(\[[^\[\]]*\]|"[^"]*"|[A-Za-z0-9./-]+)|[\[,] ?("\d+"|[a-z0-9.-]+)`)
	files, taken, refused := 1000, 0, 0
	if testing.Short() {
		files = 200
	}
	for range files {
		text := []string{full, fullPipeline}[random.IntN(2)]
		for range 1 + random.IntN(3) {
			if lines := strings.SplitAfter(text, "\n"); random.IntN(3) == 0 {
				i := random.IntN(len(lines))
				text = strings.Join(append(lines[:i:i], lines[i+1:]...), "")
				continue
			}
			found := places.FindAllStringIndex(text, -1)
			at := found[random.IntN(len(found))]
			text = text[:at[0]+1] + " " + values[random.IntN(len(values))] + text[at[1]:]
		}
		c, got := parse(text)
		if strings.Contains(got, "the schema") {
			t.Fatalf("%s\nfor:\n%s", got, text)
		}
		if c != nil {
			taken++
		} else if validator().Validate([]byte(text)) != nil {
			refused++
		}
	}
	if least := files / 40; taken < least || refused < least {
		t.Errorf("the reader took %d files, the schema refused %d, want %d of both", taken, refused, least)
	}
	t.Logf("the reader took %d files, the schema refused %d", taken, refused)
}
