// Package yamlschema writes the JSON Schemas by which editors complete, explain and check the YAML files of Trailbus.
//
// The schemas are of draft-07, which every version of the YAML language server knows; newer drafts it knows since 2025
// (https://github.com/redhat-developer/yaml-language-server/issues/1112). They must never refuse what the reader of the file accepts:
// what they cannot say, only the reader says. Tests write and compare them; nothing of this is in a program.
package yamlschema

import (
	"bytes"
	"encoding/json"
	"regexp"
)

// Schema is the part of JSON Schema that is used here: https://json-schema.org/draft-07/json-schema-validation.
type Schema struct {
	Draft       string   `json:"$schema,omitempty"`
	Title       string   `json:"title,omitempty"`
	Description string   `json:"description,omitempty"`
	Ref         string   `json:"$ref,omitempty"`
	Type        Types    `json:"type,omitempty"`
	Enum        []string `json:"enum,omitempty"`
	// EnumDescriptions are shown beside the values that editors offer. The keyword is VS Code's.
	EnumDescriptions []string   `json:"enumDescriptions,omitempty"`
	Format           string     `json:"format,omitempty"`
	Pattern          string     `json:"pattern,omitempty"`
	MinLength        int        `json:"minLength,omitempty"`
	Minimum          *int       `json:"minimum,omitempty"`
	Maximum          *int       `json:"maximum,omitempty"`
	MinItems         int        `json:"minItems,omitempty"`
	MaxItems         int        `json:"maxItems,omitempty"`
	UniqueItems      bool       `json:"uniqueItems,omitempty"`
	Items            any        `json:"items,omitempty"` // a *Schema for all, or a []*Schema with one for each
	Properties       Properties `json:"properties,omitempty"`
	Required         []string   `json:"required,omitempty"`
	PropertyNames    *Schema    `json:"propertyNames,omitempty"`
	MinProperties    int        `json:"minProperties,omitempty"`
	MaxProperties    int        `json:"maxProperties,omitempty"`
	// Additional is false, or the *Schema of the keys that are not in Properties.
	Additional  any        `json:"additionalProperties,omitempty"`
	AllOf       []*Schema  `json:"allOf,omitempty"`
	AnyOf       []*Schema  `json:"anyOf,omitempty"`
	OneOf       []*Schema  `json:"oneOf,omitempty"`
	If          *Schema    `json:"if,omitempty"`
	Then        *Schema    `json:"then,omitempty"`
	Not         *Schema    `json:"not,omitempty"`
	Definitions Properties `json:"definitions,omitempty"`
}

// Draft07 is the $schema of a schema.
const Draft07 = "http://json-schema.org/draft-07/schema#"

// Types are the types that a value may have, one of them written as a plain string.
type Types []string

// MarshalJSON writes a string or a list.
func (t Types) MarshalJSON() ([]byte, error) {
	if len(t) == 1 {
		return json.Marshal(t[0])
	}
	return json.Marshal([]string(t))
}

// Property is a key and its schema.
type Property struct {
	Name   string
	Schema *Schema
}

// Properties keep the order of the Go type, in which editors offer them.
type Properties []Property

// Get gives the schema of a key, or nil.
func (ps Properties) Get(name string) *Schema {
	for _, p := range ps {
		if p.Name == name {
			return p.Schema
		}
	}
	return nil
}

// Names are the keys, in order.
func (ps Properties) Names() []string {
	names := make([]string, len(ps))
	for i, p := range ps {
		names[i] = p.Name
	}
	return names
}

// MarshalJSON writes an object.
func (ps Properties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, p := range ps {
		if i > 0 {
			out.WriteByte(',')
		}
		for j, part := range []any{p.Name, p.Schema} {
			if j > 0 {
				out.WriteByte(':')
			}
			encoded, err := encode(part)
			if err != nil {
				return nil, err
			}
			out.Write(encoded)
		}
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// encode leaves < and > as people write them.
func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSpace(out.Bytes()), err
}

// JSON writes the schema as a file.
func (s *Schema) JSON() ([]byte, error) {
	compact, err := encode(s)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return shortLists.ReplaceAllFunc(out.Bytes(), func(list []byte) []byte {
		if line := spaces.ReplaceAll(list, []byte(" ")); len(line) < 100 {
			return bytes.ReplaceAll(bytes.ReplaceAll(line, []byte("[ "), []byte("[")), []byte(" ]"), []byte("]"))
		}
		return list
	}), nil
}

// shortLists are lists of words, which are easier to read in one line.
var (
	shortLists = regexp.MustCompile(`\[\n(?: +"[A-Za-z<>=-]+",?\n)+ +\]`)
	spaces     = regexp.MustCompile(`\s+`)
)

// Text is what the reader takes as a text: a scalar as it is written, whatever YAML makes of it.
func Text() *Schema { return &Schema{Type: Types{"string", "number", "boolean"}} }

// Ref points to a definition.
func Ref(name string) *Schema { return &Schema{Ref: "#/definitions/" + name} }

// Has is the schema of a mapping that has some keys, with something behind them.
func Has(keys ...string) *Schema {
	schema := &Schema{Required: keys}
	for _, key := range keys {
		schema.Properties = append(schema.Properties, Property{key, &Schema{Not: &Schema{Type: Types{"null"}}}})
	}
	return schema
}

// Says is the schema of a mapping that has a word behind a key.
func Says(key, word string) *Schema {
	return &Schema{Required: []string{key}, Properties: Properties{{key, &Schema{Enum: []string{word}}}}}
}

// Each is the schema of the items of a list.
func (s *Schema) Each() *Schema { return s.Items.(*Schema) }

// NotBlank is the pattern of a text that has something in it.
const NotBlank = `[^ \t\r\n]`
