package state

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/trailbus/trailbus/internal/contract"
)

// Load is [Store.Load], with consistent reads: they see what another run has saved a moment ago.
func (t *Table) Load(ctx context.Context, keys []string) (map[string]Entry, error) {
	ctx, cancel := t.deadline(ctx, len(keys))
	defer cancel()
	keyOf := map[string]string{}
	var wanted []item
	for _, key := range distinct(keys) {
		keyOf[contract.EntryItemKey(key)] = key
		wanted = append(wanted, item{contract.KeyAttribute: text(contract.EntryItemKey(key))})
	}
	var mu sync.Mutex
	answer := map[string]Entry{}
	err := batches(ctx, wanted, maxBatchGet, func(ctx context.Context, batch []item) ([]item, error) {
		out, err := t.Client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
			t.Name: {Keys: batch, ConsistentRead: aws.Bool(true)},
		}})
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		for _, found := range out.Responses[t.Name] {
			if numberOf(found, contract.ExpiryAttribute) > time.Now().Unix() {
				key := keyOf[textOf(found, contract.KeyAttribute)]
				answer[key] = Entry{Version: numberOf(found, versionAttribute), Data: binaryOf(found, dataAttribute)}
			}
		}
		return out.UnprocessedKeys[t.Name].Keys, nil
	})
	if err != nil {
		return nil, fmt.Errorf("loading entries: %w", err)
	}
	return answer, nil
}

// Save is [Store.Save]. An item of DynamoDB has up to 400 KB.
func (t *Table) Save(ctx context.Context, key string, version int64, data []byte, expires time.Time) (ok bool,
	err error) {
	ctx, cancel := t.deadline(ctx, 1)
	defer cancel()
	save := rand.Text()
	condition, values := "version = :version AND expires > :now", item{":now": now(), ":version": number(version)}
	if version == 0 {
		condition, values = "attribute_not_exists(pk) OR expires <= :now", item{":now": now()}
	}
	_, err = t.Client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &t.Name,
		Item: item{
			contract.KeyAttribute: text(contract.EntryItemKey(key)), contract.ExpiryAttribute: expiry(expires),
			versionAttribute: number(version + 1), dataAttribute: binary(data), saveAttribute: text(save),
		},
		ConditionExpression:                 &condition,
		ExpressionAttributeValues:           values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if refused, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		// The client repeats a call whose answer was lost, and then finds its own item.
		return textOf(refused.Item, saveAttribute) == save, nil
	}
	if err != nil {
		return false, fmt.Errorf("saving an entry: %w", err)
	}
	return true, nil
}
