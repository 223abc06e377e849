package kakaotest_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/kakao"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestExampleConfigIsTheDefault: what the example shows as a default is one, line by line.
func TestExampleConfigIsTheDefault(t *testing.T) {
	f, err := kakaotest.ParseConfig([]byte(kakaotest.ExampleConfig()), false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.Prepare()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, want := s.App(), kakaotest.DefaultApp()
	got.RedirectURIs, got.LogoutRedirectURIs = nil, nil // the example says that these are none
	got.AllowedIPs, got.Members, got.UserProperties = nil, nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the example's app differs from the default one (-default +example):\n%s", diff)
	}
	if n := len(s.Accounts()); n != len(kakaotest.Personas())+1 {
		t.Errorf("%d accounts", n)
	}
	if s.URL() != "http://localhost:5001" || f.Listen != kakaotest.DefaultListen {
		t.Errorf("listens on %s as %s", f.Listen, s.URL())
	}
}

func TestLoadConfig(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, text := range map[string]string{
		"a.toml": "builtin_accounts = false\n[[apps]]\napp_id = 5\nauto = true\n[[accounts]]\nid = \"a\"\nemail = \"a@b\"\n[[scenarios]]\nendpoint=\"oauth/token\"\ncode=\"KOE320\"\ndelay=\"1s\"\n[scenarios.id_token]\nalg=\"none\"",
		"a.json": `{"builtin_accounts":false,"apps":[{"app_id":5,"auto":true}],"accounts":[{"id":"a","email":"a@b"}],"scenarios":[{"endpoint":"oauth/token","code":"KOE320","delay":"1s","id_token":{"alg":"none"}}]}`,
	} {
		f, err := kakaotest.LoadConfig(write(name, text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s, err := f.Prepare()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if sc := s.Scenarios(); s.App().AppID != 5 || !s.App().Auto || len(s.Accounts()) != 1 || len(sc) != 1 || sc[0].Delay != kakaotest.Duration(time.Second) || sc[0].IDToken.Alg != "none" {
			t.Errorf("%s: %+v", name, f)
		}
		s.Close()
	}
	for text, want := range map[string]string{
		"lisen = 'x'":                   "lisen",
		"[[apps]]\nredirct_uris = []":   "redirct_uris",
		"listen = ":                     "line 1",
		"[[scenarios]]\ndelay = 'soon'": "soon",
	} {
		if _, err := kakaotest.LoadConfig(write("bad.toml", text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want it to name %s", text, err, want)
		}
	}
	for _, text := range []string{`{"lisen":"x"}`, `{} {}`, `[]`, ``} {
		if _, err := kakaotest.LoadConfig(write("bad.json", text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
	if _, err := kakaotest.LoadConfig(filepath.Join(dir, "none.toml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestConfigFaultsAllAtOnce: one start tells everything that is wrong.
func TestConfigFaultsAllAtOnce(t *testing.T) {
	_, err := kakaotest.New(kakaotest.Config{
		BrowserURL: "localhost:5001/", ServerURL: "http://x/path", Chaos: kakaotest.Chaos{Fail: 2},
		Apps: []kakaotest.App{{Type: "huge", RedirectURIs: []string{"/relative"}, LogoutRedirectURIs: []string{"ftp://x"}, AllowedIPs: []string{"home"},
			AdminAPIs: []string{"everything"}, ConsentItems: []kakaotest.ConsentItem{{ID: "blood_type", Step: "required"}, {ID: "name", Step: "maybe"}},
			Terms: []kakaotest.Term{{Tag: "a,b"}}, UnlinkWebhook: kakaotest.UnlinkWebhook{Method: "PUT"}, AccountWebhook: kakaotest.AccountWebhook{Events: []string{"party"}},
			MoreKeys: []kakaotest.Key{{Type: "gold", Value: "k"}, {Type: "rest"}}},
			{Type: kakaotest.AppBasic, ConsentItems: []kakaotest.ConsentItem{{ID: "account_email", Step: "optional"}}}},
		Accounts: []kakaotest.Account{{ID: "Big Letters"}, {ID: "x", Gender: "other", Birthday: "1", Birthyear: "90", UserID: -1}},
	})
	for _, want := range []string{"BrowserURL", "ServerURL", "chaos", "huge", "/relative", "ftp://x", "home", "everything", "blood_type", "maybe", "a,b", "PUT", "party", "gold", "empty",
		"account_email needs a biz app", "Big Letters", "other", "birthday", "birthyear", "negative"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %q", want)
		}
	}
	twice := kakaotest.Config{Apps: []kakaotest.App{{AppID: 1, RESTKey: "k"}, {AppID: 1, RESTKey: "k"}}, Accounts: []kakaotest.Account{{ID: "a", UserID: 4}, {ID: "a", UserID: 4}}}
	if _, err := kakaotest.New(twice); err == nil || strings.Count(err.Error(), "stands twice") < 4 {
		t.Errorf("what stands twice: %v", err)
	}
	six := kakaotest.App{}
	for _, v := range []string{"a", "b", "c", "d", "e"} {
		six.MoreKeys = append(six.MoreKeys, kakaotest.Key{Type: kakaotest.KeyREST, Value: v})
	}
	if _, err := kakaotest.New(kakaotest.Config{Apps: []kakaotest.App{six}}); err == nil || !strings.Contains(err.Error(), "6 rest keys") {
		t.Errorf("six REST keys: %v", err)
	}
}

func TestEnvironment(t *testing.T) {
	env := map[string]string{"KAKAO_EMULATOR_LISTEN": "127.0.0.1:6001", "KAKAO_EMULATOR_AUTO": "1", "KAKAO_EMULATOR_PERSONA": "apeach", "KAKAO_CLIENT_ID": "emu-mine",
		"KAKAO_REDIRECT_URI": "http://a/cb,http://b/cb", "KAKAO_APP_ID": "42", "KAKAO_EMULATOR_CHAOS_SEED": "9", "KAKAO_EMULATOR_NO_TOKEN_LIMIT": "true", "KAKAO_EMULATOR_ALLOWED_HOSTS": "kakao"}
	lookup := func(k string) (string, bool) { v, ok := env[k]; return v, ok }
	f, err := kakaotest.File{}.Environment(lookup)
	if err != nil {
		t.Fatal(err)
	}
	a := f.Apps[0]
	if f.Listen != "127.0.0.1:6001" || !a.Auto || a.AutoPersona != "apeach" || a.RESTKey != "emu-mine" || len(a.RedirectURIs) != 2 || a.AppID != 42 || !a.TokenLimitOff || f.Chaos.Seed != 9 || f.Chaos.Fail == 0 || f.AllowedHosts[0] != "kakao" {
		t.Errorf("%+v", f)
	}
	env["KAKAO_EMULATOR_AUTO"], env["KAKAO_APP_ID"] = "perhaps", "x"
	if _, err = (kakaotest.File{}).Environment(lookup); err == nil || !strings.Contains(err.Error(), "perhaps") || !strings.Contains(err.Error(), "KAKAO_APP_ID") {
		t.Errorf("wrong values: %v", err)
	}
}

// TestAD04_LoopbackOnly: beyond loopback only by name.
func TestAD04_LoopbackOnly(t *testing.T) {
	for address, ok := range map[string]bool{"127.0.0.1:0": true, "[::1]:80": true, "localhost:1": true, "127.0.0.9:1": true, "0.0.0.0:5001": false, ":5001": false, "[::]:1": false,
		"192.0.2.1:1": false, "example.com:1": false, "nonsense": false, "127.0.0.1:port": false} {
		if err := kakaotest.CheckListen(address, false); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := kakaotest.CheckListen("0.0.0.0:5001", true); err != nil {
		t.Errorf("allowed by name: %v", err)
	}
	err := kakaotest.ListenAndServe(t.Context(), kakaotest.File{Listen: "0.0.0.0:0"}, &safeBuffer{})
	if !errors.Is(err, kakaotest.ErrNotLoopback) {
		t.Errorf("ListenAndServe: %v", err)
	}
	s, err := kakaotest.New(kakaotest.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if b := s.Banner("0.0.0.0:5001", nil); !strings.Contains(b, "WARNING") || !strings.Contains(b, "경고") {
		t.Error("no warning in the banner")
	}
	if b := s.Banner("127.0.0.1:5001", nil); strings.Contains(b, "WARNING") || !strings.Contains(b, "It is not Kakao") || !strings.Contains(b, s.App().RESTKey) {
		t.Errorf("banner: %s", b)
	}
}

type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
	up chan struct{}
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up != nil {
		close(s.up)
		s.up = nil
	}
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestListenAndServe(t *testing.T) {
	address := net.JoinHostPort("127.0.0.1", freeport.Pick(t))
	ctx, stop := context.WithCancel(t.Context())
	up := make(chan struct{})
	out := &safeBuffer{up: up}
	ca := filepath.Join(t.TempDir(), "ca.pem")
	ended := make(chan error, 1)
	go func() { ended <- kakaotest.ListenAndServe(ctx, kakaotest.File{Listen: address}, out) }()
	select {
	case <-up:
	case err := <-ended:
		t.Fatalf("ended at once: %v", err)
	}
	if err := kakaotest.Healthcheck(t.Context(), "http://"+address); err != nil {
		t.Error(err)
	}
	if err := kakaotest.ListenAndServe(t.Context(), kakaotest.File{Listen: address}, out); err == nil {
		t.Error("two emulators on one port")
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := kakaotest.Healthcheck(t.Context(), "http://"+address); err == nil {
		t.Error("it still answers")
	}
	if !strings.Contains(out.String(), "http://localhost:"+address[strings.LastIndex(address, ":")+1:]+"/-/") {
		t.Errorf("banner: %s", out)
	}
	ctx, stop = context.WithCancel(t.Context())
	up = make(chan struct{})
	out = &safeBuffer{up: up}
	go func() {
		ended <- kakaotest.ListenAndServe(ctx, kakaotest.File{Listen: "127.0.0.1:0", TLS: true, TLSCertFile: ca}, out)
	}()
	<-up
	if b, err := os.ReadFile(ca); err != nil || !strings.Contains(string(b), "BEGIN CERTIFICATE") || strings.Contains(string(b), "KEY") || !strings.Contains(out.String(), string(b)) {
		t.Errorf("CA certificate: %v", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestKakaosOwnHostsOverTLS: a client with https://kauth.kakao.com built in, unchanged. Only the name is resolved
// elsewhere, as a line in /etc/hosts would, and the throw-away CA is trusted.
func TestKakaosOwnHostsOverTLS(t *testing.T) {
	emu, ca := kakaotest.StartTLS(t, kakaotest.Config{BrowserURL: "https://kauth.kakao.com", ServerURL: "https://kauth.kakao.com",
		Apps: []kakaotest.App{{Auto: true, RedirectURIs: []string{callback}}}})
	client := &http.Client{
		Transport: &http.Transport{TLSClientConfig: ca.ClientConfig(), DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, emu.Addr())
		}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	app := emu.App()
	cfg := oauth2.Config{ClientID: app.RESTKey, ClientSecret: app.ClientSecret, RedirectURL: callback, Endpoint: kakao.Endpoint}
	res, err := client.Do(mustGet(t, cfg.AuthCodeURL("s", oauth2.SetAuthURLParam("login_hint", kakaotest.PersonaRyan))))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	for _, ck := range res.Cookies() {
		if !ck.Secure {
			t.Errorf("the cookie %s is not Secure on https", ck.Name)
		}
	}
	back, err := res.Location()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.WithValue(t.Context(), oauth2.HTTPClient, client)
	tok, err := cfg.Exchange(ctx, back.Query().Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	id, _ := tok.Extra("id_token").(string)
	if claims(t, id)["iss"] != "https://kauth.kakao.com" {
		t.Errorf("iss = %v", claims(t, id)["iss"])
	}
	me, err := cfg.Client(ctx, tok).Do(mustGet(t, "https://kapi.kakao.com/v2/user/me"))
	if err != nil {
		t.Fatal(err)
	}
	me.Body.Close()
	if me.StatusCode != 200 {
		t.Errorf("user/me: %d", me.StatusCode)
	}
	strict := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{}}}
	if _, err := strict.Do(mustGet(t, "https://"+emu.Addr()+"/-/healthz")); err == nil {
		t.Error("a client that does not know the CA was satisfied")
	}
}

// TestThreeAddresses: a container sees another host than the browser, and the issuer is a third thing.
func TestThreeAddresses(t *testing.T) {
	s, err := kakaotest.New(kakaotest.Config{BrowserURL: "http://localhost:5001", ServerURL: "http://kakao:5001", Issuer: "https://kauth.kakao.com"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	web := newLocal(t, s)
	r := send(t, mustGet(t, web+"/.well-known/openid-configuration"))
	want := map[string]string{"issuer": "https://kauth.kakao.com", "authorization_endpoint": "http://localhost:5001/oauth/authorize", "token_endpoint": "http://kakao:5001/oauth/token",
		"jwks_uri": "http://kakao:5001/.well-known/jwks.json", "userinfo_endpoint": "http://kakao:5001/v1/oidc/userinfo"}
	for name, v := range want {
		if r.text(name) != v {
			t.Errorf("%s = %s, want %s", name, r.text(name), v)
		}
	}
	q := url.Values{"lang": {"en"}}
	if res := send(t, mustGet(t, web+"/-/?"+q.Encode())); res.status != 200 {
		t.Errorf("console on the server's name: %d", res.status)
	}
}

// TestSameAtEveryStart: keys and user numbers stay, signing keys do not.
func TestSameAtEveryStart(t *testing.T) {
	one, two := auto(t), auto(t)
	if diff := cmp.Diff(one.App(), two.App()); diff != "" {
		t.Errorf("the default app differs between starts: %s", diff)
	}
	if !strings.HasPrefix(one.App().RESTKey, "emu") || len(one.App().RESTKey) != 32 {
		t.Errorf("REST key %q", one.App().RESTKey)
	}
	a, b := login(t, one, kakaotest.PersonaApeach), login(t, two, kakaotest.PersonaApeach)
	if userID(t, a) != userID(t, b) || a.text("access_token") == b.text("access_token") {
		t.Error("user numbers must be the same, tokens must not")
	}
	keys := func(s *kakaotest.Server) string { return api(t, s, "GET", "/.well-known/jwks.json", "", nil).body }
	if keys(one) == keys(two) {
		t.Error("two starts share signing keys")
	}
	before := keys(one)
	one.Reset()
	if keys(one) != before || len(one.Links()) == 0 {
		t.Error("a reset must keep the signing keys, and bring back the primed links")
	}
	for _, l := range one.Links() {
		if l.State != "none" {
			t.Errorf("after a reset: %+v", l)
		}
	}
}
