// Package yamlschema checks a YAML file by a JSON Schema, and says what is wrong in the words of Trailbus, at its place.
//
// The schemas are of draft-07, which every version of the YAML language server knows; newer drafts it knows since 2025
// (https://github.com/redhat-developer/yaml-language-server/issues/1112). Beside its keywords a schema may have says, with the words for what
// it refuses: one text for a scalar, whatever is wrong with it, or a text for each keyword. In these, {quoted}, {text} and {kind} are what
// was found, {enum} the words of enum, {hint} the one of them that is near, {count} the number of items, and {name} the key that is missing.
//
// What is of the wrong kind, a key that is missing and one that is unknown need no words. What else has none, conditions among keys
// above all, is left to the reader of the file.
package yamlschema

import (
	"bytes"
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

// New gives a schema that is read when it is first used. What has one of the definitions elsewhere is left to the reader of the file.
func New(text []byte, elsewhere ...string) *Schema {
	return &Schema{
		compiled: sync.OnceValue(func() *jsonschema.Schema {
			const name = "schema.json"
			schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
			if err != nil {
				panic(err) // embedded, and tested
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

// Unreported is what a schema refuses and has no words for.
type Unreported struct {
	At yamldoc.Value
	// Rule is the place in the schema.
	Rule string
}

// Check reports what is wrong with a file, and gives what is left for its reader to say.
func (s *Schema) Check(root yamldoc.Value) []Unreported {
	plain := root.Plain()
	if plain == nil {
		return nil
	}
	c := checker{schema: s, root: root}
	if err, ok := s.compiled().Validate(plain).(*jsonschema.ValidationError); ok {
		c.walk(err, err)
	}
	for _, say := range c.deferred {
		say()
	}
	return c.unreported
}

type checker struct {
	schema     *Schema
	root       yamldoc.Value
	deferred   []func() // what is said behind what is wrong with the parts of a list or a mapping
	unreported []Unreported
}

// walk goes down to what is wrong; outer is the outermost error of the same part of the file.
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
		// Something or null: there is something.
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
	said := false
	if says := part.schema.Get("says"); says.Present() || !strings.Contains(pointer, "/then") {
		part.messages = says
		said = c.report(part, e.ErrorKind, strings.HasSuffix(fragment(outer), "/additionalProperties"))
	}
	if !said {
		c.unreported = append(c.unreported, Unreported{part.at, pointer + "/" + keyword(e.ErrorKind)})
	}
}

// fragment is the place in the schema, as a JSON pointer.
func fragment(e *jsonschema.ValidationError) string {
	_, pointer, _ := strings.Cut(e.SchemaURL, "#")
	return pointer
}

// step goes to a key of a mapping or to an item of a list.
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

// part is a part of the file in which something is wrong, and the schema that says so.
type part struct {
	in, at           yamldoc.Value
	path             []string
	schema, messages yamldoc.Value
}

// report reports one error, if there are words for it. In a mapping of any keys no key is missing.
func (c *checker) report(p part, wrong jsonschema.ErrorKind, anyKeys bool) bool {
	words := p.messages.Get(keyword(wrong))
	if p.messages.Scalar() {
		words = p.messages
	}
	switch k := wrong.(type) {
	case *kind.Required:
		for _, key := range k.Missing {
			c.reportMissing(p.at.Get(key), append(slices.Clone(p.path), key), words)
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
		c.deferred = append(c.deferred, func() { reportRepeated(p.at, words) })
		return words.Present()
	case *kind.Type:
		if p.at.Present() && (!words.Present() || p.messages.Scalar() && !p.at.Scalar()) {
			p.at.Invalidf("found %s, allowed: %s", p.at.Kind(), kinds(k.Want, strings.Join(p.keys(), ", ")))
			return true
		}
	}
	switch {
	case !p.at.Present() && p.in.List(): // which the reader of the list says
		return false
	case !p.at.Present() && !anyKeys:
		c.reportMissing(p.at, p.path, words)
		return true
	case words.Present():
		p.at.Invalidf("%s", expand(words, p.at, p.schema.Get("enum")))
	}
	return words.Present()
}

func (p part) keys() []string {
	var keys []string
	for _, property := range p.schema.Get("properties").All() {
		keys = append(keys, property.Key.Text())
	}
	return keys
}

// reportMissing reports what is missing at a place: a key with the one above it, if that is no item of a list.
func (c *checker) reportMissing(at yamldoc.Value, path []string, words yamldoc.Value) {
	path = path[max(len(path)-2, 0):]
	if _, err := strconv.Atoi(path[0]); err == nil {
		path = path[1:]
	}
	format := "{name} is missing"
	if text := words.Text(); strings.HasPrefix(text, "{name}") {
		format = text
	}
	c.deferred = append(c.deferred, func() { at.Problemf("%s", strings.ReplaceAll(format, "{name}", strings.Join(path, "."))) })
}

// kinds says in words what a value may be.
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

// reportRepeated reports each item of a list that is there already.
func reportRepeated(list, words yamldoc.Value) {
	seen := map[string]bool{}
	for _, item := range list.Sequence() {
		if seen[item.Text()] && item.Present() {
			item.Invalidf("%s", expand(words, item, yamldoc.Value{}))
		}
		seen[item.Text()] = true
	}
}

// expand puts what was found at a place into words.
func expand(words, at, enum yamldoc.Value) string {
	text := ""
	if at.Scalar() {
		text = at.Text()
	}
	quoted := strconv.Quote(text)
	var known []string
	for _, word := range enum.Sequence() {
		if word.Present() {
			known = append(known, word.Text())
		}
	}
	return strings.NewReplacer("{quoted}", quoted, "{text}", quoted[1:len(quoted)-1], "{kind}", at.Kind(), "{enum}", strings.Join(known, ", "),
		"{hint}", yamldoc.DidYouMean(text, known), "{count}", strconv.Itoa(len(at.Sequence()))).Replace(words.Text())
}
