package message

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// A permission of a security group or an entry of a network ACL becomes one line, "tcp 22 from
// 0.0.0.0/0, ::/0": on a phone, ten lines of parameters do not show what is open to whom.

// sourcesLimit is the most addresses and groups of a permission that are shown.
const sourcesLimit = 5

// field gives a redacted member of an object by normalized keys, because EC2 writes ipProtocol and
// IpProtocol.
func field(object map[string]any, names ...string) any {
	for _, key := range sortedKeys(object) {
		for _, name := range names {
			if normalizeKey(key) == name && object[key] != nil {
				return redactedMember(object, key)
			}
		}
	}
	return nil
}

// scalarText gives a value that is a text or a number, "" for others.
func scalarText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// isPermission reports whether an object is a permission or a rule of a security group.
func isPermission(object map[string]any) bool { return scalarText(field(object, "ipprotocol")) != "" }

// permission writes a permission as one line.
func (t *sanitizer) permission(object map[string]any) string {
	line := traffic(scalarText(field(object, "ipprotocol")), scalarText(field(object, "fromport")),
		scalarText(field(object, "toport")))
	if from := t.sources(object); len(from) > 0 {
		line += " " + t.direction + " " + strings.Join(from, ", ")
	}
	return line
}

// protocols are the names of common protocol numbers:
// https://www.iana.org/assignments/protocol-numbers
var protocols = map[string]string{"-1": "all", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}

// traffic writes a protocol and its ports.
func traffic(protocol, from, to string) string {
	if name := protocols[protocol]; name != "" {
		protocol = name
	}
	ports := from
	switch {
	case protocol == "all":
		return "all traffic"
	case strings.HasPrefix(protocol, "icmp"), from == "" && to == "", from == "-1":
		return protocol
	case from == "0" && to == "65535":
		ports = "all ports"
	case from != to && to != "":
		ports += "-" + to
	}
	return protocol + " " + ports
}

// sources lists the addresses and groups of a permission, those open to everybody first.
func (t *sanitizer) sources(object map[string]any) []string {
	var everybody, rest []string
	add := func(s, description string) {
		if s == "" {
			return
		}
		open := s == "0.0.0.0/0" || s == "::/0"
		if description != "" {
			s += " (" + cut(oneLine(description), nameLimit) + ")"
		}
		if open {
			everybody = append(everybody, s)
		} else {
			rest = append(rest, s)
		}
	}
	one := func(o map[string]any) {
		s := scalarText(field(o, "cidrip", "cidripv4", "cidripv6", "groupid", "referencedgroupid", "prefixlistid",
			"groupname"))
		if account := scalarText(field(o, "userid")); s != "" && account != "" && account != t.account {
			s += " of " + account
		}
		add(s, scalarText(field(o, "description")))
	}
	for _, name := range []string{"ipranges", "ipv6ranges", "groups", "prefixlistids"} {
		v := field(object, name)
		if inner, ok := v.(map[string]any); ok {
			v = inner["items"]
		}
		list, _ := v.([]any)
		for _, item := range list {
			if o, ok := item.(map[string]any); ok {
				one(o)
			}
		}
	}
	for _, name := range []string{"cidrip", "cidripv4", "cidripv6", "referencedgroupid", "prefixlistid",
		"sourcesecuritygroupname"} {
		add(scalarText(field(object, name)), "")
	}
	all := append(everybody, rest...)
	if len(all) > sourcesLimit {
		all = append(all[:sourcesLimit:sourcesLimit], "… "+count(len(all)-sourcesLimit)+" more")
	}
	return all
}

// direction is the word before the addresses of a permission. The parameters of
// ModifySecurityGroupRules do not say the direction.
func direction(operation string) string {
	switch {
	case strings.Contains(operation, "Egress"):
		return "to"
	case strings.HasPrefix(operation, "ModifySecurityGroupRules"):
		return "from or to"
	}
	return "from"
}

// permissionKeys and entryKeys are normalized keys of the parameters that are condensed to one
// line.
var (
	permissionKeys = []string{"ipprotocol", "fromport", "toport", "cidrip", "sourcesecuritygroupname"}
	entryKeys      = []string{"aclprotocol", "ruleaction", "egress", "rulenumber", "portrange", "icmptypecode",
		"cidrblock", "ipv6cidrblock"}
)

// condense gives the request parameters, with a top-level permission or ACL entry as one line, the
// name of the line, and the keys in it.
func (t *sanitizer) condense(r *cloudtrail.Record) (v any, name string, keys []string) {
	object, ok := r.RequestParameters.(map[string]any)
	if !ok || r.Service() != "ec2" && r.Service() != "" {
		return r.RequestParameters, "", nil
	}
	line := ""
	switch {
	case isPermission(object):
		name, keys, line = "permission", permissionKeys, t.permission(object)
	case scalarText(field(object, "aclprotocol")) != "":
		name, keys, line = "entry", entryKeys, aclEntry(object)
	default:
		return object, "", nil
	}
	short := map[string]any{name: line}
	for key := range object {
		if !slices.Contains(keys, normalizeKey(key)) && key != name {
			short[key] = redactedMember(object, key)
		}
	}
	return short, name, keys
}

// aclEntry writes an entry of a network ACL on one line.
func aclEntry(object map[string]any) string {
	ports, _ := field(object, "portrange").(map[string]any)
	way, from := "inbound", "from"
	if out := field(object, "egress"); out == true || out == "true" {
		way, from = "outbound", "to"
	}
	line := scalarText(field(object, "ruleaction")) + " " + way + " " + traffic(scalarText(field(object, "aclprotocol")),
		scalarText(field(ports, "from")), scalarText(field(ports, "to")))
	if address := scalarText(field(object, "cidrblock", "ipv6cidrblock")); address != "" {
		line += " " + from + " " + address
	}
	if number := scalarText(field(object, "rulenumber")); number != "" {
		line += " (rule " + number + ")"
	}
	return strings.TrimSpace(line)
}
