package lambdaruntime

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// routes are the four routes of the Runtime API.
func (s *sandbox) routes() http.Handler {
	const base = "/2018-06-01/runtime/"
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+base+"invocation/next", s.next)
	mux.HandleFunc("POST "+base+"invocation/{id}/response", s.response)
	mux.HandleFunc("POST "+base+"invocation/{id}/error", s.functionError)
	mux.HandleFunc("POST "+base+"init/error", s.initError)
	return mux
}

// next gives the function its next call, whenever that comes.
func (s *sandbox) next(w http.ResponseWriter, r *http.Request) {
	s.pollOnce.Do(func() {
		s.coldStart = time.Since(s.started)
		close(s.polled)
	})
	var i *invocation
	select {
	case i = <-s.work:
	case <-r.Context().Done():
		return
	}
	i.deadline = time.Now().Add(s.o.Timeout)
	s.mu.Lock()
	s.current = i
	s.mu.Unlock()
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Lambda-Runtime-Aws-Request-Id", i.id)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", s.arn)
	h.Set("Lambda-Runtime-Trace-Id", traceID())
	_, _ = w.Write(i.payload)
}

func (s *sandbox) response(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	if err != nil {
		return // the function ended meanwhile
	}
	if len(body) > maxPayload {
		s.finish(w, r, http.StatusRequestEntityTooLarge, result{err: &FunctionError{
			Type: "Function.ResponseSizeTooLarge", Message: fmt.Sprintf("Response payload size exceeded maximum allowed payload size (%d bytes).", maxPayload),
		}})
		return
	}
	s.finish(w, r, http.StatusAccepted, result{answer: body})
}

func (s *sandbox) functionError(w http.ResponseWriter, r *http.Request) {
	s.finish(w, r, http.StatusAccepted, result{err: readError(r)})
}

func (s *sandbox) initError(w http.ResponseWriter, r *http.Request) {
	select {
	case s.failed <- readError(r):
	default: // said before
	}
	status(w, http.StatusAccepted, `{"status":"OK"}`)
}

// finish ends the call that the request names, if it is the one under way.
func (s *sandbox) finish(w http.ResponseWriter, r *http.Request, code int, end result) {
	s.mu.Lock()
	i := s.current
	if i != nil && i.id == r.PathValue("id") {
		s.current, i.answered = nil, true
	} else {
		i = nil
	}
	s.mu.Unlock()
	if i == nil {
		status(w, http.StatusBadRequest, `{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`)
		return
	}
	// The function is answered before its caller: a caller that stops the function at once must not
	// cut it off here.
	status(w, code, `{"status":"OK"}`)
	_ = http.NewResponseController(w).Flush()
	i.done <- end
}

func readError(r *http.Request) *FunctionError {
	e := &FunctionError{}
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	if json.Unmarshal(body, e) != nil || e.Type == "" {
		e.Type = r.Header.Get("Lambda-Runtime-Function-Error-Type")
	}
	if e.Message == "" && e.Type == "" {
		e.Type, e.Message = "Runtime.Unknown", string(body)
	}
	return e
}

func status(w http.ResponseWriter, code int, body string) {
	w.Header().Set("Content-Type", "application/vnd.aws.lambda.error+json")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, body)
}

// traceID looks like that of X-Ray, and says that nothing is sampled.
func traceID() string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("Root=1-%08x-%x;Parent=%x;Sampled=0", time.Now().Unix(), b[:12], b[12:])
}
