package eventpattern

import (
	"errors"
	"fmt"
)

// numeric reads the operand of numeric: ["=", n], one bound, or a lower bound and then an upper
// one.
func (c *compiler) numeric() (condition, error) {
	if c.Peek() != '[' {
		return nil, c.unexpected("numeric", `an array such as [">", 0, "<=", 5]`)
	}
	r := numeric{bottom: -maxMillionths, top: maxMillionths}
	var comparisons []string
	n := 0
	err := c.Elements(0, func(i int) error {
		if n++; n > 4 {
			return errors.New("more than two comparisons in numeric, want at most two")
		}
		if i%2 == 0 {
			text, err := c.operand("a comparison in numeric")
			if err == nil {
				comparisons = append(comparisons, string(text[1:len(text)-1]))
			}
			return err
		}
		bound, err := c.comparable(fmt.Sprintf("%q in numeric", comparisons[i/2]))
		if err != nil {
			return err
		}
		return r.limit(comparisons, bound)
	})
	switch {
	case err != nil:
		return nil, err
	case n == 0:
		return nil, errors.New(`an empty array for numeric, want one such as [">", 0, "<=", 5]`)
	case n%2 == 1:
		return nil, fmt.Errorf("no number after %q in numeric", comparisons[n/2])
	case comparisons[0] != "=" && r.bottom >= r.top:
		return nil, errors.New("an empty range in numeric, want a bottom below the top")
	}
	return r, nil
}

// limit narrows the range by the bound of the last of the comparisons.
func (c *numeric) limit(comparisons []string, bound int64) error {
	comparison := comparisons[0]
	if len(comparisons) > 1 {
		second := comparisons[1]
		if comparison != ">" && comparison != ">=" {
			return fmt.Errorf("%q after %q in numeric, want nothing: a range begins with > or >=", second, comparison)
		}
		if second != "<" && second != "<=" {
			return fmt.Errorf("%q after %q in numeric, want < or <=", second, comparison)
		}
		comparison = second
	}
	switch comparison {
	case "=":
		c.bottom, c.top = bound, bound
	case ">", ">=":
		c.bottom, c.openBottom = bound, comparison == ">"
	case "<", "<=":
		c.top, c.openTop = bound, comparison == "<"
	default:
		return fmt.Errorf("the comparison %q in numeric, want =, <, <=, > or >=", comparison)
	}
	return nil
}

// comparable reads a number that EventBridge can compare.
func (c *compiler) comparable(name string) (int64, error) {
	if !isNumberStart(c.Peek()) {
		return 0, c.unexpected(name, numberLimits)
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
