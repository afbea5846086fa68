package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/yamldoc"
	"github.com/trailbus/trailbus/routes"
)

// Limits of tags, in characters:
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_Tag.html
const (
	maxTagKey   = 128
	maxTagValue = 256
	maxOU       = 500 // ours
)

// readTags reads a mapping of keys to values.
func readTags(v yamldoc.Value) map[string]string {
	var read map[string]string
	for _, entry := range v.Entries("tags to their values") {
		key := entry.Key.Line("tag", maxTagKey)
		if !entry.Value.Present() {
			entry.Key.Problemf("found the tag %q without a value, allowed: a text", key)
		}
		if read == nil {
			read = map[string]string{}
		}
		read[key] = entry.Value.Line("value of a tag", maxTagValue)
	}
	return read
}

// readOU reads an organizational unit. A path is the same with a slash at its end or beginning and
// without.
func readOU(v yamldoc.Value) string { return strings.Trim(v.Line("ou", maxOU), "/") }

// in reports whether an account is in an organizational unit, or in one below it.
func (a *Account) in(ou string) bool {
	return a.OU == ou || strings.HasPrefix(a.OU, ou+"/")
}

// narrowAccounts narrows the accounts of a route to those that the file has in one of the units and
// with all of the tags.
func (r *reader) narrowAccounts(route *routes.Route, ous, wanted yamldoc.Value, c *Config) {
	if !ous.Present() && !wanted.Present() {
		return
	}
	units := r.knownUnits(ous, c)
	pairs := readTags(wanted)
	if wanted.Present() && len(pairs) == 0 && !wanted.Invalid() {
		wanted.Problemf("found no tag, allowed: at least one, or no tags for every account")
	}
	unknown := wanted.Invalid() || ous.Invalid()
	for _, key := range slices.Sorted(maps.Keys(pairs)) {
		has := func(a Account) bool { return a.Tags[key] == pairs[key] }
		if pairs[key] == "" { // reported already
			unknown = true
		} else if !slices.ContainsFunc(c.Accounts, has) {
			unknown = true
			wanted.Problemf("no account in accounts has the tag %q with the value %q%s", key, pairs[key],
				didYouMeanTag(key, pairs[key], c))
		}
	}
	var taken []string
	for _, account := range c.Accounts {
		inUnit := !ous.Present() || slices.ContainsFunc(units, account.in)
		tagged := true
		for key, value := range pairs {
			tagged = tagged && account.Tags[key] == value
		}
		if inUnit && tagged && (len(route.Accounts) == 0 || slices.Contains(route.Accounts, account.ID)) {
			taken = append(taken, account.ID)
		}
	}
	if len(taken) == 0 {
		at := ous
		if !at.Present() {
			at = wanted
		}
		if !unknown && !slices.Contains(units, invalid) && !slices.Contains(route.Accounts, invalid) {
			at.Problemf("no account in accounts fits all that this route says of accounts, so it gets nothing")
		}
		taken = []string{invalid}
	}
	route.Accounts = taken
}

func (r *reader) knownUnits(v yamldoc.Value, c *Config) []string {
	var units, known []string
	for _, account := range c.Accounts {
		for unit := account.OU; unit != "" && !slices.Contains(known, unit); { // and those above it
			known = append(known, unit)
			unit = unit[:max(strings.LastIndexByte(unit, '/'), 0)]
		}
	}
	for _, item := range v.Items() {
		unit := readOU(item)
		switch {
		case unit == "":
			unit = invalid
		case slices.Contains(units, unit): // spelled in another way: the schema finds equal texts
			item.Problemf("organizational unit %q is given twice", unit)
		case !slices.ContainsFunc(c.Accounts, func(a Account) bool { return a.in(unit) }):
			item.Problemf("no account in accounts has the ou %q, or one below it%s", unit, yamldoc.DidYouMean(unit, known))
			unit = invalid
		}
		units = append(units, unit)
	}
	if v.Present() && len(units) == 0 {
		units = append(units, invalid)
	}
	return units
}

func didYouMeanTag(key, value string, c *Config) string {
	var known []string
	for _, account := range c.Accounts {
		for k, v := range account.Tags {
			known = append(known, fmt.Sprintf("%s: %s", k, v))
		}
	}
	slices.Sort(known)
	return yamldoc.DidYouMean(key+": "+value, known)
}
