package proxies

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/fcgi"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// startNginx runs what "norang proxy" prints for nginx and an app that speaks HTTP, FastCGI or uwsgi, in a minimal
// nginx.conf.
func startNginx(name string) func(*world) {
	return func(w *world) {
		w.t.Helper()
		replace := [][2]string{
			{"listen " + w.port + " ssl;", "listen 127.0.0.1:" + w.port + " ssl http2;"},
			{"/etc/ssl/" + host + ".crt", w.path("cert.pem")},
			{"/etc/ssl/" + host + ".key", w.path("key.pem")},
		}
		// The limit of uploads is the app's own matter (FA-25).
		replace = append(replace, [2]string{"\tlocation / {\n", "\tlocation / {\n\t\tclient_max_body_size 0;\n"})
		if name == "nginx-fastcgi" {
			replace = append(replace, [2]string{"/srv/app/public", w.dir})
		}
		w.nginx(w.printed(name, replace...))
	}
}

// startNginxFastCGI is startNginx for the world's app behind FastCGI.
func startNginxFastCGI(w *world) {
	w.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { ln.Close() })
	go func() { _ = fcgi.Serve(ln, http.HandlerFunc(w.app.serve)) }() // ends with the listener
	w.appAddr = ln.Addr().String()
	startNginx("nginx-fastcgi")(w)
}

// nginx runs nginx with a configuration for its http block.
func (w *world) nginx(conf string) {
	w.t.Helper()
	w.write("norang.conf", conf)
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
	w.run(w.port, "nginx", "-p", w.dir, "-e", "stderr", "-c", "nginx.conf")
}

// startCaddy runs what "norang proxy caddy" prints, with a local certificate.
func startCaddy(w *world) {
	w.t.Helper()
	w.caddy(w.printed("caddy",
		[2]string{"\n" + w.url("") + " {", "\n" + w.url("") + " {\n\ttls " + w.path("cert.pem") + " " + w.path("key.pem")},
	))
}

// caddy runs Caddy with sites.
func (w *world) caddy(sites string) {
	w.t.Helper()
	w.write("Caddyfile", "{\n\tadmin off\n\tauto_https off\n\tdefault_bind 127.0.0.1\n}\n"+sites)
	w.run(w.port, "caddy", "run", "--config", w.path("Caddyfile"), "--adapter", "caddyfile")
}

// run starts a program and waits until it listens on a port. It ends with the test; its output is logged if the test
// fails.
func (w *world) run(port, program string, args ...string) {
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
			text := said.String()
			w.t.Logf("end of the output of %s:\n%s", program, text[max(0, len(text)-2000):]) // not to bury the failure
		}
	})
	w.listening(port, program, done)
}

// listening waits until a program accepts connections or ends.
func (w *world) listening(port, program string, gone <-chan struct{}) {
	w.t.Helper()
	deadline := time.After(time.Minute)
	for {
		conn, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", port), time.Minute)
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
