package trailbus

// Senders are the accounts that may put events on a central bus.
type Senders struct {
	organization *string
	accounts     []*string
}

// SendersFromOrganization admits every account of the AWS Organization with an id such as
// o-a1b2c3d4e5, new ones too.
func SendersFromOrganization(id *string) Senders { return Senders{organization: id} }

// SendersFromAccounts admits the accounts with these ids of 12 digits.
func SendersFromAccounts(ids ...*string) Senders { return Senders{accounts: ids} }
