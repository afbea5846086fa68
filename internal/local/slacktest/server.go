package slacktest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"time"
)

// maxBody is the longest message that is read, in bytes; a longer one is no JSON any more.
const maxBody = 1 << 20

// Options says how the server behaves. The zero value is a good one.
type Options struct {
	// Webhooks are the names of the webhooks that exist; any other is answered with 404 no_service.
	// Empty: every name exists.
	Webhooks []string
	// Token is the bot token that the Web API takes; any other is answered with invalid_auth.
	// Empty: every token is good.
	Token string
	// Channels are the names of the channels that the app may post to, such as "#alerts"; any other
	// is answered with channel_not_found. Empty: every name, and every id, is a channel.
	Channels []string
	// RateLimit turns on Slack's rates: one message a second for each webhook and each channel, 50
	// updates a minute. The others are answered with 429 and Retry-After. Off by default.
	RateLimit bool
	// Now is the clock of the rate limit and of Message.Time. Nil: time.Now.
	Now func() time.Time
	// OnMessage is called for each message taken, one at a time, before its sender is answered. It
	// may call the server's methods. Nil: nothing is called.
	OnMessage func(Message)
}

// Message is a message that the server took.
type Message struct {
	Webhook string // the name given to URL; empty for a message of the Web API
	// Channel is the id of the channel, Name what the sender called it; empty for a message of a
	// webhook.
	Channel, Name string
	// Timestamp names the message in its channel, and Thread the one whose thread it is in.
	Timestamp, Thread string
	Payload           json.RawMessage   // the body as it came
	Updates           []json.RawMessage // the bodies of chat.update for it, the last one is what people see
	Time              time.Time         // when it came
}

// Server is a running local Slack. Its methods may be called from several goroutines.
type Server struct {
	options Options
	http    *httptest.Server
	calls   sync.Mutex // one call of OnMessage at a time

	mu       sync.Mutex
	messages []Message
	requests int
	faults   []fault
	next     map[string]time.Time // by webhook, and by channel's id: when the rate allows the next message
	updates  []time.Time          // of the last minute
	channels map[string]string    // ids by name
	posted   int                  // messages of the Web API, for their timestamps
	arrived  chan struct{}        // closed and made anew for each arrival
}

// New starts a server on the loopback interface. It must be ended with Close.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{options: o, next: map[string]time.Time{}, channels: map[string]string{}, arrived: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("/services/{team}/{app}/{name}", s.webhook)
	mux.HandleFunc("/api/{method}", s.api)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusNotFound, "no_team") })
	s.http = httptest.NewServer(mux)
	return s
}

// Close ends the server and waits until what is under way is answered.
func (s *Server) Close() { s.http.Close() }

// URL is the address of the webhook of that name. The shape is Slack's, so that it can be told from
// other addresses; the host is not.
func (s *Server) URL(name string) string { return s.http.URL + "/services/T000/B000/" + name }

// Messages are the messages taken so far, the oldest first.
func (s *Server) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// Requests counts what was asked so far, refusals and faults included.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Reset forgets messages, requests, faults that have not happened and the rate.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages, s.requests, s.faults, s.updates = nil, 0, nil, nil
	clear(s.next)
}

// Wait waits until at least n messages were taken, or done is closed (t.Context().Done(), for
// example). It returns what was taken.
func (s *Server) Wait(n int, done <-chan struct{}) []Message {
	for {
		s.mu.Lock()
		messages, arrived := slices.Clone(s.messages), s.arrived
		s.mu.Unlock()
		if len(messages) >= n {
			return messages
		}
		select {
		case <-arrived:
		case <-done:
			return messages
		}
	}
}

// receive counts a request and reads it. It is not ok where the sender went away, or a fault was to
// happen to it.
func (s *Server) receive(w http.ResponseWriter, r *http.Request) (body []byte, ok bool) {
	s.mu.Lock()
	s.requests++
	s.mu.Unlock()
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, false // the sender went away
	}
	if f, ok := s.takeFault(); ok && f.apply(w, r) {
		return nil, false
	}
	return body, true
}

func (s *Server) webhook(w http.ResponseWriter, r *http.Request) {
	body, ok := s.receive(w, r)
	if !ok {
		return
	}
	name := r.PathValue("name")
	if r.Method != http.MethodPost {
		answer(w, http.StatusMethodNotAllowed, "invalid_http_method")
		return
	}
	if len(s.options.Webhooks) > 0 && !slices.Contains(s.options.Webhooks, name) {
		answer(w, http.StatusNotFound, "no_service")
		return
	}
	if wait := s.tooSoon(name); wait > 0 {
		w.Header().Set("Retry-After", seconds(wait))
		answer(w, http.StatusTooManyRequests, "rate_limited")
		return
	}
	payload, refused := check(r, body)
	if refused != "" {
		answer(w, http.StatusBadRequest, refused)
		return
	}
	s.accept(Message{Webhook: name, Payload: payload, Time: s.options.Now()})
	answer(w, http.StatusOK, "ok")
}

func (s *Server) accept(m Message) {
	s.mu.Lock()
	s.messages = append(s.messages, m)
	close(s.arrived)
	s.arrived = make(chan struct{})
	s.mu.Unlock()
	if s.options.OnMessage != nil {
		s.calls.Lock()
		defer s.calls.Unlock()
		s.options.OnMessage(m)
	}
}

// seconds writes a time as Retry-After does: in whole seconds, rounded up.
func seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }

// tooSoon returns how long the webhook, or the channel, must still wait, and otherwise counts the
// message. Slack also counts messages that it then refuses.
func (s *Server) tooSoon(name string) time.Duration {
	if !s.options.RateLimit {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	if wait := s.next[name].Sub(now); wait > 0 {
		return wait
	}
	s.next[name] = now.Add(time.Second)
	return 0
}

// answer writes the body as Slack does: plain text without a line's end.
func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
