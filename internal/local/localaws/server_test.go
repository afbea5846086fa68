package localaws_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/trailbus/trailbus/internal/local/localaws"
	"github.com/trailbus/trailbus/internal/local/testenv"
)

func TestServersAreApart(t *testing.T) {
	t.Parallel()
	const account = "444444444444"
	var servers []*localaws.Server
	for range 2 {
		s, err := localaws.Start(t.Context(), localaws.Options{})
		testenv.LocalAWS(t, err)
		t.Cleanup(s.Stop)
		servers = append(servers, s)
	}
	first, second := sqs.NewFromConfig(config(t, servers[0], account, home)), sqs.NewFromConfig(config(t, servers[1], account, home))
	made, err := first.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: new("mine")})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(*made.QueueUrl, account) || !strings.HasPrefix(*made.QueueUrl, servers[0].Endpoint()) {
		t.Errorf("queue URL %s, wanted it at %s in account %s", *made.QueueUrl, servers[0].Endpoint(), account)
	}
	if out, err := first.ListQueues(t.Context(), &sqs.ListQueuesInput{}); err != nil || len(out.QueueUrls) != 1 {
		t.Errorf("first server: %+v, %v, wanted one queue", out, err)
	}
	if out, err := second.ListQueues(t.Context(), &sqs.ListQueuesInput{}); err != nil || len(out.QueueUrls) != 0 {
		t.Errorf("second server: %+v, %v, wanted no queue", out, err)
	}
	elsewhere := sqs.NewFromConfig(config(t, servers[0], "555555555555", home))
	if out, err := elsewhere.ListQueues(t.Context(), &sqs.ListQueuesInput{}); err != nil || len(out.QueueUrls) != 0 {
		t.Errorf("another account: %+v, %v, wanted no queue", out, err)
	}

	servers[0].Stop()
	servers[0].Stop()
	if res, err := http.Get(servers[0].Endpoint()); err == nil {
		res.Body.Close()
		t.Error("the server answers after Stop")
	}
	if out, err := second.ListQueues(t.Context(), &sqs.ListQueuesInput{}); err != nil || len(out.QueueUrls) != 0 {
		t.Errorf("second server after the first has ended: %+v, %v", out, err)
	}
}

// TestServerEndsWithItsProgram starts this test's own binary as a program that starts a server and
// is then killed.
func TestServerEndsWithItsProgram(t *testing.T) {
	if os.Getenv("LOCALAWS_TEST_PROGRAM") == "1" {
		s, err := localaws.Start(t.Context(), localaws.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = os.Stdout.WriteString("endpoint " + s.Endpoint() + "\n")
		select {} // until killed
	}
	t.Parallel()
	if _, err := localaws.Find(t.Context(), ""); err != nil {
		testenv.LocalAWS(t, err)
	}
	program := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServerEndsWithItsProgram$")
	program.Env = append(os.Environ(), "LOCALAWS_TEST_PROGRAM=1")
	out, err := program.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	for !bytes.Contains(said.Bytes(), []byte("\n")) || !strings.Contains(said.String(), "endpoint ") {
		chunk := make([]byte, 100)
		n, err := out.Read(chunk)
		if err != nil {
			t.Fatalf("the program says %q: %v", said.String(), err)
		}
		said.Write(chunk[:n])
	}
	_, rest, _ := strings.Cut(said.String(), "endpoint ")
	endpoint := strings.TrimSpace(rest)
	if res, err := http.Get(endpoint + "/moto-api/data.json"); err != nil {
		t.Fatalf("the server of the program does not answer: %v", err)
	} else {
		res.Body.Close()
	}
	if err := program.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = program.Wait()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		res, err := http.Get(endpoint + "/moto-api/data.json")
		if err != nil {
			return
		}
		res.Body.Close()
		if time.Now().After(deadline) {
			t.Fatal("the server outlives the program that started it")
		}
	}
}

func TestEndOfContextEndsTheServer(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s, err := localaws.Start(ctx, localaws.Options{})
	testenv.LocalAWS(t, err)
	cancel()
	s.Stop() // waits
	if res, err := http.Get(s.Endpoint()); err == nil {
		res.Body.Close()
		t.Error("the server answers after its context is done")
	}
}

