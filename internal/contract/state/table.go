package state

import (
	"cmp"
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Table is a [Store] in a DynamoDB table whose partition key is the string [contract.KeyAttribute]
// and whose time to live is [contract.ExpiryAttribute].
//
// An error may come after a part of the work is done: events that were claimed before it stay
// claimed until the given time, and events that were confirmed before it stay confirmed.
//
// Times are kept in whole seconds, rounded up, as DynamoDB's time to live wants them. DynamoDB
// deletes expired items within days, so every condition and every read compares the time itself:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html.
type Table struct {
	// Client is a *dynamodb.Client.
	Client Client
	// Name is the name of the table.
	Name string
	// Timeout is how long a method may take, with all retries of its calls. It reduces the time for
	// Slack.
	// Default: 3 seconds, and 5 milliseconds more for each event or key.
	Timeout time.Duration
}

// Client is the part of a *dynamodb.Client that a [Table] uses. Its role must allow these calls on
// the table, and on no other resource.
type Client interface {
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput,
		error)
	BatchWriteItem(context.Context, *dynamodb.BatchWriteItemInput,
		...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error)
	// TransactWriteItems of puts alone needs no other permission than PutItem:
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput,
		...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

var (
	_ Store  = (*Table)(nil)
	_ Client = (*dynamodb.Client)(nil)
)

const (
	// DynamoDB answers within milliseconds. A write costs 0.2 ms of a processor or more, of which a
	// Lambda of 256 MB has a seventh.
	defaultTimeout = 3 * time.Second
	timeoutEach    = 5 * time.Millisecond
	// parallelism is how many calls a method makes at a time: as many as the SDK keeps connections
	// to a host for
	// (https://pkg.go.dev/github.com/aws/aws-sdk-go-v2/aws/transport/http#pkg-variables). With
	// more, the SDK opens and closes connections all the time, which takes longer.
	parallelism = 10
	// DynamoDB's limits of one call:
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
	maxBatchWrite  = 25
	maxBatchGet    = 100
	maxTransaction = 100
)

// deadline limits the time of a method, for n events or keys.
func (t *Table) deadline(ctx context.Context, n int) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, cmp.Or(t.Timeout, defaultTimeout+time.Duration(n)*timeoutEach))
}
