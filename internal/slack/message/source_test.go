package message

import (
	"testing"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

func TestSource(t *testing.T) {
	tests := map[string]struct {
		record cloudtrail.Record
		want   string
	}{
		"address":       {cloudtrail.Record{SourceIP: "203.0.113.7"}, "203.0.113.7"},
		"two addresses": {cloudtrail.Record{SourceIP: "203.0.113.7, 10.0.0.1"}, "203.0.113.7, 10.0.0.1"},
		"service":       {cloudtrail.Record{SourceIP: "cloudformation.amazonaws.com"}, "CloudFormation"},
		"AWS":           {cloudtrail.Record{SourceIP: "AWS Internal"}, "AWS Internal"},
		"endpoint":      {cloudtrail.Record{SourceIP: "10.0.0.1", VPCEndpointID: "vpce-1"}, "10.0.0.1 through vpce-1"},
		"none":          {cloudtrail.Record{}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := source(&test.record); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestAgent(t *testing.T) {
	tests := []struct {
		userAgent string
		console   bool
		want      string
	}{
		{"", false, ""},
		{"console.amazonaws.com", false, "console"},
		{"console.ec2.amazonaws.com", false, "console"},
		{"signin.amazonaws.com", false, "console"},
		{"[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11.1030 Linux/5.4.196]", false, "AWS Internal"},
		{"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/130.0", false, "browser"},
		{"Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/130.0", true, "console"},
		{"aws-cli/2.27.1 md/awscrt#0.26.1 md/Botocore#1.37.1", false, "AWS CLI"},
		{"Boto3/1.37.1 md/Botocore#1.37.1", false, "SDK for Python"},
		{"APN/1.0 HashiCorp/1.0 Terraform/1.11.2 terraform-provider-aws/5.91.0 aws-sdk-go-v2/1.36.3", false, "Terraform"},
		{"aws-sdk-go-v2/1.36.3 os/linux", false, "SDK for Go"},
		{"[aws-sdk-java/2.30.1]", false, "SDK for Java"},
		{"aws-cli/2.0.0 Python/3.8 Linux/5.10.0-kali9-amd64", false, "Kali Linux"},
		{"cloudformation.amazonaws.com", false, "CloudFormation"},
		{"AWS Internal", false, "AWS Internal"},
		{"rclone/v1.69", false, "rclone"},
		{"[my-tool/1 extra]", false, "my-tool"},
		{"<https://evil.example.com|click>", false, "unknown client"},
		{"evil.example.com", false, "unknown client"},
		{"@here", false, "unknown client"},
	}
	for _, test := range tests {
		t.Run(test.userAgent, func(t *testing.T) {
			if got := agent(&cloudtrail.Record{UserAgent: test.userAgent, FromConsole: test.console}); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
