package rules

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// every is a file with every key.
const every = `pack: mine
title: Mine
rules:
  - id: access-key-created
    title: Access key created
    severity: high
    why: It leaks.
    first: Ask who made it.
    references: [MITRE ATT&CK T1098.001]
    page: https://wiki.example.com/access-keys
    show: [userName]
    calls: [iam:CreateAccessKey, iam:UpdateAccessKey]
    pattern: {detail: {errorCode: [{exists: false}]}}
    unless: [{detail: {userIdentity: {type: [AWSService]}}}]
    readOnly: true
`

// validators are the schema of a file of rules and that of a file of the catalogue, which may
// include rules as well.
func validators(t *testing.T) (own, catalog *jsonschema.Schema) {
	t.Helper()
	return jsonschema.NewCompiler().MustCompile("rules.schema.json"), jsonschema.NewCompiler().MustCompile("catalog.schema.json")
}

// validate says what an editor would say about a file.
func validate(schema *jsonschema.Schema, text []byte) error {
	root, doc := yamldoc.Parse("file", text)
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(root.JSON()))
	if problems := doc.Problems(); len(problems) > 0 {
		return problems
	} else if err != nil {
		return err
	}
	return schema.Validate(value)
}

// Package rules reads its files without a schema, which the Lambda has no room for.
func TestSchemasHaveTheKeysThatTheReaderTakes(t *testing.T) {
	own, catalog := validators(t)
	rule := own.Properties["rules"].Items.(*jsonschema.Schema)
	for _, test := range []struct {
		text   string
		keys   []string
		schema *jsonschema.Schema
	}{{"no: 1", ownKeys, own}, {"no: 1", catalogKeys, catalog}, {"rules: [{no: 1}]", ownKeys, rule}} {
		_, err := load("mine.yaml", []byte(test.text), test.keys...)
		_, said, _ := strings.Cut(fmt.Sprint(err), `unknown key "no"`)
		said, _, _ = strings.Cut(said, "\n")
		_, taken, _ := strings.Cut(said, "allowed: ")
		keys := strings.Split(taken, ", ")
		slices.Sort(keys)
		if want := slices.Sorted(maps.Keys(test.schema.Properties)); !slices.Equal(keys, want) {
			t.Errorf("%s: the reader takes %q, the schema %q", test.text, keys, want)
		}
	}
}

func TestSchemaTakesTheCatalogue(t *testing.T) {
	own, catalog := validators(t)
	entries, err := catalogFiles.ReadDir("catalog")
	if err != nil || len(entries) < 11 {
		t.Fatalf("the catalogue has %d files: %v", len(entries), err)
	}
	for _, entry := range entries {
		data, err := catalogFiles.ReadFile("catalog/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(catalog, data); err != nil {
			t.Errorf("%s: %v", entry.Name(), err)
		}
		if err := validate(own, data); (err != nil) != strings.Contains(string(data), "\ninclude:") {
			t.Errorf("%s: only a pack of the catalogue may include rules, and the schema of other files says %v", entry.Name(), err)
		}
	}
}

// What is wrong with a file, as a change of the one above, and whether the schema sees it too. What
// it does not see needs other lines, another rule, or an eye for characters that no schema has.
var mistakes = []struct {
	old, new string
	seen     bool
}{
	{"pack: mine\n", "", true},
	{"pack: mine", "pack: My Pack", true},
	{"pack: mine", "pack: [mine]", true},
	{"title: Mine", `title: " "`, true},
	{"title: Mine", "titel: Mine", true},
	{"title: Mine", "include: [root-user-used]", true},
	{"  - id: access-key-created\n    title", "  - title", true},
	{"id: access", "id: Access", true},
	{"    title: Access key created\n", "", true},
	{"    severity: high\n", "", true},
	{"severity: high", "severity: hihg", true},
	{"    why: It leaks.\n", "", true},
	{"why: It leaks.", `why: ""`, true},
	{"why: It leaks.", "why: ~", true},
	{"why: It leaks.", "sevrity: low", true},
	{"first: Ask who made it.", `first: ""`, true},
	{"[userName]", "userName", true},
	{"[userName]", "[[userName]]", true},
	{"[userName]", "[~]", true},
	{"[iam:CreateAccessKey, iam:UpdateAccessKey]", "[]", true},
	{"iam:CreateAccessKey", "iam.CreateAccessKey", true},
	{"iam:CreateAccessKey", "iam.amazonaws.com:CreateAccessKey", true},
	{"iam:CreateAccessKey", "{iam: CreateAccessKey}", true},
	{"[{exists: false}]", "[]", true},
	{"[{exists: false}]", "{}", true},
	{"[{exists: false}]", "AccessDenied", true},
	{"[{exists: false}]", "[{exist: false}]", true},
	{"[{exists: false}]", `[{exists: "false"}]`, true},
	{"[{detail: {userIdentity: {type: [AWSService]}}}]", "{detail: {userIdentity: {type: [AWSService]}}}", true},
	{"[AWSService]", "AWSService", true},
	{"readOnly: true", "readOnly: sometimes", true},
	{"    calls: [iam:CreateAccessKey, iam:UpdateAccessKey]\n    pattern: {detail: {errorCode: [{exists: false}]}}\n", "", true},
	{"readOnly: true", "readOnly: true\n    readOnly: true", true}, // an editor says it itself

	{"title: Mine", "title: " + strings.Repeat("x", 151), false},
	{"why: It leaks.", `why: "It\u202eleaks."`, false},
	{"    readOnly: true\n", "    readOnly: true\n  - {id: access-key-created, title: T, severity: low, why: W, calls: [iam:CreateUser]}\n", false},
	{"errorCode:", "eventName: [CreateUser], errorCode:", false}, // with calls as well
	{"[{exists: false}]", `[{cidr: "1.2.3/24"}]`, false},
	{"    calls: [iam:CreateAccessKey, iam:UpdateAccessKey]\n    pattern: {detail: {errorCode: [{exists: false}]}}\n", "    pattern: {account: [\"111111111111\"]}\n", false}, // of every event
	{"    calls: [iam:CreateAccessKey, iam:UpdateAccessKey]\n    pattern: {detail: {errorCode: [{exists: false}]}}\n", "    calls: ~\n", true},
}

