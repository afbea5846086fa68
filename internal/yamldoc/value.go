// Package yamldoc reads a YAML file as values that know their line and column. So a whole file is
// checked in one run, and each problem is reported at its place; decoding into Go structs would
// stop at the first problem.
package yamldoc

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Document collects the problems of one file.
type Document struct {
	file     string
	problems Problems
	// invalid are the parts that were reported as not valid. Further problems of them are dropped.
	invalid map[*token.Token]bool
}

// Problems returns the problems found so far, in the order of the file.
func (d *Document) Problems() Problems { return d.problems.Sorted() }

// Value is a part of the file: a mapping, a list or a scalar. The zero Value is an absent part;
// reading it returns zero values and reports nothing.
type Value struct {
	doc  *Document
	node ast.Node
	// line and column are the position of an absent or null part: that of its key.
	line, column int
}

// Parse reads one YAML document. file is its name, for problems. A syntax error is a problem like
// any other; the Value is then absent.
func Parse(file string, data []byte) (Value, *Document) {
	doc := &Document{file: file, invalid: map[*token.Token]bool{}}
	data = trimBOM(data)
	if line, column, found := findInvalidUTF8(data); found {
		doc.problems = append(doc.problems, Problem{File: file, Line: line, Column: column, Message: "the file is not UTF-8"})
		return Value{}, doc
	}
	tree, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		problem := Problem{File: file, Line: 1, Column: 1, Message: truncateQuoted(err.Error())}
		if syntax := (*yaml.SyntaxError)(nil); errors.As(err, &syntax) {
			problem.Message = truncateQuoted(syntax.Message)
			if syntax.Token != nil {
				problem.Line, problem.Column = syntax.Token.Position.Line, syntax.Token.Position.Column
			}
		}
		doc.problems = append(doc.problems, problem)
		return Value{}, doc
	}
	var bodies []ast.Node
	for _, d := range tree.Docs {
		if d.Body != nil {
			bodies = append(bodies, d.Body)
		}
	}
	if len(bodies) == 0 {
		doc.problems = append(doc.problems, Problem{File: file, Line: 1, Column: 1, Message: "the file is empty"})
		return Value{}, doc
	}
	if len(bodies) > 1 {
		Value{doc: doc, node: bodies[1]}.Problemf("a second YAML document, allowed: one")
	}
	return doc.value(bodies[0], 1, 1), doc
}

// value returns the Value of a node, without tags and anchors. It reports aliases: with them a file
// of a few lines can expand to gigabytes.
func (d *Document) value(node ast.Node, line, column int) Value {
	switch n := node.(type) {
	case *ast.AnchorNode:
		return d.value(n.Value, line, column)
	case *ast.TagNode:
		return d.value(n.Value, line, column)
	case *ast.AliasNode:
		v := Value{doc: d, node: n}
		v.wrongKind("the value itself")
		return v
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return Value{doc: d, line: line, column: column}
	}
	v := Value{doc: d, node: node, line: line, column: column}
	if entries, ok := v.entries(); ok && len(entries) == 1 {
		if text := textWithColon(entries[0]); text != nil {
			v.node = text
		}
	}
	return v
}

// textWithColon returns a text such as iam:CreateUser in {calls: [iam:CreateUser]}, which the
// parser takes for a mapping, and nil for a real mapping. In YAML 1.2 a colon begins a value only
// before a space or after a quoted key (https://yaml.org/spec/1.2.2/#733-plain-style). The parser
// (goccy/go-yaml 1.19.2) gets that wrong in a list within a flow mapping.
func textWithColon(n *ast.MappingValueNode) ast.Node {
	key, ok := n.Key.(*ast.StringNode)
	value, isText := n.Value.(*ast.StringNode)
	if !ok || !isText || n.Start == nil || key.Token.Type != token.StringType || value.Token.Type != token.StringType ||
		value.Token.Position.Line != n.Start.Position.Line || value.Token.Position.Column != n.Start.Position.Column+1 {
		return nil
	}
	joined := *key
	joined.Value += ":" + value.Value
	return &joined
}

