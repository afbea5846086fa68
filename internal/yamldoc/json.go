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
	before := len(v.doc.problems)
	v.writeJSON(&out)
	if len(v.doc.problems) > before {
		v.doc.wrong[v.node] = true // what is made of it would be reported as well
	}
	return out.Bytes()
}

func (v Value) writeJSON(out *bytes.Buffer) {
	if !v.Present() {
		out.WriteString("null")
		return
	}
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
				key.Problemf("%q is given twice, first in line %d", name, first)
			} else {
				seen[name], _ = key.Position()
			}
			writeScalar(out, name)
			out.WriteByte(':')
			v.doc.value(entry.Value, 1, 1).writeJSON(out)
		}
		out.WriteByte('}')
		return
	}
	switch n := v.node.(type) {
	case *ast.SequenceNode:
		out.WriteByte('[')
		for i, item := range n.Values {
			if i > 0 {
				out.WriteByte(',')
			}
			v.doc.value(item, 1, 1).writeJSON(out)
		}
		out.WriteByte(']')
	case *ast.StringNode, *ast.LiteralNode:
		writeScalar(out, v.Text())
	case ast.ScalarNode:
		if err := tryScalar(out, n.GetValue()); err != nil {
			v.Problemf("found %s, allowed: what JSON can hold", v.kind())
			out.WriteString("null")
		}
	default:
		v.Problemf("found %s, allowed: what JSON can hold", v.node.Type())
		out.WriteString("null")
	}
}

func writeScalar(out *bytes.Buffer, value string) { _ = tryScalar(out, value) }

// tryScalar leaves <, > and & as they are: \u003c would count six characters of an event pattern's 2,048.
func tryScalar(out *bytes.Buffer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1) // Encode ends with a newline
	return nil
}
