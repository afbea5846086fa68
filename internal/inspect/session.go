// Package inspect asks AWS what is deployed, in the central account and in each account and Region.
// Package doctor decides what that means.
package inspect

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/trailbus/trailbus/internal/inspect/deployed"
)

// sessionName is the name of the role session in CloudTrail.
const sessionName = "trailbus-doctor"

// maxAttempts is how often a call is tried that is throttled or not answered. The client waits
// longer after each, and adapts its rate.
const maxAttempts = 8

// Sessions makes configurations for clients in other accounts.
type Sessions struct {
	// Config is for clients in the central account.
	Config aws.Config
	// CentralAccount is the account of Config's credentials.
	CentralAccount string
	// Role is the name of the role, with its path where it has one, that other accounts let the
	// central account assume.
	// Default: only the central account is checked.
	Role string
	// Partition is the partition of the accounts, such as aws.
	Partition string
}

// NewSessions makes sessions whose calls are retried for long, since many go to one service at
// once.
func NewSessions(config aws.Config, centralAccount, partition, role string) *Sessions {
	config = config.Copy()
	config.Retryer = func() aws.Retryer {
		return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, func(o *retry.StandardOptions) { o.MaxAttempts = maxAttempts })
		})
	}
	// One idle connection for each worker; the SDK keeps ten, and would open the others for each
	// call.
	client := awshttp.NewBuildableClient().WithTimeout(30 * time.Second)
	config.HTTPClient = client.WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost = 4*Workers, Workers
	})
	return &Sessions{Config: config, CentralAccount: centralAccount, Role: role, Partition: partition}
}

// ForAccount returns the configuration for clients in an account. The central account needs no
// role.
func (s *Sessions) ForAccount(ctx context.Context, account string) (aws.Config, error) {
	if account == s.CentralAccount {
		return s.Config, nil
	}
	arn := "arn:" + s.Partition + ":iam::" + account + ":role/" + strings.TrimPrefix(s.Role, "/")
	// The regional endpoint of STS gives tokens that hold in every Region, opt-in ones too:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_enable-regions.html
	out, err := sts.NewFromConfig(s.Config).AssumeRole(ctx, &sts.AssumeRoleInput{RoleArn: &arn,
		RoleSessionName: aws.String(sessionName)})
	if err != nil {
		return aws.Config{}, deployed.Explain("taking the role "+arn, "sts:AssumeRole", err)
	}
	config := s.Config.Copy()
	c := out.Credentials
	config.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: aws.ToString(c.AccessKeyId), SecretAccessKey: aws.ToString(c.SecretAccessKey),
			SessionToken: aws.ToString(c.SessionToken), Source: sessionName}, nil
	})
	return config, nil
}

// withRegion copies a configuration for another Region.
func withRegion(config aws.Config, region string) aws.Config {
	config = config.Copy()
	config.Region = region
	return config
}
