package eventpattern

import (
	"fmt"
	"strings"
	"testing"
)

// refused are patterns that EventBridge refuses, with words that the error must have: where it is,
// what is wrong there, and what is allowed.
var refused = []struct{ name, pattern, want string }{
	{"nothing", ``, "not valid JSON: ends at byte 0"},
	{"no JSON", `{'source': 1}`, `found '\'' at byte 1, want a key in double quotes`},
	{"word", `this is no JSON`, "found 't' at byte 0, want a value"},
	{"cut off", `{"source": ["aws.iam"]`, "ends at byte 22, want a comma or the end of the object"},
	{"comma too many", `{"source": ["aws.iam",]}`, "source: not valid JSON: found ']'"},
	{"comma too many in object", `{"source": ["aws.iam"],}`, "want a key in double quotes"},
	{"more after the object", `{"source": ["aws.iam"]} {}`, "want nothing after the object"},
	{"control character", "{\"source\": [\"a\nb\"]}", "source: not valid JSON: found '\\n'"},
	{"bad escape", `{"source": ["\x"]}`, "source: not valid JSON: found 'x' at byte 14, want an escape of JSON"},
	{"bad number", `{"a": [01]}`, "a: not valid JSON: found '1' at byte 8"},
	{"no UTF-8", "{\"a\": [\"\xff\"]}", "not valid UTF-8"},
	{"array", `["source"]`, "not an object"},
	{"string", `"source"`, "not an object"},
	{"null", `null`, "not an object"},
	{"empty object", `{}`, "an empty object, want at least one field"},
	{"empty object inside", `{"detail": {}}`, "detail: an empty object"},
	{"empty array", `{"detail": {"eventName": []}}`, "detail.eventName: an empty array"},
	{"scalar string", `{"detail": {"eventName": "CreateUser"}}`, `detail.eventName: "CreateUser" for a field, want an array of values, or an object`},
	{"scalar number", `{"int": 42}`, "int: 42 for a field, want an array"},
	{"scalar null", `{"a": null}`, "a: null for a field"},
	{"array in array", `{"a": [["b"]]}`, "a: an array in its array"},
	{"unknown operator", `{"detail": {"eventName": [{"prefx": "Create"}]}}`, `detail.eventName: unknown operator "prefx", want one of anything-but, cidr`},
	{"operator in capitals", `{"a": [{"EXISTS": true}]}`, `a: unknown operator "EXISTS"`},
	{"operator of event-ruler only", `{"a": [{"exactly": "b"}]}`, `a: unknown operator "exactly"`},
	{"no operator", `{"a": [{}]}`, "a: an object without an operator"},
	{"two operators", `{"a": [{"prefix": "a", "suffix": "b"}]}`, "a: an object with more than prefix in it, want one operator in each object"},

	{"prefix number", `{"time": [{"prefix": 123}]}`, "time: 123 for prefix, want a string"},
	{"prefix list", `{"time": [{"prefix": ["2022"]}]}`, `time: ["2022"] for prefix, want a string`},
	{"prefix of another operator", `{"a": [{"prefix": {"suffix": "b"}}]}`, `a: "suffix" in prefix, want a string or equals-ignore-case`},
	{"prefix ignoring case of a number", `{"a": [{"prefix": {"equals-ignore-case": 1}}]}`, "a: 1 for equals-ignore-case, want a string"},
	{"prefix with two", `{"a": [{"prefix": {"equals-ignore-case": "b", "c": "d"}}]}`, "a: an object with more than equals-ignore-case"},
	{"prefix of nothing", `{"a": [{"prefix": {}}]}`, "a: an object without an operator"},
	{"suffix number", `{"a": [{"suffix": 1}]}`, "a: 1 for suffix, want a string"},
	{"suffix list", `{"a": [{"suffix": [".png"]}]}`, "for suffix, want a string"},
	{"equals-ignore-case list", `{"a": [{"equals-ignore-case": ["b"]}]}`, `a: ["b"] for equals-ignore-case, want a string`},
	{"equals-ignore-case object", `{"a": [{"equals-ignore-case": {"prefix": "b"}}]}`, "for equals-ignore-case, want a string"},

	{"wildcard number", `{"a": [{"wildcard": 123}]}`, "a: 123 for wildcard, want a string"},
	{"wildcard list", `{"a": [{"wildcard": ["*"]}]}`, "for wildcard, want a string"},
	{"wildcard with two stars", `{"a": [{"wildcard": "b**c"}]}`, `a: wildcard "b**c" has two stars in a row at byte 1, want one`},
	{"wildcard with a lone backslash", `{"a": [{"wildcard": "b\\c"}]}`, "a backslash at byte 1 that escapes neither a star nor a backslash"},
	{"wildcard with a backslash at the end", `{"a": [{"wildcard": "b\\"}]}`, "a backslash at byte 1"},

	{"exists string", `{"a": [{"exists": "true"}]}`, `a: "true" for exists, want true or false`},
	{"exists null", `{"a": [{"exists": null}]}`, "a: null for exists, want true or false"},

	{"cidr list", `{"ip": [{"cidr": ["10.0.0.0/8"]}]}`, "for cidr, want a string"},
	{"cidr without slash", `{"ip": [{"cidr": "10.0.0.0"}]}`, `ip: cidr "10.0.0.0" is malformed, want one slash`},
	{"cidr with two slashes", `{"ip": [{"cidr": "10.0.0.0/8/8"}]}`, "want one slash"},
	{"cidr with letters for bits", `{"ip": [{"cidr": "10.0.0.0/x"}]}`, `mask bits "x", want a whole number`},
	{"cidr with negative bits", `{"ip": [{"cidr": "10.0.0.0/-1"}]}`, "want a whole number that is not negative"},
	{"cidr of one address", `{"ip": [{"cidr": "10.0.0.1/32"}]}`, "has 32 mask bits, want at most 31"},
	{"cidr of one IPv6 address", `{"ip": [{"cidr": "::1/128"}]}`, "has 128 mask bits, want at most 127"},
	{"cidr of no address", `{"ip": [{"cidr": "xx.11.xx/8"}]}`, `address "xx.11.xx", want an IPv4 or IPv6 address`},
	{"cidr of a high octet", `{"ip": [{"cidr": "10.0.0.256/8"}]}`, "want an IPv4 or IPv6 address"},
	{"cidr of no IPv6 address", `{"ip": [{"cidr": "xxxx:db8::/32"}]}`, "want an IPv4 or IPv6 address"},

	{"numeric no array", `{"a": [{"numeric": 5}]}`, "a: 5 for numeric, want an array"},
	{"numeric empty", `{"a": [{"numeric": []}]}`, "a: an empty array for numeric"},
	{"numeric without comparison", `{"a": [{"numeric": [5]}]}`, "want a string"},
	{"numeric without number", `{"a": [{"numeric": [">"]}]}`, `a: no number after ">" in numeric`},
	{"numeric without second number", `{"a": [{"numeric": [">", 0, "<"]}]}`, `no number after "<"`},
	{"numeric with a string", `{"a": [{"numeric": [">", "0"]}]}`, `a: "0" for ">" in numeric, want a number`},
	{"numeric with an unknown comparison", `{"a": [{"numeric": ["!=", 0]}]}`, `the comparison "!=" in numeric, want =, <, <=, > or >=`},
	{"numeric with two bottoms", `{"a": [{"numeric": [">", 0, ">", 1]}]}`, `">" after ">" in numeric, want < or <=`},
	{"numeric with top first", `{"a": [{"numeric": ["<", 5, ">", 0]}]}`, `">" after "<" in numeric, want nothing`},
	{"numeric with more after =", `{"a": [{"numeric": ["=", 5, "<", 9]}]}`, `"<" after "=" in numeric`},
	{"numeric with three comparisons", `{"a": [{"numeric": [">", 0, "<", 5, "<", 6]}]}`, "more than two comparisons"},
	{"numeric upside down", `{"a": [{"numeric": [">", 5, "<", 0]}]}`, "an empty range in numeric"},
	{"numeric of one point", `{"a": [{"numeric": [">=", 5, "<=", 5]}]}`, "an empty range in numeric"},
	{"numeric too large", `{"a": [{"numeric": ["<", 5000000001]}]}`, "5000000001 for \"<\" in numeric, want a number from -5e9 to 5e9"},
	{"numeric too precise", `{"a": [{"numeric": ["=", 0.1234567]}]}`, "with at most 6 decimal places"},
	{"numeric below all", `{"a": [{"numeric": ["<", -5e9]}]}`, "an empty range"},

	{"anything-but null", `{"a": [{"anything-but": null}]}`, "a: null for anything-but, want strings or numbers"},
	{"anything-but boolean", `{"a": [{"anything-but": true}]}`, "a: true for anything-but"},
	{"anything-but null in a list", `{"a": [{"anything-but": ["b", null]}]}`, "a: null for anything-but"},
	{"anything-but empty", `{"a": [{"anything-but": []}]}`, "a: an empty array for anything-but"},
	{"anything-but mixed", `{"a": [{"anything-but": ["b", 1]}]}`, "a: strings and numbers in one anything-but"},
	{"anything-but mixed the other way", `{"a": [{"anything-but": [1, "b"]}]}`, "a: strings and numbers in one anything-but"},
	{"anything-but too large", `{"a": [{"anything-but": 123456789012}]}`, "want a number from -5e9 to 5e9"},
	{"anything-but operator in a list", `{"a": [{"anything-but": [{"prefix": "b"}]}]}`, "for anything-but, want strings or numbers"},
	{"anything-but unknown", `{"a": [{"anything-but": {"numeric": ["=", 1]}}]}`, `a: "numeric" in anything-but, want a value, a list, prefix`},
	{"anything-but exists", `{"a": [{"anything-but": {"exists": true}}]}`, `a: "exists" in anything-but`},
	{"anything-but no operator", `{"a": [{"anything-but": {}}]}`, "a: an object without an operator"},
	{"anything-but two operators", `{"a": [{"anything-but": {"prefix": "b", "suffix": "c"}}]}`, "more than prefix"},
	{"anything-but prefix empty", `{"a": [{"anything-but": {"prefix": ""}}]}`, "a: an empty string for prefix in anything-but"},
	{"anything-but suffix empty in a list", `{"a": [{"anything-but": {"suffix": ["b", ""]}}]}`, "a: an empty string for suffix in anything-but"},
	{"anything-but prefix number", `{"a": [{"anything-but": {"prefix": 123}}]}`, "a: 123 for prefix in anything-but, want a string"},
	{"anything-but prefix list with a number", `{"a": [{"anything-but": {"prefix": [123, "b"]}}]}`, "a: 123 for prefix in anything-but"},
	{"anything-but prefix list empty", `{"a": [{"anything-but": {"prefix": []}}]}`, "a: an empty array for prefix in anything-but"},
	{"anything-but prefix ignoring case", `{"a": [{"anything-but": {"prefix": {"equals-ignore-case": "b"}}}]}`, "for prefix in anything-but, want a string"},
	{"anything-but wildcard number", `{"a": [{"anything-but": {"wildcard": 123}}]}`, "a: 123 for wildcard in anything-but"},
	{"anything-but wildcard with two stars", `{"a": [{"anything-but": {"wildcard": ["*b", "**"]}}]}`, "two stars in a row"},
	{"anything-but equals-ignore-case number", `{"a": [{"anything-but": {"equals-ignore-case": [123]}}]}`, "a: 123 for equals-ignore-case in anything-but"},

	{"or no array", `{"$or": {"a": ["b"]}}`, `$or: {"a": ["b"]} for $or, want an array of objects`},
	{"or empty", `{"$or": []}`, "$or: an array of 0, want at least 2 alternatives"},
	{"or with one", `{"$or": [{"a": ["b"]}]}`, "$or: an array of 1, want at least 2 alternatives"},
	{"or with an array", `{"$or": [{"a": ["b"]}, [{"c": ["d"]}]]}`, "$or[1]: [{\"c\": [\"d\"]}] for $or, want objects only"},
	{"or with strings", `{"detail": {"$or": ["a", "b"]}}`, `detail.$or[0]: "a" for $or, want objects only`},
	{"or with an empty object", `{"$or": [{"a": ["b"]}, {}]}`, "$or[1]: an empty object"},
	{"or with a reserved key", `{"$or": [{"numeric": ["="]}, {"a": ["b"]}]}`, `$or[0].numeric: "numeric" is reserved`},
	{"or with a reserved key deeper", `{"$or": [{"a": {"cidr": ["b"]}}, {"a": ["b"]}]}`, `$or[0].a.cidr: "cidr" is reserved`},
	{"wrong inside or", `{"detail": {"$or": [{"a": ["b"]}, {"c": [{"x": 1}]}]}}`, `detail.$or[1].c: unknown operator "x"`},
	{"path outside and inside of or", `{"a": ["b"], "$or": [{"a": ["c"]}, {"d": ["e"]}]}`, "$or[0].a: path a stands both outside and inside of a $or"},
	{"path inside of or and after it", `{"$or": [{"a": ["c"]}, {"d": ["e"]}], "a": ["b"]}`, "a: path a stands both"},
	{"path outside and deep inside", `{"a": {"b": ["c"]}, "$or": [{"$or": [{"a.b": ["d"]}, {"e": ["f"]}]}, {"g": ["h"]}]}`, "$or[0].$or[0].a.b: path a.b stands both"},
	{"path in two ors", `{"$or": [{"a": ["1"]}, {"b": ["1"]}], "$or": [{"a": ["2"]}, {"c": ["2"]}]}`, "$or[0].a: path a stands both"},
}

