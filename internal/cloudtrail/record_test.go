package cloudtrail

import (
	"fmt"
	"reflect"
	"testing"
	"time"
)

// record decodes a record.
func record(t testing.TB, s string) *Record {
	t.Helper()
	e, err := FromRecord([]byte(s))
	if err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return &e.Record
}

func TestRecordShapes(t *testing.T) {
	tests := map[string]struct {
		record string
		check  func(*Record) any
		want   any
	}{
		"user agent list":       {`"userAgent":["a","b",7,["c"]]`, func(r *Record) any { return r.UserAgent }, "a, b, 7"},
		"user agent null":       {`"userAgent":null`, func(r *Record) any { return r.UserAgent }, ""},
		"user agent object":     {`"userAgent":{"a":1}`, func(r *Record) any { return r.UserAgent }, ""},
		"readOnly True":         {`"readOnly":"True"`, func(r *Record) any { return r.ReadOnly }, true},
		"readOnly true":         {`"readOnly":true`, func(r *Record) any { return r.ReadOnly }, true},
		"readOnly false":        {`"readOnly":"false"`, func(r *Record) any { return r.ReadOnly }, false},
		"readOnly a number":     {`"readOnly":1`, func(r *Record) any { return r.ReadOnly }, false},
		"from the console":      {`"sessionCredentialFromConsole":"true"`, func(r *Record) any { return r.FromConsole }, true},
		"account a float":       {`"recipientAccountId":123123123123.0`, func(r *Record) any { return r.RecipientAccount }, "123123123123"},
		"account 1e11":          {`"recipientAccountId":1.23123123123e11`, func(r *Record) any { return r.RecipientAccount }, "123123123123"},
		"account without zeros": {`"recipientAccountId":1234567890`, func(r *Record) any { return r.RecipientAccount }, "001234567890"},
		"account no account":    {`"recipientAccountId":1.5`, func(r *Record) any { return r.RecipientAccount }, "1.5"},
		"account huge":          {`"recipientAccountId":1e999999999`, func(r *Record) any { return r.RecipientAccount }, "1e999999999"},
		"account tiny":          {`"recipientAccountId":1e-999999999`, func(r *Record) any { return r.RecipientAccount }, "1e-999999999"},
		"account negative":      {`"recipientAccountId":-5`, func(r *Record) any { return r.RecipientAccount }, "-5"},
		"account true":          {`"recipientAccountId":true`, func(r *Record) any { return r.RecipientAccount }, "true"},
		"parameters null":       {`"requestParameters":null`, func(r *Record) any { return r.RequestParameters }, nil},
		"parameters \"null\"":   {`"requestParameters":"null"`, func(r *Record) any { return r.RequestParameters }, nil},
		"parameters a string":   {`"requestParameters":"x"`, func(r *Record) any { return r.RequestParameters }, "x"},
		"parameters empty":      {`"requestParameters":{}`, func(r *Record) any { return r.RequestParameters }, map[string]any{}},
		"time":                  {`"eventTime":"2026-03-14T09:26:53+01:00"`, func(r *Record) any { return r.Time }, time.Date(2026, 3, 14, 8, 26, 53, 0, time.UTC)},
		"time no time":          {`"eventTime":"yesterday"`, func(r *Record) any { return r.Time }, time.Time{}},
		"time in seconds":       {`"eventTime":1773480413.0`, func(r *Record) any { return r.Time }, time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)},
		"time in milliseconds":  {`"eventTime":1773480413000`, func(r *Record) any { return r.Time }, time.Date(2026, 3, 14, 9, 26, 53, 0, time.UTC)},
		"time far off":          {`"eventTime":1e300`, func(r *Record) any { return r.Time }, time.Time{}},
		"resources":             {`"resources":[{"ARN":"a","accountId":123123123123.0,"type":"t"},null,7,{"arn":"b"}]`, func(r *Record) any { return r.ResourceARNs }, []string{"a", "b"}},
		"resources null":        {`"resources":null`, func(r *Record) any { return r.ResourceARNs }, []string(nil)},
		"addendum":              {`"addendum":{"reason":"UPDATED_DATA","originalEventID":"o"}`, func(r *Record) any { return *r.Addendum }, Addendum{"UPDATED_DATA", "o"}},
		"no addendum":           {`"addendum":null`, func(r *Record) any { return r.Addendum }, (*Addendum)(nil)},
		"identity null":         {`"userIdentity":null`, func(r *Record) any { return r.Identity }, Identity{}},
		"identity empty":        {`"userIdentity":{}`, func(r *Record) any { return r.Identity }, Identity{}},
		"identity a string":     {`"userIdentity":"x"`, func(r *Record) any { return r.Identity }, Identity{}},
		"identity odd":          {`"userIdentity":{"sessionContext":[],"onBehalfOf":7,"type":null}`, func(r *Record) any { return r.Identity }, Identity{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := record(t, `{"eventName":"X",`+test.record+`}`)
			if got := test.check(r); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %#v, want %#v", got, test.want)
			}
		})
	}
}

