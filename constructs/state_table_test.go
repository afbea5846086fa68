package trailbus_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
)

func TestTheNotifiersTable(t *testing.T) {
	tt := notifierTemplate(t)
	equal(t, "the table", tt.only("AWS::DynamoDB::Table"), `{"BillingMode": "PAY_PER_REQUEST",
		"AttributeDefinitions": [{"AttributeName": "`+contract.KeyAttribute+`", "AttributeType": "S"}],
		"KeySchema": [{"AttributeName": "`+contract.KeyAttribute+`", "KeyType": "HASH"}],
		"TimeToLiveSpecification": {"AttributeName": "`+contract.ExpiryAttribute+`", "Enabled": true},
		"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": true}}`)
	for id, table := range tt.resources("AWS::DynamoDB::Table") {
		if table["DeletionPolicy"] != "Delete" || table["UpdateReplacePolicy"] != "Delete" {
			t.Errorf("%s stays when its stack is deleted: %v", id, table)
		}
	}
}

// What the function asks of the table, and nothing else, is what its role allows.
func TestTheRoleAllowsWhatTheStateAsksFor(t *testing.T) {
	tt := notifierTemplate(t)
	var may, asks []string
	for _, statement := range statements(t, tt.only("AWS::IAM::Policy")["PolicyDocument"]) {
		if action, ok := strings.CutPrefix(statement, "dynamodb:"); ok {
			may = append(may, strings.TrimSuffix(action, " on "+tableARN))
		}
	}
	client := reflect.TypeFor[state.Client]()
	for method := range client.Methods() {
		// A transaction of puts needs what each of them needs, and nothing for itself:
		// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
		if name := method.Name; name != "TransactWriteItems" {
			asks = append(asks, name)
		}
	}
	slices.Sort(may)
	slices.Sort(asks)
	if len(asks) == 0 || !slices.Equal(may, asks) {
		t.Errorf("it may %q, and asks for %q", may, asks)
	}
}
