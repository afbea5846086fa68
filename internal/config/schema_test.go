package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	published "github.com/trailbus/trailbus/config"
	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/rules"
)

// full is a file with every key that a file without a stack set and a pipeline can have.
const full = `central: {account: "111111111111", region: us-east-1}
organization: o-a1b2c3d4e5
management: "999999999999"
deploy: stacks
trail: create
regions: [us-east-1, eu-west-1]
accounts:
  - {id: "111111111111", name: security, regions: [us-east-1]}
  - {id: "222222222222", name: production, ou: Workloads/Production, tags: {team: payments}}
accountNames: listed
accessPortal: {url: "https://example.awsapps.com/start", role: ReadOnly}
alarms: {emails: [security@example.com]}
dashboard: true
inspectionRole: true
heartbeat: 6h
rules:
  packs: [cis]
  files: [ok.yaml]
  off: [vpc-change]
  severities: {route-table-change: low}
  mutes:
    - {rule: user-made, pattern: {detail: {awsRegion: [{prefix: eu-}]}}, reason: a test, owner: me, until: 2027-01-31}
slack:
  secret: trailbus/slack
  quietHours: {from: "20:00", to: "08:00", timeZone: Europe/Berlin, severities: [low]}
  routes:
    - {severities: [critical, high], accounts: ["222222222222"], webhook: urgent, mention: here, also: [{channel: "#payments", mention: S0123ABC}]}
    - rules: [root-user-used]
      packs: [cis]
      ous: [Workloads]
      tags: {team: payments}
      channel: C0123456789
`

// fullPipeline has the rest: a pipeline, and a stack set that it brings.
const fullPipeline = `central: {account: "111111111111", region: us-east-1}
organization: o-a1b2c3d4e5
management: "999999999999"
deploy: pipeline
forwarders: stacksets
regions: [us-east-1]
stackSet:
  organizationalUnits: [ou-a1b2-c3d4e5f6, ou-a1b2-c3d4e5f7]
  accounts: {except: ["222222222222"]}
  regions: [us-east-1, ap-east-1]
  optInRegionsEnabled: true
  automaticDeployment: true
  retainStacksOnAccountRemoval: false
  callAs: self
  operationPreferences: {regions: sequential, concurrency: strict, maxConcurrentPercentage: 100, failureTolerancePercentage: "0"}
pipeline:
  account: "111111111111"
  region: us-east-1
  source: {connectionArn: "arn:aws:codeconnections:us-east-1:111111111111:connection/01234567-89ab-cdef-0123-456789abcdef", repository: example/trailbus, branch: main}
  approveStackSet: true
  waves:
    - {name: canary, accounts: [production], approval: true}
    - {name: rest}
accounts:
  - {id: "222222222222", name: production}
rules: {packs: [tamper]}
slack: {secret: trailbus/slack}
`

// inEditor is the schema as editors have it, who look at rules and event patterns too.
var inEditor = sync.OnceValue(func() *jsonschema.Schema {
	return jsonschema.NewCompiler().MustCompile("../../config/trailbus.schema.json")
})

// disagreement says where an editor would raise a false alarm, and where the readers lack words for
// what the schema refuses.
func disagreement(text string, refused error) string {
	if refused != nil {
		if strings.Contains(refused.Error(), "what the schema does not allow") {
			return "\nthe readers have no words for it"
		}
		return ""
	}
	root, _ := yamldoc.Parse("file", []byte(text))
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(root.JSON()))
	if err == nil {
		err = inEditor().Validate(value)
	}
	if err != nil {
		return fmt.Sprintf("\nthe readers take the file, and an editor does not: %v", err)
	}
	return ""
}

