//go:build unix

package pgtest

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
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

// Server is a throw-away PostgreSQL that listens on a socket in a directory of its own and nowhere else.
type Server struct {
	dir  string
	bin  string
	as   *syscall.Credential // who it runs as; PostgreSQL refuses root
	data string
	args []string // of postgres
	proc *exec.Cmd
	end  chan struct{} // closed when proc has ended
	log  bytes.Buffer  // to be read when proc has ended
}

// Disks are directories on which parts of a server lie, each on a disk of its own perhaps: "" is where everything else lies.
type Disks struct {
	Data string // all of the cluster but its log
	WAL  string // its log (pg_wal); "" is in Data
}

// New makes a database cluster in a temporary directory, and starts nothing yet. An error says why there cannot be one.
func New() (*Server, error) { return NewOn(Disks{}) }

// NewOn is New with a cluster on disks that the test chooses. Its log is in files of 1 MB, so that it does not take long to
// fill a disk.
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
	args := []string{"-D", s.data, "-U", "norang", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"}
	if d != (Disks{}) {
		args = append(args, "--wal-segsize=1")
	} else {
		// What a stopped server has written survives in the kernel's memory; only a power cut would need fsync.
		s.args = []string{"-c", "fsync=off", "-c", "full_page_writes=off"}
	}
	if d.WAL != "" {
		args = append(args, "-X", filepath.Join(d.WAL, "pg_wal"))
	}
	for _, dir := range []string{s.dir, d.Data, d.WAL} {
		if err := s.Own(dir); err != nil {
			return nil, err
		}
	}
	if out, err := s.command("initdb", args...).CombinedOutput(); err != nil {
		_ = os.RemoveAll(s.dir)
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	return s, nil
}

// Own gives a test's directory to whoever the server runs as, and lets them get there.
func (s *Server) Own(dir string) error {
	if s.as == nil || dir == "" {
		return nil
	}
	if up := filepath.Dir(dir); up != filepath.Clean(os.TempDir()) {
		if err := os.Chmod(up, 0o711); err != nil { // of the test's own, which nobody else can enter
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

// Start starts the server, with further arguments, and waits until it answers. An error says why it does not.
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
	for began := time.Now(); time.Since(began) < 2*time.Minute && !s.Gone(); time.Sleep(10 * time.Millisecond) { // a slow disk has a log to replay
		if s.Answers() {
			return nil
		}
	}
	s.stop(syscall.SIGQUIT)
	return fmt.Errorf("postgres does not come up: %s", s.log.Bytes())
}

// Answers reports whether the server lets people in: not while it recovers from a crash, nor when it has ended.
func (s *Server) Answers() bool {
	return s.command("pg_isready", "-h", s.dir, "-U", "norang", "-d", "postgres", "-q").Run() == nil
}

// Gone reports whether the server has ended, by itself or not.
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

// Said is what the server has said since it was started. It must have ended.
func (s *Server) Said() string { return s.log.String() }

func (s *Server) stop(how syscall.Signal) {
	if s.proc == nil {
		return
	}
	_ = s.proc.Process.Signal(how)
	<-s.end
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
