package eventpattern

import (
	"bytes"
	"net/netip"
	"slices"
)

// condition is one entry of a field's array in a pattern. A field matches if one of its values
// matches one of its conditions. Conditions hold text as value does: strings in double quotes, or
// in one quote if only one end matters.
type condition interface {
	matches(v *value) bool
}

// exact is a string, true, false or null.
type exact struct{ text []byte }

func (c exact) matches(v *value) bool { return bytes.Equal(v.text, c.text) }

// exactNumber is a number that EventBridge can compare.
type exactNumber struct{ millionths int64 }

func (c exactNumber) matches(v *value) bool {
	n, ok := v.number()
	return ok && n == c.millionths
}

// exactAddress is a string with an IP address. It matches every spelling of the address.
type exactAddress struct{ address netip.Addr }

func (c exactAddress) matches(v *value) bool {
	a, ok := v.ip()
	return ok && a == c.address
}

type prefix struct{ text []byte }

func (c prefix) matches(v *value) bool { return bytes.HasPrefix(v.text, c.text) }

type suffix struct{ text []byte }

// A suffix ends in a double quote, so it matches strings only.
func (c suffix) matches(v *value) bool { return bytes.HasSuffix(v.text, c.text) }

type equalsIgnoreCase struct{ text folded }

func (c equalsIgnoreCase) matches(v *value) bool { return c.text.prefixOf(v.text) == len(v.text) }

type prefixIgnoreCase struct{ text folded }

func (c prefixIgnoreCase) matches(v *value) bool { return c.text.prefixOf(v.text) >= 0 }

type suffixIgnoreCase struct{ text folded }

func (c suffixIgnoreCase) matches(v *value) bool { return c.text.isSuffixOf(v.text) }

// numeric is a range of numbers, its ends in millionths.
type numeric struct {
	bottom, top         int64
	openBottom, openTop bool
}

func (c numeric) matches(v *value) bool {
	n, ok := v.number()
	return ok && (n > c.bottom || n == c.bottom && !c.openBottom) && (n < c.top || n == c.top && !c.openTop)
}

type cidr struct{ block netip.Prefix }

func (c cidr) matches(v *value) bool {
	a, ok := v.ip()
	return ok && c.block.Contains(a)
}

// exists is exists: true. It matches every leaf, null included. exists: false is no condition on a
// value: see field.absent.
type exists struct{}

func (exists) matches(*value) bool { return true }

// anythingBut matches every value that none of its conditions matches. One such element of an array
// is enough.
type anythingBut struct{ none []condition }

func (c anythingBut) matches(v *value) bool { return !matchesAny(c.none, v) }

// oneOf replaces many exact conditions.
type oneOf struct{ texts map[string]struct{} }

func (c oneOf) matches(v *value) bool {
	_, ok := c.texts[string(v.text)]
	return ok
}

func matchesAny(conditions []condition, v *value) bool {
	return slices.ContainsFunc(conditions, func(c condition) bool { return c.matches(v) })
}

// manyExact is the number of exact values from which a hash is faster than comparing them one by
// one.
const manyExact = 8

// mergeExact replaces exact conditions by a single oneOf if there are at least manyExact.
func mergeExact(conditions []condition) []condition {
	texts := map[string]struct{}{}
	var others []condition
	for _, c := range conditions {
		if e, ok := c.(exact); ok {
			texts[string(e.text)] = struct{}{}
		} else {
			others = append(others, c)
		}
	}
	if len(texts) < manyExact {
		return conditions
	}
	return append([]condition{oneOf{texts}}, others...)
}
