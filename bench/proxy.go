package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// reverseTarget is net/http's reverse proxy without anything else.
func reverseTarget(p plan) (http.Handler, error) {
	app := &url.URL{Scheme: "http", Host: p.Upstream}
	return &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(app) },
		Transport: &http.Transport{MaxIdleConnsPerHost: 512},
	}, nil
}

// pooledTarget is reverseTarget with the options that norang sets: buffers from a pool, no added compression.
func pooledTarget(p plan) (http.Handler, error) {
	h, err := reverseTarget(p)
	proxy := h.(*httputil.ReverseProxy)
	proxy.BufferPool = &buffers{}
	proxy.Transport.(*http.Transport).DisableCompression = true
	return proxy, err
}

type buffers struct{ sync.Pool }

func (b *buffers) Get() []byte {
	if buf, ok := b.Pool.Get().(*[32 << 10]byte); ok {
		return buf[:]
	}
	return make([]byte, 32<<10)
}

func (b *buffers) Put(buf []byte) { b.Pool.Put((*[32 << 10]byte)(buf)) }

// execNginx turns the process into an nginx that asks p.Auth about every request to p.Upstream.
func execNginx(p plan) error {
	program, err := exec.LookPath("nginx")
	if err != nil {
		return err
	}
	conf := fmt.Sprintf(`daemon off; master_process off; pid %[1]s/nginx.pid; error_log stderr crit;
events { worker_connections 1024; }
http {
	access_log off;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/fastcgi;
	uwsgi_temp_path %[1]s/uwsgi; scgi_temp_path %[1]s/scgi;
	upstream auth { server %[2]s; keepalive 64; }
	upstream app { server %[3]s; keepalive 64; }
	server {
		listen %[4]s;
		keepalive_requests 100000000;
		proxy_http_version 1.1;
		proxy_set_header Connection "";
		location = /verify {
			internal;
			proxy_pass http://auth/auth/verify;
			proxy_pass_request_body off;
			proxy_set_header Content-Length "";
			proxy_set_header Connection "";
		}
		location / {
			auth_request /verify;
			auth_request_set $user $upstream_http_remote_user;
			proxy_set_header Connection "";
			proxy_set_header Remote-User $user;
			proxy_pass http://app;
		}
	}
}
`, p.Dir, p.Auth, p.Upstream, p.Addr)
	file := filepath.Join(p.Dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(conf), 0o600); err != nil {
		return err
	}
	fmt.Println("ready -")
	return syscall.Exec(program, []string{"nginx", "-p", p.Dir, "-c", file, "-e", "stderr"}, os.Environ())
}

// proxyRun measures requests to an app: through norang in front of it, and through nginx that asks norang.
func proxyRun(ctx context.Context, o options, dir string) (string, error) {
	app := &contender{title: "app", name: "hello"}
	app.plan.Dir = filepath.Join(dir, "app")
	if err := app.start(ctx); err != nil {
		return "", err
	}
	defer app.stop()
	load := func(addr string, cookies []string, d time.Duration) (sample, error) {
		return verifyLoad(addr, "/x", cookies, o.conns, d)
	}
	warm := func(addr string, cookies []string) error { return verifyOnce(addr, "/x", cookies, o.conns) }
	const bare = "bare httputil.ReverseProxy"
	list := []*contender{
		{title: bare, name: "reverse"},
		{title: "the same with pooled buffers and without added compression", name: "reverse-pooled"},
		{title: "norang, reverse proxy mode, signed in", name: "norang", plan: plan{Sessions: min(o.sessions, 10_000)}},
	}
	for i, c := range list {
		c.load, c.warm = load, warm
		c.plan.Upstream, c.plan.Dir = app.plan.Addr, filepath.Join(dir, fmt.Sprint("proxy", i))
	}
	if err := play(ctx, o, list); err != nil {
		return "", err
	}
	text := "## Reverse proxy mode\n\n`GET /x` of signed-in users to an app that answers `hello`. Ratios to the standard " +
		"library's reverse proxy, which checks nothing. The goal is a throughput of at least 0.80 and at most 1.30 of the " +
		"CPU.\n\n" + table(list, bare)
	if _, err := exec.LookPath("nginx"); err != nil {
		return text, nil
	}
	asked, err := nginxRun(ctx, o, dir, app.plan.Addr)
	return text + asked, err
}

// nginxRun measures nginx's auth_request with norang, and with a handler that always says yes.
func nginxRun(ctx context.Context, o options, dir, app string) (string, error) {
	const bare = "nginx asks a handler that checks nothing"
	list := []*contender{{title: bare, name: "headers"}, {title: "nginx asks norang", name: "norang"}}
	for i, c := range list {
		c.plan.Dir = filepath.Join(dir, fmt.Sprint("auth", i))
		if c.name == "norang" {
			c.plan.Sessions = min(o.sessions, 10_000)
		}
		if err := c.start(ctx); err != nil {
			return "", err
		}
		defer c.stop()
		front := &contender{title: c.title, name: "nginx", plan: plan{
			Dir: filepath.Join(dir, fmt.Sprint("nginx", i)), Upstream: app, Auth: c.plan.Addr,
		}}
		if err := front.start(ctx); err != nil {
			return "", err
		}
		defer front.stop()
		cookies := make([]string, len(c.cookies))
		for i, line := range c.cookies {
			cookies[i] = sessionCookie(c.plan.Addr, line)
		}
		addr := front.plan.Addr
		if err := answers(addr); err != nil {
			return "", err
		}
		c.warm = func(string, []string) error { return verifyOnce(addr, "/x", cookies, o.conns) }
		c.load = func(_ string, _ []string, d time.Duration) (sample, error) {
			return verifyLoad(addr, "/x", cookies, o.conns, d)
		}
	}
	if err := rounds(ctx, o, list); err != nil {
		return "", err
	}
	return "\nThrough nginx and `auth_request`; the CPU is that of the process that nginx asks. Ratios to a handler that " +
		"answers with the same number of constant headers.\n\n" + table(list, bare), nil
}

// answers waits until a server accepts connections.
func answers(addr string) error {
	for range 100 {
		resp, err := http.Get("http://" + addr + "/")
		if err == nil {
			return resp.Body.Close()
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("%s does not answer", addr)
}
