package message

import (
	"fmt"
	"testing"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// event makes an event of a record's text, in account 111111111111.
func event(t testing.TB, record string) *cloudtrail.Event {
	t.Helper()
	e, err := cloudtrail.FromRecord([]byte(record))
	if err != nil {
		t.Fatalf("%v in %s", err, record)
	}
	return e
}

func TestWho(t *testing.T) {
	tests := map[string]struct{ identity, want string }{
		"root":                     {`{"type":"Root","accountId":"111111111111","arn":"arn:aws:iam::111111111111:root"}`, "root user"},
		"root by a service":        {`{"type":"Root","accountId":"111111111111","invokedBy":"sso.amazonaws.com"}`, "Identity Center on behalf of root user"},
		"root of another account":  {`{"type":"Root","accountId":"222222222222"}`, "root user from account sandbox (222222222222)"},
		"user":                     {`{"type":"IAMUser","userName":"bob","accountId":"111111111111"}`, "IAM user bob"},
		"user by ARN":              {`{"type":"IAMUser","arn":"arn:aws:iam::111111111111:user/team/bob"}`, "IAM user bob"},
		"user by id":               {`{"type":"IAMUser","arn":"","principalId":"AIDAEXAMPLE"}`, "IAM user AIDAEXAMPLE"},
		"user without anything":    {`{"type":"IAMUser"}`, "IAM user without a name"},
		"user with a hidden name":  {`{"type":"IAMUser","userName":"HIDDEN_DUE_TO_SECURITY_REASONS"}`, "somebody with an unknown user name"},
		"user with null issuer":    {`{"type":"IAMUser","userName":"bob","sessionContext":{"sessionIssuer":{}}}`, "IAM user bob"},
		"external user":            {`{"type":"IAMUser","userName":"eve","accountId":"333333333333"}`, "IAM user eve from account 333333333333 (not in trailbus.yaml)"},
		"user's account a float":   {`{"type":"IAMUser","userName":"bob","accountId":111111111111.0}`, "IAM user bob"},
		"role":                     {`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/deploy-role/ci-run-1234","sessionContext":{"sessionIssuer":{"userName":"deploy-role"}}}`, "deploy-role as ci-run-1234"},
		"role without issuer":      {`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/deploy-role/ci-run-1234"}`, "deploy-role as ci-run-1234"},
		"role by principal id":     {`{"type":"AssumedRole","principalId":"AROAEXAMPLE:ci-run-1234"}`, "a role as ci-run-1234"},
		"role without anything":    {`{"type":"AssumedRole"}`, "a role"},
		"role of an instance":      {`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/web/i-0abc1234def567890"}`, "role web on instance i-0abc1234def567890"},
		"role with its own name":   {`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/web/web"}`, "role web"},
		"role with its source":     {`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/web/x","sessionContext":{"sourceIdentity":"alice"}}`, "web as x (source identity alice)"},
		"role by CloudFormation":   {`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/web/x","invokedBy":"cloudformation.amazonaws.com"}`, "CloudFormation on behalf of web as x"},
		"role by AWS":              {`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/web/x","invokedBy":"AWS Internal"}`, "AWS on behalf of web as x"},
		"role of the CDK":          {`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/cdk-hnb659fds-cfn-exec-role-111111111111-eu-west-1/AWSCloudFormation"}`, "CloudFormation (cdk exec role)"},
		"role of the CDK, invoked": {`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/cdk-hnb659fds-cfn-exec-role-111111111111-eu-west-1/AWSCloudFormation","invokedBy":"cloudformation.amazonaws.com"}`, "CloudFormation (cdk exec role)"},
		"role of the CDK, misused": {`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/cdk-hnb659fds-cfn-exec-role-111111111111-eu-west-1/mallory"}`, "cdk-hnb659fds-cfn-exec-role-111111111111-eu-west-1 as mallory"},
		"service-linked role":      {`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/AWSServiceRoleForAutoScaling/AutoScaling","invokedBy":"autoscaling.amazonaws.com"}`, "Auto Scaling (AWSServiceRoleForAutoScaling)"},
		"role of another account":  {`{"type":"AssumedRole","arn":"arn:aws:sts::222222222222:assumed-role/audit/nightly","accountId":"222222222222"}`, "audit as nightly from account sandbox (222222222222)"},
		"Identity Center":          {`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/alice","sessionContext":{"sessionIssuer":{"userName":"AWSReservedSSO_AdministratorAccess_0123456789abcdef"}}}`, "alice (AdministratorAccess, Identity Center)"},
		"Identity Center, _ in it": {`{"type":"AssumedRole","arn":"arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Read_Only_0123456789abcdef/alice"}`, "alice (Read_Only, Identity Center)"},
		"bare role":                {`{"type":"Role","arn":"arn:aws:iam::111111111111:role/path/web"}`, "role web"},
		"federated user":           {`{"type":"FederatedUser","arn":"arn:aws:sts::111111111111:federated-user/mary","sessionContext":{"sessionIssuer":{"type":"IAMUser","userName":"broker"}}}`, "federated user mary of IAM user broker"},
		"federated user of root":   {`{"type":"FederatedUser","principalId":"111111111111:mary","sessionContext":{"sessionIssuer":{"type":"Root"}}}`, "federated user mary of the root user"},
		"directory user":           {`{"type":"Directory","userName":"mary"}`, "directory user mary"},
		"account, ours":            {`{"type":"AWSAccount","accountId":"222222222222","principalId":"AIDAEXAMPLE"}`, "account sandbox (222222222222)"},
		"external account":         {`{"type":"AWSAccount","accountId":"333333333333","principalId":"AIDAEXAMPLE"}`, "account 333333333333 (not in trailbus.yaml)"},
		"account with a session":   {`{"type":"AWSAccount","accountId":"333333333333","principalId":"AROAEXAMPLE:scan"}`, "scan from account 333333333333 (not in trailbus.yaml)"},
		"account unknown":          {`{"type":"AWSAccount","principalId":"AIDAEXAMPLE"}`, "an unknown account"},
		"service":                  {`{"type":"AWSService","invokedBy":"config.amazonaws.com"}`, "AWS Config"},
		"service in a Region":      {`{"type":"AWSService","invokedBy":"states.eu-west-1.amazonaws.com"}`, "Step Functions"},
		"service unknown to us":    {`{"type":"AWSService","invokedBy":"brandnew.amazonaws.com"}`, "brandnew"},
		"service without a name":   {`{"type":"AWSService"}`, "an AWS service"},
		"Identity Center user":     {`{"type":"IdentityCenterUser","onBehalfOf":{"userId":"c3a4-5678","identityStoreArn":"arn:aws:identitystore::111111111111:identitystore/d-1"},"credentialId":"x"}`, "Identity Center user c3a4-5678"},
		"Identity Center, by name": {`{"type":"IdentityCenterUser","userName":"alice","onBehalfOf":{"userId":"c3a4"}}`, "alice (Identity Center)"},
		"Identity Center, Unknown": {`{"type":"Unknown","onBehalfOf":{"userId":"c3a4-5678"}}`, "Identity Center user c3a4-5678"},
		"SAML user":                {`{"type":"SAMLUser","userName":"mary","principalId":"x:mary","identityProvider":"arn:aws:iam::111111111111:saml-provider/okta"}`, "SAML user mary (via okta)"},
		"web identity user":        {`{"type":"WebIdentityUser","principalId":"accounts.google.com:app:42","userName":"42","identityProvider":"accounts.google.com"}`, "web identity user 42 (via accounts.google.com)"},
		"OIDC of GitHub":           {`{"type":"WebIdentityUser","userName":"repo:org/app:ref:refs/heads/main","identityProvider":"arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}`, "web identity user repo:org/app:ref:refs/heads/main (via token.actions.githubusercontent.com)"},
		"a type of tomorrow":       {`{"type":"Robot","userName":"r2d2"}`, "Robot r2d2"},
		"Unknown":                  {`{"type":"Unknown","principalId":"someone"}`, "someone"},
		"no type but an ARN":       {`{"arn":"arn:aws:iam::111111111111:user/bob"}`, "bob"},
		"AWS alone":                {`{"invokedBy":"AWS Internal"}`, "AWS"},
		"a service alone":          {`{"invokedBy":"kms.amazonaws.com"}`, "KMS"},
		"empty":                    {`{}`, "an unknown caller"},
		"null":                     {`null`, "an unknown caller"},
		"a string":                 {`"bob"`, "an unknown caller"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := event(t, fmt.Sprintf(`{"eventName":"X","recipientAccountId":"111111111111","userIdentity":%s}`, test.identity))
			if got := newIdentityFormatter(e, names).who(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// Without names of accounts, no account is called external.
func TestWhoWithoutAccounts(t *testing.T) {
	e := event(t, `{"eventName":"X","recipientAccountId":"111111111111","userIdentity":{"type":"AWSAccount","accountId":"333333333333"}}`)
	if got, want := newIdentityFormatter(e, nil).who(), "account 333333333333"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhoOfServiceEvents(t *testing.T) {
	e := event(t, `{"eventName":"RotateKey","eventSource":"kms.amazonaws.com","eventType":"AwsServiceEvent","userIdentity":{"invokedBy":"AWS Internal"}}`)
	if got, want := newIdentityFormatter(e, nil).who(), "KMS"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	e = event(t, `{"eventType":"AwsCloudTrailInsight","insightDetails":{"eventName":"RunInstances"}}`)
	if got, want := newIdentityFormatter(e, nil).who(), "CloudTrail Insights"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhere(t *testing.T) {
	tests := map[string]struct{ record, want string }{
		"name and Region": {`{"eventName":"X","recipientAccountId":"111111111111","awsRegion":"eu-west-1"}`, "prod (111111111111), eu-west-1"},
		"no name":         {`{"eventName":"X","recipientAccountId":"333333333333","awsRegion":"eu-west-1"}`, "333333333333, eu-west-1"},
		"caller's":        {`{"eventName":"X","userIdentity":{"accountId":"222222222222"}}`, "sandbox (222222222222)"},
		"Region alone":    {`{"eventName":"X","awsRegion":"eu-west-1"}`, "eu-west-1"},
		"nothing":         {`{"eventName":"X"}`, "unknown account and Region"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := newIdentityFormatter(event(t, test.record), names).where(); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