// Present reports whether the part is there and is not null.
func (v Value) Present() bool { return v.node != nil }

// Position returns the line and column of the part, both from 1.
func (v Value) Position() (line, column int) {
	node := v.node
	if m, ok := node.(*ast.MappingNode); ok && len(m.Values) > 0 {
		node = m.Values[0].Key
	} else if m, ok := node.(*ast.MappingValueNode); ok {
		node = m.Key
	}
	if node == nil || node.GetToken() == nil {
		return max(v.line, 1), max(v.column, 1)
	}
	position := node.GetToken().Position
	return position.Line, position.Column
}

func (v Value) report(warning bool, format string, args ...any) {
	if v.doc == nil || v.Invalid() {
		return
	}
	line, column := v.Position()
	v.doc.problems = append(v.doc.problems, Problem{v.doc.file, line, column, truncateQuoted(fmt.Sprintf(format, args...)),
		warning})
}

// wrongKind reports that the part is of the wrong kind.
func (v Value) wrongKind(allowed string) { v.Invalidf("found %s, allowed: %s", v.Kind(), allowed) }

// Invalid reports whether [Value.Invalidf] was called for the part.
func (v Value) Invalid() bool {
	return v.doc != nil && v.node != nil && v.doc.invalid[v.node.GetToken()]
}

// Invalidf reports an error at the place of the part, and drops further problems of it.
func (v Value) Invalidf(format string, args ...any) {
	v.Problemf(format, args...)
	if v.doc != nil && v.node != nil {
		v.doc.invalid[v.node.GetToken()] = true
	}
}

// Problemf reports an error at the place of the part.
func (v Value) Problemf(format string, args ...any) { v.report(false, format, args...) }

// Warningf reports a warning at the place of the part.
func (v Value) Warningf(format string, args ...any) { v.report(true, format, args...) }

// Field is an entry of a mapping.
type Field struct {
	Key   Value
	Value Value
}

