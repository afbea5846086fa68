package deployed

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

const (
	account = "111111111111"
	region  = "eu-central-1"
)

// answer is what an action of AWS's query protocol is answered.
type answer struct {
	status int
	body   string
}

func refusal(code, message string) answer {
	return answer{http.StatusForbidden, "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>" + message + "</Message></Error></ErrorResponse>"}
}

func identity(account string) answer {
	return answer{http.StatusOK, "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::" + account + ":user/alice</Arn><Account>" + account +
		"</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"}
}

func stack(outputs ...string) answer {
	body := "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>TrailbusCentral</StackName><StackStatus>UPDATE_COMPLETE</StackStatus><Outputs>"
	for _, output := range outputs {
		body += "<member><OutputKey>" + output + "</OutputKey><OutputValue>the " + output + "</OutputValue></member>"
	}
	return answer{http.StatusOK, body + "</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"}
}

// standIn is an AWS that answers so, for the default configuration of this process.
func standIn(t *testing.T, answers map[string]answer) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := answers[r.FormValue("Action")]
		if !ok || !strings.Contains(r.Header.Get("Authorization"), "/"+region+"/") {
			a = answer{http.StatusBadRequest, "unexpected: " + r.FormValue("Action") + " " + r.Header.Get("Authorization")}
		}
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(a.status)
		fmt.Fprint(w, a.body)
	}))
	t.Cleanup(server.Close)
	none := filepath.Join(t.TempDir(), "none")
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
		"AWS_CONFIG_FILE": none, "AWS_SHARED_CREDENTIALS_FILE": none, "AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "1", "AWS_REGION": "us-east-1",
		"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "",
		"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1",
	} {
		t.Setenv(name, value)
	}
}

func TestFindReadsTheOutputs(t *testing.T) {
	standIn(t, map[string]answer{"GetCallerIdentity": identity(account), "DescribeStacks": stack(append(Outputs(), "Another")...)})
	c, err := Find(t.Context(), account, region)
	if err != nil {
		t.Fatal(err)
	}
	got := [...]string{c.BusARN, c.ArchiveARN, c.NotifierRuleARN, c.QueueURL, c.DeadLetterQueueURL, c.TableName, c.Config.Region}
	if want := [...]string{"the BusArn", "the ArchiveArn", "the NotifierRuleArn", "the QueueUrl", "the DeadLetterQueueUrl", "the TableName", region}; got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestFindErrorsAreOneLine(t *testing.T) {
	mine := identity(account)
	for name, test := range map[string]struct {
		answers map[string]answer
		want    string
	}{
		"another account": {map[string]answer{"GetCallerIdentity": identity("222222222222")},
			"found AWS credentials of account 222222222222 (arn:aws:iam::222222222222:user/alice), allowed: credentials of the central account 111111111111"},
		"expired": {map[string]answer{"GetCallerIdentity": refusal("ExpiredToken", "The security token included in the request is expired")},
			"asking whose the AWS credentials are: AWS does not take the credentials; they may have expired (ExpiredToken: The security token included in the request is expired)"},
		"no stack": {map[string]answer{"GetCallerIdentity": mine, "DescribeStacks": refusal("ValidationError", "Stack with id TrailbusCentral does not exist")},
			"account 111111111111, eu-central-1: there is no stack TrailbusCentral; is it deployed, and is central of trailbus.yaml right?"},
		"denied": {map[string]answer{"GetCallerIdentity": mine, "DescribeStacks": refusal("AccessDenied", "alice is not authorized")},
			"account 111111111111, eu-central-1: looking for the stack TrailbusCentral: access denied; cloudformation:DescribeStacks is needed (alice is not authorized)"},
		"throttled": {map[string]answer{"GetCallerIdentity": mine, "DescribeStacks": refusal("Throttling", "Rate exceeded")},
			"account 111111111111, eu-central-1: looking for the stack TrailbusCentral: Throttling: Rate exceeded"},
		"an older stack": {map[string]answer{"GetCallerIdentity": mine, "DescribeStacks": stack("BusArn", "QueueUrl", "DeadLetterQueueUrl", "NotifierRuleArn")},
			"account 111111111111, eu-central-1: the stack TrailbusCentral (UPDATE_COMPLETE) has no output ArchiveArn; deploy it with this version of Trailbus"},
	} {
		t.Run(name, func(t *testing.T) {
			standIn(t, test.answers)
			if _, err := Find(t.Context(), account, region); err == nil || err.Error() != test.want {
				t.Errorf("the error is\n%v\nwant\n%s", err, test.want)
			}
		})
	}
	t.Run("no credentials", func(t *testing.T) {
		standIn(t, nil)
		t.Setenv("AWS_ACCESS_KEY_ID", "")
		if _, err := Find(t.Context(), account, region); err == nil || !strings.HasPrefix(err.Error(), "found no AWS credentials, allowed: what the AWS CLI takes") {
			t.Errorf("the error is %v", err)
		}
	})
}
