package slack

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// errorWithout checks that an error, if there is one, is an *Error that holds none of the secrets.
func errorWithout(t *testing.T, err error, secrets ...string) *Error {
	t.Helper()
	if err == nil {
		return nil
	}
	slackErr := (*Error)(nil)
	if !errors.As(err, &slackErr) {
		t.Fatalf("%T, want *Error", err)
	}
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("the error holds %s: %s", secret, text)
			}
		}
	}
	return slackErr
}

// serve starts a server that stands in for Slack, and gives its address.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// hold reads a request and sends no response until the test ends.
func hold(t *testing.T) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-t.Context().Done():
		case <-r.Context().Done():
		}
	}
}

// echo sends a part of the request in place of an HTTP response.
func echo(part func(*http.Request) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, buffer, _ := w.(http.Hijacker).Hijack()
		_, _ = buffer.WriteString(part(r) + "\r\n\r\n")
		_ = buffer.Flush()
		_ = conn.Close()
	}
}
