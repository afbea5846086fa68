package localaws

import (
	"bufio"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/trailbus/trailbus/internal/local/localaws/child"
)

//go:embed emulator/*.py
var emulator embed.FS

// startTimeout is how long the server may take to answer. It takes about a second; a busy machine
// takes longer.
const startTimeout = 60 * time.Second

// Options says how to start a server. The zero value is a good one.
type Options struct {
	// Python is the Python to run, as Find or Install returned it. Empty: that of the PATH.
	Python string
	// Log takes what the server writes: failed calls, failed deployments, events that could not be
	// delivered. Nil: it is thrown away.
	Log io.Writer
	// Organization is the organization that some accounts belong to. Empty: only an organization
	// made through the API (organizations:CreateOrganization and CreateAccount) counts.
	Organization Organization
}

// Organization says which accounts belong together, for conditions on aws:PrincipalOrgID.
type Organization struct {
	ID       string   // for example o-abcdefghij
	Accounts []string // account ids, 12 digits each
	// Management is the management account, one of Accounts. Where it is given, Organizations knows
	// the organization as well, with all accounts in the root, and StackSets have trusted access.
	Management string
	Root       string // the id of the root, such as r-a1b2
	// DelegatedAdministrators may make stack sets for the organization.
	DelegatedAdministrators []string
}

// Server is a running local AWS. Several may run at the same time; each has its own port and its
// own state, in memory.
type Server struct {
	endpoint string
	dir      string
	cmd      *exec.Cmd
	stdin    io.Closer
	ended    chan struct{}
	stopOnce sync.Once
	mu       sync.Mutex
	accounts map[string]session
}

// Start starts a server on a free port of the loopback interface and waits until it answers. The
// server ends with Stop, when ctx is done, and when this program ends, however it ends. The error
// wraps ErrNoMoto where moto cannot be had.
func Start(ctx context.Context, o Options) (*Server, error) {
	python := o.Python
	if python == "" {
		var err error
		if python, err = Find(ctx, ""); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp("", "trailbus-localaws-")
	if err != nil {
		return nil, fmt.Errorf("starting the local AWS: %w", err)
	}
	s := &Server{dir: dir, ended: make(chan struct{}), accounts: map[string]session{}}
	if err := s.start(ctx, python, o); err != nil {
		s.Stop()
		return nil, fmt.Errorf("starting the local AWS: %w", err)
	}
	context.AfterFunc(ctx, s.Stop)
	return s, nil
}

func (s *Server) start(ctx context.Context, python string, o Options) error {
	if err := os.CopyFS(s.dir, emulator); err != nil {
		return err
	}
	organization, err := json.Marshal(o.Organization)
	if err != nil {
		return err
	}
	log := o.Log
	if log == nil {
		log = io.Discard
	}
	// The last words go into the error when the server does not come up.
	tail := &tailWriter{}
	s.cmd = exec.Command(python, "-m", "emulator", "--organization", string(organization), "--undelivered",
		s.undeliveredFile(),
		"--folder", s.dir)
	s.cmd.Dir = s.dir
	s.cmd.Env = append(cleanEnviron(), "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore",
		"PYTHONPATH="+s.dir)
	s.cmd.Stderr = io.MultiWriter(log, tail)
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	child.Prepare(s.cmd)
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return err
	}
	s.stdin = stdin
	port := make(chan string, 1)
	go func() {
		defer close(s.ended)
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			if p, ok := strings.CutPrefix(lines.Text(), "listening "); ok {
				port <- p
			} else {
				fmt.Fprintln(log, lines.Text())
			}
		}
		_ = s.cmd.Wait()
	}()
	select {
	case p := <-port:
		s.endpoint = "http://127.0.0.1:" + p
	case <-s.ended:
		return fmt.Errorf("%s ended at once: %s", python, tail)
	case <-time.After(startTimeout):
		return fmt.Errorf("%s did not listen within %s: %s", python, startTimeout, tail)
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.waitUntilReady(ctx)
}

// waitUntilReady waits for the first call to go through; the port is open a moment before moto is
// ready.
func (s *Server) waitUntilReady(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.endpoint+"/moto-api/data.json", nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", res.Status)
	}
	return nil
}

// Endpoint is the server's address, for example http://127.0.0.1:40001, for every service, account
// and Region.
func (s *Server) Endpoint() string { return s.endpoint }

// Stop ends the server, by its process id and with whatever it started, and waits until it is gone.
// It may be called more than once.
func (s *Server) Stop() {
	s.stopOnce.Do(func() {
		if s.cmd != nil {
			_ = s.stdin.Close()
			child.Kill(s.cmd)
			<-s.ended
		}
		_ = os.RemoveAll(s.dir)
	})
}

// Undelivered is an event that a rule's target did not get.
type Undelivered struct {
	Rule            string `json:"rule"`            // ARN of the rule
	Target          string `json:"target"`          // ARN of the target
	Code            string `json:"code"`            // as in the attribute ERROR_CODE of a dead letter
	Message         string `json:"message"`         // as in the attribute ERROR_MESSAGE
	DeadLetterQueue string `json:"deadLetterQueue"` // ARN, empty where the target has none
	// why the event is not in the dead-letter queue either; empty: it is there
	Lost  string          `json:"lost"`
	Event json.RawMessage `json:"event"`
}

// Undelivered lists every event that a target did not get since the server was started, the oldest
// first. AWS has no such list; a test that wants to know that nothing went astray does.
func (s *Server) Undelivered() ([]Undelivered, error) {
	f, err := os.Open(s.undeliveredFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the list of undelivered events: %w", err)
	}
	defer f.Close()
	var all []Undelivered
	for d := json.NewDecoder(f); ; {
		var u Undelivered
		if err := d.Decode(&u); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading the list of undelivered events: %w", err)
		}
		all = append(all, u)
	}
}

func (s *Server) undeliveredFile() string { return filepath.Join(s.dir, "undelivered.jsonl") }

// cleanEnviron is this program's environment without what would change moto's behaviour.
func cleanEnviron() []string {
	var kept []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "MOTO_") && !strings.HasPrefix(v, "AWS_") && !strings.HasPrefix(v, "PYTHON") {
			kept = append(kept, v)
		}
	}
	return kept
}

// tailWriter keeps the last bytes written to it.
type tailWriter struct {
	mu   sync.Mutex
	data []byte
}

func (t *tailWriter) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.data = append(t.data, p...)
	if over := len(t.data) - 2000; over > 0 {
		t.data = append(t.data[:0:0], t.data[over:]...)
	}
	return len(p), nil
}

func (t *tailWriter) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.data))
}
