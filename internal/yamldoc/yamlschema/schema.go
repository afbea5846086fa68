// Package yamlschema validates a YAML file by a JSON Schema, and reports each error at its place,
// with messages of the schema.
//
// The schemas are of draft-07, which every version of the YAML language server supports; it
// supports newer drafts since 2025
// (https://github.com/redhat-developer/yaml-language-server/issues/1112). A schema may have the
// keyword says with messages: one text for a scalar, for any error, or a text for each keyword. In
// a message, {quoted}, {text} and {kind} are what was found, {enum} the values of enum, {hint} the
// nearest of them, {count} the number of items, and {name} the key that is missing.
//
// Wrong types, missing keys and unknown keys need no message. Other errors without one, most of all
// conditions between keys, are left to the reader of the file.
package yamlschema

import (
	"bytes"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/trailbus/trailbus/internal/yamldoc"
)

// Schema is a JSON Schema.
type Schema struct {
	compiled func() *jsonschema.Schema
	// text is the schema as a document: it keeps the order of the keys.
	text func() yamldoc.Value
}

// New returns a schema that is compiled on first use. Parts with one of the definitions elsewhere
// are not checked.
func New(text []byte, elsewhere ...string) *Schema {
	return &Schema{
		compiled: sync.OnceValue(func() *jsonschema.Schema {
			const name = "schema.json"
			schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				panic(err) // cannot happen: embedded, and tested
			}
			definitions, _ := schema.(map[string]any)["definitions"].(map[string]any)
			for _, definition := range elsewhere {
				definitions[definition] = true
			}
			compiler := jsonschema.NewCompiler()
			if err := compiler.AddResource(name, schema); err != nil {
				panic(err)
			}
			return compiler.MustCompile(name)
		}),
		text: sync.OnceValue(func() yamldoc.Value {
			root, _ := yamldoc.Parse("schema.json", text) // JSON is YAML
			return root
		}),
	}
}

// Unreported is an error for which the schema has no message.
type Unreported struct {
	At yamldoc.Value
	// Rule is the place in the schema.
	Rule string
}

// Check reports the errors in a file, and returns those for which the schema has no message.
func (s *Schema) Check(root yamldoc.Value) []Unreported {
	plain := root.Plain()
	if plain == nil {
		return nil
	}
	c := checker{schema: s, root: root}
	if err, ok := errors.AsType[*jsonschema.ValidationError](s.compiled().Validate(plain)); ok {
		c.walk(err, err)
	}
	for _, report := range c.deferred {
		report()
	}
	return c.unreported
}

type checker struct {
	schema     *Schema
	root       yamldoc.Value
	deferred   []func() // reports about a list or a mapping, after those about its parts
	unreported []Unreported
}

// walk descends to the causes of an error; outer is the outermost error of the same part of the
// file.
func (c *checker) walk(e, outer *jsonschema.ValidationError) {
	if len(e.InstanceLocation) != len(outer.InstanceLocation) {
		outer = e
	}
	switch e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		for _, cause := range e.Causes {
			c.walk(cause, outer)
		}
		return
	case *kind.AnyOf:
		// The schema takes a value or null, and the file has a value.
		causes := slices.DeleteFunc(slices.Clone(e.Causes), func(cause *jsonschema.ValidationError) bool {
			wrong, ok := cause.ErrorKind.(*kind.Type)
			return ok && slices.Equal(wrong.Want, []string{"null"})
		})
		if len(causes) == 1 {
			c.walk(causes[0], outer)
			return
		}
	}
	part := part{at: c.root, path: e.InstanceLocation}
	for _, token := range e.InstanceLocation {
		part.in, part.at = part.at, step(part.at, token)
	}
	pointer := fragment(e)
	part.schema = c.schema.text()
	for _, token := range strings.Split(pointer, "/")[1:] {
		part.schema = step(part.schema, token)
	}
	reported := false
	if says := part.schema.Get("says"); says.Present() || !strings.Contains(pointer, "/then") {
		part.messages = says
		reported = c.report(part, e.ErrorKind, strings.HasSuffix(fragment(outer), "/additionalProperties"))
	}
	if !reported {
		c.unreported = append(c.unreported, Unreported{part.at, pointer + "/" + keyword(e.ErrorKind)})
	}
}

// fragment returns the place in the schema, as a JSON pointer.
func fragment(e *jsonschema.ValidationError) string {
	_, pointer, _ := strings.Cut(e.SchemaURL, "#")
	return pointer
}

