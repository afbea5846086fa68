package main

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"syscall"
	"testing"

	"github.com/trailbus/trailbus/internal/local/lambdaruntime"
	"github.com/trailbus/trailbus/internal/local/slacktest"
)

// gate is the way of one process to AWS and to Slack. It kills the process at one of its requests:
// before that is answered, whether or not what it asks for is done.
type gate struct {
	function   *lambdaruntime.Function
	aws, slack *httptest.Server

	mu    sync.Mutex
	armed bool
	left  int // requests until it is killed
}

func newGate(tb testing.TB, aws http.Handler, slack *slacktest.Server) *gate {
	tb.Helper()
	address, err := url.Parse(slack.URL("alerts"))
	if err != nil {
		tb.Fatal(err)
	}
	g := &gate{}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: address.Scheme, Host: address.Host})
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) } // a connection that Slack ended
	g.slack = httptest.NewServer(g.wrap(proxy))
	webhook := g.slack.URL + address.Path
	g.aws = httptest.NewServer(g.wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Target") == "secretsmanager.GetSecretValue" {
			w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
			_ = json.NewEncoder(w).Encode(map[string]string{"ARN": "arn", "Name": "slack", "SecretString": webhook})
			return
		}
		aws.ServeHTTP(w, r)
	})))
	tb.Cleanup(func() {
		g.aws.CloseClientConnections()
		g.slack.CloseClientConnections()
		g.aws.Close()
		g.slack.Close()
	})
	return g
}

// arm has a process killed at one of its next requests; disarm says whether that has happened.
func (g *gate) arm(requests int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.armed, g.left = true, 1+rand.IntN(requests)
}

func (g *gate) disarm() (killed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	killed = g.armed && g.left == 0
	g.armed = false
	return killed
}

// last says whether a request is the last one of its process.
func (g *gate) last() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.armed || g.left == 0 {
		return false
	}
	g.left--
	return g.left == 0
}

func (g *gate) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !g.last() {
			next.ServeHTTP(w, r)
			return
		}
		if rand.IntN(2) == 0 {
			next.ServeHTTP(httptest.NewRecorder(), r)
		}
		_ = syscall.Kill(g.function.PID(), syscall.SIGKILL)
		panic(http.ErrAbortHandler) // the process is dead
	})
}
