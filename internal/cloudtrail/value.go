package cloudtrail

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
)

// text gives a value as a string. It joins lists: one service sends the user agent as a list.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return fmt.Sprint(v)
	case []any:
		var parts []string
		for _, item := range v {
			if _, nested := item.([]any); nested {
				continue
			}
			if s := text(item); s != "" {
				parts = append(parts, s)
			}
		}
		return strings.Join(parts, ", ")
	}
	return ""
}

// account gives an account id of twelve digits. Exports write some as floats: 123123123123.0,
// 1.2e11, or without leading zeros.
func account(v any) string {
	n, ok := v.(json.Number)
	if !ok {
		return text(v)
	}
	// Twelve digits fit into a float64 exactly.
	f, err := n.Float64()
	if err != nil || f < 1 || f >= 1e12 || f != math.Trunc(f) {
		return n.String()
	}
	return fmt.Sprintf("%012.0f", f)
}

// boolean reports whether a value is true, or "true" in any case.
func boolean(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case string:
		return strings.EqualFold(v, "true")
	}
	return false
}

// object gives a value that is an object, nil for others.
func object(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// value gives nil for the string "null", which some exports write for null.
func value(v any) any {
	if v == "null" {
		return nil
	}
	return v
}

// timestamp reads the time of an event: RFC 3339, or Unix seconds or milliseconds of an export.
func timestamp(v any) time.Time {
	switch v := v.(type) {
	case string:
		if t, err := time.Parse(time.RFC3339, v); err == nil {
			return t.UTC()
		}
	case json.Number:
		const secondsEnd, millisEnd = 1e11, 1e14
		f, err := v.Float64()
		switch {
		case err != nil || f <= 0 || f >= millisEnd:
		case f < secondsEnd:
			return time.Unix(int64(f), 0).UTC()
		default:
			return time.UnixMilli(int64(f)).UTC()
		}
	}
	return time.Time{}
}

// jsonType names the JSON type of a value, for errors.
func jsonType(v any) string {
	switch v.(type) {
	case nil:
		return "null or missing"
	case string:
		return "a string"
	case json.Number:
		return "a number"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	}
	return "an object"
}
