package yamldoc

import (
	"bytes"
	"encoding/json"

	"github.com/goccy/go-yaml/ast"
)

// JSON encodes the part as compact JSON, with the keys in their order. An absent part is nil. A key
// that a mapping has twice is a problem: a JSON decoder would silently take one of the two.
func (v Value) JSON() json.RawMessage {
	if !v.Present() {
		return nil
	}
	var out bytes.Buffer
	if !v.writeJSON(&out) {
		v.doc.invalid[v.node.GetToken()] = true // so that a consequence is not reported too
	}
	return out.Bytes()
}

// writeJSON reports whether the part has no problem.
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

// Plain returns the part as encoding/json would decode it: a map, a list, a bool, nil, or else the
// text as it is written. A key that a mapping has twice is a problem, and the first one counts.
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

// encodeScalar does not escape <, > and &: \u003c would take six of the 2,048 characters of an
// event pattern.
func encodeScalar(out *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1) // Encode ends with a newline
	return nil
}
