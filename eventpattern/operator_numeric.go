package eventpattern

import (
	"errors"
	"fmt"
)

// numeric reads the operand of numeric: ["=", n], one bound, or a lower bound and then an upper one.
func (c *compiler) numeric() (condition, error) {
	if c.Peek() != '[' {
		return nil, c.wrong("numeric", `an array such as [">", 0, "<=", 5]`)
	}
	c.Pos++
	comparison, bound, more, err := c.bound(true)
	if err != nil {
		return nil, err
	}
	if !more {
		return nil, errors.New(`an empty array for numeric, want one such as [">", 0, "<=", 5]`)
	}
	r := numeric{bottom: -maxMillionths, top: maxMillionths}
	upperAllowed := false
	switch comparison {
	case "=":
		r.bottom, r.top = bound, bound
	case ">", ">=":
		r.bottom, r.openBottom, upperAllowed = bound, comparison == ">", true
	case "<", "<=":
		r.top, r.openTop = bound, comparison == "<"
	default:
		return nil, fmt.Errorf("the comparison %q in numeric, want =, <, <=, > or >=", comparison)
	}
	second, bound, more, err := c.bound(false)
	if err != nil {
		return nil, err
	}
	if more {
		if !upperAllowed {
			return nil, fmt.Errorf("%q after %q in numeric, want nothing: a range begins with > or >=", second, comparison)
		}
		if second != "<" && second != "<=" {
			return nil, fmt.Errorf("%q after %q in numeric, want < or <=", second, comparison)
		}
		r.top, r.openTop = bound, second == "<"
		if ok, err := c.NextElement(false); err != nil {
			return nil, err
		} else if ok {
			return nil, errors.New("more than two comparisons in numeric, want at most two")
		}
	}
	if comparison != "=" && r.bottom >= r.top {
		return nil, errors.New("an empty range in numeric, want a bottom below the top")
	}
	return r, nil
}

// bound reads a comparison and its number; more is false if the array ends instead.
func (c *compiler) bound(first bool) (comparison string, millionth int64, more bool, err error) {
	if more, err = c.NextElement(first); err != nil || !more {
		return "", 0, false, err
	}
	text, err := c.operand("a comparison in numeric")
	if err != nil {
		return "", 0, false, err
	}
	comparison = string(text[1 : len(text)-1])
	if more, err = c.NextElement(false); err != nil {
		return "", 0, false, err
	} else if !more {
		return "", 0, false, fmt.Errorf("no number after %q in numeric", comparison)
	}
	millionth, err = c.comparable(fmt.Sprintf("%q in numeric", comparison))
	return comparison, millionth, true, err
}

// comparable reads a number that EventBridge can compare.
func (c *compiler) comparable(name string) (int64, error) {
	if !isNumberStart(c.Peek()) {
		return 0, c.wrong(name, numberLimits)
	}
	text, err := c.Scalar()
	if err != nil {
		return 0, err
	}
	n, ok := millionths(text)
	if !ok {
		return 0, fmt.Errorf("%s for %s, want %s", text, name, numberLimits)
	}
	return n, nil
}
