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

// account is what is known of an account, and kept in the state.
type account struct {
	// Name is the account's; "" says that it is not in the organization.
	Name string `json:"Name"`
	// Until is when it is forgotten.
	Until time.Time `json:"Until"`
}

// answer is what came of one question.
type answer struct {
	account
	err error
}

// maxName is how long a name may be, in characters. AWS Organizations takes up to 50; what it gives is written by others.
const maxName = 50

// describe asks for one account, and keeps what it hears for the next process.
func (d *Directory) describe(ctx context.Context, id string) answer {
	asked, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	out, err := d.Client.DescribeAccount(asked, &organizations.DescribeAccountInput{AccountId: &id})
	var f account
	switch strange := (*types.AccountNotFoundException)(nil); {
	case errors.As(err, &strange):
		f.Until = time.Now().Add(externalTTL)
	case err != nil:
		return answer{err: err}
	case out.Account == nil || aws.ToString(out.Account.Name) == "":
		return answer{err: errNoName}
	default:
		f = account{Name: cut(*out.Account.Name), Until: time.Now().Add(nameTTL)}
	}
	d.save(ctx, id, f)
	return answer{account: f}
}

var errNoName = errors.New("AWS Organizations knows the account and no name of it")

// record notes answers. Which account is asked for may be a stranger's choice, so that one is refused says nothing of the others once one
// was answered.
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
	d.Log.LogAttrs(context.Background(), slog.LevelWarn, "AWS Organizations does not tell the names of accounts, so messages give their ids",
		slog.String("error", failure.Error()), slog.Duration("askedAgainIn", pause))
}

// isDenied says that an answer will not be another one soon: this account may not ask, or there is no organization.
func isDenied(err error) bool {
	if api, ok := errors.AsType[smithy.APIError](err); ok && cloudtrail.AccessDenied(api.ErrorCode()) {
		return true
	}
	_, none := errors.AsType[*types.AWSOrganizationsNotInUseException](err)
	return none
}

// load takes from the state what it knows, and gives what it does not. It is not worth a line in the log when the state does not answer:
// the notifier asks it for more than this, and says so.
func (d *Directory) load(ctx context.Context, ids []string) (unknown []string) {
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
		var f account
		if err := json.Unmarshal(entries[keys[i]].Data, &f); err != nil || !f.Until.After(time.Now()) {
			unknown = append(unknown, id)
			continue
		}
		d.cached[id] = f
	}
	return unknown
}

// save writes what is known into the state. Where that fails, it is asked for again, by the next process.
func (d *Directory) save(ctx context.Context, id string, f account) {
	data, err := json.Marshal(f)
	if err != nil {
		panic(err) // a text and a time
	}
	_, _ = d.State.Save(ctx, contract.AccountNameKey(id), 0, data, f.Until)
}

func cut(name string) string {
	if runes := []rune(name); len(runes) > maxName {
		return string(runes[:maxName])
	}
	return name
}