func TestSchemaSeesMistakes(t *testing.T) {
	own, _ := validators(t)
	if err := validate(own, []byte(every)); err != nil {
		t.Fatal(err)
	}
	if _, err := Load("mine.yaml", []byte(every)); err != nil {
		t.Fatal(err)
	}
	for _, mistake := range mistakes {
		if strings.Count(every, mistake.old) != 1 {
			t.Fatalf("%q is %d times in the file, want once", mistake.old, strings.Count(every, mistake.old))
		}
		text := []byte(strings.Replace(every, mistake.old, mistake.new, 1))
		if _, err := Load("mine.yaml", text); err == nil {
			t.Errorf("%q for %q: the reader takes it", mistake.new, mistake.old)
		}
		if err := validate(own, text); (err != nil) != mistake.seen {
			t.Errorf("%q for %q: the schema says %v, want an objection: %v", mistake.new, mistake.old, err, mistake.seen)
		}
	}
}

// Whatever the reader takes the schema takes: a false alarm in an editor is a defect.
func TestSchemaTakesWhateverTheReaderOfRulesTakes(t *testing.T) {
	own, _ := validators(t)
	values := []string{
		"", "~", "5", "1.50", "true", "false", `""`, `" "`, "x", "[]", "{}", "[x, 5, true]", "[~]", "{x: y}", "low", "[iam:CreateUser]", "[s3:Get]", "[x:1]",
		"{source: [aws.iam]}", "[{source: [aws.iam]}]", "{detail: {a: [1, null, x, {exists: false}]}}", "{$or: [{a: [1]}, {b: [2]}]}", "{$or: [{a: [1]}]}",
		"[{prefix: x}]", "[{suffix: {equals-ignore-case: x}}]", "[{anything-but: [a, b]}]", "[{anything-but: {prefix: [a]}}]", `[{numeric: [">", 1]}]`,
		`[{numeric: [">", 1, "<=", 5]}]`, `[{numeric: [">", 1, ">", 5]}]`, `[{cidr: "10.0.0.0/8"}]`, "[{wildcard: a*b}]", "[{wildcard: a**b}]", "!!str 5", "no", "1_000",
	}
	// A place is what stands behind a key or in a list.
	places := regexp.MustCompile(`: (\[.*\]|\{.*\}|[^\[{\n]+)\n|(: |\[)(\[[^\[\]]*\]|[A-Za-z]+)`)
	random := rand.New(rand.NewPCG(1, 2))
	files, taken, refused := 2000, 0, 0
	if testing.Short() {
		files = 300
	}
	for range files {
		text := every
		for range 1 + random.IntN(3) {
			if lines := strings.SplitAfter(text, "\n"); random.IntN(3) == 0 {
				i := random.IntN(len(lines))
				text = strings.Join(append(lines[:i:i], lines[i+1:]...), "")
				continue
			}
			if found := places.FindAllStringSubmatchIndex(text, -1); len(found) > 0 {
				at := found[random.IntN(len(found))]
				begin, end := max(at[2], at[6]), max(at[3], at[7])
				text = text[:begin] + values[random.IntN(len(values))] + text[end:]
			}
		}
		_, err := Load("mine.yaml", []byte(text))
		objection := validate(own, []byte(text))
		switch {
		case err == nil && objection != nil:
			t.Fatalf("the reader takes the file, and the schema does not: %v\n%s", objection, text)
		case err == nil:
			taken++
		case objection != nil:
			refused++
		}
	}
	if least := files / 20; taken < least || refused < least {
		t.Errorf("the reader took %d files, the schema refused %d, want %d of both", taken, refused, least)
	}
	t.Logf("the reader took %d files, the schema refused %d", taken, refused)
}
