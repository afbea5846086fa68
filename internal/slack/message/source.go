package message

import (
	"strings"

	"github.com/trailbus/trailbus/internal/cloudtrail"
)

// source gives the source of the call: an address, or the service that made it.
func source(r *cloudtrail.Record) string {
	if name, ok := service(r.SourceIP); ok {
		return name
	}
	s := r.SourceIP
	if r.VPCEndpointID != "" {
		s = strings.TrimSpace(s + " through " + r.VPCEndpointID)
	}
	return s
}

// agents are the kinds of clients, by parts of the user agent in lower case; the first match
// counts. User agents also name what the client is built on, so special clients are before general
// ones.
var agents = []struct{ part, name string }{
	{"terraform", "Terraform"},
	{"opentofu", "OpenTofu"},
	{"pulumi", "Pulumi"},
	{"crossplane", "Crossplane"},
	{"ansible", "Ansible"},
	{"aws-cdk", "AWS CDK"},
	{"pacu", "Pacu"},
	{"stratus-red-team", "Stratus Red Team"},
	{"-kali", "Kali Linux"},
	{"parrot", "Parrot OS"},
	{"eksctl", "eksctl"},
	{"aws-cli/", "AWS CLI"},
	{"aws-vault", "aws-vault"},
	{"awspowershell", "PowerShell"},
	{"console.amazonaws", "console"},
	{"console.aws", "console"},
	{"signin.amazonaws.com", "console"},
	{"aws-cloud9", "Cloud9"},
	{"cloudshell", "CloudShell"},
	{"aws internal", "AWS Internal"},
	{"aws-internal", "AWS Internal"},
	{"boto3", "SDK for Python"},
	{"botocore", "SDK for Python"},
	{"aws-sdk-go", "SDK for Go"},
	{"aws-sdk-java", "SDK for Java"},
	{"aws-sdk-js", "SDK for JavaScript"},
	{"aws-sdk-nodejs", "SDK for JavaScript"},
	{"aws-sdk-ruby", "SDK for Ruby"},
	{"aws-sdk-php", "SDK for PHP"},
	{"aws-sdk-dotnet", "SDK for .NET"},
	{"aws-sdk-net", "SDK for .NET"},
	{"aws-sdk-rust", "SDK for Rust"},
	{"aws-sdk-cpp", "SDK for C++"},
	{"aws-sdk-swift", "SDK for Swift"},
	{"aws-sdk-kotlin", "SDK for Kotlin"},
	{"aws-sdk", "SDK"},
	{"s3console", "console"},
	{"mozilla/", "browser"},
	{"curl/", "curl"},
	{"go-http-client", "Go program"},
	{"python-", "Python program"},
}

// agent gives the kind of client that made the call. The user agent itself is long, and the caller
// chooses it.
func agent(r *cloudtrail.Record) string {
	ua := r.UserAgent
	if ua == "" {
		return ""
	}
	if name, ok := service(ua); ok && !strings.HasPrefix(ua, "signin.") && !strings.HasPrefix(ua, "console.") {
		return name
	}
	if strings.HasPrefix(ua, "console.") { // console.ec2.amazonaws.com
		return "console"
	}
	ua = strings.ToLower(ua[:min(len(ua), 2048)])
	for _, a := range agents {
		if strings.Contains(ua, a.part) {
			if a.name == "browser" && r.FromConsole {
				return "console"
			}
			return a.name
		}
	}
	if r.FromConsole {
		return "console"
	}
	// The product in the user agent of an unknown client, if it has the form of a name.
	product, _, _ := strings.Cut(strings.Trim(redactText(r.UserAgent), "[] "), "/")
	if product, _, _ = strings.Cut(product, " "); isName(product, agentLimit) {
		return product
	}
	return "unknown client"
}
