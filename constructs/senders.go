package trailbus

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/aws/aws-cdk-go/awscdk/v2"
)

// Senders says which accounts may put events on a central bus.
type Senders struct {
	organization *string
	accounts     []*string
}

// SendersFromOrganization admits every account of the AWS Organization with an id such as o-a1b2c3d4e5, new ones too.
func SendersFromOrganization(id *string) Senders { return Senders{organization: id} }

// SendersFromAccounts admits the accounts with these ids of 12 digits.
func SendersFromAccounts(ids ...*string) Senders { return Senders{accounts: ids} }

var (
	organizationID = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	accountID      = regexp.MustCompile(`^\d{12}$`)
	regionName     = regexp.MustCompile(`^[a-z]+(-[a-z]+)+-\d+$`)
)

// check refuses what admits nobody, or everybody: an environment variable that is not set, a wildcard. What CloudFormation fills in
// later cannot be checked.
func (s Senders) check() error {
	if s.organization == nil && len(s.accounts) == 0 {
		return errors.New("Senders is missing, allowed: SendersFromOrganization or SendersFromAccounts")
	}
	if id := s.organization; id != nil && !*awscdk.Token_IsUnresolved(*id) && !organizationID.MatchString(*id) {
		return fmt.Errorf("Senders: found organization %q, allowed: an id such as o-a1b2c3d4e5", *id)
	}
	for _, id := range s.accounts {
		if id == nil {
			return errors.New("Senders: found no account id, allowed: 12 digits")
		}
		if !*awscdk.Token_IsUnresolved(*id) && !accountID.MatchString(*id) {
			return fmt.Errorf("Senders: found account id %q, allowed: 12 digits", *id)
		}
	}
	return nil
}
