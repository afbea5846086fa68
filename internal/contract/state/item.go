package state

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	holderAttribute  = "holder" // the holder of the claim; an event that was posted has none
	versionAttribute = "version"
	dataAttribute    = "data"
	saveAttribute    = "save" // one text for each call of Save
)

// item is an item of the table.
type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
func binary(b []byte) types.AttributeValue {
	return &types.AttributeValueMemberB{Value: b}
}

// expiry is a time to live: the time in seconds, rounded up.
func expiry(t time.Time) types.AttributeValue { return number(t.Add(time.Second - 1).Unix()) }

// now is the current time, to compare with an expiry.
func now() types.AttributeValue { return number(time.Now().Unix()) }

// textOf, numberOf and binaryOf are the value of an attribute, or the zero value where there is
// none of the type.
func textOf(i item, name string) string {
	s, ok := i[name].(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

func numberOf(i item, name string) int64 {
	n, ok := i[name].(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	value, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		return 0
	}
	return value
}

func binaryOf(i item, name string) []byte {
	b, ok := i[name].(*types.AttributeValueMemberB)
	if !ok {
		return nil
	}
	return b.Value
}
