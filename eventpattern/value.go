package eventpattern

import "net/netip"

// value is a scalar of an event: a string, decoded and in its double quotes, or a number, true,
// false or null as it is spelled. The quotes distinguish "true" from true, and let a prefix or a
// wildcard match strings only, without a type.
type value struct {
	text []byte

	// The text is parsed as a number or an address when the first condition needs it.
	millionths int64
	address    netip.Addr
	isNumber   tristate
	isAddress  tristate
}

// tristate is the answer to a question that is asked at most once.
type tristate uint8

const (
	unknown tristate = iota
	no
	yes
)

func (v *value) isString() bool { return v.text[0] == '"' }

// number returns the value in millionths, and whether it is a number that EventBridge can compare.
func (v *value) number() (int64, bool) {
	if v.isNumber == unknown {
		v.isNumber = no
		if isNumberStart(v.text[0]) {
			if n, ok := millionths(v.text); ok {
				v.millionths, v.isNumber = n, yes
			}
		}
	}
	return v.millionths, v.isNumber == yes
}

// ip returns the value as an IP address, and whether it is a string with one.
func (v *value) ip() (netip.Addr, bool) {
	if v.isAddress == unknown {
		v.isAddress = no
		if v.isString() {
			if a, ok := parseAddress(v.text[1 : len(v.text)-1]); ok {
				v.address, v.isAddress = a, yes
			}
		}
	}
	return v.address, v.isAddress == yes
}
