package eventpattern

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// cloudTrailEvent is an API call as EventBridge delivers it: 2 KB, with the parts that CloudTrail's
// records have.
const cloudTrailEvent = `{
  "version": "0",
  "id": "0b1f4f2e-2f0e-4a53-9f5e-8f1b0d1a7c11",
  "detail-type": "AWS API Call via CloudTrail",
  "source": "aws.iam",
  "account": "111122223333",
  "time": "2026-03-14T09:26:53Z",
  "region": "us-east-1",
  "resources": [],
  "detail": {
    "eventVersion": "1.10",
    "userIdentity": {
      "type": "AssumedRole",
      "principalId": "AROAEXAMPLEEXAMPLE123:deploy@example.com",
      "arn": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/deploy@example.com",
      "accountId": "111122223333",
      "accessKeyId": "ASIAEXAMPLEEXAMPLE12",
      "sessionContext": {
        "sessionIssuer": {
          "type": "Role",
          "principalId": "AROAEXAMPLEEXAMPLE123",
          "arn": "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_AdministratorAccess_0123456789abcdef",
          "accountId": "111122223333",
          "userName": "AWSReservedSSO_AdministratorAccess_0123456789abcdef"
        },
        "attributes": {"creationDate": "2026-03-14T08:59:01Z", "mfaAuthenticated": "false"}
      }
    },
    "eventTime": "2026-03-14T09:26:53Z",
    "eventSource": "iam.amazonaws.com",
    "eventName": "AttachUserPolicy",
    "awsRegion": "us-east-1",
    "sourceIPAddress": "198.51.100.17",
    "userAgent": "aws-cli/2.27.1 md/awscrt#0.26.1 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.2",
    "requestParameters": {
      "userName": "build-\"agent\"",
      "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"
    },
    "responseElements": null,
    "requestID": "5d0c9c52-0d5a-4b47-8a2b-3b6a1d9a3a11",
    "eventID": "c3c1f0a5-9a44-4d3c-8a63-7d9d7f0b0c22",
    "readOnly": false,
    "eventType": "AwsApiCall",
    "managementEvent": true,
    "recipientAccountId": "111122223333",
    "eventCategory": "Management",
    "tlsDetails": {
      "tlsVersion": "TLSv1.3",
      "cipherSuite": "TLS_AES_128_GCM_SHA256",
      "clientProvidedHostHeader": "iam.amazonaws.com"
    },
    "sessionCredentialFromConsole": "true"
  }
}`

// services and verbs make up CloudTrail patterns of the kinds that detection rules have.
var (
	services = []string{
		"iam", "sts", "kms", "s3", "ec2", "rds", "lambda", "eks", "ecs", "ecr", "cloudtrail", "config", "guardduty",
		"securityhub", "organizations", "secretsmanager", "ssm", "route53", "cloudfront", "elasticloadbalancing",
		"logs", "events", "sns", "sqs", "dynamodb", "redshift", "glue", "athena", "bedrock", "sso",
	}
	things = []string{
		"UserPolicy", "RolePolicy", "AccessKey", "LoginProfile", "Key", "BucketPolicy", "SecurityGroup", "Snapshot",
		"Function", "Cluster", "Trail", "Detector", "Member", "Secret", "Document", "HostedZone", "Distribution",
	}
)

// cloudTrailPattern makes the i-th of any number of patterns, no two of them alike.
func cloudTrailPattern(i int) string {
	service := services[i%len(services)]
	if round := i / len(services); round >= len(things) {
		service += fmt.Sprint(round)
	}
	thing := things[i/len(services)%len(things)]
	detail := fmt.Sprintf(`"eventSource": ["%s.amazonaws.com"], `, service)
	switch i % 6 {
	case 0, 1:
		detail += fmt.Sprintf(`"eventName": ["Create%[1]s", "Put%[1]s", "Attach%[1]s", "Update%[1]s"]`, thing)
	case 2:
		detail += fmt.Sprintf(`"eventName": [{"prefix": "Delete%[1]s"}, {"prefix": "Detach%[1]s"}], "errorCode": [{"exists": false}]`, thing)
	case 3:
		detail += fmt.Sprintf(`"eventName": [{"suffix": "%s"}], "userIdentity": {"type": ["Root", "IAMUser"]}`, thing)
	case 4:
		detail += fmt.Sprintf(`"eventName": ["Delete%s"], "sourceIPAddress": [{"anything-but": {"suffix": ".amazonaws.com"}}]`, thing)
	case 5:
		detail += fmt.Sprintf(`"eventName": ["Get%s"], "errorCode": ["AccessDenied", {"suffix": "UnauthorizedOperation"}],
			"userIdentity": {"arn": [{"anything-but": {"wildcard": "*:assumed-role/AWSServiceRole*"}}]}`, thing)
	}
	return fmt.Sprintf(`{"source": [{"prefix": "aws."}], "detail-type": ["AWS API Call via CloudTrail"], "detail": {%s}}`, detail)
}

