package rules

import (
	"reflect"
	"slices"
	"strings"
)

// simplify leaves out what is wanted twice: a branch that another one covers, and the names of a branch that another one covers.
func simplify(branches []branch) []branch {
	// Branches with the same conditions are one.
	var joined []branch
	at := map[string]int{}
	for _, b := range branches {
		key := b.source + " " + string(encode(b.conditions))
		if b.names == nil {
			key += " any name"
		}
		i, ok := at[key]
		if !ok {
			at[key] = len(joined)
			joined = append(joined, b)
			continue
		}
		if b.names != nil {
			joined[i].names = unique(slices.Concat(joined[i].names, b.names))
		}
	}
	gone := make([]bool, len(joined))
	for i := range joined {
		b := &joined[i]
		for j, other := range joined {
			if i == j || gone[j] || other.source != "" && other.source != b.source || !coversObject(other.conditions, b.conditions) {
				continue
			}
			if other.names == nil {
				gone[i] = true
				break
			}
			if b.names == nil {
				continue
			}
			b.names = slices.DeleteFunc(slices.Clone(b.names), func(name any) bool { return covers(other.names, name) })
			if len(b.names) == 0 {
				gone[i] = true
				break
			}
		}
	}
	var kept []branch
	for i, b := range joined {
		if !gone[i] {
			kept = append(kept, b)
		}
	}
	return kept
}

// coversObject says that whatever matches b matches a. It may say no where it is so.
func coversObject(a, b map[string]any) bool {
	for key, wide := range a {
		narrow, ok := b[key]
		if !ok || !coversField(key, wide, narrow) {
			return false
		}
	}
	return true
}

func coversField(key string, a, b any) bool {
	switch wide := a.(type) {
	case map[string]any:
		narrow, ok := b.(map[string]any)
		return ok && coversObject(wide, narrow)
	case []any:
		narrow, ok := b.([]any)
		if !ok || key == "$or" {
			return ok && string(encode(a)) == string(encode(b))
		}
		return !slices.ContainsFunc(narrow, func(item any) bool { return !covers(wide, item) })
	}
	return false
}

// covers says that whatever matches the item of a list matches an item of another list.
func covers(list []any, item any) bool {
	begin := literalPrefix(item)
	return slices.ContainsFunc(list, func(wide any) bool {
		if prefix, ok := prefixOf(wide); ok {
			return strings.HasPrefix(begin, prefix)
		}
		return reflect.DeepEqual(wide, item)
	})
}

// prefixOf reads {"prefix": "x"}.
func prefixOf(item any) (string, bool) {
	object, ok := item.(map[string]any)
	if !ok || len(object) != 1 {
		return "", false
	}
	prefix, ok := object["prefix"].(string)
	return prefix, ok && prefix != ""
}

// literalPrefix is how everything begins that an item of a list matches: a text itself, a prefix, else "".
func literalPrefix(item any) string {
	if text, ok := item.(string); ok {
		return text
	}
	prefix, _ := prefixOf(item)
	return prefix
}

// combine are branches as the alternatives of one pattern, each with its sources. Branches of several sources with the same
// conditions become one, with the names of all: a name of one source is then forwarded from another too, if that has such a call, and
// for that reason not where such a call is chatty.
func combine(branches []branch) []map[string]any {
	type entry struct {
		sources []string
		branch
	}
	var entries []entry
	at := map[string][]int{}
	for _, b := range branches {
		key := string(encode(b.conditions))
		if b.names == nil || slices.ContainsFunc(b.names, func(name any) bool { return literalPrefix(name) == "" }) {
			key += string(encode(b.names)) // what is no name and no prefix may be about everything: it is joined with its like only
		}
		placed := false
		for _, i := range at[key] {
			if e := &entries[i]; e.source != "" && b.source != "" && !addsHighVolume(e.sources, e.names, b.source, b.names) {
				e.sources = append(e.sources, b.source)
				e.names = slices.Concat(e.names, b.names)
				placed = true
				break
			}
		}
		if !placed {
			at[key] = append(at[key], len(entries))
			entries = append(entries, entry{[]string{b.source}, b})
		}
	}
	var details []map[string]any
	for _, e := range entries {
		detail := map[string]any{}
		for key, value := range e.conditions {
			detail[key] = value
		}
		if e.names != nil {
			detail["eventName"] = unique(e.names)
		}
		if e.source != "" {
			slices.Sort(e.sources)
			detail["eventSource"] = slices.Compact(e.sources)
		}
		details = append(details, detail)
	}
	return details
}

// addsHighVolume says that the names wanted of some sources are chatty calls of another source, or the other way round.
func addsHighVolume(sources []string, names []any, source string, others []any) bool {
	return takesHighVolume(source, names, others) ||
		slices.ContainsFunc(sources, func(s string) bool { return takesHighVolume(s, others, names) })
}

// takesHighVolume says that names take a chatty call of a source that is not wanted of it anyway.
func takesHighVolume(source string, names, wanted []any) bool {
	return slices.ContainsFunc(names, func(name any) bool { return mayBeginWith(name, highVolume[source]) && !covers(wanted, name) })
}
