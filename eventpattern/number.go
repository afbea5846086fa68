package eventpattern

// EventBridge compares numbers from -5e9 to 5e9 that have at most six decimal places; in millionths
// they are integers. Another number equals only one that is spelled alike, and is in no range. See
// "Numeric matching" in https://github.com/aws/event-ruler#numeric-matching.
const (
	maxMillionths  = 5e15
	numberLimits   = "a number from -5e9 to 5e9 with at most 6 decimal places"
	decimalPlaces  = 6
	maxSignificant = 16 // digits of maxMillionths
)

// millionths returns the value of a JSON number in millionths, and whether EventBridge can compare
// it. It reads the spelling, not a float64, so that 300, 300.0 and 3.0e2 are the same value and
// 0.1234567 cannot be compared.
func millionths(number []byte) (value int64, ok bool) {
	i := 0
	negative := false
	if i < len(number) && number[i] == '-' {
		negative = true
		i++
	}
	var significant, zeros, exponent int // zeros: those since the last digit that is not 0
	point := false
	for ; i < len(number); i++ {
		b := number[i]
		if b == '.' {
			point = true
			continue
		}
		if b < '0' || b > '9' {
			break
		}
		if point {
			exponent--
		}
		if b == '0' {
			if significant > 0 {
				zeros++
			}
			continue
		}
		if significant == 0 {
			zeros = 0
		}
		significant += zeros + 1
		if significant > maxSignificant {
			return 0, false
		}
		for ; zeros > 0; zeros-- {
			value *= 10
		}
		value = value*10 + int64(b-'0')
	}
	if significant == 0 {
		return 0, true
	}
	exponent += zeros
	if i < len(number) { // an e or E
		exponent += exponentOf(number[i+1:])
	}
	exponent += decimalPlaces
	if exponent < 0 || exponent > maxSignificant {
		return 0, false
	}
	for ; exponent > 0; exponent-- {
		if value *= 10; value > maxMillionths {
			return 0, false
		}
	}
	if value > maxMillionths {
		return 0, false
	}
	if negative {
		value = -value
	}
	return value, true
}

// exponentOf reads an exponent. It does not overflow: an absurdly large one stays large.
func exponentOf(s []byte) int {
	negative := false
	if len(s) > 0 && (s[0] == '+' || s[0] == '-') {
		negative = s[0] == '-'
		s = s[1:]
	}
	n := 0
	for _, b := range s {
		if n < 1<<30 {
			n = n*10 + int(b-'0')
		}
	}
	if negative {
		return -n
	}
	return n
}
