package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"
	"github.com/aws/smithy-go"

	"github.com/trailbus/trailbus/internal/cloudtrail"
	"github.com/trailbus/trailbus/internal/contract"
)

// account is the entry of an account in the state.
type account struct {
	// Name is the account's name; empty for an external account.
	Name string `json:"Name"`
	// Until is when the entry expires.
	Until time.Time `json:"Until"`
}

// answer is the result of one request.
type answer struct {
	account
	err error
}

// maxName is the length of a name, in characters, to which AWS Organizations limits them; other
// accounts of the organization choose names.
const maxName = 50

// describe requests one account, and saves the answer for the next process.
func (d *Directory) describe(ctx context.Context, id string) answer {
	requestCtx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	out, err := d.Client.DescribeAccount(requestCtx, &organizations.DescribeAccountInput{AccountId: &id})
	var a account
	switch _, notFound := errors.AsType[*types.AccountNotFoundException](err); {
	case notFound:
		a.Until = time.Now().Add(externalTTL)
	case err != nil:
		return answer{err: err}
	case out.Account == nil || aws.ToString(out.Account.Name) == "":
		return answer{err: errNoName}
	default:
		a = account{Name: cut(*out.Account.Name), Until: time.Now().Add(nameTTL)}
	}
	d.save(ctx, id, a)
	return answer{account: a}
}

var errNoName = errors.New("AWS Organizations knows the account and no name of it")

// record caches answers, and pauses after a failure. Once AWS Organizations has answered a request,
// a denied one is no reason for a long pause: a caller may choose the account that is requested.
func (d *Directory) record(ids []string, answers []answer) {
	var failure error
	for i, a := range answers {
		switch {
		case a.err == nil:
			d.cached[ids[i]] = a.account
			d.answered = true
		case failure == nil || isDenied(a.err):
			failure = a.err
		}
	}
	if failure == nil {
		return
	}
	pause := pauseAfterFailure
	if isDenied(failure) && !d.answered {
		pause = pauseAfterDenial
	}
	d.pausedUntil = time.Now().Add(pause)
	d.Log.LogAttrs(context.Background(), slog.LevelWarn,
		"AWS Organizations does not give the names of accounts, so messages have their ids",
		slog.String("error", failure.Error()), slog.Duration("askedAgainIn", pause))
}

// isDenied reports an error that will not go away soon: this account may not make the request, or
// there is no organization.
func isDenied(err error) bool {
	if api, ok := errors.AsType[smithy.APIError](err); ok && cloudtrail.AccessDenied(api.ErrorCode()) {
		return true
	}
	_, none := errors.AsType[*types.AWSOrganizationsNotInUseException](err)
	return none
}

// load loads accounts from the state, and returns those that it does not have. It logs no failure
// of the state: the notifier uses the state as well, and logs it.
func (d *Directory) load(ctx context.Context, ids []string) (missing []string) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = contract.AccountNameKey(id)
	}
	entries, err := d.State.Load(ctx, keys)
	if err != nil {
		return ids
	}
	for i, id := range ids {
		var a account
		if err := json.Unmarshal(entries[keys[i]].Data, &a); err != nil || !a.Until.After(time.Now()) {
			missing = append(missing, id)
			continue
		}
		d.cached[id] = a
	}
	return missing
}

// save saves an account. Where that fails, the next process requests it again.
func (d *Directory) save(ctx context.Context, id string, a account) {
	data, err := json.Marshal(a)
	if err != nil {
		panic(err) // a text and a time
	}
	_, _ = d.State.Save(ctx, contract.AccountNameKey(id), 0, data, a.Until)
}

func cut(name string) string {
	if runes := []rune(name); len(runes) > maxName {
		return string(runes[:maxName])
	}
	return name
}
