package message

import (
	"regexp"
	"slices"
	"strings"
)

// accountInText is an account id in an ARN or as a value of its own.
var accountInText = regexp.MustCompile(`(?m)(?:[:/][ ]?|- | of | account |["'])(\d{12})(?:[:/"', ]|$)`)

// outsideLimit is how many strange accounts are named.
const outsideLimit = 3

// outside names the accounts in the parameters that are not of the organization: whom a snapshot is shared with, who may assume
// a role. Without the organization's accounts it knows nothing.
func (p people) outside(params string) string {
	if len(p.names) == 0 && p.strangers == nil || params == "" {
		return ""
	}
	var found []string
	mark := ""
	for _, m := range accountInText.FindAllStringSubmatch(params, -1) {
		id := m[1]
		p.meet(id)
		if one := p.mark(id); one != "" && id != p.event.Account && !slices.Contains(found, id) {
			found, mark = append(found, id), one // the same for all
		}
	}
	switch {
	case len(found) == 0:
		return ""
	case len(found) == 1:
		return "account " + found[0] + mark
	case len(found) > outsideLimit:
		return "accounts " + strings.Join(found[:outsideLimit], ", ") + " and " + count(len(found)-outsideLimit) + " more" + mark
	}
	return "accounts " + strings.Join(found, ", ") + mark
}
