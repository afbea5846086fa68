package message

import (
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

func TestPrincipal(t *testing.T) {
	names := map[string]string{"222222222222": "production"}
	for identity, want := range map[string]string{
		`{"type":"Root","accountId":"222222222222"}`:                                                                                                                          "root user, account production (222222222222)",
		`{"type":"IAMUser","userName":"bob","accountId":"222222222222"}`:                                                                                                      "IAM user bob, account production (222222222222)",
		`{"type":"AssumedRole","arn":"arn:aws:sts::222222222222:assumed-role/deploy/i-0123","accountId":"222222222222"}`:                                                      "role deploy, account production (222222222222)",
		`{"type":"AssumedRole","arn":"arn:aws:sts::222222222222:assumed-role/AWSReservedSSO_Admin_a1b2/alice","accountId":"222222222222"}`:                                    "alice (Admin, Identity Center), account production (222222222222)",
		`{"type":"AssumedRole","arn":"arn:aws:sts::333333333333:assumed-role/cdk-x-cfn-exec-role-1/y","accountId":"333333333333","invokedBy":"cloudformation.amazonaws.com"}`: "CloudFormation on behalf of role cdk-x-cfn-exec-role-1, account 333333333333 (not in trailbus.yaml)",
		`{"type":"AWSAccount","accountId":"333333333333"}`:                                                                                                                    "account 333333333333 (not in trailbus.yaml)",
		`{"type":"AWSService","invokedBy":"ecs.amazonaws.com"}`:                                                                                                               "ECS",
		`{"type":"SAMLUser","userName":"e\u001b[31m\u202evil\nx"}`:                                                                                                            "SAML user e\ufffd[31m\ufffdvil x",
		`null`: unknownCaller,
	} {
		e, err := cloudtrail.FromRecord([]byte(`{"eventName":"X","eventSource":"ec2.amazonaws.com","recipientAccountId":"111111111111","userIdentity":` + identity + `}`))
		if err != nil {
			t.Fatal(err)
		}
		before := e.Record.Identity
		if got := Principal(e, names); got != want {
			t.Errorf("%s\ngot  %q\nwant %q", identity, got, want)
		}
		if e.Record.Identity != before || e.Account != "111111111111" {
			t.Errorf("%s: the event was changed", identity)
		}
	}
	e := &cloudtrail.Event{}
	e.Record.Identity = cloudtrail.Identity{Type: "IAMUser", UserName: strings.Repeat("x", 500)}
	if got := Principal(e, nil); len(got) > maxPrincipal+len("…") || !strings.HasSuffix(got, "…") {
		t.Errorf("a long name is %q", got)
	}
}
