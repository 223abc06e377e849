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

// initSession is norang init on a pseudo terminal of script(1).
type initSession struct {
	t     *testing.T
	dir   string
	keys  io.WriteCloser
	cmd   *exec.Cmd
	mu    sync.Mutex
	shown bytes.Buffer
}

func (s *initSession) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.Write(b)
}

func (s *initSession) screen() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

func startInit(t *testing.T) *initSession {
	t.Helper()
	script := skipped.Command(t, "script")
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s := &initSession{t: t, dir: t.TempDir()}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	s.cmd = exec.CommandContext(ctx, script, "-qefc", bin+" init --no-doctor --lang en", "/dev/null")
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

// answer waits for a question and types an answer.
func (s *initSession) answer(question, text string) {
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
