package yamldoc

import (
	"bytes"
	"encoding/json"

	"github.com/goccy/go-yaml/ast"
)

// JSON writes the part as compact JSON; keys keep their order. An absent part is nil. A key that is given twice in one mapping is a
// problem: whoever reads JSON takes one of the two and says nothing.
func (v Value) JSON() json.RawMessage {
	if !v.Present() {
		return nil
	}
	var out bytes.Buffer
	if !v.writeJSON(&out) {
		v.doc.invalid[v.node.GetToken()] = true // what is made of it would be reported as well
	}
	return out.Bytes()
}

// writeJSON says whether nothing of it is wrong.
func (v Value) writeJSON(out *bytes.Buffer) bool {
	if !v.Present() {
		out.WriteString("null")
		return true
	}
	sound := !v.Invalid()
	if entries, ok := v.entries(); ok {
		out.WriteByte('{')
		seen := make(map[string]int, len(entries)) // the lines where the keys stand
		for i, entry := range entries {
			if i > 0 {
				out.WriteByte(',')
			}
			key := v.doc.value(entry.Key, 1, 1)
			name := key.Text()
			if first, ok := seen[name]; ok {
				key.Invalidf("%q is given twice, first in line %d", name, first)
				sound = false
			} else {
				seen[name], _ = key.Position()
			}
			writeScalar(out, name)
			out.WriteByte(':')
			sound = v.doc.value(entry.Value, 1, 1).writeJSON(out) && sound
		}
		out.WriteByte('}')
		return sound
	}
	switch n := v.node.(type) {
	case *ast.SequenceNode:
		out.WriteByte('[')
		for i, item := range n.Values {
			if i > 0 {
				out.WriteByte(',')
			}
			sound = v.doc.value(item, 1, 1).writeJSON(out) && sound
		}
		out.WriteByte(']')
	case *ast.StringNode, *ast.LiteralNode:
		writeScalar(out, v.Text())
	case ast.ScalarNode:
		if err := encodeScalar(out, n.GetValue()); err != nil {
			v.Problemf("found %s, allowed: what JSON can hold", v.Kind())
			out.WriteString("null")
			return false
		}
	default:
		v.Problemf("found %s, allowed: what JSON can hold", v.node.Type())
		out.WriteString("null")
		return false
	}
	return sound
}

// Plain gives the part as encoding/json would: a map, a list, a bool, nil, or else the text as it is written. A key that is given twice in
// one mapping is a problem, and the first one counts.
func (v Value) Plain() any {
	switch n := v.node.(type) {
	case nil:
		return nil
	case *ast.MappingNode, *ast.MappingValueNode:
		plain := map[string]any{}
		for _, field := range v.All() {
			plain[field.Key.Text()] = field.Value.Plain()
		}
		return plain
	case *ast.SequenceNode:
		plain := make([]any, len(n.Values))
		for i, item := range n.Values {
			plain[i] = v.doc.value(item, 1, 1).Plain()
		}
		return plain
	case *ast.BoolNode:
		return n.Value
	}
	return v.Text()
}

func writeScalar(out *bytes.Buffer, value string) { _ = encodeScalar(out, value) }

// encodeScalar leaves <, > and & as they are: \u003c would count six characters of an event pattern's 2,048.
func encodeScalar(out *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1) // Encode ends with a newline
	return nil
}
