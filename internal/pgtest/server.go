//go:build unix

package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// Server is a throw-away PostgreSQL that listens on a socket in a directory of its own and nowhere else.
type Server struct {
	dir  string
	bin  string
	as   *syscall.Credential // who it runs as; PostgreSQL refuses root
	proc *exec.Cmd
	log  bytes.Buffer
}

// New makes a database cluster in a temporary directory, and starts nothing yet. An error says why there cannot be one.
func New() (*Server, error) {
	s := &Server{}
	bin, err := exec.LookPath("postgres")
	if err != nil {
		found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
		if len(found) == 0 {
			return nil, errors.New("no postgres in PATH")
		}
		bin = found[len(found)-1]
	}
	if bin, err = filepath.EvalSymlinks(bin); err != nil {
		return nil, err
	}
	s.bin = filepath.Dir(bin)
	if s.dir, err = os.MkdirTemp("", "norang-pg"); err != nil {
		return nil, err
	}
	if os.Geteuid() == 0 {
		if s.as, err = unprivileged(); err != nil {
			return nil, err
		}
		if err := os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return nil, err
		}
	}
	init := s.command("initdb", "-D", filepath.Join(s.dir, "data"), "-U", "norang", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
	if out, err := init.CombinedOutput(); err != nil {
		_ = os.RemoveAll(s.dir)
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s, nil
}

func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uerr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gerr := strconv.ParseUint(u.Gid, 10, 32)
		if uerr == nil && gerr == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("no user but root to run it as")
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	return cmd
}

// DSN is the address of one of the server's databases; the first one is "postgres".
func (s *Server) DSN(database string) string {
	q := url.Values{"host": {s.dir}, "user": {"norang"}, "sslmode": {"disable"}}
	return "postgres:///" + database + "?" + q.Encode()
}

// Start starts the server, with further arguments, and waits until it answers.
func (s *Server) Start(more ...string) error {
	s.proc = s.command("postgres", append([]string{
		"-D", filepath.Join(s.dir, "data"), "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=200"}, more...)...)
	s.proc.Stdout, s.proc.Stderr = &s.log, &s.log
	if err := s.proc.Start(); err != nil {
		return err
	}
	for began := time.Now(); time.Since(began) < 2*time.Minute; time.Sleep(100 * time.Millisecond) { // a slow disk has a log to replay
		if s.command("pg_isready", "-h", s.dir, "-q").Run() == nil {
			return nil
		}
	}
	s.stop(syscall.SIGQUIT)
	return fmt.Errorf("postgres does not come up: %s", s.log.Bytes())
}

func (s *Server) stop(how syscall.Signal) {
	if s.proc == nil {
		return
	}
	_ = s.proc.Process.Signal(how)
	_ = s.proc.Wait()
	s.proc = nil
}

// Crash ends the server at once, as a power cut would: nothing is written down first.
func (s *Server) Crash() { s.stop(syscall.SIGQUIT) }

// Shutdown ends the server in order, without waiting for its clients.
func (s *Server) Shutdown() { s.stop(syscall.SIGINT) }

// Remove ends the server and deletes all it had.
func (s *Server) Remove() {
	s.stop(syscall.SIGQUIT)
	_ = os.RemoveAll(s.dir)
}
