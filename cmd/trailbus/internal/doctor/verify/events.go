package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/inspect/deployed"
)

// sessionName is the name of the role session in CloudTrail.
const sessionName = "trailbus-verify"

// Events is a [Sender] that assumes a role in each account.
type Events struct {
	// Config has the credentials that may take the role.
	Config aws.Config
	// RoleARN gives the role of an account; "" where Config has the credentials of the account
	// itself.
	RoleARN func(account string) string

	mu        sync.Mutex
	providers map[string]aws.CredentialsProvider // by account
}

// Send is [Sender.Send].
func (e *Events) Send(ctx context.Context, account, region, id string) (begun time.Time, err error) {
	config := e.Config.Copy()
	config.Region, config.Credentials = region, e.credentials(account)
	if _, err := config.Credentials.Retrieve(ctx); err != nil {
		return time.Time{}, deployed.Explain("taking the role "+e.RoleARN(account),
			"sts:AssumeRole, and the trust of the role,", err)
	}
	begun = time.Now()
	out, err := eventbridge.NewFromConfig(config).PutEvents(ctx,
		&eventbridge.PutEventsInput{Entries: []types.PutEventsRequestEntry{{
			Source: aws.String(contract.VerifySource), DetailType: aws.String(contract.VerifyDetailType),
			Detail: aws.String(contract.ProbeDetail(id)),
		}}})
	if err == nil && out.FailedEntryCount > 0 {
		refused := out.Entries[0]
		err = &smithy.GenericAPIError{Code: aws.ToString(refused.ErrorCode), Message: aws.ToString(refused.ErrorMessage)}
	}
	explained := deployed.Explain(fmt.Sprintf("putting an event on the default event bus of account %s in %s", account,
		region), "events:PutEvents", err)
	if api, ok := errors.AsType[smithy.APIError](err); ok && slices.Contains(invalidCredentials, api.ErrorCode()) {
		explained = fmt.Errorf("%w; or the account has the Region not enabled", explained)
	}
	return begun, explained
}

// invalidCredentials is what a Region answers to credentials of an account that has not enabled it:
// https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
var invalidCredentials = []string{"UnrecognizedClientException", "InvalidClientTokenId"}

func (e *Events) credentials(account string) aws.CredentialsProvider {
	role := e.RoleARN(account)
	if role == "" {
		return e.Config.Credentials
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.providers == nil {
		e.providers = map[string]aws.CredentialsProvider{}
	}
	if e.providers[account] == nil {
		e.providers[account] = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(e.Config), role,
			func(o *stscreds.AssumeRoleOptions) {
				o.RoleSessionName = sessionName
			}))
	}
	return e.providers[account]
}
