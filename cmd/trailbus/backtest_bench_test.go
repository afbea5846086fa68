//go:build unix

package main

import (
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkBacktest runs the command over log files that it makes, laid out and packed as
// CloudTrail does it, with every rule of the catalogue. max-RSS is what the operating system
// counted for the process: it must not grow with the records.
func BenchmarkBacktest(b *testing.B) {
	binary := filepath.Join(b.TempDir(), "trailbus")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, records := range []int{10_000, 100_000, 400_000} {
		b.Run(fmt.Sprint(records), func(b *testing.B) {
			dir := b.TempDir()
			size := writeLogs(b, dir, records)
			peak, cpu := int64(0), time.Duration(0)
			for b.Loop() {
				command := exec.Command(binary, "backtest", "--json", ".")
				command.Dir = dir
				out, err := command.CombinedOutput()
				if err != nil || !strings.Contains(string(out), fmt.Sprintf(`"records": %d,`, records)) {
					b.Fatalf("%v\n%.2000s", err, out)
				}
				peak = max(peak, command.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
				cpu += command.ProcessState.UserTime() + command.ProcessState.SystemTime()
			}
			if runtime.GOOS != "darwin" { // which counts bytes
				peak *= 1024
			}
			b.ReportMetric(float64(records)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
			b.ReportMetric(cpu.Seconds()/float64(b.N), "CPU-s/op")
			b.ReportMetric(float64(size)/float64(records), "bytes/record")
			b.ReportMetric(float64(peak)/1e6, "max-RSS-MB")
		})
	}
}

// perFile is how many records a log file of a busy account has.
const perFile = 500

// writeLogs writes log files, and gives how many bytes the records have unpacked.
func writeLogs(b *testing.B, root string, records int) (size int) {
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC)
	for file := 0; records > 0; file++ {
		account := fmt.Sprintf("%012d", 111111111111+file%20*101)
		at := start.Add(time.Duration(file) * 7 * 24 * time.Hour / 800)
		dir := filepath.Join(root, "AWSLogs", account, "CloudTrail", "eu-central-1", at.Format("2006/01/02"))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			b.Fatal(err)
		}
		out, err := os.Create(filepath.Join(dir, fmt.Sprintf("%s_CloudTrail_eu-central-1_%s_%016d.json.gz", account, at.Format("20060102T1504Z"), file)))
		if err != nil {
			b.Fatal(err)
		}
		packed := gzip.NewWriter(out)
		io.WriteString(packed, `{"Records":[`)
		for i := range min(perFile, records) {
			if i > 0 {
				io.WriteString(packed, ",")
			}
			n, _ := io.WriteString(packed, madeUp(random, account, at.Add(time.Duration(i)*time.Second/2)))
			size += n
		}
		io.WriteString(packed, `]}`)
		if err := packed.Close(); err != nil {
			b.Fatal(err)
		}
		if err := out.Close(); err != nil {
			b.Fatal(err)
		}
		records -= perFile
	}
	return size
}

// mixture is what a week of an account is made of: mostly reads and what services do among
// themselves, of which no rule wants anything; and the last few, of which rules want some. The
// weights add up to 1,000.
var mixture = []struct {
	weight             int
	source, name, more string
}{
	{170, "ec2", "DescribeInstances", `"requestParameters":{"instancesSet":{},"filterSet":{"items":[{"name":"instance-state-name","valueSet":{"items":[{"value":"running"}]}}]}},"responseElements":null,"readOnly":true`},
	{120, "sts", "AssumeRole", `"requestParameters":{"roleArn":"arn:aws:iam::222222222222:role/worker","roleSessionName":"worker-1","durationSeconds":3600},"responseElements":{"credentials":{"accessKeyId":"ASIAEXAMPLE444444444","sessionToken":"HIDDEN","expiration":"Nov 20, 2026, 9:00:00 AM"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLE5555555555:worker-1","arn":"arn:aws:sts::222222222222:assumed-role/worker/worker-1"}},"readOnly":true,"resources":[{"accountId":"222222222222","type":"AWS::IAM::Role","ARN":"arn:aws:iam::222222222222:role/worker"}]`},
	{140, "kms", "Decrypt", `"requestParameters":{"encryptionContext":{"aws:s3:arn":"arn:aws:s3:::data"},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"},"responseElements":null,"readOnly":true,"resources":[{"accountId":"222222222222","type":"AWS::KMS::Key","ARN":"arn:aws:kms:eu-central-1:222222222222:key/7e57ab1e-0000-4000-8000-00000000000a"}]`},
	{90, "kms", "GenerateDataKey", `"requestParameters":{"keySpec":"AES_256","keyId":"alias/data"},"responseElements":null,"readOnly":true`},
	{80, "logs", "CreateLogStream", `"requestParameters":{"logGroupName":"/aws/lambda/worker","logStreamName":"2026/11/20/[$LATEST]7e57ab1e00004000"},"responseElements":null,"readOnly":false`},
	{70, "s3", "GetBucketAcl", `"requestParameters":{"bucketName":"logs","Host":"logs.s3.eu-central-1.amazonaws.com","acl":""},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"x-amz-id-2":"EXAMPLE"},"readOnly":true`},
	{70, "elasticloadbalancing", "DescribeTargetHealth", `"requestParameters":{"targetGroupArn":"arn:aws:elasticloadbalancing:eu-central-1:222222222222:targetgroup/web/0123456789abcdef"},"responseElements":null,"readOnly":true`},
	{60, "iam", "GetRole", `"requestParameters":{"roleName":"worker"},"responseElements":null,"readOnly":true`},
	{50, "ssm", "UpdateInstanceInformation", `"requestParameters":{"instanceId":"i-0123456789abcdef0","agentVersion":"3.3.1","agentStatus":"Active","platformType":"Linux"},"responseElements":null,"readOnly":false`},
	{50, "dynamodb", "DescribeTable", `"requestParameters":{"tableName":"orders"},"responseElements":null,"readOnly":true,"apiVersion":"2012-08-10"`},
	{30, "ec2", "RunInstances", `"requestParameters":{"instancesSet":{"items":[{"imageId":"ami-0123456789abcdef0","minCount":1,"maxCount":1}]},"instanceType":"m7g.large","monitoring":{"enabled":false}},"responseElements":{"reservationId":"r-0123456789abcdef0","instancesSet":{"items":[{"instanceId":"i-0123456789abcdef0","imageId":"ami-0123456789abcdef0"}]}},"readOnly":false`},
	{30, "lambda", "UpdateFunctionCode20150331v2", `"requestParameters":{"functionName":"worker","dryRun":false,"publish":true},"responseElements":{"functionName":"worker","runtime":"provided.al2023","handler":"bootstrap"},"readOnly":false`},
	{20, "s3", "PutObject", `"requestParameters":{"bucketName":"data","key":"a/b/c"},"responseElements":null,"readOnly":false,"managementEvent":false,"eventCategory":"Data"`},
	{8, "ec2", "DescribeVolumes", `"errorCode":"Client.UnauthorizedOperation","errorMessage":"You are not authorized to perform this operation.","requestParameters":{},"responseElements":null,"readOnly":true`},
	{5, "ec2", "AuthorizeSecurityGroupIngress", `"requestParameters":{"groupId":"sg-0123456789abcdef0","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"ipRanges":{"items":[{"cidrIp":"10.0.0.0/8"}]}}]}},"responseElements":{"_return":true},"readOnly":false`},
	{3, "iam", "AttachRolePolicy", `"requestParameters":{"roleName":"worker","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"},"responseElements":null,"readOnly":false`},
	{2, "iam", "CreateAccessKey", `"requestParameters":{"userName":"backup"},"responseElements":{"accessKey":{"userName":"backup","accessKeyId":"AKIAEXAMPLE7777777777","status":"Active"}},"readOnly":false`},
	{1, "s3", "PutBucketPolicy", `"requestParameters":{"bucketName":"data","bucketPolicy":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::data/*"}]}},"responseElements":null,"readOnly":false`},
	{1, "cloudtrail", "StopLogging", `"requestParameters":{"name":"organization"},"responseElements":null,"readOnly":false`},
}

// madeUp is one record.
func madeUp(random *rand.Rand, account string, at time.Time) string {
	pick, chosen := random.IntN(1000), mixture[0]
	for _, chosen = range mixture {
		if pick -= chosen.weight; pick < 0 {
			break
		}
	}
	role, when := fmt.Sprint("role-", random.IntN(40)), at.Format(time.RFC3339)
	category := `,"managementEvent":true,"eventCategory":"Management"`
	if strings.Contains(chosen.more, "managementEvent") {
		category = ""
	}
	return fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE1111111111:i-%08x","arn":"arn:aws:sts::%s:assumed-role/%s/i-%08x",`+
		`"accountId":"%s","accessKeyId":"ASIAEXAMPLE222222222","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE1111111111",`+
		`"arn":"arn:aws:iam::%s:role/%s","accountId":"%s","userName":"%s"},"attributes":{"creationDate":"%s","mfaAuthenticated":"false"},"ec2RoleDelivery":"2.0"}},`+
		`"eventTime":"%s","eventSource":"%s.amazonaws.com","eventName":"%s","awsRegion":"eu-central-1","sourceIPAddress":"10.%d.%d.%d",`+
		`"userAgent":"aws-sdk-go-v2/1.47.7 ua/2.1 os/linux lang/go#1.26 md/GOOS#linux md/GOARCH#arm64 api/%s","requestID":"%08x-0000-4000-8000-%012x",`+
		`"eventID":"%08x-%04x-4000-8000-%012x","eventType":"AwsApiCall","recipientAccountId":"%s"%s,"tlsDetails":{"tlsVersion":"TLSv1.3",`+
		`"cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"%s.eu-central-1.amazonaws.com"},%s}`,
		random.Uint32(), account, role, random.Uint32(), account, account, role, account, role, when,
		when, chosen.source, chosen.name, random.IntN(256), random.IntN(256), random.IntN(256),
		chosen.source, random.Uint32(), random.Uint64()>>16,
		random.Uint32(), random.IntN(1<<16), random.Uint64()>>16, account, category, chosen.source, chosen.more)
}
