package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"path/filepath"

	"github.com/alexedwards/scs/v2"
	"github.com/gorilla/sessions"

	"github.com/norang-login/norang"
)

// plan is the configuration of a target, passed as JSON.
type plan struct {
	Dir      string // directory of the target for its database and list of cookies
	Addr     string // listen address
	Sessions int    // number of sessions created before the load
	Database string // norang's database; a file in Dir if empty
	Filled   string // existing database with sessions whose cookies are in cookieFile
	Cache    int    // norang.Config.SessionCache
	Kakao    string // URL of the fake Kakao
	Upstream string // address of the app behind a proxy
	Auth     string // address of the target that checks sessions for nginx
}

// cookieFile returns the path of the file with the Cookie headers of the target's sessions, one per line.
func (p plan) cookieFile() string { return filepath.Join(p.Dir, "cookies") }

// runTarget runs a target. It returns only if it fails.
func runTarget(name, text string) error {
	var p plan
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return err
	}
	if name == "nginx" {
		return execNginx(p)
	}
	build, ok := map[string]func(plan) (http.Handler, error){
		"hello":          hello,
		"headers":        headers,
		"signature":      signature,
		"norang":         norangTarget,
		"require":        requireTarget,
		"reverse":        reverseTarget,
		"reverse-pooled": pooledTarget,
		"goth":           gothTarget,
		"baseline":       baselineTarget,
		"kakao":          fakeKakao,
		"scs":            scsTarget,
		"scs-sqlite":     scsSQLiteTarget,
		"gorilla":        gorillaTarget,
	}[name]
	if !ok {
		return fmt.Errorf("unknown target %q", name)
	}
	h, err := build(p)
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", p.Addr)
	if err != nil {
		return err
	}
	profiles, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(profiles, http.HandlerFunc(pprof.Profile)) }()
	fmt.Println("ready", profiles.Addr())
	return http.Serve(ln, h)
}

func hello(plan) (http.Handler, error) {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }), nil
}

// headers writes the same number of headers as verify, to measure the share of net/http.
func headers(plan) (http.Handler, error) {
	all := identity(0)
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for _, kv := range all {
			w.Header().Set(kv[0], kv[1])
		}
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Vary", "*")
		w.Header().Set("X-Norang-Assertion", "")
	}), nil
}

// norangTarget is the service with its default features. The log is discarded.
func norangTarget(p plan) (http.Handler, error) {
	svc, err := norang.New(config(p))
	if err != nil {
		return nil, err
	}
	return svc.Routes(), nil
}

// requireTarget is hello behind Service.Require in the same process.
func requireTarget(p plan) (http.Handler, error) {
	svc, err := norang.New(config(p))
	if err != nil {
		return nil, err
	}
	app, err := hello(p)
	if err != nil {
		return nil, err
	}
	return svc.Require(app), nil
}

func config(p plan) norang.Config {
	kakao := cmp.Or(p.Kakao, "http://127.0.0.1:1")
	plenty := norang.Rate{PerMinute: 50_000_000} // keeps the limits on, though all requests come from one address
	upstream := ""
	if p.Upstream != "" {
		upstream = "http://" + p.Upstream
	}
	return norang.Config{
		Upstream: upstream,
		Limits: norang.Limits{Starts: plenty, Callbacks: plenty, Signouts: plenty, Unknown: plenty, Everybody: plenty,
			Tokens: plenty},
		Audiences: []string{"https://api.example.com"},
		URL:       "http://" + p.Addr, AllowEmulator: true, NoAdminKey: true, Age: "off",
		Database: cmp.Or(p.Database, p.Filled, filepath.Join(p.Dir, "norang.db")),
		Keys:     filepath.Join(p.Dir, "norang.keys"), SessionCache: p.Cache,
		Kakao: norang.Kakao{
			ClientID: "emu-bench", ClientSecret: "emu-secret", AppID: 1,
			AuthURL: kakao, APIURL: kakao, Issuer: kakao,
		},
		Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
	}
}

// scsTarget is a common session library with its memory store and the same headers.
func scsTarget(p plan) (http.Handler, error) { return scsOn(p, scs.New()) }

func scsOn(p plan, m *scs.SessionManager) (http.Handler, error) {
	var cookies []string
	for i := range p.Sessions {
		ctx, err := m.Load(context.Background(), "")
		if err != nil {
			return nil, err
		}
		for _, kv := range identity(i) {
			m.Put(ctx, kv[0], kv[1])
		}
		token, _, err := m.Commit(ctx)
		if err != nil {
			return nil, err
		}
		cookies = append(cookies, m.Cookie.Name+"="+token)
	}
	if err := writeLines(p.cookieFile(), cookies); err != nil {
		return nil, err
	}
	return m.LoadAndSave(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.GetString(r.Context(), "Remote-User") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		for _, kv := range identity(0) {
			w.Header().Set(kv[0], m.GetString(r.Context(), kv[0]))
		}
	})), nil
}

// gorillaTarget keeps the session encrypted in the cookie.
func gorillaTarget(p plan) (http.Handler, error) {
	key := []byte("0123456789abcdef0123456789abcdef")
	store := sessions.NewCookieStore(key, key)
	var cookies []string
	for i := range min(p.Sessions, 2000) { // creating a cookie is slow, and their number does not matter
		rec := recorder{}
		r, err := http.NewRequest(http.MethodGet, "/", nil)
		if err != nil {
			return nil, err
		}
		s, err := store.Get(r, "s")
		if err != nil {
			return nil, err
		}
		for _, kv := range identity(i) {
			s.Values[kv[0]] = kv[1]
		}
		if err := s.Save(r, rec); err != nil {
			return nil, err
		}
		c, err := http.ParseSetCookie(http.Header(rec).Get("Set-Cookie"))
		if err != nil {
			return nil, err
		}
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	if err := writeLines(p.cookieFile(), cookies); err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s, err := store.Get(r, "s")
		if err != nil || s.IsNew {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		for _, kv := range identity(0) {
			v, _ := s.Values[kv[0]].(string)
			w.Header().Set(kv[0], v)
		}
	}), nil
}

// recorder is a ResponseWriter that records only headers.
type recorder http.Header

func (r recorder) Header() http.Header         { return http.Header(r) }
func (r recorder) Write(b []byte) (int, error) { return len(b), nil }
func (r recorder) WriteHeader(int)             {}

// identity returns the identity headers of the i-th user.
func identity(i int) [][2]string {
	n := fmt.Sprint(3_000_000_000 + i)
	return [][2]string{
		{"Remote-User", "01932b1c-0000-7000-8000-00" + n}, {"X-Norang-Ref", ""}, {"Remote-Name", "person" + n},
		{"Remote-Email", "person" + n + "@example.com"}, {"X-Norang-Provider", "kakao"}, {"X-Norang-Subject", n},
		{"X-Norang-Status", "active"},
	}
}

func writeLines(path string, lines []string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	for _, l := range lines {
		if _, err := io.WriteString(f, l+"\n"); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return f.Close()
}
