package localaws

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
)

// lateConn returns from writing the body of a request only when that body is closed, as where the
// writer waits for a processor while the answer arrives.
type lateConn struct {
	*net.TCPConn
	closed <-chan struct{}
	late   *bool
}

func (c lateConn) ReadFrom(r io.Reader) (int64, error) {
	n, err := c.TCPConn.ReadFrom(r)
	<-c.closed
	*c.late = true
	return n, err
}

// closingBody tells when the SDK closes the body of its request.
type closingBody struct {
	io.ReadCloser
	closed chan<- struct{}
}

func (b closingBody) WriteTo(w io.Writer) (int64, error) {
	return b.ReadCloser.(io.WriterTo).WriteTo(w)
}

func (b closingBody) Close() error {
	err := b.ReadCloser.Close()
	select {
	case b.closed <- struct{}{}:
	default: // told before
	}
	return err
}

type doFunc func(*http.Request) (*http.Response, error)

func (f doFunc) Do(r *http.Request) (*http.Response, error) { return f(r) }

// An answer is read to its end although the SDK closes the body of the request before its writer
// has seen the end of it.
func TestAnAnswerIsReadWhoseRequestWasClosedEarly(t *testing.T) {
	closed, wrote := make(chan struct{}, 1), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = http.NewResponseController(w).Flush() // the head of the answer
		<-wrote
		_, _ = io.WriteString(w, `{"Rules":[{"Name":"one"}]}`)
	}))
	defer server.Close()
	var late bool
	base := awshttp.NewBuildableClient().WithTransportOptions(func(transport *http.Transport) {
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return lateConn{conn.(*net.TCPConn), closed, &late}, nil
		}
	})
	config, err := (&Server{endpoint: server.URL, accounts: map[string]session{"111111111111": {}}}).Config(t.Context(), "111111111111", "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	client := config.HTTPClient.(httpClient)
	client.HTTPClient = base
	config.HTTPClient = doFunc(func(r *http.Request) (*http.Response, error) {
		r.Body = closingBody{r.Body, closed}
		return client.Do(r)
	})
	config.Credentials = aws.AnonymousCredentials{}
	config.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	var failed error
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteRequest: func(i httptrace.WroteRequestInfo) {
		failed = i.Err
		close(wrote)
	}})
	out, err := eventbridge.NewFromConfig(config).ListRules(ctx, &eventbridge.ListRulesInput{})
	if !late {
		t.Error("the SDK or net/http sends the body in another way now, and this test sees nothing")
	}
	if err != nil || failed != nil || len(out.Rules) != 1 {
		t.Errorf("the call ended with %v, and writing its request with %v", err, failed)
	}
}
