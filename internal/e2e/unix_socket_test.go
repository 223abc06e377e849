package e2e_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// socketConf is nginx in front of a service on a Unix socket.
const socketConf = `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr crit;
%s
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path       proxy;
	fastcgi_temp_path     fastcgi;
	uwsgi_temp_path       uwsgi;
	scgi_temp_path        scgi;
	upstream norang { server unix:%s max_fails=0; }
	server {
		listen 127.0.0.1:%s;
		location / {
			proxy_pass http://norang;
			proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-For $remote_addr;
		}
	}
}
`

// The program listens on a Unix socket with the mode of the setting, behind nginx. It replaces the socket that a killed
// process has left, refuses one on which another process listens, and removes its own at the end.
func TestServiceOnAUnixSocketBehindNginx(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		skipped.Skip(t, "a system with nginx")
	}
	nginx := skipped.Command(t, "nginx", "/usr/sbin/nginx")
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "n-") // paths of sockets are limited
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p := &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t), k: kakaotest.Start(t)}
	p.k.AddRedirectURI(p.url() + "/oauth/kakao/callback")
	if err := p.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	socket, user := filepath.Join(dir, "s"), ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	conf := filepath.Join(p.dir, "nginx.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, socketConf, user, socket, p.port), 0o600); err != nil {
		t.Fatal(err)
	}
	startChild(t, exec.Command(nginx, "-p", p.dir, "-e", "stderr", "-c", conf))
	database := filepath.Join(p.dir, "norang.db")
	start := func() *process {
		t.Helper()
		s := p.start(p.port, "NORANG_LISTEN=unix:"+socket+"|0622", "NORANG_TRUSTED_PROXIES=unix", "NORANG_AGE=off",
			"NORANG_DATABASE="+database)
		await(t, func() bool {
			resp, err := http.Get(p.url() + "/auth/healthz")
			if err == nil {
				resp.Body.Close()
			}
			return err == nil && resp.StatusCode == http.StatusOK
		}, func() string { return "no service behind nginx: " + s.out.String() })
		return s
	}
	s := start()
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o622 {
		t.Errorf("socket: %v %v", info, err)
	}
	ryan := newPerson(t)
	if err := ryan.loginAs(p.url(), kakaotest.PersonaRyan); err != nil {
		t.Fatal(err)
	}
	out := p.shell("norang session list kakao:"+ryan.who(p.url()).Identity.Subject, database)
	if !strings.Contains(out, "  127.0.0.1  ") {
		t.Errorf("the address of the sign-in: %s", out)
	}
	second := exec.Command(bin, "serve")
	second.Dir, second.Env = p.dir, s.cmd.Env
	said, err := second.CombinedOutput()
	if err == nil || !strings.Contains(string(said), "another process listens on the socket") {
		t.Errorf("a second process: %v %s", err, said)
	}
	s.kill()
	if _, err := os.Lstat(socket); err != nil {
		t.Errorf("the killed process left no socket: %v", err)
	}
	s = start()
	if got := ryan.status(p.url()); got != "active" {
		t.Errorf("after the restart: %q", got)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-s.end
	if _, err := os.Lstat(socket); !errors.Is(err, fs.ErrNotExist) || s.cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("after the end: %v, exit status %d", err, s.cmd.ProcessState.ExitCode())
	}
}
