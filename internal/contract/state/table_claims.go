package state

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/trailbus/trailbus/internal/contract"
)

// Claim is [Store.Claim]: a conditional write for each event, a hundred of them in one transaction,
// which costs a fifth of the time of a hundred calls. The client writes it again when the first
// answer is lost, which changes nothing.
func (t *Table) Claim(ctx context.Context, holder string, eventIDs []string, until time.Time) (map[string]Claim,
	error) {
	ctx, cancel := t.deadline(ctx, len(eventIDs))
	defer cancel()
	c := claimCall{Table: t, holder: holder, until: until}
	chunks := slices.Collect(slices.Chunk(distinct(eventIDs), maxTransaction))
	claims := make([][]Claim, len(chunks))
	err := parallel(ctx, len(chunks), func(ctx context.Context, i int) (err error) {
		claims[i], err = c.transact(ctx, chunks[i])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claiming events: %w", err)
	}
	answer := make(map[string]Claim, len(eventIDs))
	for i, chunk := range chunks {
		for j, id := range chunk {
			answer[id] = claims[i][j]
		}
	}
	return answer, nil
}

// claimCall is one call of Claim.
type claimCall struct {
	*Table
	holder string
	until  time.Time
}

// put is the conditional write that claims an event.
func (c *claimCall) put(id string) types.Put {
	return types.Put{
		TableName: &c.Name,
		Item: item{contract.KeyAttribute: text(contract.ClaimItemKey(id)),
			holderAttribute: text(c.holder), contract.ExpiryAttribute: expiry(c.until)},
		ConditionExpression:                 aws.String("attribute_not_exists(pk) OR expires <= :now OR holder = :holder"),
		ExpressionAttributeValues:           item{":now": now(), ":holder": text(c.holder)},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

// existingClaim is the result where the table has an item of the event.
func existingClaim(found item) Claim {
	if found != nil && found[holderAttribute] == nil {
		return Posted
	}
	return Busy
}

// transact claims events in one transaction. Where one of them is refused, DynamoDB writes none,
// and the others are tried again without it.
func (c *claimCall) transact(ctx context.Context, ids []string) ([]Claim, error) {
	if len(ids) == 1 {
		claim, err := c.claimOne(ctx, ids[0])
		return []Claim{claim}, err
	}
	claims := make([]Claim, len(ids)) // all taken
	puts := make([]types.TransactWriteItem, len(ids))
	for i, id := range ids {
		put := c.put(id)
		puts[i].Put = &put
	}
	_, err := c.Client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: puts})
	cancelled, ok := errors.AsType[*types.TransactionCanceledException](err)
	if !ok || len(cancelled.CancellationReasons) != len(ids) {
		return claims, err
	}
	var others []string
	var at []int // the indices of others in ids
	for i, reason := range cancelled.CancellationReasons {
		if aws.ToString(reason.Code) == "ConditionalCheckFailed" {
			claims[i] = existingClaim(reason.Item)
			continue
		}
		others, at = append(others, ids[i]), append(at, i)
	}
	again := c.transact
	if len(others) == len(ids) { // a conflict with another transaction, or throttled
		again = c.claimEach
	}
	if len(others) == 0 {
		return claims, nil
	}
	left, err := again(ctx, others)
	if err != nil {
		return nil, err
	}
	for i, claim := range left {
		claims[at[i]] = claim
	}
	return claims, nil
}

// claimEach claims events one by one.
func (c *claimCall) claimEach(ctx context.Context, ids []string) ([]Claim, error) {
	claims := make([]Claim, len(ids))
	err := parallel(ctx, len(ids), func(ctx context.Context, i int) (err error) {
		claims[i], err = c.claimOne(ctx, ids[i])
		return err
	})
	return claims, err
}

// claimOne claims one event.
func (c *claimCall) claimOne(ctx context.Context, id string) (Claim, error) {
	put := c.put(id)
	_, err := c.Client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: put.TableName, Item: put.Item,
		ConditionExpression: put.ConditionExpression, ExpressionAttributeValues: put.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: put.ReturnValuesOnConditionCheckFailure,
	})
	if refused, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		return existingClaim(refused.Item), nil
	}
	return Taken, err
}

// Confirm is [Store.Confirm]. It overwrites the claim of any holder: the event was posted in any
// case.
func (t *Table) Confirm(ctx context.Context, eventIDs []string) error {
	ctx, cancel := t.deadline(ctx, len(eventIDs))
	defer cancel()
	expires := expiry(time.Now().Add(PostedTTL))
	var posted []types.WriteRequest
	for _, id := range distinct(eventIDs) {
		posted = append(posted, types.WriteRequest{PutRequest: &types.PutRequest{
			Item: item{contract.KeyAttribute: text(contract.ClaimItemKey(id)), contract.ExpiryAttribute: expires},
		}})
	}
	err := batches(ctx, posted, maxBatchWrite, func(ctx context.Context, batch []types.WriteRequest) ([]types.WriteRequest,
		error) {
		out, err := t.Client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{t.Name: batch},
		})
		if err != nil {
			return nil, err
		}
		return out.UnprocessedItems[t.Name], nil
	})
	if err != nil {
		return fmt.Errorf("confirming events: %w", err)
	}
	return nil
}

// Release is [Store.Release]: a conditional delete for each event.
func (t *Table) Release(ctx context.Context, holder string, eventIDs []string) error {
	ctx, cancel := t.deadline(ctx, len(eventIDs))
	defer cancel()
	ids := distinct(eventIDs)
	err := parallel(ctx, len(ids), func(ctx context.Context, i int) error {
		_, err := t.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName:                 &t.Name,
			Key:                       item{contract.KeyAttribute: text(contract.ClaimItemKey(ids[i]))},
			ConditionExpression:       aws.String("holder = :holder"), // an event that was posted has none
			ExpressionAttributeValues: item{":holder": text(holder)},
		})
		if _, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("releasing events: %w", err)
	}
	return nil
}