func TestIdentity(t *testing.T) {
	r := record(t, `{"userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:ci","arn":"arn:aws:sts::111111111111:assumed-role/deploy/ci","accountId":"111111111111",
		"accessKeyId":"ASIAEXAMPLE222222222","invokedBy":"cloudformation.amazonaws.com","identityProvider":"idp","credentialId":"c-1",
		"onBehalfOf":{"userId":"u-1","identityStoreArn":"arn:aws:identitystore::111111111111:identitystore/d-1"},
		"sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::111111111111:role/deploy","userName":"deploy"},"sourceIdentity":"alice",
		"attributes":{"mfaAuthenticated":"true"},"webIdFederationData":{"federatedProvider":"arn:aws:iam::111111111111:oidc-provider/x"}}}}`)
	want := Identity{Type: "AssumedRole", PrincipalID: "AROAEXAMPLE:ci", ARN: "arn:aws:sts::111111111111:assumed-role/deploy/ci", AccountID: "111111111111",
		InvokedBy: "cloudformation.amazonaws.com", Provider: "idp", OnBehalfOf: "u-1", IssuerName: "deploy", IssuerType: "Role",
		IssuerARN: "arn:aws:iam::111111111111:role/deploy", SessionName: "ci", SourceIdentity: "alice",
		FederatedProvider: "arn:aws:iam::111111111111:oidc-provider/x"}
	if r.Identity != want {
		t.Errorf("got  %+v\nwant %+v", r.Identity, want)
	}
}

func TestIssuerAndSession(t *testing.T) {
	tests := map[string]struct{ identity, issuer, session, set string }{
		"by ARN":          {`{"arn":"arn:aws:sts::1:assumed-role/web/i-1"}`, "web", "i-1", ""},
		"by principal id": {`{"principalId":"AROAEXAMPLE:i-1","arn":""}`, "", "i-1", ""},
		"by issuer's ARN": {`{"sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::1:role/path/to/web"}}}`, "web", "", ""},
		"by role's ARN":   {`{"arn":"arn:aws:iam::1:role/web"}`, "web", "", ""},
		"empty issuer":    {`{"arn":"arn:aws:sts::1:assumed-role/web/x","sessionContext":{"sessionIssuer":{}}}`, "web", "x", ""},
		"ARN cut off":     {`{"arn":"arn:aws:sts::1:assumed-role/web"}`, "web", "", ""},
		"a user":          {`{"principalId":"AIDAEXAMPLE:x","arn":"arn:aws:iam::1:user/bob"}`, "", "", ""},
		"permission set":  {`{"arn":"arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/bob@x"}`, "AWSReservedSSO_Admin_0123456789abcdef", "bob@x", "Admin"},
		"set with _":      {`{"arn":"arn:aws:sts::1:assumed-role/AWSReservedSSO_Read_Only_0123456789abcdef/bob"}`, "AWSReservedSSO_Read_Only_0123456789abcdef", "bob", "Read_Only"},
		"set, with path": {`{"sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::1:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Admin_01","userName":"AWSReservedSSO_Admin_01"}}}`,
			"AWSReservedSSO_Admin_01", "", "Admin"},
		"named like a set": {`{"sessionContext":{"sessionIssuer":{"arn":"arn:aws:iam::1:role/AWSReservedSSO_Admin_01","userName":"AWSReservedSSO_Admin_01"}}}`,
			"AWSReservedSSO_Admin_01", "", ""},
		"set, no hash": {`{"arn":"arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin/bob"}`, "AWSReservedSSO_Admin", "bob", "Admin"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			i := record(t, fmt.Sprintf(`{"userIdentity":%s}`, test.identity)).Identity
			if i.IssuerName != test.issuer || i.SessionName != test.session || i.PermissionSet() != test.set {
				t.Errorf("got %q, %q, %q, want %q, %q, %q", i.IssuerName, i.SessionName, i.PermissionSet(), test.issuer, test.session, test.set)
			}
		})
	}
}

func TestOutcome(t *testing.T) {
	tests := map[string]struct {
		record         string
		failed, denied bool
	}{
		"success":                      {`"responseElements":{"ConsoleLogin":"Success"}`, false, false},
		"nothing":                      {`"responseElements":null`, false, false},
		"code 200":                     {`"errorCode":"200","errorMessage":"OK"`, false, false},
		"code 200 as a number":         {`"errorCode":200`, false, false},
		"code null":                    {`"errorCode":null,"errorMessage":null`, false, false},
		"AccessDenied":                 {`"errorCode":"AccessDenied"`, true, true},
		"AccessDeniedException":        {`"errorCode":"AccessDeniedException"`, true, true},
		"Client.UnauthorizedOperation": {`"errorCode":"Client.UnauthorizedOperation"`, true, true},
		"UnauthorizedOperation":        {`"errorCode":"UnauthorizedOperation"`, true, true},
		"VpceAccessDenied":             {`"errorCode":"VpceAccessDenied"`, true, true},
		"NotAuthorized":                {`"errorCode":"NotAuthorized"`, true, true},
		"AuthorizationError":           {`"errorCode":"AuthorizationErrorException"`, true, true},
		"Forbidden":                    {`"errorCode":"ForbiddenException"`, true, true},
		"another":                      {`"errorCode":"ThrottlingException","errorMessage":"Rate exceeded"`, true, false},
		"failed sign-in":               {`"errorMessage":"Failed authentication","responseElements":{"ConsoleLogin":"Failure"}`, true, false},
		"failed sign-in, bare":         {`"responseElements":{"ConsoleLogin":"Failure"}`, true, false},
		"failed, elsewhere":            {`"serviceEventDetails":{"ConsoleLogin":"Failure"}`, true, false},
		"another key's Failure":        {`"responseElements":{"Other":"Failure"}`, false, false},
		"code in the response":         {`"responseElements":{"errorCode":"AccessDenied"}`, true, true},
		"200 in the response":          {`"responseElements":{"errorCode":"200"}`, false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := record(t, `{"eventName":"ConsoleLogin",`+test.record+`}`)
			if r.Failed() != test.failed || r.Denied() != test.denied {
				t.Errorf("failed %v, denied %v, want %v, %v", r.Failed(), r.Denied(), test.failed, test.denied)
			}
		})
	}
	if (&Record{ResponseElements: map[string]any{"": "Failure"}}).Failed() {
		t.Error("a record without a name fails by a key without a name")
	}
}