func cloudTrailPatterns(tb testing.TB, n int) []*Pattern {
	tb.Helper()
	patterns := make([]*Pattern, n)
	for i := range patterns {
		var err error
		if patterns[i], err = Compile([]byte(cloudTrailPattern(i))); err != nil {
			tb.Fatal(err)
		}
	}
	return patterns
}

// TestBenchmarkIsFair keeps the benchmark from measuring nothing: the event has its size, and
// patterns match it.
func TestBenchmarkIsFair(t *testing.T) {
	if n := len(cloudTrailEvent); n < 2000 || n > 2600 {
		t.Errorf("event has %d bytes, want about 2 KB", n)
	}
	different := map[string]bool{}
	for i := range 1000 {
		different[cloudTrailPattern(i)] = true
	}
	if len(different) != 1000 {
		t.Errorf("%d different patterns, want 1,000", len(different))
	}
	for _, n := range []int{10, 100, 150, 1000} {
		matched, err := NewSet(cloudTrailPatterns(t, n)...).Match([]byte(cloudTrailEvent))
		if err != nil {
			t.Fatal(err)
		}
		if len(matched) == 0 || matched[0] != 0 {
			t.Errorf("of %d patterns %v match, want the first among them", n, matched)
		}
	}
}

func BenchmarkSet(b *testing.B) {
	for _, n := range []int{1, 10, 100, 150, 1000} {
		set := NewSet(cloudTrailPatterns(b, n)...)
		event := []byte(cloudTrailEvent)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if matched, err := set.Match(event); err != nil || len(matched) == 0 {
					b.Fatal(matched, err)
				}
			}
		})
	}
}

// BenchmarkAlone is what a Set saves: the same patterns one by one.
func BenchmarkAlone(b *testing.B) {
	for _, n := range []int{1, 10, 100, 150, 1000} {
		patterns := cloudTrailPatterns(b, n)
		event := []byte(cloudTrailEvent)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				found := 0
				for _, p := range patterns {
					ok, err := p.Matches(event)
					if err != nil {
						b.Fatal(err)
					}
					if ok {
						found++
					}
				}
				if found == 0 {
					b.Fatal("none matches")
				}
			}
		})
	}
}

// BenchmarkSetArrays is the case with the fallback: fields in the same array of objects.
func BenchmarkSetArrays(b *testing.B) {
	var items strings.Builder
	for i := range 20 {
		fmt.Fprintf(&items, `{"fromPort": %d, "toPort": %d, "cidrIp": "10.0.%d.0/24"},`, i, i, i)
	}
	event := []byte(strings.Replace(cloudTrailEvent, `"policyArn"`,
		`"items": [`+items.String()+`{"fromPort": 22, "cidrIp": "0.0.0.0/0"}], "policyArn"`, 1))
	p, err := Compile([]byte(`{"detail": {"requestParameters": {"items": {"fromPort": [22, 3389], "cidrIp": ["0.0.0.0/0"]}}}}`))
	if err != nil {
		b.Fatal(err)
	}
	set := NewSet(append(cloudTrailPatterns(b, 150), p)...)
	b.ReportAllocs()
	for b.Loop() {
		if matched, err := set.Match(event); err != nil || len(matched) != 2 {
			b.Fatal(matched, err)
		}
	}
}

// TestSetIsWorthIt holds the reason why there is a Set: at 150 patterns it must beat them one by
// one by ten times.
func TestSetIsWorthIt(t *testing.T) {
	patterns := cloudTrailPatterns(t, 150)
	set := NewSet(patterns...)
	event := []byte(cloudTrailEvent)
	best := func(match func()) time.Duration {
		least := time.Hour
		for range 20 { // the least, since other processes only ever add to it
			start := time.Now()
			match()
			least = min(least, time.Since(start))
		}
		return least
	}
	together := best(func() {
		if matched, err := set.Match(event); err != nil || len(matched) == 0 {
			t.Fatal(matched, err)
		}
	})
	alone := best(func() {
		for _, p := range patterns {
			if _, err := p.Matches(event); err != nil {
				t.Fatal(err)
			}
		}
	})
	if alone < 10*together {
		t.Errorf("150 patterns take %v alone and %v in a Set, want ten times less", alone, together)
	}
	t.Logf("150 patterns take %v alone and %v in a Set", alone, together)
}
