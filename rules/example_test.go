package rules_test

import (
	"fmt"

	"github.com/trailbus/trailbus/eventpattern"
	"github.com/trailbus/trailbus/rules"
)

const keyMade = `{
  "source": "aws.iam",
  "detail-type": "AWS API Call via CloudTrail",
  "detail": {"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "userIdentity": {"type": "IAMUser", "userName": "ann"}}
}`

// Rules of one's own, as they stand in a file, beside a pack of the catalogue.
func ExampleLoad() {
	mine, err := rules.Load("my-rules.yaml", []byte(`
pack: mine
rules:
  - id: key-made-by-hand
    title: Access key made by hand
    severity: high
    why: A long-lived key is what leaks. Roles and Identity Center need none.
    calls: [iam:CreateAccessKey]
    unless:
      - detail: {userIdentity: {userName: [key-rotation]}}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	cis, err := rules.NewCatalogSet("cis")
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := rules.NewSet(append(cis.Rules(), mine.Rules...)...)
	if err != nil {
		fmt.Println(err)
		return
	}
	matched, err := set.Match([]byte(keyMade))
	for _, rule := range matched {
		fmt.Println(rule.ID, rule.Severity, err)
	}
	// Output: key-made-by-hand high <nil>
}

// All problems of a file come in one error.
func ExampleLoad_error() {
	_, err := rules.Load("my-rules.yaml", []byte("pack: mine\nrules:\n  - {id: a, title: A, severity: urgent, calls: [CreateUser]}\n"))
	fmt.Println(err)
	// Output:
	// my-rules.yaml:3:6: why is missing
	// my-rules.yaml:3:33: unknown severity "urgent", allowed: low, medium, high, critical
	// my-rules.yaml:3:49: found call "CreateUser", allowed: service:Operation as in iam:CreateUser
}

// The rules of the pack tamper go by the names of the stacks. An app that names its stacks
// otherwise says how.
func ExampleNames_Apply() {
	tamper, err := rules.NewCatalogSet("tamper")
	if err != nil {
		fmt.Println(err)
		return
	}
	watched, err := rules.Names{CentralStack: "Audit", ForwarderStack: "AuditForwarder"}.Apply(tamper.Rules())
	if err != nil {
		fmt.Println(err)
		return
	}
	event := []byte(`{"source": "aws.cloudformation", "detail-type": "AWS API Call via CloudTrail", "detail": {"eventSource":
		"cloudformation.amazonaws.com", "eventName": "DeleteStack", "requestParameters": {"stackName": "Audit"}}}`)
	for _, list := range [][]*rules.Rule{tamper.Rules(), watched} {
		set, err := rules.NewSet(list...)
		if err != nil {
			fmt.Println(err)
			return
		}
		matched, err := set.Match(event)
		fmt.Println(len(matched), err)
	}
	// Output:
	// 0 <nil>
	// 1 <nil>
}

// What EventBridge has to forward, in as few patterns as an account's quota for their length
// allows.
func ExampleSet_Forwarding() {
	set, err := rules.NewSet(
		&rules.Rule{ID: "user-made", Title: "User made", Severity: rules.Medium, Why: "It stays.", Calls: []string{"iam:CreateUser"}},
		&rules.Rule{ID: "key-made", Title: "Key made", Severity: rules.High, Why: "It leaks.", Calls: []string{"iam:CreateAccessKey"}},
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	patterns, err := set.Forwarding(eventpattern.DefaultQuota)
	for _, p := range patterns {
		fmt.Println(string(p.Pattern), p.ReadOnly, err)
	}
	// Output: {"detail":{"eventName":["CreateAccessKey","CreateUser"],"eventSource":["iam.amazonaws.com"]},"detail-type":[{"suffix":" via CloudTrail"}],"source":[{"prefix":"aws."}]} false <nil>
}