// step returns the value of a key of a mapping, or an item of a list.
func step(v yamldoc.Value, token string) yamldoc.Value {
	if i, err := strconv.Atoi(token); err == nil && v.List() {
		return v.Item(i)
	}
	return v.Get(token)
}

func keyword(wrong jsonschema.ErrorKind) string {
	if _, ok := wrong.(*kind.Not); ok {
		return "not"
	}
	return strings.Join(wrong.KeywordPath(), "/")
}

// part is a part of the file with an error, and its schema.
type part struct {
	in, at           yamldoc.Value
	path             []string
	schema, messages yamldoc.Value
}

// report reports one error if there is a message for it. If anyKeys, the part is in a mapping of
// any keys, of which none is missing.
func (c *checker) report(p part, wrong jsonschema.ErrorKind, anyKeys bool) bool {
	message := p.messages.Get(keyword(wrong))
	if p.messages.Scalar() {
		message = p.messages
	}
	switch k := wrong.(type) {
	case *kind.Required:
		for _, key := range k.Missing {
			c.reportMissing(p.at.Get(key), append(slices.Clone(p.path), key), message)
		}
		return true
	case *kind.AdditionalProperties:
		keys := p.keys()
		for _, field := range p.at.All() {
			switch key := field.Key.Text(); {
			case !slices.Contains(k.Properties, key):
			case !field.Key.Present():
				field.Key.Problemf("found an empty key, allowed: %s", strings.Join(keys, ", "))
			default:
				field.Key.Problemf("unknown key %q%s, allowed: %s", key, yamldoc.DidYouMean(key, keys), strings.Join(keys, ", "))
			}
		}
		return true
	case *kind.UniqueItems:
		c.deferred = append(c.deferred, func() { reportRepeated(p.at, message) })
		return message.Present()
	case *kind.Type:
		if p.at.Present() && (!message.Present() || p.messages.Scalar() && !p.at.Scalar()) {
			p.at.Invalidf("found %s, allowed: %s", p.at.Kind(), kinds(k.Want, strings.Join(p.keys(), ", ")))
			return true
		}
	}
	switch {
	case !p.at.Present() && p.in.List(): // the reader of the list reports it
		return false
	case !p.at.Present() && !anyKeys:
		c.reportMissing(p.at, p.path, message)
		return true
	case message.Present():
		p.at.Invalidf("%s", expand(message, p.at, p.schema.Get("enum")))
	}
	return message.Present()
}

func (p part) keys() []string {
	var keys []string
	for _, property := range p.schema.Get("properties").All() {
		keys = append(keys, property.Key.Text())
	}
	return keys
}

// reportMissing reports a missing key, named with the key above it unless that is an item of a
// list.
func (c *checker) reportMissing(at yamldoc.Value, path []string, message yamldoc.Value) {
	path = path[max(len(path)-2, 0):]
	if _, err := strconv.Atoi(path[0]); err == nil {
		path = path[1:]
	}
	format := "{name} is missing"
	if text := message.Text(); strings.HasPrefix(text, "{name}") {
		format = text
	}
	c.deferred = append(c.deferred, func() {
		at.Problemf("%s", strings.ReplaceAll(format, "{name}",
			strings.Join(path, ".")))
	})
}

// kinds describes the allowed types.
func kinds(types []string, keys string) string {
	switch {
	case slices.Contains(types, "string"):
		return "a text"
	case slices.Contains(types, "array"):
		return "a list"
	case slices.Contains(types, "object"):
		return "a mapping with " + keys
	}
	return "true or false"
}

// reportRepeated reports each item of a list that occurs before.
func reportRepeated(list, message yamldoc.Value) {
	seen := map[string]bool{}
	for _, item := range list.Sequence() {
		if seen[item.Text()] && item.Present() {
			item.Invalidf("%s", expand(message, item, yamldoc.Value{}))
		}
		seen[item.Text()] = true
	}
}

// expand fills the placeholders of a message.
func expand(message, at, enum yamldoc.Value) string {
	text := ""
	if at.Scalar() {
		text = at.Text()
	}
	quoted := strconv.Quote(text)
	var known []string
	for _, value := range enum.Sequence() {
		if value.Present() {
			known = append(known, value.Text())
		}
	}
	return strings.NewReplacer("{quoted}", quoted, "{text}", quoted[1:len(quoted)-1], "{kind}", at.Kind(), "{enum}",
		strings.Join(known, ", "),
		"{hint}", yamldoc.DidYouMean(text, known), "{count}", strconv.Itoa(len(at.Sequence()))).Replace(message.Text())
}
