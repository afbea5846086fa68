package main

import (
	"context"
	"crypto/md5"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// queue is an SQS queue for [lambdaruntime.Poll], and its dead-letter queue.
type queue struct {
	mu          sync.Mutex
	messages    []*queued
	deadLetters []string // bodies
	receives    int      // the most of one message
}

type queued struct {
	id, body string
	visible  time.Time
	receives int
}

func (q *queue) add(id, body string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = append(q.messages, &queued{id: id, body: body})
}

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.messages)
}

// delay sets from when on messages are visible.
func (q *queue) delay(d time.Duration, ids ...string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.messages {
		if slices.Contains(ids, m.id) {
			m.visible = time.Now().Add(d)
		}
	}
}

func (q *queue) deadLetter(body string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.deadLetters = append(q.deadLetters, body)
}

// serve answers what the function asks of SQS.
func (q *queue) serve(w http.ResponseWriter, operation string, body []byte) {
	var request struct {
		Entries []struct {
			ID                string `json:"Id"`
			ReceiptHandle     string
			VisibilityTimeout int
		}
		MessageBody string
	}
	answer := map[string]any{}
	switch err := json.Unmarshal(body, &request); {
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
	case operation == "AmazonSQS.ChangeMessageVisibilityBatch":
		done := []map[string]string{}
		for _, e := range request.Entries {
			q.delay(time.Duration(e.VisibilityTimeout)*time.Second, e.ReceiptHandle)
			done = append(done, map[string]string{"Id": e.ID})
		}
		answer["Successful"], answer["Failed"] = done, []string{}
	case operation == "AmazonSQS.SendMessage":
		q.deadLetter(request.MessageBody)
		answer["MessageId"], answer["MD5OfMessageBody"] = "1", fmt.Sprintf("%x", md5.Sum([]byte(request.MessageBody)))
	default:
		w.WriteHeader(http.StatusBadRequest)
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// ReceiveMessage waits for a message no longer than it is asked to.
func (q *queue) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	until := time.Now().Add(time.Duration(in.WaitTimeSeconds) * time.Second)
	for {
		if found := q.take(in); len(found) > 0 || time.Now().After(until) {
			return &sqs.ReceiveMessageOutput{Messages: found}, nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (q *queue) take(in *sqs.ReceiveMessageInput) (found []types.Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	for _, m := range q.messages {
		if m.visible.After(now) {
			continue
		}
		m.visible = now.Add(time.Duration(in.VisibilityTimeout) * time.Second)
		m.receives++
		q.receives = max(q.receives, m.receives)
		found = append(found, types.Message{MessageId: aws.String(m.id), ReceiptHandle: aws.String(m.id), Body: aws.String(m.body),
			Attributes: map[string]string{"ApproximateReceiveCount": strconv.Itoa(m.receives)}})
		if len(found) == int(in.MaxNumberOfMessages) {
			break
		}
	}
	return found
}

func (q *queue) DeleteMessageBatch(_ context.Context, in *sqs.DeleteMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error) {
	gone := map[string]bool{}
	for _, entry := range in.Entries {
		gone[*entry.ReceiptHandle] = true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.messages = slices.DeleteFunc(q.messages, func(m *queued) bool { return gone[m.id] })
	return &sqs.DeleteMessageBatchOutput{}, nil
}