func TestRefused(t *testing.T) {
	for _, test := range refused {
		t.Run(test.name, func(t *testing.T) {
			p, err := Compile([]byte(test.pattern))
			if err == nil {
				t.Fatalf("%s compiles to %v, want it refused with %q", test.pattern, p, test.want)
			}
			if p != nil {
				t.Errorf("got a pattern beside the error")
			}
			if !strings.HasPrefix(err.Error(), "event pattern") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: got %q, want %q in it", test.pattern, err, test.want)
			}
		})
	}
}

// ors makes a pattern of n $or with k alternatives each.
func ors(n, k int) string {
	var objects []string
	for i := range n {
		var alternatives []string
		for j := range k {
			alternatives = append(alternatives, fmt.Sprintf(`{"%c%d":[1]}`, 'a'+i, j))
		}
		objects = append(objects, fmt.Sprintf(`"%c":{"$or":[%s]}`, 'A'+i, strings.Join(alternatives, ",")))
	}
	return "{" + strings.Join(objects, ",") + "}"
}

func TestCombinations(t *testing.T) {
	for _, test := range []struct {
		n, k, combinations int // combinations 0: refused
	}{
		{1, 2, 2},
		{3, 10, 1000},
		{9, 2, 512},
		{10, 2, 0},
		{12, 10, 0},
	} {
		p, err := Compile([]byte(ors(test.n, test.k)))
		if test.combinations == 0 {
			if err == nil || !strings.Contains(err.Error(), "more than 1000 combinations of alternatives") {
				t.Errorf("%d $or of %d: got error %v, want too many combinations", test.n, test.k, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%d $or of %d: %v", test.n, test.k, err)
		} else if len(p.alternatives) != test.combinations {
			t.Errorf("%d $or of %d: got %d combinations, want %d", test.n, test.k, len(p.alternatives), test.combinations)
		}
	}
}

func TestLength(t *testing.T) {
	ofLength := func(n int) string {
		const frame = `{"a": [""]}`
		return `{"a": ["` + strings.Repeat("ü", n-len(frame)) + `"]}`
	}
	if _, err := Compile([]byte(ofLength(MaxLength))); err != nil {
		t.Errorf("%d characters: %v", MaxLength, err)
	}
	_, err := Compile([]byte(ofLength(MaxLength + 1)))
	if err == nil || !strings.Contains(err.Error(), "has 4097 characters, want at most 4096") {
		t.Errorf("%d characters: got error %v, want it refused", MaxLength+1, err)
	}
}

func TestDepth(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`{"":`, n) + `[1]` + strings.Repeat("}", n) }
	if _, err := Compile([]byte(deep(600))); err != nil {
		t.Errorf("600 levels: %v", err)
	}
	p, err := Compile([]byte(`{"a": [1]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range []string{
		strings.Repeat(`{"a":`, 2000) + `1` + strings.Repeat("}", 2000),
		`{"a":` + strings.Repeat(`[`, 2000) + `1` + strings.Repeat("]", 2000) + `}`,
		`{"b":` + strings.Repeat(`[`, 2000) + `1` + strings.Repeat("]", 2000) + `}`,
		`{"b":` + strings.Repeat(`{"c":`, 2000) + `1` + strings.Repeat("}", 2000) + `}`,
	} {
		if _, err := p.Matches([]byte(event)); err == nil || !strings.Contains(err.Error(), "nested too deep") {
			t.Errorf("%.20s…: got error %v, want it nested too deep", event, err)
		}
	}
}

func TestString(t *testing.T) {
	source := []byte(` {"source": ["aws.iam"]} `)
	p, err := Compile(source)
	if err != nil {
		t.Fatal(err)
	}
	source[14] = 'X' // a pattern must not change with the bytes it was compiled from
	if got, want := p.String(), ` {"source": ["aws.iam"]} `; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if ok, err := p.Matches([]byte(`{"source": "aws.iam"}`)); err != nil || !ok {
		t.Errorf("got %v, %v, want a match", ok, err)
	}
}
