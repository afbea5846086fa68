package eventpattern

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// What a finding shows at most.
const (
	shownValues = 5
	shownLength = 120 // characters of a value
	shownChoice = 8   // entries of the field's array
)

// Wanted says what the pattern allows, such as: "Root" or a text that begins with "arn:".
func (f Finding) Wanted() string {
	decoder := json.NewDecoder(bytes.NewReader(f.Allowed))
	decoder.UseNumber() // 1.0 stays 1.0
	var choices []any
	if err := decoder.Decode(&choices); err != nil {
		return printable(string(f.Allowed))
	}
	if more := len(choices) - shownChoice; more > 1 {
		return join(choices[:shownChoice], ",", formatEntry) + fmt.Sprintf(" or one of %d more", more)
	}
	return join(choices, "or", formatEntry)
}

// formatEntry formats what an entry of a field's array allows.
func formatEntry(entry any) string {
	operator, ok := entry.(map[string]any)
	if !ok {
		return literal(entry)
	}
	for name, operand := range operator { // it has one
		switch name {
		case "exists":
			if operand == true {
				return "any value"
			}
			return "no value"
		case "numeric":
			return formatNumeric(operand)
		case "cidr":
			return "an address in " + printable(fmt.Sprint(operand))
		case "anything-but":
			return "anything but " + strings.Join(mapOperands(operand, func(one any) string { return formatText("", one) }),
				" or ")
		}
		return formatText(name, operand)
	}
	return ""
}

// formatText formats what an operator on texts allows.
func formatText(name string, operand any) string {
	// {"prefix": {"equals-ignore-case": "x"}}, or an operator in anything-but
	if inner, ok := operand.(map[string]any); ok {
		for innerName, operand := range inner {
			if name != "" {
				return formatText(name, operand) + " in any case"
			}
			return strings.Join(mapOperands(operand, func(one any) string { return formatText(innerName, one) }), " or ")
		}
	}
	switch text := literal(operand); name {
	case "prefix":
		return "a text that begins with " + text
	case "suffix":
		return "a text that ends with " + text
	case "wildcard":
		return "a text like " + text
	case "equals-ignore-case":
		return text + " in any case"
	default:
		return text
	}
}

// formatNumeric formats what numeric allows: its operand is ["=", 5], or one or two bounds.
func formatNumeric(operand any) string {
	parts := mapOperands(operand, func(one any) string {
		if text, ok := one.(string); ok {
			return text
		}
		return literal(one)
	})
	var bounds []string
	for bound := range slices.Chunk(parts, 2) {
		bounds = append(bounds, strings.Join(bound, " "))
	}
	return "a number " + strings.Join(bounds, " and ")
}

// mapOperands applies a function to an operand, or to each of a list of operands.
func mapOperands(operand any, words func(any) string) []string {
	list, ok := operand.([]any)
	if !ok {
		list = []any{operand}
	}
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = words(one)
	}
	return texts
}

// literal formats a scalar of a pattern as JSON.
func literal(value any) string {
	switch value := value.(type) {
	case string:
		return truncateJSON(quoteJSON([]byte(`"` + value + `"`)))
	case nil:
		return "null"
	}
	return fmt.Sprint(value)
}

// join writes a list as: a, b or c. With "," for a word it is: a, b, c.
func join[T any](list []T, word string, words func(T) string) string {
	var b strings.Builder
	for i, one := range list {
		switch {
		case i == 0:
		case i == len(list)-1 && word != ",":
			b.WriteString(" " + word + " ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(words(one))
	}
	return b.String()
}

// quoteJSON formats a value, of which a string is decoded and in its double quotes, as JSON. It
// escapes what is not visible, or changes how the text around it looks:
// https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing.
func quoteJSON(value []byte) json.RawMessage {
	if len(value) < 2 || value[0] != '"' {
		return json.RawMessage(bytes.Clone(value))
	}
	out := make([]byte, 0, len(value)+8)
	out = append(out, '"')
	for rest := value[1 : len(value)-1]; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		rest = rest[size:]
		switch {
		case r == '"' || r == '\\':
			out = append(out, '\\', byte(r))
		case r == '\n':
			out = append(out, `\n`...)
		case r == '\t':
			out = append(out, `\t`...)
		case visible(r):
			out = utf8.AppendRune(out, r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	return append(out, '"')
}

// visible reports whether a character is visible, or a space.
func visible(r rune) bool {
	return r == ' ' || r != utf8.RuneError && unicode.IsPrint(r) && !unicode.In(r,
		unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// truncateJSON cuts a value to [shownLength] characters.
func truncateJSON(value json.RawMessage) string {
	if utf8.RuneCount(value) <= shownLength {
		return string(value)
	}
	at, n := 0, 0
	for i := range string(value) {
		if n++; n == shownLength {
			at = i
		}
	}
	if escape := bytes.LastIndexByte(value[:at], '\\'); escape >= 0 && at-escape < len(`\u0000`) {
		at = escape // not half an escape
	}
	return string(value[:at]) + "…" + map[bool]string{true: `"`}[value[0] == '"']
}

// printable returns a text as it is, or as JSON if something in it is not visible.
func printable(text string) string {
	for _, r := range text {
		if !visible(r) {
			return truncateJSON(quoteJSON([]byte(`"` + text + `"`)))
		}
	}
	return text
}
