package eventpattern

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// parseAddress reads an IP address as EventBridge does: four decimal octets, which may have leading
// zeros, or hexadecimal IPv6 without a zone and without an embedded dotted quad. An IPv4-mapped
// IPv6 address is the IPv4 address.
func parseAddress(s []byte) (netip.Addr, bool) {
	if len(s) == 0 || len(s) > 64 {
		return netip.Addr{}, false
	}
	dots, colons := 0, 0
	for _, b := range s {
		switch {
		case b == '.':
			dots++
		case b == ':':
			colons++
		case strings.IndexByte("0123456789abcdefABCDEF", b) < 0:
			return netip.Addr{}, false
		}
	}
	switch {
	case colons > 0 && dots == 0:
		address, err := netip.ParseAddr(string(s))
		return address.Unmap(), err == nil
	case colons == 0 && dots == 3:
		return parseIPv4(s)
	}
	return netip.Addr{}, false
}

func parseIPv4(s []byte) (netip.Addr, bool) {
	if len(s) > len("255.255.255.255") {
		return netip.Addr{}, false
	}
	var octets [4]byte
	n, octet, digits := 0, 0, 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == '.' {
			if digits == 0 || octet > math.MaxUint8 {
				return netip.Addr{}, false
			}
			octets[n] = byte(octet)
			n, octet, digits = n+1, 0, 0
			continue
		}
		if s[i] < '0' || s[i] > '9' {
			return netip.Addr{}, false
		}
		octet = octet*10 + int(s[i]-'0')
		digits++
	}
	return netip.AddrFrom4(octets), true
}

// parseCIDR reads a block such as 10.0.0.0/24. It ignores address bits outside the mask. Like
// EventBridge it refuses masks that leave no bit free (/32, /128): a single address is an exact
// value.
func parseCIDR(s string) (netip.Prefix, error) {
	before, after, found := strings.Cut(s, "/")
	if !found || strings.Contains(after, "/") {
		return netip.Prefix{}, fmt.Errorf("cidr %q is malformed, want one slash, as in 10.0.0.0/24", s)
	}
	bits, err := strconv.ParseInt(after, 10, 32)
	if err != nil || bits < 0 {
		return netip.Prefix{}, fmt.Errorf("cidr %q has mask bits %q, want a whole number that is not negative", s, after)
	}
	address, ok := parseAddress([]byte(before))
	if !ok {
		return netip.Prefix{}, fmt.Errorf("cidr %q has address %q, want an IPv4 or IPv6 address", s, before)
	}
	if most := int64(address.BitLen()) - 1; bits > most {
		return netip.Prefix{}, fmt.Errorf("cidr %q has %d mask bits, want at most %d", s, bits, most)
	}
	return netip.PrefixFrom(address, int(bits)).Masked(), nil
}
