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
	claims  map[string]claim
	entries map[string]saved
}

type claim struct {
	holder string
	told   bool // nobody holds it then
	until  time.Time
}

type saved struct {
	Entry
	expires time.Time
}

var _ Store = (*Memory)(nil)

// Claim is [Store.Claim].
func (m *Memory) Claim(_ context.Context, holder string, eventIDs []string, until time.Time) (map[string]Claim, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.claims == nil {
		m.claims = map[string]claim{}
	}
	answer := make(map[string]Claim, len(eventIDs))
	now := time.Now()
	for _, id := range eventIDs {
		held, ok := m.claims[id]
		switch {
		case ok && held.until.After(now) && held.told:
			answer[id] = Told
		case ok && held.until.After(now) && held.holder != holder:
			answer[id] = Busy
		default:
			m.claims[id] = claim{holder: holder, until: until}
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
		m.claims = map[string]claim{}
	}
	for _, id := range eventIDs {
		m.claims[id] = claim{told: true, until: time.Now().Add(ToldFor)}
	}
	return nil
}

// Release is [Store.Release].
func (m *Memory) Release(_ context.Context, holder string, eventIDs []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, id := range eventIDs {
		if held := m.claims[id]; !held.told && held.holder == holder {
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
		m.entries = map[string]saved{}
	}
	s := m.entries[key]
	if !s.expires.After(time.Now()) {
		s = saved{}
	}
	if s.Version != version {
		return false, nil
	}
	m.entries[key] = saved{Entry{version + 1, bytes.Clone(data)}, expires}
	return true, nil
}

// All are the entries that have not expired.
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
