package slacktest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// What the Web API takes. chat.update is of tier 3: https://docs.slack.dev/apis/web-api/rate-limits
const (
	maxUpdateText    = 4000 // https://docs.slack.dev/reference/methods/chat.update
	updatesPerMinute = 50
)

// API is the address of the Web API, of which there are chat.postMessage and chat.update, with
// arguments as JSON.
func (s *Server) API() string { return s.http.URL + "/api/" }

// Channel gives the messages of a channel by name or id, the oldest first, those in threads too.
func (s *Server) Channel(name string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := name
	if known, ok := s.channels[name]; ok {
		id = known
	}
	return slices.DeleteFunc(slices.Clone(s.messages), func(m Message) bool { return m.Channel == "" || m.Channel != id })
}

// api answers a method of the Web API.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	body, ok := s.receive(w, r)
	if !ok {
		return
	}
	refused, wait := s.unauthorized(r), time.Duration(0)
	var posted object
	if refused == "" {
		switch r.PathValue("method") {
		case "chat.postMessage":
			posted, refused, wait = s.post(r, body)
		case "chat.update":
			posted, refused, wait = s.update(r, body)
		default:
			refused = "unknown_method"
		}
	}
	status, said := http.StatusOK, object{"ok": true}
	if refused != "" {
		said = object{"ok": false, "error": refused}
	}
	if wait > 0 {
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", seconds(wait))
	}
	maps.Copy(said, posted)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(said)
}

func (s *Server) unauthorized(r *http.Request) string {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case !found || token == "":
		return "not_authed"
	case s.options.Token != "" && token != s.options.Token:
		return "invalid_auth"
	}
	return ""
}

// arguments of both methods, as far as they are looked at.
type arguments struct {
	Channel   string `json:"channel"`
	Timestamp string `json:"ts"`
	Thread    string `json:"thread_ts"`
	Text      string `json:"text"`
}

// parseArguments checks a body as that of a webhook is checked.
func parseArguments(r *http.Request, body []byte) (a arguments, refused string) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return a, "invalid_post_type"
	}
	_, refused = check(r, body)
	if refused == invalidPayload || refused == "" && json.Unmarshal(body, &a) != nil {
		refused = "invalid_json"
	}
	return a, refused
}

func (s *Server) post(r *http.Request, body []byte) (answer object, refused string, wait time.Duration) {
	a, refused := parseArguments(r, body)
	id, known := s.channel(a.Channel)
	switch {
	case refused == "" && !known:
		refused = "channel_not_found"
	case known:
		if wait = s.tooSoon(id); wait > 0 {
			refused = "ratelimited"
		}
	}
	if refused != "" {
		return nil, refused, wait
	}
	m := Message{Channel: id, Name: a.Channel, Payload: body, Time: s.options.Now()}
	s.mu.Lock()
	s.posted++
	m.Timestamp = fmt.Sprintf("%d.%06d", m.Time.Unix(), s.posted%1_000_000)
	if s.find(id, a.Thread) >= 0 { // without its parent it stands in the channel
		m.Thread = a.Thread
	}
	s.mu.Unlock()
	s.accept(m)
	return postedMessage(m, body), "", 0
}

func (s *Server) update(r *http.Request, body []byte) (answer object, refused string, wait time.Duration) {
	a, refused := parseArguments(r, body)
	if refused == "" && length(a.Text) > maxUpdateText {
		refused = "msg_too_long"
	}
	if wait = s.tooManyUpdates(); wait > 0 {
		return nil, "ratelimited", wait
	}
	if refused != "" {
		return nil, refused, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// a name is none either
	if !slices.ContainsFunc(s.messages, func(m Message) bool { return m.Channel != "" && m.Channel == a.Channel }) {
		return nil, "channel_not_found", 0
	}
	i := s.find(a.Channel, a.Timestamp)
	if i < 0 {
		return nil, "message_not_found", 0
	}
	s.messages[i].Updates = append(slices.Clone(s.messages[i].Updates), body) // what was given out stays as it was
	return postedMessage(s.messages[i], body), "", 0
}

// find is the index of a message, or -1. The lock is held.
func (s *Server) find(channel, timestamp string) int {
	return slices.IndexFunc(s.messages, func(m Message) bool {
		return m.Timestamp != "" && m.Channel == channel &&
			m.Timestamp == timestamp
	})
}

// postedMessage is what Slack answers: the message as it made it.
func postedMessage(m Message, body []byte) object {
	message := object{}
	_ = json.Unmarshal(body, &message)
	message["type"], message["ts"], message["bot_id"] = "message", m.Timestamp, "B0TRAILBUS"
	return object{"channel": m.Channel, "ts": m.Timestamp, "message": message}
}

var channelID = regexp.MustCompile(`^[CG][A-Z0-9]{5,30}$`)

// channel gives the id of a channel, and whether the app may post to it. A name gets its id when it
// is first used.
func (s *Server) channel(name string) (id string, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for given, id := range s.channels {
		if id == name && given != "" {
			return id, true
		}
	}
	if len(s.options.Channels) > 0 && !slices.Contains(s.options.Channels, name) {
		return "", false
	}
	if channelID.MatchString(name) {
		return name, true
	}
	if !strings.HasPrefix(name, "#") || len(name) < 2 {
		return "", false
	}
	if s.channels[name] == "" {
		s.channels[name] = fmt.Sprintf("C%010d", len(s.channels)+1)
	}
	return s.channels[name], true
}

// tooManyUpdates returns how long an update must wait, and otherwise counts it.
func (s *Server) tooManyUpdates() time.Duration {
	if !s.options.RateLimit {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	s.updates = slices.DeleteFunc(s.updates, func(t time.Time) bool { return now.Sub(t) >= time.Minute })
	if len(s.updates) >= updatesPerMinute {
		return s.updates[0].Add(time.Minute).Sub(now)
	}
	s.updates = append(s.updates, now)
	return 0
}
