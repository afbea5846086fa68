package main

import (
	"encoding/base64"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// table is as much of DynamoDB as the function asks for. Package state is tested against a better
// one.
type table struct {
	mu    sync.Mutex
	items map[string]attributes
}

type attributes map[string]map[string]any // such as {"pk":{"S":"event#1"}}

// tableRequest is what all requests have between them.
type tableRequest struct {
	Item, Key, ExpressionAttributeValues attributes
	RequestItems                         map[string]json.RawMessage
	TransactItems                        []struct{ Put tableRequest }
}

func (t *table) serve(w http.ResponseWriter, operation string, body []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.items == nil {
		t.items = map[string]attributes{}
	}
	var request tableRequest
	if err := json.Unmarshal(body, &request); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answer, status := map[string]any{}, http.StatusOK
	switch operation {
	case "PutItem":
		key := request.Item.text("pk")
		if old := t.items[key]; old != nil && !request.mayReplace(old) {
			status = http.StatusBadRequest
			answer["__type"], answer["Item"] = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", old
			break
		}
		t.items[key] = request.Item
	case "TransactWriteItems":
		var reasons []map[string]any
		refused := false
		for _, write := range request.TransactItems {
			reason := map[string]any{"Code": "None"}
			if old := t.items[write.Put.Item.text("pk")]; old != nil && !write.Put.mayReplace(old) {
				reason, refused = map[string]any{"Code": "ConditionalCheckFailed", "Item": old}, true
			}
			reasons = append(reasons, reason)
		}
		if refused {
			status = http.StatusBadRequest
			answer["__type"], answer["CancellationReasons"] = "com.amazonaws.dynamodb.v20120810#TransactionCanceledException", reasons
			break
		}
		for _, write := range request.TransactItems {
			t.items[write.Put.Item.text("pk")] = write.Put.Item
		}
	case "DeleteItem":
		if old := t.items[request.Key.text("pk")]; old != nil && request.mayReplace(old) {
			delete(t.items, request.Key.text("pk"))
		}
	case "BatchWriteItem":
		for _, raw := range request.RequestItems {
			var puts []struct{ PutRequest struct{ Item attributes } }
			_ = json.Unmarshal(raw, &puts)
			for _, put := range puts {
				t.items[put.PutRequest.Item.text("pk")] = put.PutRequest.Item
			}
		}
	case "BatchGetItem":
		found := map[string][]attributes{}
		for name, raw := range request.RequestItems {
			var wanted struct{ Keys []attributes }
			_ = json.Unmarshal(raw, &wanted)
			for _, key := range wanted.Keys {
				if item := t.items[key.text("pk")]; item != nil {
					found[name] = append(found[name], item)
				}
			}
		}
		answer["Responses"] = found
	default:
		http.Error(w, operation, http.StatusBadRequest)
		return
	}
	text, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE(text)), 10)) // the SDK complains without it
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// mayReplace is what the conditions ask for: that the old item has expired, or has the same holder,
// or the version that was loaded.
func (r *tableRequest) mayReplace(old attributes) bool {
	holder, version := r.ExpressionAttributeValues[":holder"], r.ExpressionAttributeValues[":version"]
	if now := r.ExpressionAttributeValues.number(":now"); now > 0 && old.number("expires") <= now {
		return version == nil
	}
	return holder != nil && old["holder"] != nil && holder["S"] == old["holder"]["S"] ||
		version != nil && old["version"] != nil && version["N"] == old["version"]["N"]
}

func (a attributes) number(name string) int64 {
	s, _ := a[name]["N"].(string)
	n, _ := strconv.ParseInt(s, 10, 64)
	return n
}

func (a attributes) text(name string) string {
	s, _ := a[name]["S"].(string)
	return s
}

// expire lets time pass for some events: their claims have ended, and their groups are due.
func (t *table) expire(eventIDs []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range eventIDs {
		for key, item := range t.items {
			if strings.HasPrefix(key, "event#"+id+" ") && item["holder"] != nil {
				delete(t.items, key)
			}
		}
	}
	for _, item := range t.items {
		kept := item.groupState()
		if kept["Next"] == nil {
			continue
		}
		kept["Next"], _ = json.Marshal(time.Now().Add(-time.Second))
		data, _ := json.Marshal(kept)
		item["data"] = map[string]any{"B": base64.StdEncoding.EncodeToString(data)}
	}
}

// waiting are the keys under which repeats wait to be posted.
func (t *table) waiting() (keys []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, item := range t.items {
		if kept := item.groupState(); kept["Pending"] != nil || kept["Telling"] != nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// groupState is the state of a group, nil where the item is another entry.
func (a attributes) groupState() (kept map[string]json.RawMessage) {
	text, _ := a["data"]["B"].(string)
	data, _ := base64.StdEncoding.DecodeString(text)
	if json.Unmarshal(data, &kept) != nil {
		return nil
	}
	return kept
}