// What the schema lists is what there is.
func TestTheSchemaNamesWhatThereIs(t *testing.T) {
	words := func(schema *jsonschema.Schema) (words []string) {
		for _, value := range schema.Enum.Values {
			words = append(words, value.(string))
		}
		return words
	}
	root := inEditor()
	property := func(keys ...string) *jsonschema.Schema {
		schema := root
		for _, key := range keys {
			if schema = schema.Properties[key]; schema.Items != nil {
				schema = schema.Items.(*jsonschema.Schema)
			}
		}
		return schema
	}
	var ids []string
	for _, rule := range rules.CatalogRules() {
		ids = append(ids, rule.ID)
	}
	for name, each := range map[string]struct {
		got, want []string
	}{
		"Regions": {words(property("regions").Ref), Regions()},
		"packs":   {words(property("rules", "packs")), rules.PackNames()},
		"rules":   {words(property("rules", "off").Ref), ids},
	} {
		for _, word := range each.want {
			if !slices.Contains(each.got, word) {
				t.Errorf("the schema lacks %s of the %s", word, name)
			}
		}
		if len(each.got) != len(each.want) {
			t.Errorf("the schema has %d %s, want %d", len(each.got), name, len(each.want))
		}
	}
	definitions := func(text []byte) map[string]any {
		var schema struct{ Definitions map[string]any }
		if err := json.Unmarshal(text, &schema); err != nil {
			t.Fatal(err)
		}
		return schema.Definitions
	}
	ofRules, err := os.ReadFile("../../rules/rules.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	here := definitions(published.Schema)
	for name, want := range definitions(ofRules) {
		if !reflect.DeepEqual(here[name], want) {
			t.Errorf("%s is not what it is in the schema of rule files", name)
		}
	}
}

// A key that the schema knows and no reader asks for would be taken and do nothing; one that a
// reader misspells too.
func TestTheReadersAskForTheKeysOfTheSchema(t *testing.T) {
	asked := map[string]bool{}
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`\.Get\("(\w+)"\)`).FindAllSubmatch(source, -1) {
			asked[string(found[1])] = true
		}
	}
	known := map[string]bool{}
	var walk func(*jsonschema.Schema)
	walk = func(schema *jsonschema.Schema) {
		for key, property := range schema.Properties {
			known[key] = true
			walk(property)
		}
		if items, ok := schema.Items.(*jsonschema.Schema); ok {
			walk(items)
		}
	}
	walk(inEditor())
	if !maps.Equal(asked, known) {
		t.Errorf("the readers ask for %v, the schema has %v", slices.Sorted(maps.Keys(asked)), slices.Sorted(maps.Keys(known)))
	}
}

// Whatever the schema refuses has words, and whatever is taken raises no alarm in an editor; parse
// looks at both.
func TestWhateverIsRefusedHasWords(t *testing.T) {
	values := []string{
		"", "~", "5", "2222", "012345678901", "000000000001", "1e3", "1.50", "true", `""`, `" "`, `"x"`, "x", "[]", "{}", "[x]", "[~]", "[x, x]", "{x: y}", "{x: ~}",
		"us-east-1", "[eu-west-1, us-east-1]", `"333333333333"`, `["333333333333"]`, "[012345678901]", "o-0123456789", "critical", "[low]", "[cis, tamper]", "cis",
		"[ok.yaml]", "a/b", "2027-01-31", "2027-02-30", "root-user-used", "{source: [aws.iam]}", "{detail: {a: [1, null, x, {exists: false}]}}", "*x", "!!str 5",
	}
	random := rand.New(rand.NewPCG(1, 2))
	// A place is what stands behind a key or in a list.
	places := regexp.MustCompile(`: ?(\[[^\[\]]*\]|"[^"]*"|[A-Za-z0-9./-]+)|[\[,] ?("\d+"|[a-z0-9.-]+)`)
	taken, refused := 0, 0
	for range map[bool]int{false: 1000, true: 200}[testing.Short()] {
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
		if strings.Contains(got, "have no words") || strings.Contains(got, "an editor does not") {
			t.Fatalf("%s\nfor:\n%s", got, text)
		}
		if c != nil {
			taken++
		} else {
			refused++
		}
	}
	if taken < 10 || refused < 100 {
		t.Errorf("%d files were taken, %d refused", taken, refused)
	}
}
