package yamlschema

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Details say more of a field than its Go type can, such as a pattern; by type and field, as "rules.Rule.ID". Nil says that the
// file has no such key.
type Details map[string]func(*Schema)

// Make makes the schema of a YAML file that has the shape of a struct. The keys are the json names of the fields; a field without
// omitempty is required. What a key means is the doc comment of its field, else that of the field's type.
func Make(t reflect.Type, title string, comments Comments, details Details, definitions ...Property) (*Schema, error) {
	m := maker{comments, details, map[string]bool{}}
	schema, err := m.of(t)
	if err != nil {
		return nil, err
	}
	for name := range details {
		if !m.used[name] {
			return nil, fmt.Errorf("there is no field %s, for which there are details", name)
		}
	}
	schema.Draft, schema.Title, schema.Definitions = Draft07, title, definitions
	return schema, nil
}

type maker struct {
	comments Comments
	details  Details
	used     map[string]bool // the fields that there are
}

var (
	pattern = reflect.TypeFor[json.RawMessage]()
	day     = reflect.TypeFor[time.Time]()
)

func (m *maker) of(t reflect.Type) (*Schema, error) {
	switch {
	case t == pattern:
		return Ref(EventPatternName), nil
	case t == day:
		return &Schema{Type: Types{"string"}, Format: "date"}, nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return m.of(t.Elem())
	case reflect.String:
		return m.text(t), nil
	case reflect.Int:
		if t.PkgPath() != "" { // written as one of a few names; details say which
			return &Schema{Type: Types{"string"}}, nil
		}
		return &Schema{Type: Types{"integer", "string"}, Pattern: `^[+-]?[0-9]+$`}, nil // the reader takes digits in quotes as well
	case reflect.Bool:
		return &Schema{Type: Types{"boolean"}}, nil
	case reflect.Slice:
		items, err := m.of(t.Elem())
		return &Schema{Type: Types{"array"}, Items: items}, err
	case reflect.Map:
		values, err := m.of(t.Elem())
		return &Schema{Type: Types{"object"}, Additional: values}, err
	case reflect.Struct:
		return m.object(t)
	}
	return nil, fmt.Errorf("found a field of type %s, of which no schema can be made", t)
}

// text is a text, or one of the constants of its type.
func (m *maker) text(t reflect.Type) *Schema {
	words := m.comments.words[t.String()]
	if len(words) == 0 {
		return Text()
	}
	schema := &Schema{Type: Types{"string"}}
	explained := false
	for _, word := range words {
		schema.Enum, schema.EnumDescriptions = append(schema.Enum, word.value), append(schema.EnumDescriptions, word.comment)
		explained = explained || word.comment != ""
	}
	if !explained {
		schema.EnumDescriptions = nil
	}
	return schema
}

func (m *maker) object(t reflect.Type) (*Schema, error) {
	schema := &Schema{Type: Types{"object"}, Additional: false}
	for _, field := range reflect.VisibleFields(t) {
		key, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if key == "" || key == "-" {
			continue
		}
		name := t.String() + "." + field.Name
		if len(field.Index) > 1 { // of a struct that is embedded
			name = t.FieldByIndex(field.Index[:1]).Type.String() + "." + field.Name
		}
		refine, detailed := m.details[name]
		m.used[name] = true
		if detailed && refine == nil {
			continue
		}
		property, err := m.of(field.Type)
		if err != nil {
			return nil, err
		}
		if detailed {
			refine(property)
		}
		if strings.Contains(options, "omitempty") {
			property = orNull(property)
		} else {
			schema.Required = append(schema.Required, key)
		}
		element := field.Type
		for element.Kind() == reflect.Slice || element.Kind() == reflect.Pointer {
			element = element.Elem()
		}
		comment := cmp.Or(m.comments.Of(name), m.comments.Of(element.String()))
		if comment == "" {
			return nil, fmt.Errorf("%s has no doc comment, which is what people are told about %s", name, key)
		}
		if property.Ref != "" { // draft-07 ignores what stands beside a $ref
			property = &Schema{AllOf: []*Schema{property}}
		}
		property.Description = inKeys(comment, key, field.Name, element.Name())
		schema.Properties = append(schema.Properties, Property{key, property})
	}
	return schema, nil
}

// inKeys begins a comment with the key of a field, where it began with the name of the field or of its type.
func inKeys(comment, key string, names ...string) string {
	if first, rest, found := strings.Cut(comment, " "); found && slices.Contains(names, first) {
		return key + " " + rest
	}
	return comment
}

// orNull lets a key stand without a value, which is as good as leaving it out.
func orNull(s *Schema) *Schema {
	if s.Type != nil && s.Enum == nil {
		s.Type = append(slices.Clone(s.Type), "null")
		return s
	}
	return &Schema{AnyOf: []*Schema{s, {Type: Types{"null"}}}}
}
