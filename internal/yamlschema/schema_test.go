package yamlschema

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// animal is what the tests keep.
type animal struct {
	// Name is what it is called.
	Name string `json:"name"`
	// Food is what it eats, in the order of Name.
	Food []string `json:"food,omitempty"`
	Kind kind     `json:"kind,omitempty"`
	// Legs are two or more.
	Legs   int  `json:"legs,omitempty"`
	Secret bool `json:"-"`
}

// kind is what it is.
type kind string

const (
	// bird flies.
	bird kind = "bird"
	dog  kind = "dog"
)

// zoo is a file.
type zoo struct {
	// Animals are its animals.
	Animals []animal `json:"animals"`
	// Owner is told.
	Owner string `json:"owner,omitempty"`
}

func madeZoo(t *testing.T, details Details) (*Schema, error) {
	t.Helper()
	comments, err := ReadComments(".")
	if err != nil {
		t.Fatal(err)
	}
	return Make(reflect.TypeFor[zoo](), "A zoo", comments, details)
}

func TestASchemaIsMadeOfTypesAndTheirComments(t *testing.T) {
	schema, err := madeZoo(t, Details{"yamlschema.animal.Legs": nil, "yamlschema.animal.Name": func(s *Schema) { s.Pattern = "^[<a-z]" }})
	if err != nil {
		t.Fatal(err)
	}
	got, err := schema.JSON()
	if err != nil {
		t.Fatal(err)
	}
	want := `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "A zoo",
  "type": "object",
  "properties": {
    "animals": {
      "description": "animals are its animals.",
      "type": "array",
      "items": {
        "type": "object",
        "properties": {
          "name": {
            "description": "name is what it is called.",
            "type": ["string", "number", "boolean"],
            "pattern": "^[<a-z]"
          },
          "food": {
            "description": "food is what it eats, in the order of Name.",
            "type": ["array", "null"],
            "items": {
              "type": ["string", "number", "boolean"]
            }
          },
          "kind": {
            "description": "kind is what it is.",
            "anyOf": [
              {
                "type": "string",
                "enum": ["bird", "dog"],
                "enumDescriptions": [
                  "bird flies.",
                  ""
                ]
              },
              {
                "type": "null"
              }
            ]
          }
        },
        "required": ["name"],
        "additionalProperties": false
      }
    },
    "owner": {
      "description": "owner is told.",
      "type": ["string", "number", "boolean", "null"]
    }
  },
  "required": ["animals"],
  "additionalProperties": false
}
`
	if string(got) != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

func TestWhatNobodyExplainsAndWhatThereIsNotAreErrors(t *testing.T) {
	if _, err := madeZoo(t, Details{"yamlschema.animal.Wings": func(*Schema) {}}); err == nil || !strings.Contains(err.Error(), "animal.Wings") {
		t.Errorf("details of a field that there is not: %v", err)
	}
	if _, err := Make(reflect.TypeFor[struct {
		A string `json:"a"`
	}](), "", Comments{}, nil); err == nil || !strings.Contains(err.Error(), "has no doc comment") {
		t.Errorf("a field without a comment: %v", err)
	}
	if _, err := Make(reflect.TypeFor[struct {
		A func() `json:"a"`
	}](), "", Comments{}, nil); err == nil || !strings.Contains(err.Error(), "func()") {
		t.Errorf("a field of a type that no file has: %v", err)
	}
}

func TestDifferencesAreFoundInBothDirections(t *testing.T) {
	schema, err := madeZoo(t, nil)
	if err != nil {
		t.Fatal(err)
	}
	read := func(top, inner []string) func([]byte) string {
		return func(data []byte) string {
			root, doc := yamldoc.Parse("zoo.yaml", data)
			fields := root.Fields(top...)
			for _, item := range fields["animals"].Items() {
				of := item.Fields(inner...)
				of["name"].Text()
				of["food"].Texts()
			}
			return fmt.Sprint(doc.Problems())
		}
	}
	top, inner := []string{"animals", "owner"}, []string{"name", "food", "kind", "legs"}
	for name, test := range map[string]struct {
		top, inner []string
		want       string
	}{
		"none":                 {top, inner, ""},
		"one more in the file": {top, append(inner, "age"), `animals.0: the reader takes the key "age", and the schema does not know it`},
		"one less in the file": {top[:1], inner, `the top of the file: the schema has the key "owner", and the reader does not take it`},
	} {
		different, err := schema.Differences([]string{"animals: [{name: Rex, food: [meat], kind: dog, legs: 4}]\nowner: me\n"}, read(test.top, test.inner))
		if err != nil || strings.Join(different, "\n") != test.want {
			t.Errorf("%s: got %q (%v), want %q", name, different, err, test.want)
		}
	}
	if _, err := schema.Differences([]string{"animals: 5\n"}, read(top, inner)); err == nil {
		t.Error("a sample that lacks places is taken")
	}
}
