package inspect

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/inspect/doctor"
	"github.com/trailbus/trailbus/rules"
)

const (
	centralAccount = "111111111111"
	centralBus     = "arn:aws:events:eu-central-1:111111111111:event-bus/trailbus"
)

// fake is an AWS in which every account and Region has a forwarder that is as it should be: four
// forwarding rules and a heartbeat, as those of the pack recommended. The account is the access
// key, as AssumeRole gives it.
type fake struct {
	*httptest.Server
	// wait is how long each answer takes.
	wait time.Duration
	// throttled says which calls are refused.
	throttled func(call int64) bool
	// denied are the accounts that do not have the role.
	denied map[string]bool
	calls  atomic.Int64
}

func newFake(t testing.TB, wait time.Duration) *fake {
	f := &fake{wait: wait}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// patterns are those of the forwarding rules.
func patterns() []rules.ForwardingPattern {
	var all []rules.ForwardingPattern
	for i := range 4 {
		all = append(all, rules.ForwardingPattern{ID: fmt.Sprint(i), Pattern: fmt.Appendf(nil, `{"detail":{"eventName":["Event%d"]}}`, i), ReadOnly: i > 2})
	}
	return all
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	call := f.calls.Add(1)
	time.Sleep(f.wait)
	// Credential=KEY/DATE/REGION/SERVICE/aws4_request
	scope := strings.Split(strings.SplitN(r.Header.Get("Authorization"), "Credential=", 2)[1], "/")
	account, region := scope[0], scope[2]
	target := r.Header.Get("X-Amz-Target")
	action := target[strings.LastIndex(target, ".")+1:]
	var in struct{ Name, Rule, QueueName string }
	_ = json.Unmarshal(body, &in) // not every protocol is JSON
	form, _ := url.ParseQuery(string(body))
	if f.throttled != nil && f.throttled(call) {
		w.Header().Set("X-Amzn-ErrorType", "ThrottlingException")
		w.WriteHeader(http.StatusBadRequest)
		if form.Get("Action") != "" {
			fmt.Fprint(w, `<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>`)
		} else {
			fmt.Fprint(w, `{"__type":"ThrottlingException","message":"Rate exceeded"}`)
		}
		return
	}
	arn := func(service, resource string) string {
		return "arn:aws:" + service + ":" + region + ":" + account + ":" + resource
	}
	role, queue := "arn:aws:iam::"+account+":role/forwarder-"+region, arn("sqs", "dead")
	answer := func(v any) { _ = json.NewEncoder(w).Encode(v) }
	type object = map[string]any
	switch action {
	case "ListRuleNamesByTarget":
		answer(object{"RuleNames": []string{"0", "1", "2", "3", "beat"}})
	case "DescribeRule":
		rule := object{"Name": in.Name, "Arn": arn("events", "rule/"+in.Name), "State": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}
		if in.Name == "beat" {
			rule["ScheduleExpression"], rule["EventPattern"] = "rate(1 hour)", `{"source":["trailbus.verify"],"detail-type":["Trailbus Verify"]}`
		} else {
			rule["EventPattern"] = `{"detail":{"eventName":["Event` + in.Name + `"]}}`
		}
		answer(rule)
	case "ListTargetsByRule":
		answer(object{"Targets": []object{{"Id": "CentralBus", "Arn": centralBus, "RoleArn": role, "DeadLetterConfig": object{"Arn": queue}}}})
	case "GetQueueUrl":
		answer(object{"QueueUrl": "https://sqs." + region + ".amazonaws.com/" + account + "/" + in.QueueName})
	case "GetQueueAttributes":
		answer(object{"Attributes": object{"QueueArn": queue, "ApproximateNumberOfMessages": "0",
			"Policy": `{"Statement":{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"` + queue + `"}}`}})
	case "DescribeTrails":
		answer(object{"trailList": []object{{"TrailARN": "arn:aws:cloudtrail:us-east-1:" + account + ":trail/all", "HomeRegion": "us-east-1", "IsMultiRegionTrail": true, "IncludeGlobalServiceEvents": true}}})
	case "GetTrailStatus":
		answer(object{"IsLogging": true})
	case "GetEventSelectors":
		answer(object{"EventSelectors": []object{{"ReadWriteType": "All", "IncludeManagementEvents": true}}})
	default:
		f.serveQueryAPIs(w, r, form, account)
	}
}

// serveQueryAPIs answers what has another protocol.
func (f *fake) serveQueryAPIs(w http.ResponseWriter, r *http.Request, form url.Values, account string) {
	policy := func(text string) string { return url.QueryEscape(text) }
	switch action := form.Get("Action"); {
	case strings.HasSuffix(r.URL.Path, "/listRegions"):
		var regions []map[string]string
		for _, region := range regionsOf(17) {
			regions = append(regions, map[string]string{"RegionName": region, "RegionOptStatus": "ENABLED"})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"Regions": regions})
	case action == "AssumeRole":
		account := strings.Split(form.Get("RoleArn"), ":")[4]
		if f.denied[account] {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>you may not</Message></Error></ErrorResponse>`)
			return
		}
		fmt.Fprintf(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>x</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, account)
	case action == "GetRole":
		fmt.Fprintf(w, `<GetRoleResponse><GetRoleResult><Role><AssumeRolePolicyDocument>%s</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>`,
			policy(`{"Statement":{"Effect":"Allow","Principal":{"Service":"events.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"`+account+`"}}}}`))
	case action == "GetRolePolicy":
		fmt.Fprintf(w, `<GetRolePolicyResponse><GetRolePolicyResult><PolicyDocument>%s</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>`,
			policy(`{"Statement":{"Effect":"Allow","Action":"events:PutEvents","Resource":"`+centralBus+`"}}`))
	default:
		http.Error(w, "unexpected: "+r.URL.String(), http.StatusBadRequest)
	}
}

func regionsOf(n int) []string {
	return strings.Fields("us-east-1 us-east-2 us-west-1 us-west-2 ap-south-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1 eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1")[:n]
}

// forwarderChecks is one at many accounts, in some Regions of each.
func (f *fake) forwarderChecks(accounts, regions int) *ForwarderChecks {
	l := &ForwarderChecks{Global: "us-east-1", Watch: &contract.HeartbeatWatch{Period: time.Hour}, Known: map[string]contract.AccountHeartbeats{}, Now: time.Now(),
		Wanted: &doctor.Wanted{CentralBus: centralBus, Patterns: patterns(), Heartbeat: time.Hour},
		Sessions: NewSessions(aws.Config{Region: "eu-central-1", BaseEndpoint: &f.URL, Credentials: credentials.NewStaticCredentialsProvider(centralAccount, "x", "")},
			centralAccount, "aws", "role")}
	for i := range accounts {
		id := fmt.Sprintf("%012d", 111111111111+i)
		l.Accounts = append(l.Accounts, doctor.Account{ID: id, Regions: regionsOf(regions), Filtered: true})
		l.Known[id] = contract.AccountHeartbeats{}
		for _, region := range regionsOf(regions) {
			l.Known[id][region] = contract.RegionHeartbeat{LastHeartbeat: l.Now.Unix()}
		}
	}
	return l
}