func (v Value) entries() ([]*ast.MappingValueNode, bool) {
	switch n := v.node.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// Fields reads a mapping with known keys. Unknown and repeated keys are problems. An absent key has
// an absent Value at the place of the mapping, so that it can be reported as missing there. A part
// that is no mapping is a problem, and its keys cannot be reported as missing.
func (v Value) Fields(allowed ...string) map[string]Value {
	fields := make(map[string]Value, len(allowed))
	entries, ok := v.entries()
	if !ok && v.Present() {
		v.wrongKind("a mapping with " + strings.Join(allowed, ", "))
		return fields
	}
	line, column := v.Position()
	for _, key := range allowed {
		fields[key] = Value{doc: v.doc, line: line, column: column}
	}
	for _, field := range v.fields(entries, strings.Join(allowed, ", ")) {
		name := field.Key.Text()
		if !slices.Contains(allowed, name) {
			field.Key.Problemf("unknown key %q%s, allowed: %s", name, DidYouMean(name, allowed), strings.Join(allowed, ", "))
			continue
		}
		fields[name] = field.Value
	}
	return fields
}

// Entries reads a mapping with any keys, in the order of the file; what says what it is a mapping
// of. Repeated keys are problems, and so is a part that is no mapping.
func (v Value) Entries(what string) []Field {
	entries, ok := v.entries()
	if !ok && v.Present() {
		v.wrongKind("a mapping of " + what)
	}
	return v.fields(entries, "a text")
}

// Get returns the value of a key of a mapping. An absent key has an absent Value at the place of
// the mapping, so that it can be reported as missing there. If the part is no mapping, Get returns
// the zero Value.
func (v Value) Get(key string) Value {
	entries, ok := v.entries()
	if !ok && v.Present() {
		return Value{}
	}
	line, column := v.Position()
	for _, entry := range entries {
		if at := v.doc.value(entry.Key, line, column); at.Present() && at.Text() == key {
			line, column = at.Position()
			return v.doc.value(entry.Value, line, column)
		}
	}
	return Value{doc: v.doc, line: line, column: column}
}

// All returns the entries of a mapping, in the order of the file. The Key of an entry with an empty
// key is absent. Repeated keys are problems.
func (v Value) All() []Field {
	entries, _ := v.entries()
	return v.fields(entries, "")
}

// fields returns the entries of a mapping, each key once. An empty key is a problem if allowed says
// what a key may be.
func (v Value) fields(entries []*ast.MappingValueNode, allowed string) []Field {
	var fields []Field
	seen := map[string]int{}
	line, column := v.Position()
	for _, entry := range entries {
		key := v.doc.value(entry.Key, line, column)
		if !key.Present() {
			if key = tokenAt(v.doc, entry.Key); allowed != "" {
				key.Problemf("found an empty key, allowed: %s", allowed)
				continue
			}
		}
		name := key.Text()
		keyLine, keyColumn := key.Position()
		if first, ok := seen[name]; ok {
			key.Invalidf("%q is given twice, first in line %d", name, first)
			continue
		}
		seen[name] = keyLine
		fields = append(fields, Field{Key: key, Value: v.doc.value(entry.Value, keyLine, keyColumn)})
	}
	return fields
}

// tokenAt returns an absent Value at the place of a node.
func tokenAt(doc *Document, node ast.Node) Value {
	v := Value{doc: doc}
	if node != nil && node.GetToken() != nil {
		v.line, v.column = node.GetToken().Position.Line, node.GetToken().Position.Column
	}
	return v
}

// List reports whether the part is a list.
func (v Value) List() bool {
	_, ok := v.node.(*ast.SequenceNode)
	return ok
}

// Item returns an item of a list.
func (v Value) Item(i int) Value { return v.doc.value(v.node.(*ast.SequenceNode).Values[i], 1, 1) }

// Sequence returns the items of a list, none if the part is no list. A null item is absent.
func (v Value) Sequence() []Value {
	sequence, ok := v.node.(*ast.SequenceNode)
	if !ok {
		return nil
	}
	items := make([]Value, len(sequence.Values))
	for i, item := range sequence.Values {
		items[i] = v.doc.value(item, 1, 1)
	}
	return items
}

// Scalar reports whether the part is there and is neither a mapping nor a list.
func (v Value) Scalar() bool {
	switch v.node.(type) {
	case nil, *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode, *ast.AliasNode:
		return false
	}
	return true
}

// Items reads a list. A part that is no list is a problem, and so is a null item.
func (v Value) Items() []Value {
	if !v.Present() {
		return nil
	}
	sequence, ok := v.node.(*ast.SequenceNode)
	if !ok {
		v.wrongKind("a list")
		return nil
	}
	items := make([]Value, 0, len(sequence.Values))
	for _, item := range sequence.Values {
		value := v.doc.value(item, 1, 1)
		if !value.Present() {
			nothing := Value{doc: v.doc, node: item}
			nothing.Invalidf("found nothing, allowed: an item of the list")
			value = Value{} // nothing else is reported about it
		}
		items = append(items, value)
	}
	return items
}

// Text reads a scalar as it is written: the account id 012345678901 keeps its zero without quotes
// too.
func (v Value) Text() string {
	switch n := v.node.(type) {
	case nil:
		return ""
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode, *ast.AliasNode:
		v.wrongKind("a text")
		return ""
	}
	return v.node.GetToken().Value
}

// Texts reads a list of scalars.
func (v Value) Texts() []string {
	var texts []string
	for _, item := range v.Items() {
		texts = append(texts, item.Text())
	}
	return texts
}

// Bool reads true or false.
func (v Value) Bool() bool {
	if !v.Present() {
		return false
	}
	if b, ok := v.node.(*ast.BoolNode); ok {
		return b.Value
	}
	v.wrongKind("true or false")
	return false
}

// Kind describes the part for messages, such as a mapping or the text "x".
func (v Value) Kind() string {
	switch n := v.node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode:
		return fmt.Sprintf("the text %q", n.Value)
	case *ast.AliasNode:
		return "an alias"
	case nil:
		return "nothing"
	}
	return fmt.Sprintf("%q", v.node.GetToken().Value)
}
