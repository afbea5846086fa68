package yamlschema

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/trailbus/trailbus/eventpattern"
)

// rulesSchema has the schema of event patterns. That of trailbus.yaml has the same, which a test of
// package config holds.
const rulesSchema = "../../../rules/rules.schema.json"

// patternsOfTests are the texts in the tests of package eventpattern that begin as JSON objects do:
// patterns, good and bad, and events.
func patternsOfTests(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../../eventpattern/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil && strings.HasPrefix(text, "{") {
					found = append(found, text)
				}
			}
			return true
		})
	}
	return append(found, vectors(t)...)
}

// vectors are the patterns of event-ruler's own tests, where they are: see vectors_test.go of
// package eventpattern.
func vectors(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("../../../../shared/data/event-ruler-vectors.jsonl")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for line := range strings.Lines(string(data)) {
		var vector struct{ Pattern string }
		if err := json.Unmarshal([]byte(line), &vector); err != nil {
			t.Fatal(err)
		}
		found = append(found, vector.Pattern)
	}
	return found
}

// onlyTheCompilerSees is what is wrong with patterns that the schema takes, as package eventpattern
// says it. (And their length, their depth and the number of combinations, of which no text of the
// tests has too much.)
var onlyTheCompilerSees = []string{
	`is reserved, want another key`, `stands both outside and inside`,
	`an empty range`, `at most 6 decimal places`, `^event pattern: [\w.]+: cidr "[0-9A-Fa-f.:]+/[0-9+-]+" has`,
}

func TestEventPatternSchemaAgreesWithTheCompiler(t *testing.T) {
	schema := jsonschema.NewCompiler().MustCompile(rulesSchema + "#/definitions/EventPattern")
	taken, refused, missed := 0, 0, map[string]int{}
	for _, text := range patternsOfTests(t) {
		_, err := eventpattern.Compile([]byte(text))
		if err != nil && (strings.Contains(err.Error(), "not valid JSON") || strings.Contains(err.Error(), "not valid UTF-8")) {
			continue
		}
		value, objection := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if objection == nil {
			objection = schema.Validate(value)
		}
		switch {
		case err == nil && objection != nil:
			t.Errorf("%s is a pattern, and the schema says %v", text, objection)
		case err == nil:
			taken++
		case objection != nil:
			refused++
		default:
			i := slices.IndexFunc(onlyTheCompilerSees, func(e string) bool { return regexp.MustCompile(e).MatchString(err.Error()) })
			if i < 0 {
				t.Errorf("%s: the schema takes it, and the compiler says %v", text, err)
				continue
			}
			missed[onlyTheCompilerSees[i]]++
		}
	}
	if taken < 50 || refused < 50 || len(missed) != len(onlyTheCompilerSees) {
		t.Errorf("%d patterns taken and %d refused, want 50 of both; seen by the compiler alone %v, want some of each kind", taken, refused, missed)
	}
	t.Logf("%d taken, %d refused, seen by the compiler alone: %v", taken, refused, missed)
}

// The operators are those of the compiler.
func TestEventPatternSchemaHasTheOperatorsOfTheCompiler(t *testing.T) {
	_, err := eventpattern.Compile([]byte(`{"a": [{"no-such-operator": 1}]}`))
	if err == nil {
		t.Fatal("an operator that there is not is taken")
	}
	_, list, found := strings.Cut(err.Error(), "want one of ")
	known := strings.Split(list, ", ")
	condition := jsonschema.NewCompiler().MustCompile(rulesSchema + "#/definitions/Condition")
	described := slices.Sorted(maps.Keys(condition.Properties))
	if !found || !slices.Equal(known, described) {
		t.Errorf("the compiler knows %v, the schema %v", known, described)
	}
}
