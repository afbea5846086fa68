package eventpattern

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// matching are patterns with events that match them and events that do not.
var matching = []struct {
	name, pattern string
	match, differ []string
}{
	{
		"string", `{"a": ["b"]}`,
		[]string{`{"a": "b"}`, `{"x": [1, {"y": 2}], "a": "b"}`, `{"a": "\u0062"}`, `{"\u0061": "b"}`, ` { "a" : "b" } `},
		[]string{`{}`, `{"a": "B"}`, `{"a": "bb"}`, `{"a": ""}`, `{"A": "b"}`, `{"a": null}`, `{"a": {"a": "b"}}`, `{"a": {"b": "b"}}`, `{"b": "b"}`},
	},
	{
		"several values", `{"a": ["b", 1, true, null, ""]}`,
		[]string{`{"a": "b"}`, `{"a": 1}`, `{"a": true}`, `{"a": null}`, `{"a": ""}`},
		[]string{`{"a": "1"}`, `{"a": "true"}`, `{"a": "null"}`, `{"a": false}`, `{"a": 0}`, `{"a": " "}`},
	},
	{
		"strings that look like others", `{"a": ["1", "true", "null"]}`,
		[]string{`{"a": "1"}`, `{"a": "true"}`, `{"a": "null"}`},
		[]string{`{"a": 1}`, `{"a": true}`, `{"a": null}`, `{"a": "1.0"}`},
	},
	{
		"all fields", `{"a": ["b"], "c": {"d": ["e"]}}`,
		[]string{`{"a": "b", "c": {"d": "e"}}`},
		[]string{`{"a": "b"}`, `{"c": {"d": "e"}}`, `{"a": "b", "c": {"d": "f"}}`, `{"a": "b", "c": "e"}`},
	},
	{
		"escapes", `{"a\"b": ["\u00fc\n\t\\/\"", "\ud83d\ude00"]}`,
		[]string{`{"a\"b": "ü\n\t\\\/\""}`, `{"a\u0022b": "😀"}`, `{"a\"b": "\uD83D\uDE00"}`},
		[]string{`{"a\"b": "ü"}`, `{"a": "😀"}`, `{"a\"b": "\ud83d"}`},
	},
	{
		"many values", `{"a": ["1", "2", "3", "4", "5", "6", "7", "8", "9", {"prefix": "x"}, 10]}`,
		[]string{`{"a": "1"}`, `{"a": "9"}`, `{"a": "xyz"}`, `{"a": 10.0}`},
		[]string{`{"a": 1}`, `{"a": "10"}`, `{"a": "0"}`},
	},
	{
		"array in the event", `{"a": ["b", "c"]}`,
		[]string{`{"a": ["x", "c"]}`, `{"a": [["x"], ["b"]]}`, `{"a": [{"b": 1}, "b"]}`},
		[]string{`{"a": []}`, `{"a": ["x", "y"]}`, `{"a": [[]]}`, `{"a": [{"a": "b"}]}`},
	},
	{
		"numbers", `{"a": [300]}`,
		[]string{`{"a": 300}`, `{"a": 300.0}`, `{"a": 3.0e2}`, `{"a": 3E+2}`, `{"a": 300.000000000}`, `{"a": 30000e-2}`, `{"a": 0.3e3}`},
		[]string{`{"a": "300"}`, `{"a": 300.0000001}`, `{"a": 300.1}`, `{"a": -300}`, `{"a": 3e3}`, `{"a": 30}`},
	},
	{
		"zero", `{"a": [0]}`,
		[]string{`{"a": 0}`, `{"a": -0}`, `{"a": 0.0}`, `{"a": 0e99}`},
		[]string{`{"a": ""}`, `{"a": false}`, `{"a": null}`, `{"a": 0.0000001}`},
	},
	{
		"numbers beyond comparison equal what is spelled alike", `{"a": [123456789012, 0.1234567]}`,
		[]string{`{"a": 123456789012}`, `{"a": 0.1234567}`},
		[]string{`{"a": 123456789012.0}`, `{"a": 1.23456789012e11}`, `{"a": 0.12345670}`, `{"a": "123456789012"}`},
	},
	{
		"prefix", `{"a": [{"prefix": "aws."}]}`,
		[]string{`{"a": "aws."}`, `{"a": "aws.iam"}`, `{"a": ["x", "aws.iam"]}`, `{"a": "\u0061ws.iam"}`},
		[]string{`{"a": "aws"}`, `{"a": "xaws."}`, `{"a": "AWS.iam"}`, `{"a": 1}`},
	},
	{
		"empty prefix and suffix match strings", `{"a": [{"prefix": ""}], "b": [{"suffix": ""}]}`,
		[]string{`{"a": "", "b": ""}`, `{"a": "x", "b": "y"}`},
		[]string{`{"a": 1, "b": ""}`, `{"a": "", "b": true}`, `{"a": null, "b": ""}`},
	},
	{
		"suffix", `{"a": [{"suffix": ".png"}]}`,
		[]string{`{"a": ".png"}`, `{"a": "x.png"}`},
		[]string{`{"a": "png"}`, `{"a": "x.png "}`, `{"a": "x.PNG"}`},
	},
	{
		"prefix ignoring case", `{"a": [{"prefix": {"equals-ignore-case": "EventB"}}]}`,
		[]string{`{"a": "eventbridge"}`, `{"a": "EVENTB"}`},
		[]string{`{"a": "event"}`, `{"a": "xeventb"}`},
	},
	{
		"suffix ignoring case", `{"a": [{"suffix": {"equals-ignore-case": ".pNg"}}]}`,
		[]string{`{"a": "x.PNG"}`, `{"a": ".png"}`},
		[]string{`{"a": "png"}`, `{"a": "x.png1"}`},
	},
	{
		"equals-ignore-case", `{"a": [{"equals-ignore-case": "aBc1-é"}]}`,
		[]string{`{"a": "ABC1-É"}`, `{"a": "abc1-é"}`},
		[]string{`{"a": "abc1-e"}`, `{"a": "abc1-é "}`, `{"a": "abc1-"}`, `{"a": ""}`},
	},
	{
		"equals-ignore-case where the cases differ in length", `{"a": [{"equals-ignore-case": "Ⱥ"}, {"equals-ignore-case": "straße"}, {"equals-ignore-case": "ΰ"}]}`,
		[]string{`{"a": "ⱥ"}`, `{"a": "Ⱥ"}`, `{"a": "STRASSE"}`, `{"a": "Straße"}`, `{"a": "\u03a5\u0308\u0301"}`},
		[]string{`{"a": "strasse"}`, `{"a": "A"}`},
	},
	{
		"equals-ignore-case is no case folding", `{"a": [{"equals-ignore-case": "k"}]}`,
		[]string{`{"a": "k"}`, `{"a": "K"}`},
		[]string{`{"a": "\u212a"}`},
	},
	{
		"equals-ignore-case of nothing", `{"a": [{"equals-ignore-case": ""}]}`,
		[]string{`{"a": ""}`},
		[]string{`{"a": "b"}`, `{"a": null}`},
	},
	{
		"wildcard", `{"a": [{"wildcard": "b*c*d"}]}`,
		[]string{`{"a": "bcd"}`, `{"a": "bxcxd"}`, `{"a": "bccdd"}`, `{"a": "bcdcd"}`, `{"a": "b/c\nd"}`},
		[]string{`{"a": "bd"}`, `{"a": "bdc"}`, `{"a": "xbcd"}`, `{"a": "bcdx"}`, `{"a": "BCD"}`},
	},
	{
		"wildcard alone matches strings", `{"a": [{"wildcard": "*"}]}`,
		[]string{`{"a": ""}`, `{"a": "x"}`, `{"a": "*"}`},
		[]string{`{"a": 1}`, `{"a": null}`, `{"a": true}`, `{}`},
	},
	{
		"wildcard does not use a byte twice", `{"a": [{"wildcard": "ab*ba"}, {"wildcard": "*cdc*cdc*"}]}`,
		[]string{`{"a": "abba"}`, `{"a": "abxba"}`, `{"a": "cdccdc"}`},
		[]string{`{"a": "aba"}`, `{"a": "cdcdc"}`},
	},
	{
		"wildcard with escapes", `{"a": [{"wildcard": "\\*b\\\\*"}]}`,
		[]string{`{"a": "*b\\"}`, `{"a": "*b\\x"}`},
		[]string{`{"a": "xb\\"}`, `{"a": "*b"}`, `{"a": "*bx"}`},
	},
	{
		"wildcard without a star", `{"a": [{"wildcard": "b"}, {"wildcard": ""}]}`,
		[]string{`{"a": "b"}`, `{"a": ""}`},
		[]string{`{"a": "bb"}`},
	},
	{
		"anything-but", `{"a": [{"anything-but": "b"}]}`,
		[]string{`{"a": "c"}`, `{"a": ""}`, `{"a": null}`, `{"a": 1}`, `{"a": true}`, `{"a": ["b", "c"]}`},
		[]string{`{"a": "b"}`, `{}`, `{"a": []}`, `{"a": {}}`, `{"a": ["b", "b"]}`},
	},
	{
		"anything-but list", `{"a": [{"anything-but": ["b", "c"]}]}`,
		[]string{`{"a": "d"}`, `{"a": null}`, `{"a": ["b", "d"]}`},
		[]string{`{"a": "b"}`, `{"a": "c"}`, `{"a": ["b", "c"]}`, `{}`},
	},
	{
		"anything-but long list", `{"a": [{"anything-but": ["1", "2", "3", "4", "5", "6", "7", "8", "9"]}]}`,
		[]string{`{"a": "10"}`, `{"a": 1}`},
		[]string{`{"a": "1"}`, `{"a": "9"}`},
	},
	{
		"anything-but number", `{"a": [{"anything-but": 100}]}`,
		[]string{`{"a": 101}`, `{"a": "100"}`, `{"a": null}`, `{"a": 1e99}`},
		[]string{`{"a": 100}`, `{"a": 1e2}`, `{"a": 100.0}`, `{}`},
	},
	{
		"anything-but numbers", `{"a": [{"anything-but": [0, -1.5]}]}`,
		[]string{`{"a": 1}`, `{"a": 1.5}`},
		[]string{`{"a": 0.0}`, `{"a": -15e-1}`},
	},
	{
		"anything-but prefix", `{"a": [{"anything-but": {"prefix": "init"}}]}`,
		[]string{`{"a": "running"}`, `{"a": 1}`, `{"a": null}`, `{"a": "INIT"}`},
		[]string{`{"a": "init"}`, `{"a": "initializing"}`, `{}`},
	},
	{
		"anything-but prefixes", `{"a": [{"anything-but": {"prefix": ["init", "err"]}}]}`,
		[]string{`{"a": "running"}`},
		[]string{`{"a": "initializing"}`, `{"a": "error"}`},
	},
	{
		"anything-but suffixes", `{"a": [{"anything-but": {"suffix": [".png", ".jpg"]}}]}`,
		[]string{`{"a": "x.txt"}`, `{"a": true}`},
		[]string{`{"a": "x.png"}`, `{"a": ".jpg"}`},
	},
	{
		"anything-but wildcards", `{"a": [{"anything-but": {"wildcard": ["*/lib/*", "*.so"]}}]}`,
		[]string{`{"a": "/bin/x"}`, `{"a": 1}`},
		[]string{`{"a": "/lib/x"}`, `{"a": "x.so"}`},
	},
	{
		"anything-but equals-ignore-case", `{"a": [{"anything-but": {"equals-ignore-case": ["Stopped", "x"]}}]}`,
		[]string{`{"a": "running"}`, `{"a": null}`},
		[]string{`{"a": "STOPPED"}`, `{"a": "X"}`, `{}`},
	},
	{
		"anything-but an address is about the text", `{"a": [{"anything-but": "10.0.0.1"}]}`,
		[]string{`{"a": "10.0.0.01"}`, `{"a": "10.0.0.2"}`},
		[]string{`{"a": "10.0.0.1"}`},
	},
	{
		"numeric range", `{"a": [{"numeric": [">", 0, "<=", 5]}]}`,
		[]string{`{"a": 5}`, `{"a": 0.000001}`, `{"a": 5.0}`, `{"a": [9, 3]}`},
		[]string{`{"a": 0}`, `{"a": 5.000001}`, `{"a": "3"}`, `{"a": null}`, `{"a": 1.1234567}`, `{"a": 1e99}`, `{"a": -3}`},
	},
	{
		"numeric open and closed", `{"a": [{"numeric": [">=", -1.5, "<", 1.5]}]}`,
		[]string{`{"a": -1.5}`, `{"a": 0}`, `{"a": 1.499999}`},
		[]string{`{"a": 1.5}`, `{"a": -1.500001}`},
	},
	{
		"numeric one bound", `{"a": [{"numeric": ["<", -100]}, {"numeric": [">", 100]}], "b": [{"numeric": ["<=", 1]}], "c": [{"numeric": [">=", 1]}]}`,
		[]string{`{"a": -101, "b": 1, "c": 1}`, `{"a": 101, "b": -5e9, "c": 5e9}`},
		[]string{`{"a": 100, "b": 1, "c": 1}`, `{"a": -100, "b": 1, "c": 1}`, `{"a": 101, "b": 2, "c": 1}`, `{"a": 101, "b": 1, "c": 5000000001}`},
	},
	{
		"numeric equality", `{"a": [{"numeric": ["=", 3.018e2]}]}`,
		[]string{`{"a": 301.8}`, `{"a": 301.80}`},
		[]string{`{"a": "301.8"}`, `{"a": 301.800001}`},
	},
	{
		"cidr", `{"ip": [{"cidr": "10.0.0.77/24"}]}`,
		[]string{`{"ip": "10.0.0.0"}`, `{"ip": "10.0.0.255"}`, `{"ip": "010.0.0.7"}`, `{"ip": "::ffff:a00:1"}`},
		[]string{`{"ip": "10.0.1.0"}`, `{"ip": "9.255.255.255"}`, `{"ip": "10.0.0"}`, `{"ip": "10.0.0.1/32"}`, `{"ip": "iam.amazonaws.com"}`, `{"ip": 10}`, `{"ip": ""}`, `{"ip": null}`, `{"ip": "::1"}`},
	},
	{
		"cidr of everything", `{"ip": [{"cidr": "0.0.0.0/0"}]}`,
		[]string{`{"ip": "0.0.0.0"}`, `{"ip": "255.255.255.255"}`},
		[]string{`{"ip": "::"}`, `{"ip": "256.0.0.1"}`, `{"ip": "1.2.3.4.5"}`, `{"ip": "1..2.3"}`},
	},
	{
		"cidr of IPv6", `{"ip": [{"cidr": "2001:db8::/32"}]}`,
		[]string{`{"ip": "2001:db8::1"}`, `{"ip": "2001:0DB8:ffff:ffff:ffff:ffff:ffff:ffff"}`},
		[]string{`{"ip": "2001:db9::"}`, `{"ip": "32.1.13.184"}`, `{"ip": "2001:db8::1%eth0"}`, `{"ip": "2001:db8"}`},
	},
	{
		"address", `{"ip": ["10.0.0.1", "2001:db8::1"]}`,
		[]string{`{"ip": "10.0.0.1"}`, `{"ip": "10.00.0.001"}`, `{"ip": "2001:0db8:0::0001"}`},
		[]string{`{"ip": "10.0.0.10"}`, `{"ip": "2001:db8::2"}`, `{"ip": "10.0.0.1 "}`},
	},
	{
		"no address although it looks like one", `{"a": ["08:23"]}`,
		[]string{`{"a": "08:23"}`},
		[]string{`{"a": "8:23"}`},
	},
	{
		"exists", `{"a": {"b": [{"exists": true}]}}`,
		[]string{`{"a": {"b": 1}}`, `{"a": {"b": null}}`, `{"a": {"b": ""}}`, `{"a": {"b": [1]}}`, `{"a": [{"c": 1}, {"b": 1}]}`},
		[]string{`{}`, `{"a": 1}`, `{"a": {"b": []}}`, `{"a": {"b": {}}}`, `{"a": {"b": {"c": 1}}}`, `{"b": 1}`},
	},
	{
		"does not exist", `{"a": {"b": [{"exists": false}]}}`,
		[]string{`{}`, `{"a": 1}`, `{"a": {"b": []}}`, `{"a": {"b": {"c": 1}}}`, `{"b": 1}`},
		[]string{`{"a": {"b": 1}}`, `{"a": {"b": null}}`, `{"a": [{"c": 1}, {"b": 1}]}`},
	},
	{
		"does not exist or is", `{"a": [{"exists": false}, "b"]}`,
		[]string{`{}`, `{"a": "b"}`, `{"a": ["c", "b"]}`},
		[]string{`{"a": "c"}`, `{"a": ["c"]}`},
	},
	{
		"exists either way", `{"a": [{"exists": false}, {"exists": true}]}`,
		[]string{`{}`, `{"a": "b"}`},
		nil,
	},
	{
		"or", `{"s": ["x"], "$or": [{"a": [1]}, {"b": {"c": [2]}}, {"d": [3], "e": [4]}]}`,
		[]string{`{"s": "x", "a": 1}`, `{"s": "x", "b": {"c": 2}}`, `{"s": "x", "d": 3, "e": 4}`, `{"s": "x", "a": 9, "b": {"c": 2}}`},
		[]string{`{"s": "x"}`, `{"s": "y", "a": 1}`, `{"s": "x", "d": 3}`, `{"s": "x", "e": 4}`, `{"a": 1}`},
	},
	{
		"or inside", `{"detail": {"$or": [{"a": [1]}, {"b": [2]}], "z": [0]}}`,
		[]string{`{"detail": {"a": 1, "z": 0}}`, `{"detail": {"b": 2, "z": 0}}`},
		[]string{`{"detail": {"a": 1}}`, `{"detail": {"z": 0}}`, `{"a": 1, "detail": {"z": 0}}`},
	},
	{
		"or in or", `{"$or": [{"a": [1]}, {"b": [2], "$or": [{"c": [3]}, {"d": {"$or": [{"e": [4]}, {"f": [5]}]}}]}]}`,
		[]string{`{"a": 1}`, `{"b": 2, "c": 3}`, `{"b": 2, "d": {"e": 4}}`, `{"b": 2, "d": {"f": 5}}`},
		[]string{`{"b": 2}`, `{"c": 3}`, `{"d": {"e": 4}}`, `{"b": 2, "d": {"g": 5}}`},
	},
	{
		"two ors", `{"$or": [{"a": [1]}, {"b": [1]}], "x": {"$or": [{"c": [1]}, {"d": [1]}]}}`,
		[]string{`{"a": 1, "x": {"c": 1}}`, `{"b": 1, "x": {"d": 1}}`, `{"a": 1, "x": {"d": 1}}`},
		[]string{`{"a": 1, "b": 1}`, `{"x": {"c": 1, "d": 1}}`},
	},
	{
		"same path in alternatives", `{"$or": [{"a": ["x"]}, {"a": ["y"], "b": ["z"]}]}`,
		[]string{`{"a": "x"}`, `{"a": "y", "b": "z"}`},
		[]string{`{"a": "y"}`, `{"b": "z"}`},
	},
	{
		"of a key twice the last counts", `{"a": ["b"], "a": ["c"]}`,
		[]string{`{"a": "c"}`},
		[]string{`{"a": "b"}`},
	},
	{
		"objects of a key twice are one", `{"a": {"b": ["c"]}, "a": {"d": ["e"]}}`,
		[]string{`{"a": {"b": "c", "d": "e"}}`},
		[]string{`{"a": {"d": "e"}}`, `{"a": {"b": "c"}}`},
	},
	{
		"of a key twice in the event both count", `{"a": ["b"], "x": [{"anything-but": "y"}]}`,
		[]string{`{"a": "b", "a": "c", "x": "z"}`, `{"a": "c", "a": "b", "x": "z"}`},
		[]string{`{"a": "c", "a": "d", "x": "z"}`},
	},
	{
		"dots in keys", `{"detail": {"state.status": ["x"]}, "a.b.c": [1]}`,
		[]string{`{"detail": {"state": {"status": "x"}}, "a": {"b": {"c": 1}}}`, `{"detail.state": {"status": "x"}, "a.b": {"c": 1}}`, `{"detail": {"state.status": "x"}, "a": {"b.c": 1}}`},
		[]string{`{"detail": {"state": "x"}, "a.b.c": 1}`, `{"detail.state.status": "x", "a.b": 1}`},
	},
	{
		"empty keys", `{"": [1], "a": {"": [2]}}`,
		[]string{`{"": 1, "a": {"": 2}}`, `{"": 1, "a.": 2}`},
		[]string{`{"": 1}`, `{"": 1, "a": 2}`},
	},
	{
		"same array element", `{"users": {"name": ["a"], "role": ["b"]}}`,
		[]string{`{"users": {"name": "a", "role": "b"}}`, `{"users": [{"name": "a", "role": "b"}]}`, `{"users": [{"name": "a"}, {"role": "b"}, {"role": "b", "name": "a"}]}`, `{"users": [{"name": ["x", "a"], "role": ["y", "b"]}]}`},
		[]string{`{"users": [{"name": "a"}, {"role": "b"}]}`, `{"users": [{"name": "a", "role": "x"}, {"name": "x", "role": "b"}]}`, `{"users": [[{"name": "a"}], [{"role": "b"}]]}`},
	},
	{
		"same array element, deeper", `{"a": {"b": {"x": [1], "y": [2]}, "z": [3]}}`,
		[]string{`{"a": [{"b": [{"x": 1}, {"x": 1, "y": 2}], "z": 3}]}`, `{"a": [{"z": 3}, {"b": {"x": 1, "y": 2}, "z": 3}]}`},
		[]string{`{"a": [{"b": [{"x": 1}, {"y": 2}], "z": 3}]}`, `{"a": [{"b": {"x": 1, "y": 2}}, {"z": 3}]}`},
	},
	{
		"different arrays", `{"a": {"x": [1]}, "b": {"y": [2]}}`,
		[]string{`{"a": [{"x": 0}, {"x": 1}], "b": [{"y": 2}, {"y": 3}]}`},
		[]string{`{"a": [{"x": 0}, {"x": 1}], "b": [{"y": 3}]}`},
	},
	{
		"missing in the same element", `{"users": {"name": ["a"], "role": [{"exists": false}]}}`,
		[]string{`{"users": [{"name": "a"}, {"name": "b", "role": "c"}]}`, `{"users": {"name": "a"}}`, `{"users": [{"name": "a", "role": []}]}`},
		[]string{`{"users": [{"name": "a", "role": "c"}, {"name": "b"}]}`, `{"users": {"name": "a", "role": "c"}}`},
	},
	{
		// The fields are looked at in the order of their paths, so b is missing only if no element
		// at all has it.
		"missing before anything is chosen", `{"users": {"b": [{"exists": false}], "c": ["x"]}}`,
		[]string{`{"users": [{"c": "x"}, {"c": "y"}]}`},
		[]string{`{"users": [{"c": "x"}, {"b": 1}]}`},
	},
	{
		"or across elements", `{"users": {"$or": [{"name": ["a"], "role": ["b"]}, {"name": ["c"]}]}}`,
		[]string{`{"users": [{"name": "a", "role": "b"}]}`, `{"users": [{"name": "a"}, {"name": "c"}]}`},
		[]string{`{"users": [{"name": "a"}, {"role": "b"}]}`},
	},
}

