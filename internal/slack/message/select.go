package message

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// selectPaths gives the parameters at the paths of a rule. If several paths lead into the same
// list, it gives the items of the list, each with the members that the paths name, to show which
// values belong together. It gives a policy or a permission on the way as a whole, because a part
// of it would mislead.
func (t *sanitizer) selectPaths(root any, paths []string) yaml.MapSlice {
	var order []string
	at, rests := map[string]any{}, map[string][][]string{}
	for _, p := range paths {
		path := strings.Split(p, ".")
		n, v, ok := walk(root, path)
		if !ok {
			continue
		}
		key := strings.Join(path[:n], ".")
		if _, seen := at[key]; !seen {
			order = append(order, key)
			at[key] = v
		}
		rest := path[n:]
		if _, list := v.([]any); !list {
			rest = nil // an indivisible object
		}
		rests[key] = append(rests[key], rest)
	}
	var shown yaml.MapSlice
	for _, key := range order {
		v, label := at[key], key
		if below := rests[key]; len(below) == 1 && len(below[0]) > 0 {
			label += "." + strings.Join(below[0], ".")
			found := valuesAt(v, below[0])
			if v = any(found); len(found) == 1 {
				v = found[0]
			}
		} else {
			v = project(v, below)
		}
		if v, ok := t.sanitize(v, 0); ok {
			shown = append(shown, yaml.MapItem{Key: oneLine(shortPath(label)), Value: v})
		}
	}
	return shown
}

// walk follows a path through objects: to its end, to a list, or to an indivisible object. It gives
// the number of parts of the path that it followed, and the value there.
func walk(v any, path []string) (n int, found any, ok bool) {
	for {
		if n == len(path) {
			return n, v, v != nil
		}
		if s, isText := v.(string); isText {
			if v, ok = embeddedJSON(s); !ok {
				return 0, nil, false
			}
		}
		switch object := v.(type) {
		case []any:
			return n, v, true
		case map[string]any:
			if n > 0 && isIndivisible(object) {
				return n, v, true
			}
			k := keyLength(object, path[n:])
			if k == 0 {
				return 0, nil, false
			}
			v = redactedMember(object, strings.Join(path[n:n+k], "."))
			if n += k; v == redacted {
				return n, v, true
			}
		default:
			return 0, nil, false
		}
	}
}

// isIndivisible reports whether an object is shown as a whole or not at all.
func isIndivisible(object map[string]any) bool {
	if _, ok := policy(object); ok {
		return true
	}
	return isPermission(object)
}

// keyLength gives the number of parts of a path that are the next key, 0 for none. Keys may have
// dots, so the longest one counts.
func keyLength(object map[string]any, path []string) int {
	for n := len(path); n > 0; n-- {
		if _, ok := object[strings.Join(path[:n], ".")]; ok {
			return n
		}
	}
	return 0
}

// project gives the parts of a value that the paths name.
func project(v any, paths [][]string) any {
	if v == redacted || slices.ContainsFunc(paths, func(path []string) bool { return len(path) == 0 }) {
		return v
	}
	if s, ok := v.(string); ok {
		v, _ = embeddedJSON(s)
	}
	switch v := v.(type) {
	case []any:
		var items []any
		for _, item := range v {
			if item = project(item, paths); item != nil {
				items = append(items, item)
			}
		}
		return items
	case map[string]any:
		if isIndivisible(v) {
			return v
		}
		below := map[string][][]string{}
		for _, path := range paths {
			if n := keyLength(v, path); n > 0 {
				key := strings.Join(path[:n], ".")
				below[key] = append(below[key], path[n:])
			}
		}
		object := map[string]any{}
		for key, rest := range below {
			// Redacted here, while the other members are known.
			if inner := project(redactedMember(v, key), rest); inner != nil {
				object[key] = inner
			}
		}
		if len(object) > 0 {
			return object
		}
	}
	return nil
}

// shortPath shortens a path: it omits the "items" around EC2's lists, the name of the request, and
// a name that repeats the one before.
func shortPath(path string) string {
	var short []string
	for i, part := range strings.Split(path, ".") {
		switch {
		case part == "items", i == 0 && strings.HasSuffix(part, "Request"):
		case len(short) > 0 && strings.EqualFold(short[len(short)-1], part):
		default:
			short = append(short, part)
		}
	}
	if len(short) == 0 {
		return path
	}
	return strings.Join(short, ".")
}
