package state

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	// KeyAttribute is the name of the partition key, a string.
	KeyAttribute = "pk"
	// ExpiryAttribute is the name of the time to live, in seconds since 1970.
	ExpiryAttribute = "expires"

	holderAttribute  = "holder" // who claims the event; an event that was told has none
	versionAttribute = "version"
	dataAttribute    = "data"
	saveAttribute    = "save" // one text for each call of Save
)

// item is what the table holds under a key.
type item = map[string]types.AttributeValue

// eventKey is where the claim of an event is kept, entryKey where an entry is.
func eventKey(id string) string  { return itemKey("event", id) }
func entryKey(key string) string { return itemKey("entry", key) }

// maxName is how long a name may be to stand in a key as it is, in bytes. A key may have 2,048; strangers choose names.
const maxName = 200

// itemKey keeps kinds apart. It gives two names of a kind two keys, also where DynamoDB would not: a string there is UTF-8.
func itemKey(kind, name string) string {
	if len(name) > maxName || !utf8.ValidString(name) {
		return fmt.Sprintf("%s-sha256#%x", kind, sha256.Sum256([]byte(name)))
	}
	return kind + "#" + name
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}
func binary(b []byte) types.AttributeValue {
	return &types.AttributeValueMemberB{Value: b}
}

// expiry is a time to live, up to a second later than asked for.
func expiry(t time.Time) types.AttributeValue { return number(t.Add(time.Second - 1).Unix()) }

// now is what expiries are compared with.
func now() types.AttributeValue { return number(time.Now().Unix()) }

// textOf, numberOf and binaryOf give an attribute's value, or the zero value where there is none of the type.
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
