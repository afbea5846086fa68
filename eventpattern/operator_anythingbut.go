package eventpattern

import (
	"errors"
	"fmt"
)

// anythingBut reads the operand of anything-but: strings or numbers, one or a list, or one of four
// operators with a string or a list of strings.
func (c *compiler) anythingBut() (condition, error) {
	if c.Peek() != '{' {
		none, err := c.oneOrList("anything-but", c.plainValue)
		if err != nil {
			return nil, err
		}
		if err := sameType(none); err != nil {
			return nil, err
		}
		return anythingBut{mergeExact(none)}, nil
	}
	name, err := c.operatorName()
	if err != nil {
		return nil, err
	}
	switch name {
	case "prefix", "suffix", "wildcard", "equals-ignore-case":
	default:
		return nil, fmt.Errorf("%q in anything-but, want a value, a list, prefix, suffix, wildcard or equals-ignore-case",
			name)
	}
	none, err := c.oneOrList(name+" in anything-but", func() (condition, error) { return c.nested(name) })
	if err != nil {
		return nil, err
	}
	return anythingBut{none}, c.closeOperator(name)
}

// oneOrList reads a single operand or a list of them that is not empty.
func (c *compiler) oneOrList(name string, read func() (condition, error)) ([]condition, error) {
	if c.Peek() != '[' {
		one, err := read()
		return []condition{one}, err
	}
	var list []condition
	err := c.Elements(0, func(int) error {
		one, err := read()
		list = append(list, one)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("an empty array for %s, want at least one value", name)
	}
	return list, nil
}

// plainValue reads a string or a number of anything-but. A string with an IP address is compared as
// a string here.
func (c *compiler) plainValue() (condition, error) {
	switch b := c.Peek(); {
	case b == '"':
		text, err := c.string()
		return exact{text}, err
	case isNumberStart(b):
		n, err := c.comparable("anything-but")
		return exactNumber{n}, err
	}
	return nil, c.unexpected("anything-but", "strings or numbers")
}

// sameType refuses strings and numbers in one list.
func sameType(none []condition) error {
	_, number := none[0].(exactNumber)
	for _, c := range none[1:] {
		if _, also := c.(exactNumber); also != number {
			return errors.New("strings and numbers in one anything-but, want one or the other")
		}
	}
	return nil
}

// nested reads a string for an operator inside anything-but.
func (c *compiler) nested(name string) (condition, error) {
	text, err := c.operand(name + " in anything-but")
	if err != nil {
		return nil, err
	}
	switch name {
	case "wildcard":
		return parseWildcard(text)
	case "equals-ignore-case":
		return equalsIgnoreCase{fold(string(text))}, nil
	}
	// anything-but an empty prefix would exclude every string.
	if len(text) == len(`""`) {
		return nil, fmt.Errorf("an empty string for %s in anything-but, want at least one character", name)
	}
	return newAffix(name, text), nil
}
