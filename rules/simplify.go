package rules

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// simplify joins branches that differ in their names only, and removes branches, and names of
// branches, that another branch covers.
func simplify(branches []branch) []branch {
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
	covered := make([]bool, len(joined))
	for i := range joined {
		b := &joined[i]
		for j, other := range joined {
			if i == j || covered[j] || other.source != "" && other.source != b.source ||
				!coversObject(other.conditions, b.conditions) {
				continue
			}
			if other.names == nil {
				covered[i] = true
				break
			}
			if b.names == nil {
				continue
			}
			b.names = slices.DeleteFunc(slices.Clone(b.names), func(name any) bool { return covers(other.names, name) })
			if len(b.names) == 0 {
				covered[i] = true
				break
			}
		}
	}
	var kept []branch
	for i, b := range joined {
		if !covered[i] {
			kept = append(kept, b)
		}
	}
	return kept
}

// coversObject reports whether a matches whatever b matches. It may return false although a does.
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

// covers reports whether an item of a list matches whatever another item matches.
func covers(list []any, item any) bool {
	begin := literalPrefix(item)
	return slices.ContainsFunc(list, func(wide any) bool {
		if prefix, ok := prefixOf(wide); ok {
			return strings.HasPrefix(begin, prefix)
		}
		return reflect.DeepEqual(wide, item)
	})
}

// prefixOf returns x of {"prefix": "x"}.
func prefixOf(item any) (string, bool) {
	object, ok := item.(map[string]any)
	if !ok || len(object) != 1 {
		return "", false
	}
	prefix, ok := object["prefix"].(string)
	return prefix, ok && prefix != ""
}

// literalPrefix returns the prefix of all texts that an item of a list matches: the item if it is a
// text, its prefix, else "".
func literalPrefix(item any) string {
	if text, ok := item.(string); ok {
		return text
	}
	prefix, _ := prefixOf(item)
	return prefix
}

// combine makes branches the alternatives of one pattern, each with its sources. It joins branches
// of several sources with the same conditions, and then forwards a name of one source from the
// others too, if they have such a call. So it does not join branches if that would add calls of
// high volume.
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
			key += string(encode(b.names)) // an operator such as anything-but may match nearly every name of another source
		}
		i := slices.IndexFunc(at[key], func(i int) bool {
			e := entries[i]
			return e.source != "" && b.source != "" && !addsHighVolume(e.sources, e.names, b.source, b.names)
		})
		if i < 0 {
			at[key] = append(at[key], len(entries))
			entries = append(entries, entry{[]string{b.source}, b})
			continue
		}
		e := &entries[at[key][i]]
		e.sources, e.names = append(e.sources, b.source), slices.Concat(e.names, b.names)
	}
	var details []map[string]any
	for _, e := range entries {
		detail := maps.Clone(e.conditions)
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

// addsHighVolume reports whether joining the names of some sources with those of another source
// would add calls of high volume to one of them.
func addsHighVolume(sources []string, names []any, source string, others []any) bool {
	return takesHighVolume(source, names, others) ||
		slices.ContainsFunc(sources, func(s string) bool { return takesHighVolume(s, others, names) })
}

// takesHighVolume reports whether names match a high-volume call of a source that its wanted names
// do not match.
func takesHighVolume(source string, names, wanted []any) bool {
	return slices.ContainsFunc(names, func(name any) bool {
		return mayBeginWith(name, highVolume[source]) &&
			!covers(wanted, name)
	})
}
