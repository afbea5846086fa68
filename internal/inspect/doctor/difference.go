package doctor

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// maxDifferences is how many differences a finding lists.
const maxDifferences = 3

// sameJSON compares event patterns, in which the order of a list has no meaning.
func sameJSON(a, b string) bool {
	x, errA := decoded(a)
	y, errB := decoded(b)
	return errA == nil && errB == nil && len(differences(x, y, "")) == 0
}

func decoded(text string) (any, error) {
	var v any
	err := json.Unmarshal([]byte(text), &v)
	return v, err
}

// difference describes how an event pattern differs from the wanted one.
func difference(wanted, found string) string {
	w, err := decoded(wanted)
	if err != nil {
		return err.Error()
	}
	f, err := decoded(found)
	if err != nil {
		return "it is no JSON"
	}
	all := differences(w, f, "")
	if more := len(all) - maxDifferences; more > 0 {
		all = append(all[:maxDifferences], fmt.Sprintf("%d more", more))
	}
	return strings.Join(all, "; ")
}

func differences(wanted, found any, at string) []string {
	switch w := wanted.(type) {
	case map[string]any:
		f, ok := found.(map[string]any)
		if !ok {
			break
		}
		var all []string
		keys := slices.Concat(slices.Collect(maps.Keys(w)), slices.Collect(maps.Keys(f)))
		slices.Sort(keys)
		for _, key := range slices.Compact(keys) {
			path := strings.TrimPrefix(at+"."+key, ".")
			switch mine, theirs := w[key], f[key]; {
			case mine == nil:
				all = append(all, path+" is there and should not be")
			case theirs == nil:
				all = append(all, path+" is missing")
			default:
				all = append(all, differences(mine, theirs, path)...)
			}
		}
		return all
	case []any:
		f, ok := found.([]any)
		if !ok {
			break
		}
		var all []string
		if missing := subtract(w, f); len(missing) > 0 {
			all = append(all, at+" lacks "+formatValues(missing))
		}
		if surplus := subtract(f, w); len(surplus) > 0 {
			all = append(all, at+" has "+formatValues(surplus)+" besides")
		}
		return all
	}
	if reflect.DeepEqual(wanted, found) {
		return nil
	}
	return []string{at + " is " + formatValues([]any{found})}
}

// subtract returns the elements of list that other does not have.
func subtract(list, other []any) []any {
	return slices.DeleteFunc(slices.Clone(list), func(v any) bool {
		return slices.ContainsFunc(other, func(o any) bool { return reflect.DeepEqual(v, o) })
	})
}

func formatValues(list []any) string {
	var parts []string
	for i, v := range list {
		if i == maxDifferences {
			parts = append(parts, fmt.Sprintf("%d more", len(list)-i))
			break
		}
		text, _ := json.Marshal(v)
		parts = append(parts, string(text))
	}
	return strings.Join(parts, ", ")
}
