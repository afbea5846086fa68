package state

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Claim is [Store.Claim]: a conditional write for each event. To write it twice, as the client does when the first answer is lost,
// changes nothing.
func (t *Table) Claim(ctx context.Context, holder string, eventIDs []string, until time.Time) (map[string]Claim, error) {
	ctx, cancel := t.deadline(ctx, len(eventIDs))
	defer cancel()
	ids := distinct(eventIDs)
	claims := make([]Claim, len(ids))
	err := parallel(ctx, len(ids), func(ctx context.Context, i int) (err error) {
		claims[i], err = t.claim(ctx, holder, ids[i], until)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claiming events: %w", err)
	}
	answer := make(map[string]Claim, len(ids))
	for i, id := range ids {
		answer[id] = claims[i]
	}
	return answer, nil
}

func (t *Table) claim(ctx context.Context, holder, id string, until time.Time) (Claim, error) {
	_, err := t.Client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName:                           &t.Name,
		Item:                                item{KeyAttribute: text(eventKey(id)), holderAttribute: text(holder), ExpiryAttribute: expiry(until)},
		ConditionExpression:                 aws.String("attribute_not_exists(pk) OR expires <= :now OR holder = :holder"),
		ExpressionAttributeValues:           item{":now": now(), ":holder": text(holder)},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var refused *types.ConditionalCheckFailedException
	switch {
	case err == nil:
		return Taken, nil
	case !errors.As(err, &refused):
		return 0, err
	case refused.Item != nil && refused.Item[holderAttribute] == nil:
		return Told, nil
	default:
		return Busy, nil
	}
}

// Confirm is [Store.Confirm]. It overwrites a claim, whoever holds it: that the event was told is true in any case.
func (t *Table) Confirm(ctx context.Context, eventIDs []string) error {
	ctx, cancel := t.deadline(ctx, len(eventIDs))
	defer cancel()
	expires := expiry(time.Now().Add(ToldFor))
	var told []types.WriteRequest
	for _, id := range distinct(eventIDs) {
		told = append(told, types.WriteRequest{PutRequest: &types.PutRequest{
			Item: item{KeyAttribute: text(eventKey(id)), ExpiryAttribute: expires},
		}})
	}
	err := batches(ctx, told, maxBatchWrite, func(ctx context.Context, batch []types.WriteRequest) ([]types.WriteRequest, error) {
		out, err := t.Client.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{t.Name: batch}})
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
			Key:                       item{KeyAttribute: text(eventKey(ids[i]))},
			ConditionExpression:       aws.String("holder = :holder"), // an event that was told has none
			ExpressionAttributeValues: item{":holder": text(holder)},
		})
		if refused := (*types.ConditionalCheckFailedException)(nil); errors.As(err, &refused) {
			return nil
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("releasing events: %w", err)
	}
	return nil
}
