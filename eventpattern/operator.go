package eventpattern

import (
	"errors"
	"fmt"
	"strings"
)

// operators are the keys that an object in a field's array may have, as
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html lists
// them. event-ruler knows "exactly" too, which the service does not document; Compile refuses it.
var operators = []string{
	"anything-but", "cidr", "equals-ignore-case", "exists", "numeric", "prefix", "suffix", "wildcard",
}

// entry reads one entry of a field's array. It returns its conditions (a number has two), or absent
// for exists: false.
func (c *compiler) entry() (conditions []condition, absent bool, err error) {
	switch c.Peek() {
	case '{':
		return c.operator()
	case '[':
		return nil, false, errors.New("an array in its array, want strings, numbers, true, false, null or objects with an operator")
	case '"':
		text, err := c.string()
		if err != nil {
			return nil, false, err
		}
		if address, ok := parseAddress(text[1 : len(text)-1]); ok {
			return []condition{exactAddress{address}}, false, nil
		}
		return []condition{exact{text}}, false, nil
	}
	isNumber := isNumberStart(c.Peek())
	text, err := c.Scalar()
	if err != nil {
		return nil, false, err
	}
	// A number that EventBridge cannot compare still matches one that is spelled alike.
	conditions = []condition{exact{text}}
	if isNumber {
		if n, ok := millionths(text); ok {
			conditions = append(conditions, exactNumber{n})
		}
	}
	return conditions, false, nil
}

// operator reads an object with an operator, such as {"prefix": "aws."}.
func (c *compiler) operator() (conditions []condition, absent bool, err error) {
	name, err := c.operatorName()
	if err != nil {
		return nil, false, err
	}
	var found condition
	switch name {
	case "prefix", "suffix":
		found, err = c.affix(name)
	case "equals-ignore-case":
		var text []byte
		if text, err = c.operand(name); err == nil {
			found = equalsIgnoreCase{fold(string(text))}
		}
	case "wildcard":
		var text []byte
		if text, err = c.operand(name); err == nil {
			found, err = parseWildcard(text)
		}
	case "cidr":
		var text []byte
		if text, err = c.operand(name); err == nil {
			var block cidr
			block.block, err = parseCIDR(string(text[1 : len(text)-1]))
			found = block
		}
	case "numeric":
		found, err = c.numeric()
	case "exists":
		var there bool
		if there, err = c.boolean(name); err == nil && there {
			found = exists{}
		}
		absent = err == nil && !there
	case "anything-but":
		found, err = c.anythingBut()
	default:
		err = fmt.Errorf("unknown operator %q, want one of %s", name, strings.Join(operators, ", "))
	}
	if err != nil {
		return nil, false, err
	}
	if err := c.closeOperator(name); err != nil {
		return nil, false, err
	}
	if found != nil {
		conditions = []condition{found}
	}
	return conditions, absent, nil
}

// operatorName reads up to an operator's operand.
func (c *compiler) operatorName() (string, error) {
	c.Pos++ // the brace
	if c.Peek() == '}' {
		return "", fmt.Errorf("an object without an operator, want one of %s", strings.Join(operators, ", "))
	}
	var scratch []byte
	name, err := c.Key(&scratch)
	return string(name), err
}

func (c *compiler) closeOperator(name string) error {
	if c.Peek() == ',' {
		return fmt.Errorf("an object with more than %s in it, want one operator in each object", name)
	}
	return c.Expect('}', "the end of the object")
}

// operand reads an operator's operand that must be a string.
func (c *compiler) operand(name string) ([]byte, error) {
	if c.Peek() != '"' {
		return nil, c.unexpected(name, "a string")
	}
	return c.string()
}

// affix reads the operand of prefix or suffix: a string, or {"equals-ignore-case": string}.
func (c *compiler) affix(name string) (condition, error) {
	if c.Peek() != '{' {
		text, err := c.operand(name)
		if err != nil {
			return nil, err
		}
		return newAffix(name, text), nil
	}
	inner, err := c.operatorName()
	if err != nil {
		return nil, err
	}
	if inner != "equals-ignore-case" {
		return nil, fmt.Errorf("%q in %s, want a string or equals-ignore-case", inner, name)
	}
	text, err := c.operand(inner)
	if err != nil {
		return nil, err
	}
	if err := c.closeOperator(inner); err != nil {
		return nil, err
	}
	if name == "prefix" {
		return prefixIgnoreCase{fold(string(text[:len(text)-1]))}, nil
	}
	return suffixIgnoreCase{fold(string(text[1:]))}, nil
}

// newAffix makes a prefix or a suffix of a quoted text, which keeps the quote at the end that
// counts.
func newAffix(name string, text []byte) condition {
	if name == "prefix" {
		return prefix{text[:len(text)-1]}
	}
	return suffix{text[1:]}
}

func (c *compiler) boolean(name string) (bool, error) {
	if b := c.Peek(); b != 't' && b != 'f' {
		return false, c.unexpected(name, "true or false")
	}
	text, err := c.Scalar()
	return string(text) == "true", err
}

// unexpected returns an error for a value of the wrong kind, or for invalid JSON in its place.
func (c *compiler) unexpected(name, want string) error {
	value, err := c.Value(0)
	if err != nil {
		return err
	}
	found := string(value)
	if len(found) > 40 {
		found = strings.ToValidUTF8(found[:40], "") + "…"
	}
	return fmt.Errorf("%s for %s, want %s", found, name, want)
}

func isNumberStart(b byte) bool { return b == '-' || '0' <= b && b <= '9' }
