package proxies

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// startNginx runs examples/nginx/norang.conf in a minimal nginx.conf.
func startNginx(w *world) {
	w.t.Helper()
	w.write("norang.conf", w.shipped("nginx/norang.conf",
		[2]string{"listen 443 ssl;", "listen 127.0.0.1:" + w.port + " ssl;"},
		[2]string{"/etc/ssl/www.example.com.crt", w.path("cert.pem")},
		[2]string{"/etc/ssl/www.example.com.key", w.path("key.pem")},
		[2]string{"www.example.com", host},
	))
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // the worker must read the test's directory
	}
	w.write("nginx.conf", fmt.Sprintf(`
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr notice;
%s
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path       proxy;
	fastcgi_temp_path     fastcgi;
	uwsgi_temp_path       uwsgi;
	scgi_temp_path        scgi;
	include norang.conf;
}
`, user))
	w.run("nginx", "-p", w.dir, "-e", "stderr", "-c", "nginx.conf")
}

// startCaddy runs examples/caddy/Caddyfile with a local certificate.
func startCaddy(w *world) {
	w.t.Helper()
	site := w.shipped("caddy/Caddyfile",
		[2]string{"www.example.com {", w.url("") + " {\n\ttls " + w.path("cert.pem") + " " + w.path("key.pem")},
	)
	w.write("Caddyfile", "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n"+site)
	w.run("caddy", "run", "--config", w.path("Caddyfile"), "--adapter", "caddyfile")
}

// run starts a proxy and waits until it listens. It ends with the test; its output is logged if the test fails.
func (w *world) run(program string, args ...string) {
	w.t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/" + program); err != nil {
			skipped.Skip(w.t, "no "+program+" in PATH")
		}
	}
	var said bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Dir = w.dir
	cmd.Env = append(os.Environ(), "HOME="+w.dir, "XDG_DATA_HOME="+w.dir, "XDG_CONFIG_HOME="+w.dir)
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = cmd.Wait() }()
	w.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
		if w.t.Failed() {
			w.t.Logf("output of %s:\n%s", program, said.String())
		}
	})
	w.listening(program, done)
}

// listening waits until the proxy accepts connections or ends.
func (w *world) listening(program string, gone <-chan struct{}) {
	w.t.Helper()
	deadline := time.After(time.Minute)
	for {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", w.port), time.Minute)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-gone:
			w.t.Fatalf("%s ended before it listened", program)
		case <-deadline:
			w.t.Fatalf("%s does not listen: %v", program, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Each proxy accepts the sample as it is and passes norang's own paths.
func TestSampleConfigurationsStart(t *testing.T) {
	t.Parallel()
	throughEach(t, func(t *testing.T, w *world) {
		if a := w.browser().get("/auth/healthz"); a.StatusCode != 200 {
			t.Errorf("healthz through the proxy: %s %.300s", a.Status, a.body)
		}
	})
}