func TestMatching(t *testing.T) {
	for _, test := range matching {
		t.Run(test.name, func(t *testing.T) {
			p, err := Compile([]byte(test.pattern))
			if err != nil {
				t.Fatal(err)
			}
			if len(test.match) == 0 {
				t.Fatal("no event that matches")
			}
			check := func(events []string, want bool) {
				for _, event := range events {
					got, err := p.Matches([]byte(event))
					if err != nil {
						t.Errorf("%s: %v", event, err)
					} else if got != want {
						t.Errorf("%s on %s: got %v, want %v", test.pattern, event, got, want)
					}
				}
			}
			check(test.match, true)
			check(test.differ, false)
		})
	}
}

func TestEventIsRefused(t *testing.T) {
	p, err := Compile([]byte(`{"a": {"b": ["c"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	set := NewSet(p)
	for _, test := range []struct{ event, want string }{
		{``, "event: not valid JSON: ends at byte 0"},
		{`[]`, "event: not an object"},
		{`"a"`, "event: not an object"},
		{`null`, "event: not an object"},
		{`{`, "ends at byte 1, want a key in double quotes"},
		{`{"a": {"b": "c"}`, "ends at byte 16, want a comma or the end of the object"},
		{`{"a": {"b": "c"}} x`, "found 'x' at byte 18, want nothing after the object"},
		{`{"a": {"b": }}`, "found '}' at byte 12, want a value"},
		{`{"a": {"b": tru}}`, "want a value"},
		{`{"a" "b"}`, "want a colon"},
		{`{"x": "\u12g4"}`, "found 'g' at byte 11, want four hexadecimal digits"},
		{`{"x": "\`, "want the rest of an escape"},
		{`{"x": "abc`, "want the end of the string"},
		{`{"x": 1.}`, "want a digit after the point"},
		{`{"x": 1e}`, "want a digit in the exponent"},
		{`{"x": -}`, "want a value"},
		{`{"x": [1 2]}`, "want a comma or the end of the array"},
		{`{"x": [1,]}`, "found ']' at byte 9, want a value"},
		{`{"x": {"y": 1,}}`, "want a key in double quotes"},
		{`{"x": {"y": 1 "z": 2}}`, "want a comma or the end of the object"},
		{`{"a": [`, "ends at byte 7"},
		{`{"a": `, "ends at byte 6, want a value"},
	} {
		matched, err := p.Matches([]byte(test.event))
		if err == nil || matched || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, %v, want error %q", test.event, matched, err, test.want)
		}
		if indexes, setErr := set.Match([]byte(test.event)); setErr == nil || len(indexes) > 0 || fmt.Sprint(setErr) != fmt.Sprint(err) {
			t.Errorf("%s: a Set got %v, %v, want error %v", test.event, indexes, setErr, err)
		}
	}
}

func TestMillionths(t *testing.T) {
	for _, test := range []struct {
		number string
		want   int64
		ok     bool
	}{
		{"0", 0, true},
		{"-0.000", 0, true},
		{"1", 1_000_000, true},
		{"-1.5", -1_500_000, true},
		{"0.000001", 1, true},
		{"0.0000010", 1, true},
		{"0.0000001", 0, false},
		{"10e-7", 1, true},
		{"5000000000", 5e15, true},
		{"-5e9", -5e15, true},
		{"5000000000.000001", 0, false},
		{"4999999999.999999", 4999999999999999, true},
		{"-5000000000.000001", 0, false},
		{"1e999999999999999999999", 0, false},
		{"1e-999999999999999999999", 0, false},
		{"0e999999999999999999999", 0, true},
		{"00000", 0, true},
		{"100000000000000000000e-20", 1_000_000, true},
		{"12345678901234567", 0, false},
		{"1000000", 1e12, true},
		{"1.20E+2", 120_000_000, true},
	} {
		if got, ok := millionths([]byte(test.number)); got != test.want || ok != test.ok {
			t.Errorf("%s: got %d, %v, want %d, %v", test.number, got, ok, test.want, test.ok)
		}
	}
}

// TestHostileEvent has twelve arrays between two fields that are at odds with each other: without a
// memory of failures the search would try every combination of their elements.
func TestHostileEvent(t *testing.T) {
	var pattern, event strings.Builder
	pattern.WriteString(`{"r.a": [1], "r.z": [1]`)
	event.WriteString(`{"r": [{"a": 1}, {"z": 1}]`)
	for c := 'b'; c <= 'm'; c++ {
		fmt.Fprintf(&pattern, `, "r.%c.x": [1]`, c)
		fmt.Fprintf(&event, `, "r.%c": [%s{"x": 1}]`, c, strings.Repeat(`{"x": 1},`, 30))
	}
	p, err := Compile([]byte(pattern.String() + "}"))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if matched, err := p.Matches([]byte(event.String() + "}")); err != nil || matched {
			t.Errorf("got %v, %v, want no match", matched, err)
		}
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Fatal("still searching after 5 s, want an instant")
	}
}
