package slacktest

import (
	"cmp"
	"encoding/json"
	"net"
	"net/http"
	"time"
)

// fault is what happens instead of taking one message.
type fault struct {
	status     int
	body       string
	retryAfter time.Duration
	reset      bool
	delay      time.Duration
}

// Fail lets the next n requests fail with a status and a body, for example 503 and
// "service_unavailable". A retryAfter above zero is sent as Retry-After, in whole seconds, rounded
// up.
func (s *Server) Fail(n int, status int, body string, retryAfter time.Duration) {
	s.addFaults(n, fault{status: status, body: body, retryAfter: retryAfter})
}

// Refuse lets the next n requests of the Web API be refused with one of Slack's words, such as
// not_in_channel.
func (s *Server) Refuse(n int, word string) {
	body, _ := json.Marshal(object{"ok": false, "error": word})
	s.Fail(n, http.StatusOK, string(body), 0)
}

// FailReset lets the connections of the next n requests be reset, unanswered.
func (s *Server) FailReset(n int) { s.addFaults(n, fault{reset: true}) }

// Slow holds back the next n requests for d and then treats them as ever. A sender that gives up
// meanwhile has not been heard.
func (s *Server) Slow(n int, d time.Duration) { s.addFaults(n, fault{delay: d}) }

// addFaults appends to the faults to come: they happen in the order in which they were asked for.
func (s *Server) addFaults(n int, f fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range n {
		s.faults = append(s.faults, f)
	}
}

func (s *Server) takeFault() (fault, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) == 0 {
		return fault{}, false
	}
	f := s.faults[0]
	s.faults = s.faults[1:]
	return f, true
}

// apply reports whether the request is done with.
func (f fault) apply(w http.ResponseWriter, r *http.Request) bool {
	switch {
	case f.delay > 0:
		select {
		case <-time.After(f.delay):
			return false
		case <-r.Context().Done():
			return true
		}
	case f.reset:
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return true
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0) // a reset instead of an orderly end
		}
		_ = conn.Close()
		return true
	}
	if f.retryAfter > 0 {
		w.Header().Set("Retry-After", seconds(f.retryAfter))
	}
	answer(w, cmp.Or(f.status, http.StatusInternalServerError), f.body)
	return true
}
