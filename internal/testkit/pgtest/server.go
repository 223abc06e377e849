//go:build unix

package pgtest

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// Server is a temporary PostgreSQL that listens only on a socket in its own directory.
type Server struct {
	dir  string
	bin  string
	as   *syscall.Credential // PostgreSQL refuses to run as root
	data string
	args []string // arguments of postgres
	proc *exec.Cmd
	end  chan struct{} // closed when proc has ended
	log  bytes.Buffer  // may be read when proc has ended
}

// Disks are directories for parts of a server; an empty one means the default directory.
type Disks struct {
	Data string // the cluster except for its log
	WAL  string // the write-ahead log (pg_wal); in Data if empty
}

// New creates a database cluster in a temporary directory without starting it.
func New() (*Server, error) { return NewOn(Disks{}) }

// NewOn is New with the cluster on the given disks. Its log files have 1 MB, so that filling a disk does not take
// long.
func NewOn(d Disks) (*Server, error) {
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
	}
	s.data = filepath.Join(cmp.Or(d.Data, s.dir), "data")
	if d == (Disks{}) {
		// A stopped server loses nothing without fsync; only a power failure would.
		s.args = []string{"-c", "fsync=off", "-c", "full_page_writes=off"}
	}
	for _, dir := range []string{s.dir, d.Data, d.WAL} {
		if err := s.Own(dir); err != nil {
			return nil, err
		}
	}
	if err := s.cluster(d); err != nil {
		_ = os.RemoveAll(s.dir)
		return nil, err
	}
	return s, nil
}

// Own gives a directory of the test to the user that the server runs as, and makes it reachable.
func (s *Server) Own(dir string) error {
	if s.as == nil || dir == "" {
		return nil
	}
	if up := filepath.Dir(dir); up != filepath.Clean(os.TempDir()) {
		if err := os.Chmod(up, 0o711); err != nil { // the parent of t.TempDir is readable only by its owner
			return err
		}
	}
	return os.Chown(dir, int(s.as.Uid), int(s.as.Gid))
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
	return nil, errors.New("no user other than root to run PostgreSQL")
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	return cmd
}

// DSN returns the address of one of the databases; the first one is "postgres".
func (s *Server) DSN(database string) string {
	q := url.Values{"host": {s.dir}, "user": {"norang"}, "sslmode": {"disable"}}
	return "postgres:///" + database + "?" + q.Encode()
}

// Start starts the server with further arguments and waits until it accepts connections.
func (s *Server) Start(more ...string) error {
	s.stop(syscall.SIGQUIT)
	args := slices.Concat([]string{
		"-D", s.data, "-k", s.dir, "-c", "listen_addresses=", "-c", "max_connections=200",
	}, s.args, more)
	s.proc, s.end = s.command("postgres", args...), make(chan struct{})
	s.log.Reset()
	s.proc.Stdout, s.proc.Stderr = &s.log, &s.log
	if err := s.proc.Start(); err != nil {
		s.proc = nil
		return err
	}
	go func(proc *exec.Cmd, end chan struct{}) { _ = proc.Wait(); close(end) }(s.proc, s.end)
	for began := time.Now(); time.Since(began) < 2*time.Minute &&
		!s.Gone(); time.Sleep(10 * time.Millisecond) { // recovery may be slow
		if s.Answers() {
			return nil
		}
	}
	s.stop(syscall.SIGQUIT)
	return fmt.Errorf("postgres does not start: %s", s.log.Bytes())
}

// Answers reports whether the server accepts connections, as pg_isready does, without starting a program.
func (s *Server) Answers() bool {
	conn, err := net.DialTimeout("unix", filepath.Join(s.dir, ".s.PGSQL.5432"), 3*time.Second)
	if err != nil {
		return false
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(3 * time.Second))
	startup := "\x00\x03\x00\x00" + "user\x00norang\x00database\x00postgres\x00\x00" // protocol 3.0
	if _, err := conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(4+len(startup))), startup...)); err != nil {
		return false
	}
	head := make([]byte, 5) // kind and length of the answer
	if _, err := io.ReadFull(conn, head); err != nil {
		return false
	}
	if head[0] != 'E' {
		return true
	}
	text, err := io.ReadAll(io.LimitReader(conn, int64(binary.BigEndian.Uint32(head[1:]))-4))
	// Any other error than cannot_connect_now, for example too_many_connections, comes from a server that runs.
	return err == nil && !bytes.Contains(text, []byte("C57P03\x00"))
}

// Gone reports whether the server process has ended.
func (s *Server) Gone() bool {
	if s.proc == nil {
		return true
	}
	select {
	case <-s.end:
		return true
	default:
		return false
	}
}

// Said returns the output since the last start. The server must have ended.
func (s *Server) Said() string { return s.log.String() }

func (s *Server) stop(how syscall.Signal) {
	if s.proc == nil {
		return
	}
	_ = s.proc.Process.Signal(how)
	<-s.end
	s.proc = nil
}

// Crash ends the server at once, without writing anything.
func (s *Server) Crash() { s.stop(syscall.SIGQUIT) }

// Shutdown stops the server in order, without waiting for its clients.
func (s *Server) Shutdown() { s.stop(syscall.SIGINT) }

// Remove ends the server and deletes its files.
func (s *Server) Remove() {
	s.stop(syscall.SIGQUIT)
	_ = os.RemoveAll(s.dir)
}
