package e2e_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// terminalSession is a command of norang on a pseudo terminal of script(1).
type terminalSession struct {
	t     *testing.T
	dir   string
	keys  io.WriteCloser
	cmd   *exec.Cmd
	mu    sync.Mutex
	shown bytes.Buffer
}

func (s *terminalSession) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.Write(b)
}

func (s *terminalSession) screen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

// onTerminal starts norang with arguments in dir.
func onTerminal(t *testing.T, dir, args string) *terminalSession {
	t.Helper()
	script := skipped.Command(t, "script")
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s := &terminalSession{t: t, dir: dir}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	s.cmd = exec.CommandContext(ctx, script, "-qefc", bin+" "+args, "/dev/null")
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = s.dir, s, s
	s.cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "TERM=dumb"}
	if s.keys, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

func startInit(t *testing.T) *terminalSession {
	t.Helper()
	return onTerminal(t, t.TempDir(), "init --no-doctor --lang en")
}

// answer waits for a question and types an answer.
func (s *terminalSession) answer(question, text string) {
	s.t.Helper()
	end := time.Now().Add(20 * time.Second)
	for ; !strings.Contains(s.screen(), question); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("no question %q on %q", question, s.screen())
		}
	}
	if _, err := io.WriteString(s.keys, text); err != nil {
		s.t.Fatal(err)
	}
}

// norang init asks on a terminal, asks again after an answer that cannot be used, and does not show secrets.
func TestInitAsksOnATerminal(t *testing.T) {
	t.Parallel()
	s := startInit(t)
	secret := "the-secret-that-nobody-sees"
	s.answer("Public address", "not an address\r")
	s.answer("  NORANG_URL", "http://localhost:5000\r")
	s.answer("Kakao app id", "123456\r")
	s.answer("REST API key", "aaaabbbbccccddddeeeeffff00001111\r")
	s.answer("Client secret", secret+"\r")
	s.answer("Admin key", "9999888877776666555544443333aaaa\r")
	if err := s.cmd.Wait(); err != nil {
		t.Logf("%v", err)
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "norang.toml"))
	if err != nil || !strings.Contains(string(text), secret) || strings.Contains(s.screen(), secret) {
		t.Errorf("%v, file %q, screen %q", err, text, s.screen())
	}
}

// The name of an OpenID Connect provider is asked for before its settings, and each answer is checked with the others.
func TestInitAsksForAnOpenIDConnectProviderOnATerminal(t *testing.T) {
	t.Parallel()
	s := onTerminal(t, t.TempDir(), "init --no-doctor --lang en --providers oidc")
	const secret = "the-secret-that-nobody-sees"
	s.answer("Public address", "http://localhost:5000\r")
	s.answer("Name of the provider", "kakao\r")
	s.answer("neither the name of another provider", "my-idp\r")
	s.answer("Issuer", "http://id.example.com\r")
	s.answer("  OIDC_MY_IDP_ISSUER: must be https", "\r")
	s.answer("  OIDC_MY_IDP_ISSUER: is missing", "https://id.example.com\r")
	s.answer("Client ID", "\r")
	s.answer("  OIDC_MY_IDP_CLIENT_ID: is missing", "login\r")
	s.answer("Client secret", secret+"\r")
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("%v, screen %q", err, s.screen())
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "norang.toml"))
	want := `providers = ["my-idp"]

[oidc.my-idp]
issuer = "https://id.example.com"
client_id = "login"
client_secret = "` + secret + `"
`
	if err != nil || !strings.HasSuffix(string(text), want) || strings.Contains(s.screen(), secret) {
		t.Errorf("%v, file %q, screen %q", err, text, s.screen())
	}
}

// Ctrl-C at a question leaves nothing.
func TestInitInterruptedLeavesNothing(t *testing.T) {
	t.Parallel()
	s := startInit(t)
	s.answer("Public address", "http://localhost:5000\r")
	s.answer("Kakao app id", "\x03")
	if err := s.cmd.Wait(); err == nil {
		t.Error("status 0")
	}
	if left, err := os.ReadDir(s.dir); err != nil || len(left) > 0 {
		t.Errorf("%v, left %v", err, left)
	}
}

// TestDestroyingCommandAsksOnATerminal: only "yes" goes on; another answer, none and Ctrl-C do nothing.
func TestDestroyingCommandAsksOnATerminal(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, bin: bin, dir: t.TempDir()}
	p.shell("norang db migrate", "norang.db")
	sum := func() string { return p.shell("cat norang.db norang.db-wal 2>/dev/null | sha256sum", "norang.db") }
	const question = "--everybody needs your confirmation, type yes: "
	before := sum()
	for name, keys := range map[string]string{"another answer": "y\r", "end of input": "\x04", "interrupt": "\x03"} {
		s := onTerminal(t, p.dir, "session revoke --everybody --database norang.db")
		s.answer(question, keys)
		if err := s.cmd.Wait(); err == nil || sum() != before {
			t.Errorf("%s: status %v, screen %q", name, err, s.screen())
		}
	}
	s := onTerminal(t, p.dir, "session revoke --everybody --database norang.db")
	s.answer(question, "yes\r")
	if err := s.cmd.Wait(); err != nil || !strings.Contains(s.screen(), "Sessions ended: 0") {
		t.Errorf("%v, screen %q", err, s.screen())
	}
	if sum() == before {
		t.Error("nothing was recorded")
	}
}
