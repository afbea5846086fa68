package yamlschema

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

const zoo = `{
  "$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
  "properties": {
    "owner": {"type": ["string", "null"], "pattern": "^[a-z]+$", "says": "found owner {quoted}, allowed: letters"},
    "open": {"type": "boolean"},
    "animals": {"type": "array", "minItems": 1, "maxItems": 3, "items": {
      "type": "object", "required": ["name", "kind"], "additionalProperties": false, "properties": {
        "name": {"type": "string"},
        "kind": {"anyOf": [{"type": "null"}, {"$ref": "#/definitions/kind"}]},
        "food": {"type": "array", "uniqueItems": true, "items": {"type": "string"}, "says": {"uniqueItems": "{text} is given twice"}},
        "weight": {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}, "says": {"type": "found {kind}, allowed: a mapping of years"}}
      }
    }, "says": {"maxItems": "found {count} animals, allowed: 3"}},
    "elsewhere": {"$ref": "#/definitions/elsewhere"}
  },
  "required": ["animals"], "additionalProperties": false,
  "definitions": {
    "kind": {"type": "string", "enum": ["bird", "dog"], "says": "found unknown kind {quoted}{hint}, allowed: {enum}"},
    "elsewhere": {"type": "string"}
  }
}`

func TestWhatIsWrongIsSaidAtItsPlace(t *testing.T) {
	schema := New([]byte(zoo), "elsewhere")
	for text, want := range map[string]string{
		"animals: [{name: a, kind: bird, food: [b, c], weight: {2020: 5}}]\nowner: ~\nopen: true\nelsewhere: []\n": "",
		"{}":                           "1:1: animals is missing",
		"animals:\n":                   "1:1: animals is missing",
		"[]":                           "1:1: found a list, allowed: a mapping with owner, open, animals, elsewhere",
		"animals: [{kind: dgo}]":       `1:12: name is missing|1:18: found unknown kind "dgo" (did you mean "dog"?), allowed: bird, dog`,
		"animals: [~, {name: ~}]":      "1:15: kind is missing|1:15: name is missing|unsaid: /properties/animals/items/type",
		"animals: []":                  "unsaid: /properties/animals/minItems",
		"animals: x\nopen: yes":        `1:10: found the text "x", allowed: a list|2:7: found the text "yes", allowed: true or false`,
		"animals: [~, ~, ~, ~]\nno: ~": `1:10: found 4 animals, allowed: 3|2:1: unknown key "no"`,
		"animals: [{name: a, kind: dog, food: [b, [], b, b]}]\nowner: true":     `1:42: found a list, allowed: a text|1:46: b is given twice|1:49: b is given twice|2:8: found owner "true"`,
		"animals: [{name: a, kind: dog, weight: 5}]\nowner: \"\\u202e\"":        `1:40: found "5", allowed: a mapping of years|2:8: found owner "\u202e", allowed: letters`,
		"animals: [{name: a, kind: dog, weight: {2020: \"\"}}]\nowner: &a [*a]": "2:11: found a list, allowed: a text|2:12: found an alias|unsaid: /properties/animals/items/properties/weight/additionalProperties/minLength",
	} {
		root, doc := yamldoc.Parse("zoo", []byte(text))
		unsaid := schema.Check(root)
		said := strings.ReplaceAll(strings.ReplaceAll(doc.Problems().Error(), "zoo:", ""), "\n", "|")
		for _, each := range unsaid {
			said += fmt.Sprintf("|unsaid: %s", each.Rule)
		}
		lines := strings.Split(strings.Trim(said, "|"), "|")
		for i, part := range strings.Split(want, "|") {
			if i >= len(lines) || !strings.HasPrefix(lines[i], part) {
				t.Errorf("%s\ngot:\n%s\nwant:\n%s", text, strings.Join(lines, "\n"), strings.ReplaceAll(want, "|", "\n"))
				break
			}
		}
	}
}
