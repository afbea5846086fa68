package state_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/trailbus/trailbus/internal/contract"
	"github.com/trailbus/trailbus/internal/contract/state"
	"github.com/trailbus/trailbus/internal/local/localaws"
	"github.com/trailbus/trailbus/internal/local/testenv"
)

var (
	started bool
	shared  = sync.OnceValues(func() (*localaws.Server, error) {
		started = true
		var log io.Writer
		if testing.Verbose() {
			log = os.Stderr
		}
		return localaws.Start(context.Background(), localaws.Options{Log: log})
	})
	tables atomic.Int32
)

// TestMain ends the local AWS that the tests share.
func TestMain(m *testing.M) {
	code := m.Run()
	if started {
		if s, err := shared(); err == nil {
			s.Stop()
		}
	}
	os.Exit(code)
}

// newTable makes a table of the local AWS. Where there is none the test is skipped, and fails where
// TRAILBUS_E2E=required says that there must be one.
func newTable(t testing.TB) *state.Table {
	t.Helper()
	s, err := shared()
	testenv.LocalAWS(t, err)
	config, err := s.Config(t.Context(), "111111111111", "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	client := dynamodb.NewFromConfig(config)
	name := fmt.Sprint("table-", tables.Add(1))
	_, err = client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{{AttributeName: aws.String(contract.KeyAttribute), AttributeType: types.ScalarAttributeTypeS}},
		KeySchema:            []types.KeySchemaElement{{AttributeName: aws.String(contract.KeyAttribute), KeyType: types.KeyTypeHash}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return &state.Table{Client: client, Name: name, Timeout: time.Minute} // the local AWS is slow
}

// client is DynamoDB on a bad day.
type client struct {
	state.Client
	// unprocessed is how often a batch comes back but for its first thing.
	unprocessed atomic.Int32
	// lost is how often the answer to a write is lost, so that the SDK repeats the call.
	lost atomic.Int32
	// conflicts is how often a transaction is in the way of another; transactions counts them.
	conflicts, transactions atomic.Int32
	// err is what every call ends with.
	err error
}

func (c *client) PutItem(ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if c.err != nil {
		return nil, c.err
	}
	if c.lost.Add(-1) >= 0 {
		if _, err := c.Client.PutItem(ctx, in, o...); err != nil {
			return nil, err
		}
	}
	return c.Client.PutItem(ctx, in, o...)
}

func (c *client) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	if c.err != nil {
		return nil, c.err
	}
	c.transactions.Add(1)
	if c.conflicts.Add(-1) >= 0 {
		reasons := make([]types.CancellationReason, len(in.TransactItems))
		for i := range reasons {
			reasons[i].Code = aws.String("None")
		}
		reasons[0].Code = aws.String("TransactionConflict")
		return nil, &types.TransactionCanceledException{CancellationReasons: reasons}
	}
	if c.lost.Add(-1) >= 0 {
		if _, err := c.Client.TransactWriteItems(ctx, in, o...); err != nil {
			return nil, err
		}
		in.ClientRequestToken = nil // as if its memory of ten minutes had ended: what counts are the conditions
	}
	return c.Client.TransactWriteItems(ctx, in, o...)
}

func (c *client) BatchWriteItem(ctx context.Context, in *dynamodb.BatchWriteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchWriteItemOutput, error) {
	if c.err != nil {
		return nil, c.err
	}
	if c.unprocessed.Add(-1) < 0 {
		return c.Client.BatchWriteItem(ctx, in, o...)
	}
	first, rest := map[string][]types.WriteRequest{}, map[string][]types.WriteRequest{}
	for table, all := range in.RequestItems {
		first[table], rest[table] = all[:1], all[1:]
	}
	out, err := c.Client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: first}, o...)
	if err == nil {
		out.UnprocessedItems = rest
	}
	return out, err
}

func (c *client) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	if c.err != nil {
		return nil, c.err
	}
	for table, all := range in.RequestItems {
		if !aws.ToBool(all.ConsistentRead) {
			return nil, fmt.Errorf("a read of %s that may be old", table)
		}
	}
	if c.unprocessed.Add(-1) < 0 {
		return c.Client.BatchGetItem(ctx, in, o...)
	}
	first, rest := map[string]types.KeysAndAttributes{}, map[string]types.KeysAndAttributes{}
	for table, all := range in.RequestItems {
		first[table], rest[table] = all, all
		one, others := first[table], rest[table]
		one.Keys, others.Keys = all.Keys[:1], all.Keys[1:]
		first[table], rest[table] = one, others
	}
	out, err := c.Client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: first}, o...)
	if err == nil {
		out.UnprocessedKeys = rest
	}
	return out, err
}

func TestWhatDynamoDBHadNoRoomForIsSentAgain(t *testing.T) {
	s := newTable(t)
	bad := &client{Client: s.Client}
	s.Client = bad
	var ids, told []string
	for i := range 60 {
		ids, told = append(ids, fmt.Sprint(i)), append(told, fmt.Sprint(i, " told"))
		save(t, s, ids[i], 0, "data", soon(), true)
	}
	bad.unprocessed.Store(5)
	confirm(t, s, ids...)
	if left := bad.unprocessed.Load(); left >= 0 {
		t.Errorf("%d batches less than expected", left)
	}
	claims(t, s, "one", soon(), told...)
	bad.unprocessed.Store(3)
	loaded, err := s.Load(t.Context(), ids)
	if err != nil || len(loaded) != len(ids) {
		t.Errorf("%d entries, %v; want %d", len(loaded), err, len(ids))
	}
	if left := bad.unprocessed.Load(); left >= 0 {
		t.Errorf("%d batches less than expected", left)
	}
}

