package localaws

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// session is the credentials of one account, as sts:AssumeRole gives them.
type session struct {
	AccessKeyID     string `xml:"AssumeRoleResult>Credentials>AccessKeyId"`
	SecretAccessKey string `xml:"AssumeRoleResult>Credentials>SecretAccessKey"`
	SessionToken    string `xml:"AssumeRoleResult>Credentials>SessionToken"`
}

// Config returns the configuration for clients of the AWS SDK for Go v2 in one account and Region
// of this server. They retry as clients of AWS do.
func (s *Server) Config(ctx context.Context, account, region string) (aws.Config, error) {
	c, err := s.credentials(ctx, account)
	if err != nil {
		return aws.Config{}, err
	}
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(s.endpoint),
		Credentials:  credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey, c.SessionToken),
		HTTPClient:   httpClient{awshttp.NewBuildableClient()},
	}, nil
}

// httpClient keeps net/http from closing a connection whose answer is still read. The SDK closes
// the body of a request as soon as the head of the answer is there. The goroutine that wrote the
// request may not have noticed its end by then: on a busy machine it waits for a processor, and
// this server answers at once. It then asks the closed body for more, which the SDK's WriteTo
// answers with io.EOF. To net/http that is a failed write, so it closes the connection, and the
// answer ends in "use of closed network connection". Read has no such mistake, so only Read and
// Close are left of the body. The SDK retries such a call
// (https://github.com/aws/aws-sdk-go-v2/pull/2949); a test may not want the call made twice.
type httpClient struct{ aws.HTTPClient }

func (c httpClient) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		plain := *r
		plain.Body = struct{ io.ReadCloser }{r.Body}
		r = &plain
	}
	return c.HTTPClient.Do(r)
}

// Env returns environment variables, each as NAME=value, with which the CDK command and the AWS
// SDKs work in one account and Region of this server and nowhere else. Append them to os.Environ():
// they also hide the profiles and the configuration files of the user, so that no call can reach a
// real account by mistake.
func (s *Server) Env(ctx context.Context, account, region string) ([]string, error) {
	c, err := s.credentials(ctx, account)
	if err != nil {
		return nil, err
	}
	return []string{
		"AWS_ENDPOINT_URL=" + s.endpoint,
		// moto takes a template's address as path-style only where the host is localhost.
		"AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION=" + strings.Replace(s.endpoint, "127.0.0.1", "localhost", 1),
		"AWS_ACCESS_KEY_ID=" + c.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + c.SecretAccessKey,
		"AWS_SESSION_TOKEN=" + c.SessionToken,
		"AWS_REGION=" + region,
		"AWS_DEFAULT_REGION=" + region,
		"AWS_PROFILE=",
		"AWS_DEFAULT_PROFILE=",
		"AWS_CONFIG_FILE=" + s.dir + "/no-config",
		"AWS_SHARED_CREDENTIALS_FILE=" + s.dir + "/no-credentials",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=false",
		"AWS_EC2_METADATA_DISABLED=true",
		"AWS_MAX_ATTEMPTS=", "AWS_RETRY_MODE=", // each SDK retries as it does by default
		"HTTP_PROXY=", "http_proxy=", "NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost",
		"CI=1",
		"CDK_DISABLE_VERSION_CHECK=1",
		"CDK_DISABLE_CLI_TELEMETRY=true",
	}, nil
}

// credentials assumes a role in the account: whatever the role's name, moto gives out keys that
// belong to the account.
func (s *Server) credentials(ctx context.Context, account string) (session, error) {
	if len(account) != 12 || strings.Trim(account, "0123456789") != "" {
		return session{}, fmt.Errorf("account %q, allowed: 12 digits", account)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c, ok := s.accounts[account]; ok {
		return c, nil
	}
	form := url.Values{
		"Action": {"AssumeRole"}, "Version": {"2011-06-15"}, "RoleSessionName": {"trailbus"},
		"RoleArn": {"arn:aws:iam::" + account + ":role/trailbus-local"},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.endpoint+"/", strings.NewReader(form.Encode()))
	if err != nil {
		return session{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	// moto reads the service off the signature and does not check it.
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=none")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return session{}, fmt.Errorf("credentials of account %s: %w", account, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return session{}, fmt.Errorf("credentials of account %s: %w", account, err)
	}
	var c session
	if err := xml.Unmarshal(body, &c); err != nil || res.StatusCode != http.StatusOK || c.AccessKeyID == "" {
		return session{}, fmt.Errorf("credentials of account %s: the server answers %s: %s", account, res.Status, body)
	}
	s.accounts[account] = c
	return c, nil
}
