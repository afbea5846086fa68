package state

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// Memory is a [Store] that ends with the process. Its zero value is ready for use.
type Memory struct {
	mu      sync.Mutex
	claims  map[string]memoryClaim
	entries map[string]memoryEntry
}

type memoryClaim struct {
	holder string
	posted bool // it has no holder then
	until  time.Time
}

type memoryEntry struct {
	Entry
	expires time.Time
}

var _ Store = (*Memory)(nil)

// Claim is [Store.Claim].
func (m *Memory) Claim(_ context.Context, holder string, eventIDs []string, until time.Time) (map[string]Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.claims == nil {
		m.claims = map[string]memoryClaim{}
	}
	answer := make(map[string]Claim, len(eventIDs))
	now := time.Now()
	for _, id := range eventIDs {
		held, ok := m.claims[id]
		switch {
		case ok && held.until.After(now) && held.posted:
			answer[id] = Posted
		case ok && held.until.After(now) && held.holder != holder:
			answer[id] = Busy
		default:
			m.claims[id] = memoryClaim{holder: holder, until: until}
			answer[id] = Taken
		}
	}
	return answer, nil
}

// Confirm is [Store.Confirm].
func (m *Memory) Confirm(_ context.Context, eventIDs []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.claims == nil {
		m.claims = map[string]memoryClaim{}
	}
	for _, id := range eventIDs {
		m.claims[id] = memoryClaim{posted: true, until: time.Now().Add(PostedTTL)}
	}
	return nil
}

// Release is [Store.Release].
func (m *Memory) Release(_ context.Context, holder string, eventIDs []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range eventIDs {
		if held := m.claims[id]; !held.posted && held.holder == holder {
			delete(m.claims, id)
		}
	}
	return nil
}

// Load is [Store.Load].
func (m *Memory) Load(_ context.Context, keys []string) (map[string]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	answer := map[string]Entry{}
	for _, key := range keys {
		if s, ok := m.entries[key]; ok && s.expires.After(time.Now()) {
			answer[key] = Entry{Version: s.Version, Data: bytes.Clone(s.Data)}
		}
	}
	return answer, nil
}

// Save is [Store.Save].
func (m *Memory) Save(_ context.Context, key string, version int64, data []byte, expires time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries == nil {
		m.entries = map[string]memoryEntry{}
	}
	s := m.entries[key]
	if !s.expires.After(time.Now()) {
		s = memoryEntry{}
	}
	if s.Version != version {
		return false, nil
	}
	m.entries[key] = memoryEntry{Entry{version + 1, bytes.Clone(data)}, expires}
	return true, nil
}

// All are the entries that have not expired, by key.
func (m *Memory) All() map[string]Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := map[string]Entry{}
	for key, s := range m.entries {
		if s.expires.After(time.Now()) {
			all[key] = s.Entry
		}
	}
	return all
}