// TestAnAnswerIsOnePiece speaks to the server without a client, to see what it sends when.
func TestAnAnswerIsOnePiece(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.s.Endpoint(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	const head = "POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AWSEvents.ListEventBuses\r\nContent-Type: application/x-amz-json-1.1\r\n" +
		"Authorization: AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/events/aws4_request, SignedHeaders=host, Signature=none\r\n" +
		"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
	piece := make([]byte, 1<<16)
	for _, step := range []struct{ sent, begin, end string }{{head, "HTTP/1.1 100 Continue\r\n", "\r\n"}, {"{}", "HTTP/1.1 ", "}"}} {
		if _, err := io.WriteString(conn, step.sent); err != nil {
			t.Fatal(err)
		}
		n, err := conn.Read(piece)
		if got := string(piece[:n]); err != nil || !strings.HasPrefix(got, step.begin) || !strings.HasSuffix(got, step.end) {
			t.Errorf("after %q it sends %q at once (%v), wanted %q…%q", step.sent, got, err, step.begin, step.end)
		}
	}
}

func TestEnvReachesNoRealAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	env, err := w.s.Env(t.Context(), w.member, away)
	if err != nil {
		t.Fatal(err)
	}
	for _, wanted := range []string{
		"AWS_ENDPOINT_URL=" + w.s.Endpoint(), "AWS_REGION=" + away, "AWS_PROFILE=", "AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=",
		"AWS_ENDPOINT_URL_S3_FOR_CLOUDFORMATION=" + strings.Replace(w.s.Endpoint(), "127.0.0.1", "localhost", 1),
	} {
		if !slices.Contains(env, wanted) {
			t.Errorf("no %s in %q", wanted, env)
		}
	}
	for _, v := range env {
		if name, value, _ := strings.Cut(v, "="); strings.HasSuffix(name, "_FILE") {
			if _, err := os.Stat(value); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: %v, wanted a file that does not exist", v, err)
			}
		}
	}
	for _, account := range []string{"", "123", "12345678901x"} {
		if _, err := w.s.Env(t.Context(), account, away); err == nil || !strings.Contains(err.Error(), "allowed: 12 digits") {
			t.Errorf("account %q: %v", account, err)
		}
	}
}

func TestFindSaysWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	for _, c := range []struct{ name, script, wanted string }{
		{"no Python", "", "python3: not found"},
		{"no moto", "#!/bin/sh\necho \"ModuleNotFoundError: No module named 'moto'\" >&2\nexit 1\n", "No module named 'moto'"},
		{"another moto", "#!/bin/sh\nprintf '/usr/bin/python3\\n4.0.0\\n'\n", "has moto 4.0.0, wanted 5.2.1"},
	} {
		if c.script != "" {
			if err := os.WriteFile(filepath.Join(dir, "python3"), []byte(c.script), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		_, err := localaws.Find(t.Context(), filepath.Join(dir, "cache"))
		if !errors.Is(err, localaws.ErrNoMoto) || !strings.Contains(err.Error(), c.wanted) || !strings.Contains(err.Error(), "pip install 'moto[server]==5.2.1'") {
			t.Errorf("%s: %v, wanted %q and how to install", c.name, err, c.wanted)
		}
		if _, err := localaws.Start(t.Context(), localaws.Options{}); !errors.Is(err, localaws.ErrNoMoto) {
			t.Errorf("%s: Start: %v", c.name, err)
		}
	}
}

// TestInstall runs with a Python of the test's own: there need be no package index.
func TestInstall(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+":/usr/bin:/bin")
	venv := filepath.Join(dir, "cache", "moto")
	// python3 -m venv DIR makes an environment with a Python that says that pip works and moto is
	// there.
	script := `#!/bin/sh
mkdir -p "$3/bin"
cat > "$3/bin/python3" <<'END'
#!/bin/sh
if [ "$1" = -m ]; then echo "pip was asked: $*"; else printf '%s\n5.2.1\n' "$0"; fi
END
chmod +x "$3/bin/python3"
`
	if err := os.WriteFile(filepath.Join(dir, "python3"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	python, err := localaws.Install(t.Context(), filepath.Join(dir, "cache"), &out)
	if err != nil || python != filepath.Join(venv, "bin", "python3") {
		t.Fatalf("%q, %v\n%s", python, err, out.String())
	}
	if !strings.Contains(out.String(), "-m venv "+venv) || !strings.Contains(out.String(), "pip was asked: -m pip install --disable-pip-version-check moto[server]==5.2.1") {
		t.Errorf("it says: %s", out.String())
	}
	if found, err := localaws.Find(t.Context(), filepath.Join(dir, "cache")); err != nil || found != python {
		t.Errorf("Find: %q, %v, wanted %q", found, err, python)
	}
	if err := os.WriteFile(filepath.Join(dir, "python3"), []byte("#!/bin/sh\nexit 9\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := localaws.Install(t.Context(), filepath.Join(dir, "other"), &out); err == nil || !strings.Contains(err.Error(), "exit status 9") {
		t.Errorf("a Python that fails: %v", err)
	}
}
