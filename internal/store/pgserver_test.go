//go:build unix

package store_test

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

// pgServer is a throw-away PostgreSQL that listens on a socket in a directory of its own and nowhere else.
type pgServer struct {
	dir  string
	bin  string
	as   *syscall.Credential // who it runs as; PostgreSQL refuses root
	proc *exec.Cmd
	log  bytes.Buffer
}

func newPgServer() (*pgServer, error) {
	s := &pgServer{}
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

func (s *pgServer) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	return cmd
}

func (s *pgServer) dsn(database string) string {
	q := url.Values{"host": {s.dir}, "user": {"norang"}, "sslmode": {"disable"}}
	return "postgres:///" + database + "?" + q.Encode()
}

// start starts the server and waits until it answers.
func (s *pgServer) start(more ...string) error {
	s.proc = s.command("postgres", append([]string{
		"-D", filepath.Join(s.dir, "data"), "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=200"}, more...)...)
	s.proc.Stdout, s.proc.Stderr = &s.log, &s.log
	if err := s.proc.Start(); err != nil {
		return err
	}
	for range 300 {
		if s.command("pg_isready", "-h", s.dir, "-q").Run() == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.stop(syscall.SIGQUIT)
	return fmt.Errorf("postgres does not come up: %s", s.log.Bytes())
}

// stop ends the server: SIGINT in order, SIGQUIT as if it had crashed.
func (s *pgServer) stop(how syscall.Signal) {
	if s.proc == nil {
		return
	}
	_ = s.proc.Process.Signal(how)
	_ = s.proc.Wait()
	s.proc = nil
}

// crash ends the server at once, as a power cut would: nothing is written down first.
func (s *pgServer) crash() { s.stop(syscall.SIGQUIT) }

func (s *pgServer) remove() {
	s.stop(syscall.SIGQUIT)
	_ = os.RemoveAll(s.dir)
}
