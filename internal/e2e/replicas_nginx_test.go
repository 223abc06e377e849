package e2e_test

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/internal/testkit/soak"
)

// replicasConf is nginx in front of three replicas and an app, round robin. nginx retries requests at the next
// replica, except POST. max_fails=0 keeps it from treating a restarting replica as dead, and then all of them, which
// would be a 502.
const replicasConf = `
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr error;
%s
events { worker_connections 512; }
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path       proxy;
	fastcgi_temp_path     fastcgi;
	uwsgi_temp_path       uwsgi;
	scgi_temp_path        scgi;
	upstream norang {
		server 127.0.0.1:%s max_fails=0;
		server 127.0.0.1:%s max_fails=0;
		server 127.0.0.1:%s max_fails=0;
		keepalive 16;
	}
	server {
		listen 127.0.0.1:%s;
		proxy_http_version 1.1;
		proxy_connect_timeout 60s;
		proxy_set_header Connection "";
		proxy_set_header Host $http_host;
		proxy_set_header X-Forwarded-For $remote_addr;
		location ~ ^/(auth|oauth)/ { proxy_pass http://norang; }
		location = /norang-verify {
			internal;
			proxy_pass http://norang/auth/verify;
			proxy_pass_request_body off;
			proxy_set_header Content-Length "";
			proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-For $remote_addr;
		}
		location / {
			auth_request /norang-verify;
			auth_request_set $norang_user $upstream_http_remote_user;
			auth_request_set $replica $upstream_addr;
			add_header X-Replica $replica always;
			proxy_set_header Remote-User $norang_user;
			proxy_pass http://%s;
		}
	}
}
`

// nginx sends each request to the next of three replicas, so a login starts at one and finishes at another. One
// replica is killed, then all are restarted one by one with a new key. Only requests in progress on the killed
// process may fail.
func TestThreeReplicasBehindNginx(t *testing.T) {
	t.Parallel()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		skipped.Skip(t, "no nginx")
	}
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	p := place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t)}
	p.k = crowdKakao(t, p.url()+"/oauth/kakao/callback")
	r := &replicas{place: p, keys: filepath.Join(p.dir, "keys"), dsn: emptyPostgres(t)}
	r.command("keyring", "init", r.keys)
	for range 3 {
		r.ports = append(r.ports, freeport.Pick(t))
	}
	for i := range r.ports {
		r.up = append(r.up, r.startUnlimited(i))
	}
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "app sees ", r.Header.Get("Remote-User"))
	}))
	t.Cleanup(app.Close)
	r.startNginx(nginx, strings.TrimPrefix(app.URL, "http://"))

	ann := newPerson(t)
	if err := ann.loginAs(r.url(), "crowd-0"); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for range 6 {
		replica, body := ann.visit(r.url() + "/board")
		seen[replica] = true
		if !strings.HasPrefix(body, "app sees 0") {
			t.Errorf("the app behind: %q", body)
		}
	}
	if len(seen) != len(r.up) {
		t.Errorf("of %d replicas these answered: %v", len(r.up), seen)
	}
	c := startCrowd(t, r.url())
	c.delay = timeout
	c.works()
	r.up[1].kill()
	c.works()
	r.up[1] = r.startUnlimited(1)
	c.works()
	// nginx repeats a callback that the kill interrupted, and the next replica waits 12 s for the first result. A
	// restart would wait for it, while all other users send requests.
	c.settle()
	killed := time.Now()
	r.command("keyring", "rotate", r.keys)
	posted := r.post()
	for range soak.Rounds(1) {
		r.roll(c)
	}
	posted()
	rolled := time.Now()
	c.end()
	c.verify()
	// Each worker of the crowd has one request in progress.
	if n, err := c.failed(time.Time{}, killed); n > crowdSize {
		t.Errorf("%d requests failed at the kill of one replica, more than it had in progress; last: %v", n, err)
	}
	if n, err := c.failed(killed, rolled); n > 0 {
		t.Errorf("%d requests failed during the rolling restart; last: %v", n, err)
	}
	if got := ann.status(r.url()); got != "active" {
		t.Errorf("status of the first user: %q", got)
	}
	if _, body := ann.visit(r.url() + "/board"); !strings.HasPrefix(body, "app sees 0") {
		t.Errorf("the app behind: %q", body)
	}
	t.Logf("%d sign-ins, %d sign-outs, %d failures", len(c.in), len(c.out), len(c.failures))
}

// roll restarts the replicas one after the other.
func (r *replicas) roll(c *crowd) {
	r.t.Helper()
	for i, s := range r.up {
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			r.t.Fatal(err)
		}
		<-s.end
		if code := s.cmd.ProcessState.ExitCode(); code != 0 {
			r.t.Errorf("replica %d ended with %d: %s", i, code, s.out)
		}
		r.up[i] = r.startUnlimited(i)
		c.works()
	}
}

// post sends POST requests one after the other on several connections, until the returned function is called, which
// waits for the end. nginx does not repeat them, so every replica must answer all that it gets.
func (r *replicas) post() (end func()) {
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range crowdSize {
		wg.Go(func() {
			for stranger := newPerson(r.t); ; {
				select {
				case <-stop:
					return
				default:
				}
				if err := stranger.trySignOut(r.url()); err != nil {
					r.t.Errorf("POST during the rolling restart: %v", err)
					return
				}
			}
		})
	}
	end = sync.OnceFunc(func() { close(stop); wg.Wait() })
	r.t.Cleanup(end) // also after a failure
	return end
}

// startUnlimited starts one replica without rate limits.
func (r *replicas) startUnlimited(i int) *process {
	r.t.Helper()
	return r.serveWith(r.ports[i], append([]string{"NORANG_DATABASE=" + r.dsn, "NORANG_KEYS=" + r.keys,
		"NORANG_TRUSTED_PROXIES=127.0.0.1/32"}, unlimited...)...)
}

func (r *replicas) startNginx(nginx, app string) {
	r.t.Helper()
	user := ""
	if os.Getuid() == 0 {
		user = "user root;" // the worker must read the test's directory
	}
	conf := fmt.Sprintf(replicasConf, user, r.ports[0], r.ports[1], r.ports[2], r.port, app)
	if err := os.WriteFile(filepath.Join(r.dir, "nginx.conf"), []byte(conf), 0o600); err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.Command(nginx, "-p", r.dir, "-e", "stderr", "-c", "nginx.conf")
	said := &transcript{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	r.t.Cleanup(sync.OnceFunc(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if r.t.Failed() {
			r.t.Logf("nginx: %s", excerpt(said.all(), func(line string) bool {
				return !strings.Contains(line, "connect() failed (111") // at a replica that is being started
			}))
		}
	}))
	await(r.t, func() bool {
		select {
		case <-ended:
			r.t.Fatalf("nginx: %s", said)
		default:
		}
		c, err := net.Dial("tcp", "127.0.0.1:"+r.port)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, func() string { return "nginx does not answer" })
}

// visit requests a page and returns the replica that answered.
func (p *person) visit(address string) (replica, body string) {
	p.t.Helper()
	resp, err := p.http.Get(address)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		p.t.Fatal(err)
	}
	return resp.Header.Get("X-Replica"), b.String()
}