// The first call is done and its answer lost; the second finds what the first wrote.
func TestACallThatIsRepeated(t *testing.T) {
	s := newTable(t)
	bad := &client{Client: s.Client}
	s.Client = bad
	for version := range int64(2) {
		bad.lost.Store(1)
		save(t, s, "k", version, "data", soon(), true)
		loads(t, s, "k", version+1, "data")
		save(t, s, "k", version, "data", soon(), false) // the same from another run
	}
	bad.lost.Store(1)
	claims(t, s, "one", soon(), "a taken")
	claims(t, s, "two", soon(), "a busy")
	bad.lost.Store(1)
	claims(t, s, "one", soon(), "b taken", "c taken")
	claims(t, s, "two", soon(), "b busy", "c busy")
}

// Events are claimed in one transaction, of which each may be refused and none may be lost.
func TestClaimsGoTogether(t *testing.T) {
	s := newTable(t)
	bad := &client{Client: s.Client}
	s.Client = bad
	var taken, mixed []string
	for i := range 120 {
		id := fmt.Sprint(i)
		taken = append(taken, id+" taken")
		switch {
		case i%7 == 0:
			confirm(t, s, id)
			mixed = append(mixed, id+" told")
		case i%11 == 0:
			claims(t, s, "other", soon(), id+" taken")
			mixed = append(mixed, id+" busy")
		default:
			mixed = append(mixed, id+" taken")
		}
	}
	claims(t, s, "one", soon(), mixed...)
	if n := bad.transactions.Load(); n != 4 {
		t.Errorf("%d transactions, want two for each hundred: one that is refused, and one without what was", n)
	}
	claims(t, s, "two", soon(), strings.Split(strings.ReplaceAll(strings.Join(mixed, "|"), "taken", "busy"), "|")...)
	bad.conflicts.Store(1)
	claims(t, s, "one", soon(), "new taken", "0 told", "1 taken")
	claims(t, s, "two", soon(), "new busy", "0 told", "1 busy")
	fresh := newTable(t)
	claims(t, fresh, "one", soon(), taken...)
}

func TestDynamoDBIsAway(t *testing.T) {
	away := errors.New("away")
	s := &state.Table{Client: &client{err: away}, Name: "table"}
	_, claimed := s.Claim(t.Context(), "one", []string{"a", "b"}, soon())
	_, loaded := s.Load(t.Context(), []string{"k"})
	_, saved := s.Save(t.Context(), "k", 0, nil, soon())
	for what, err := range map[string]error{
		"claiming events": claimed, "confirming events": s.Confirm(t.Context(), []string{"a"}), "loading entries": loaded, "saving an entry": saved,
	} {
		if !errors.Is(err, away) || !strings.HasPrefix(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// What people see in the console, and what time to live works on.
func TestItemsOfTheTable(t *testing.T) {
	s := newTable(t)
	end := soon()
	claims(t, s, "one", end, "a taken", "b taken")
	confirm(t, s, "b")
	save(t, s, "k", 0, "data", end, true)
	long := strings.Repeat("x", 201)
	claims(t, s, "one", end, long+" taken")
	out, err := s.Client.(*dynamodb.Client).Scan(t.Context(), &dynamodb.ScanInput{TableName: &s.Name})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, i := range out.Items {
		var names []string
		for name := range i {
			names = append(names, name)
		}
		slices.Sort(names)
		got = append(got, i[contract.KeyAttribute].(*types.AttributeValueMemberS).Value+" "+strings.Join(names, " "))
		expires := i[contract.ExpiryAttribute].(*types.AttributeValueMemberN).Value
		if low, high := fmt.Sprint(end.Unix()), fmt.Sprint(end.Unix()+1); expires != low && expires != high && got[len(got)-1] != "event#b expires pk" {
			t.Errorf("%s expires at %s, want %s", got[len(got)-1], expires, high)
		}
	}
	slices.Sort(got)
	want := []string{
		"entry#k data expires pk save version",
		"event#a expires holder pk",
		"event#b expires pk",
		"event-sha256#84a0678c90937f5dcf9994d5866668da6b995109c8ad845410559b48a4ecafed expires holder pk",
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("items\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// BenchmarkTable is for comparing ways to write a thousand events. Its figures are the local AWS's,
// not DynamoDB's.
func BenchmarkTable(b *testing.B) {
	s := newTable(b)
	round := 0
	ids := func() (all []string) {
		round++
		for i := range 1000 {
			all = append(all, fmt.Sprint(round, "-", i))
		}
		return all
	}
	for b.Loop() {
		all := ids()
		if _, err := s.Claim(b.Context(), "one", all, soon()); err != nil {
			b.Fatal(err)
		}
		if err := s.Confirm(b.Context(), all); err != nil {
			b.Fatal(err)
		}
	}
}
