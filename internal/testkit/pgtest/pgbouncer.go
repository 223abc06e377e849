//go:build unix

package pgtest

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// PgBouncer starts PgBouncer in front of a database of a server on a Unix socket, with further lines of its
// configuration, and returns the database's address there. It ends with the test.
func PgBouncer(t *testing.T, dsn string, settings ...string) string {
	t.Helper()
	bin, err := exec.LookPath("pgbouncer")
	if err != nil {
		if bin = "/usr/sbin/pgbouncer"; !exists(bin) {
			skipped.Skip(t, "no PgBouncer")
		}
	}
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	user := u.User.Username()
	if user == "" {
		user = u.Query().Get("user")
	}
	dir, err := os.MkdirTemp("", "norang-pgbouncer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	port := freeport.Pick(t)
	lines := append([]string{
		"[databases]",
		fmt.Sprintf("* = host=%s user=%s", u.Query().Get("host"), user),
		"[pgbouncer]",
		"listen_addr = 127.0.0.1", "listen_port = " + port, "unix_socket_dir =", "auth_type = any",
		"default_pool_size = 40", "server_tls_sslmode = disable",
	}, settings...)
	ini := filepath.Join(dir, "pgbouncer.ini")
	cmd := exec.Command(bin, ini)
	if os.Geteuid() == 0 { // PgBouncer refuses to run as root
		as, err := unprivileged()
		if err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
		err = errors.Join(os.Chown(dir, int(as.Uid), int(as.Gid)), os.Chmod(dir, 0o755))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(ini, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := make(chan struct{})
	go func() { _ = cmd.Wait(); close(end) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-end
		if t.Failed() {
			t.Logf("PgBouncer: %s", log.String())
		}
	})
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
			break
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("PgBouncer does not answer: %v", err)
		}
	}
	u.Host, u.User = "127.0.0.1:"+port, url.User(user)
	u.RawQuery = "sslmode=disable"
	return u.String()
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }
