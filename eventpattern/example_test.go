package eventpattern_test

import (
	"fmt"

	"github.com/trailbus/trailbus/eventpattern"
)

const event = `{
  "source": "aws.iam",
  "detail-type": "AWS API Call via CloudTrail",
  "detail": {"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "userIdentity": {"type": "Root"}}
}`

func ExamplePattern_Matches() {
	p, err := eventpattern.Compile([]byte(`{"detail": {"eventName": [{"prefix": "Create"}], "errorCode": [{"exists": false}]}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	matched, err := p.Matches([]byte(event))
	fmt.Println(matched, err)
	// Output: true <nil>
}

func ExampleCompile_error() {
	_, err := eventpattern.Compile([]byte(`{"detail": {"eventName": [{"prefx": "Create"}]}}`))
	fmt.Println(err)
	// Output: event pattern: detail.eventName: unknown operator "prefx", want one of anything-but, cidr, equals-ignore-case, exists, numeric, prefix, suffix, wildcard
}

func ExampleSet() {
	var patterns []*eventpattern.Pattern
	for _, source := range []string{
		`{"detail": {"eventSource": ["iam.amazonaws.com"], "eventName": ["CreateUser", "CreateAccessKey"]}}`,
		`{"detail": {"eventName": ["ConsoleLogin"]}}`,
		`{"detail": {"userIdentity": {"type": ["Root"]}}}`,
	} {
		p, err := eventpattern.Compile([]byte(source))
		if err != nil {
			fmt.Println(err)
			return
		}
		patterns = append(patterns, p)
	}
	matched, err := eventpattern.NewSet(patterns...).Match([]byte(event))
	fmt.Println(matched, err)
	// Output: [0 2] <nil>
}
