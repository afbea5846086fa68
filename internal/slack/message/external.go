package message

import (
	"regexp"
	"slices"
	"strings"
)

// accountInText is an account id in an ARN or as a value of its own.
var accountInText = regexp.MustCompile(`(?m)(?:[:/][ ]?|- | of | account |["'])(\d{12})(?:[:/"', ]|$)`)

// externalLimit is the most external accounts that a message lists.
const externalLimit = 3

// externalAccounts lists the external accounts in the parameters, such as those that a snapshot is
// shared with or that may assume a role. It is "" if the organization's accounts are not known.
func (p identityFormatter) externalAccounts(params string) string {
	if len(p.names) == 0 && p.external == nil || params == "" {
		return ""
	}
	var found []string
	label := ""
	for _, m := range accountInText.FindAllStringSubmatch(params, -1) {
		id := m[1]
		p.addSeen(id)
		if l := p.externalLabel(id); l != "" && id != p.event.Account && !slices.Contains(found, id) {
			found, label = append(found, id), l // the same for all
		}
	}
	switch {
	case len(found) == 0:
		return ""
	case len(found) == 1:
		return "account " + found[0] + label
	case len(found) > externalLimit:
		return "accounts " + strings.Join(found[:externalLimit], ", ") + " and " + count(len(found)-externalLimit) + " more" +
			label
	}
	return "accounts " + strings.Join(found, ", ") + label
}
