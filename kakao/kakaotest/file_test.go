package kakaotest_test

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/kakao"

	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestExampleConfigIsTheDefault: the values that the example shows are the defaults.
func TestExampleConfigIsTheDefault(t *testing.T) {
	t.Parallel()
	f, err := kakaotest.ParseConfig([]byte(kakaotest.ExampleConfig()), false)
	if err != nil {
		t.Fatal(err)
	}
	s, err := kakaotest.FromFile(f)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, want := s.App(), kakaotest.DefaultApp()
	got.RedirectURIs, got.LogoutRedirectURIs = nil, nil // the example sets these
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
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	for name, text := range map[string]string{
		"a.toml": `
builtin_accounts = false
[[apps]]
app_id = 5
auto = true
[[accounts]]
id = "a"
email = "a@b"
[[scenarios]]
endpoint = "oauth/token"
code = "KOE320"
delay = "1s"
[scenarios.id_token]
alg = "none"`,
		"a.json": `{"builtin_accounts":false,"apps":[{"app_id":5,"auto":true}],"accounts":[{"id":"a","email":"a@b"}],
			"scenarios":[{"endpoint":"oauth/token","code":"KOE320","delay":"1s","id_token":{"alg":"none"}}]}`,
	} {
		f, err := kakaotest.LoadConfig(write(name, text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s, err := kakaotest.FromFile(f)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if sc := s.Scenarios(); s.App().AppID != 5 || !s.App().Auto || len(s.Accounts()) != 1 || len(sc) != 1 ||
			sc[0].Delay != kakaotest.Duration(time.Second) || sc[0].IDToken.Alg != "none" {
			t.Errorf("%s: %+v", name, f)
		}
		s.Close()
	}
	for text, want := range map[string]string{
		"lisen = 'x'":                   `unknown member "lisen"; known: accounts, allow_non_local, `,
		"[[apps]]\nredirct_uris = []":   `unknown member "apps.redirct_uris"; known: account_webhook, `,
		"personas = false":              `it is now called "builtin_accounts"`,
		"listen = ":                     "line 1",
		"[[scenarios]]\ndelay = 'soon'": "soon",
	} {
		if _, err := kakaotest.LoadConfig(write("bad.toml", text)); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want it to name %s", text, err, want)
		}
	}
	for _, text := range []string{`{"lisen":"x"}`, `{"apps":[{"nmae":"x"}]}`, `{"LISTEN":"x"}`, `{} {}`, `[]`, ``} {
		if _, err := kakaotest.LoadConfig(write("bad.json", text)); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
	if _, err := kakaotest.LoadConfig(filepath.Join(dir, "none.toml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestInvalidConfigReportsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	_, err := kakaotest.New(kakaotest.Config{
		BrowserURL: "localhost:5001/", ServerURL: "http://x/path", RequestLog: -7,
		AllowedHosts: []string{"http://kakao"}, Chaos: kakaotest.Chaos{Fail: 2},
		Apps: []kakaotest.App{{Type: "huge", RedirectURIs: []string{"/relative"},
			LogoutRedirectURIs: []string{"ftp://x"}, AllowedIPs: []string{"home"},
			AdminAPIs: []string{"everything"}, ConsentItems: []kakaotest.ConsentItem{{ID: "blood_type",
				Step: "required"}, {ID: "name", Step: "maybe"}},
			Terms: []kakaotest.Term{{Tag: "a,b"}}, UnlinkWebhook: kakaotest.UnlinkWebhook{Method: "PUT"},
			AccountWebhook: kakaotest.AccountWebhook{Events: []string{"party"}},
			MoreKeys:       []kakaotest.Key{{Type: "gold", Value: "k"}, {Type: "rest"}}},
			{Type: kakaotest.AppBasic, ConsentItems: []kakaotest.ConsentItem{{ID: "account_email",
				Step: "optional"}}}},
		Accounts: []kakaotest.Account{{ID: "Big Letters"},
			{ID: "x", Gender: "other", Birthday: "1", Birthyear: "90", UserID: -1}},
	})
	for _, want := range []string{"BrowserURL", "ServerURL", "chaos", "huge", "/relative", "ftp://x", "home",
		"everything", "blood_type", "maybe", "a,b", "PUT", "party", "gold", "empty",
		"account_email needs a biz app", "Big Letters", "other", "birthday", "birthyear", "negative",
		"request_log", "allowed_hosts"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %q", want)
		}
	}
	if err != nil && strings.Count(err.Error(), "allowed IP: ") != 1 {
		t.Errorf("an address of two keys is not told once: %v", err)
	}
	twice := kakaotest.Config{Apps: []kakaotest.App{{AppID: 1, RESTKey: "k"}, {AppID: 1, RESTKey: "k"}},
		Accounts: []kakaotest.Account{{ID: "a", UserID: 4}, {ID: "a", UserID: 4}}}
	if _, err := kakaotest.New(twice); err == nil || strings.Count(err.Error(), "duplicate ") < 4 {
		t.Errorf("duplicates: %v", err)
	}
	six := kakaotest.App{}
	for _, v := range []string{"a", "b", "c", "d", "e"} {
		six.MoreKeys = append(six.MoreKeys, kakaotest.Key{Type: kakaotest.KeyREST, Value: v})
	}
	if _, err := kakaotest.New(kakaotest.Config{Apps: []kakaotest.App{six}}); err == nil ||
		!strings.Contains(err.Error(), "at most 5 rest keys, got 6") {
		t.Errorf("six REST keys: %v", err)
	}
}

func TestDatesOfAccountsAreDates(t *testing.T) {
	t.Parallel()
	emu := kakaotest.Start(t)
	for _, a := range []kakaotest.Account{
		{Birthday: "9999"}, {Birthday: "1300"}, {Birthday: "0100"}, {Birthday: "abcd"}, {Birthyear: "19x0"},
	} {
		a.ID = "mina"
		if err := emu.AddAccount(a); err == nil || !strings.Contains(err.Error(), "must be ") {
			t.Errorf("%q %q: %v", a.Birthyear, a.Birthday, err)
		}
	}
	lunar := kakaotest.Account{ID: "mina", Birthyear: "1990", Birthday: "0230", BirthdayLunar: true}
	if err := emu.AddAccount(lunar); err != nil {
		t.Error(err)
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	f, err := kakaotest.Environment(kakaotest.File{}, []string{"KAKAO_EMULATOR_LISTEN=127.0.0.1:6001",
		"KAKAO_EMULATOR_AUTO=1",
		"KAKAO_EMULATOR_PERSONA=apeach", "KAKAO_CLIENT_ID=emu-mine", "KAKAO_REDIRECT_URI=http://a/cb,http://b/cb",
		"KAKAO_APP_ID=42",
		"KAKAO_EMULATOR_CHAOS_SEED=9", "KAKAO_EMULATOR_NO_TOKEN_LIMIT=true", "KAKAO_EMULATOR_ALLOWED_HOSTS=kakao",
		"KAKAO_EMULATOR_TLS="})
	if err != nil {
		t.Fatal(err)
	}
	want := kakaotest.File{
		Listen:       "127.0.0.1:6001",
		AllowedHosts: []string{"kakao"},
		Chaos:        kakaotest.Chaos{Seed: 9, Fail: 0.05, Slow: 0.1},
		Apps: []kakaotest.App{{
			AppID:         42,
			RESTKey:       "emu-mine",
			RedirectURIs:  []string{"http://a/cb", "http://b/cb"},
			Auto:          true,
			AutoPersona:   "apeach",
			TokenLimitOff: true,
		}},
	}
	if diff := cmp.Diff(want, f); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	_, err = kakaotest.Environment(kakaotest.File{}, []string{"KAKAO_EMULATOR_AUTO=perhaps", "KAKAO_APP_ID=x",
		"KAKAO_EMULATOR_LISTENS=y", "KAKAO_OTHER=z"})
	for _, want := range []string{`KAKAO_EMULATOR_AUTO: must be true or false, got "perhaps"`, "KAKAO_APP_ID",
		"unknown variable KAKAO_EMULATOR_LISTENS; known: KAKAO_EMULATOR_LISTEN,"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to contain %q", err, want)
		}
	}
}

func TestUnknownNamesAreRefusedWithTheKnownOnes(t *testing.T) {
	t.Parallel()
	emu := kakaotest.Start(t)
	_, members := emu.AddApp(kakaotest.App{Members: []string{"nobody"}})
	_, persona := emu.AddApp(kakaotest.App{AutoPersona: "noone"})
	for name, tc := range map[string]struct {
		err  error
		want []string
	}{
		"code": {emu.Script(kakaotest.Scenario{Code: "KOE999"}),
			[]string{`"KOE999"`, "KOE101", "-401", "access_denied"}},
		"endpoint": {emu.Script(kakaotest.Scenario{Endpoint: "token"}), []string{`"token"`, "oauth/token"}},
		"scenario account": {emu.Script(kakaotest.Scenario{Account: "rian"}),
			[]string{`"rian"`, "ryan", "not-a-member"}},
		"scenario app": {emu.Script(kakaotest.Scenario{App: 3}), []string{"app 3", "1000001"}},
		"members":      {members, []string{"members", `"nobody"`, "apeach"}},
		"persona":      {persona, []string{"auto_persona", `"noone"`, "apeach"}},
		"app type": {emu.UpdateApp(0, func(a *kakaotest.App) { a.Type = "big" }),
			[]string{`"big"`, "basic, biz, test"}},
		"admin API": {emu.UpdateApp(0, func(a *kakaotest.App) { a.AdminAPIs = []string{"all"} }),
			[]string{`"all"`, "user_information"}},
		"consent item": {emu.UpdateApp(0,
			func(a *kakaotest.App) { a.ConsentItems = []kakaotest.ConsentItem{{ID: "mail", Step: "required"}} }),
			[]string{`"mail"`, "account_email"}},
		"event": {emu.SendAccountWebhook(0, 1, "user-gone", nil, kakaotest.WebhookSend{}),
			[]string{`"user-gone"`, "user-unlinked"}},
	} {
		for _, want := range tc.want {
			if tc.err == nil || !strings.Contains(tc.err.Error(), want) {
				t.Errorf("%s: %v, want it to contain %s", name, tc.err, want)
			}
		}
	}
}

// TestAD04_LoopbackOnly: an address beyond loopback needs allow_non_local.
func TestAD04_LoopbackOnly(t *testing.T) {
	t.Parallel()
	for address, ok := range map[string]bool{"127.0.0.1:0": true, "[::1]:80": true, "localhost:1": true,
		"127.0.0.9:1": true, "0.0.0.0:5001": false,
		":5001": false, "[::]:1": false, "192.0.2.1:1": false, "example.com:1": false, "nonsense": false,
		"127.0.0.1:port": false} {
		if err := kakaotest.CheckListen(address, false); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	if err := kakaotest.CheckListen("0.0.0.0:5001", true); err != nil {
		t.Errorf("with allow_non_local: %v", err)
	}
	err := kakaotest.ListenAndServe(bounded.Context(t), kakaotest.File{Listen: "0.0.0.0:0"},
		func(*kakaotest.Server) { t.Error("it listens") })
	if !errors.Is(err, kakaotest.ErrNotLoopback) {
		t.Errorf("ListenAndServe: %v", err)
	}
}

// listening runs ListenAndServe until stop is called, which returns its error.
func listening(t *testing.T, f kakaotest.File) (emu *kakaotest.Server, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	up, ended := make(chan *kakaotest.Server, 1), make(chan error, 1)
	go func() { ended <- kakaotest.ListenAndServe(ctx, f, func(s *kakaotest.Server) { up <- s }) }()
	select {
	case emu = <-up:
	case err := <-ended:
		t.Fatalf("ended at once: %v", err)
	}
	return emu, func() error { cancel(); return <-ended }
}

func TestListenAndServe(t *testing.T) {
	t.Parallel()
	emu, stop := listening(t, kakaotest.File{Listen: "localhost:0"})
	port := emu.URL()[strings.LastIndex(emu.URL(), ":"):]
	if !strings.HasPrefix(emu.URL(), "http://localhost:") {
		t.Errorf("URL %s", emu.URL())
	}
	for _, host := range []string{"localhost", "127.0.0.1"} {
		if r := send(t, mustGet(t, "http://"+host+port+"/-/healthz")); r.status != 200 {
			t.Errorf("%s: %d", host, r.status)
		}
	}
	var taken *net.OpError
	err := kakaotest.ListenAndServe(bounded.Context(t), kakaotest.File{Listen: "127.0.0.1" + port},
		func(*kakaotest.Server) { t.Error("two emulators on one port") })
	if !errors.As(err, &taken) {
		t.Errorf("a second emulator on the port: %v", err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if _, err := http.DefaultClient.Do(mustGet(t, emu.URL()+"/-/healthz")); err == nil {
		t.Error("it still answers")
	}

	ca := filepath.Join(t.TempDir(), "ca.pem")
	emu, stop = listening(t, kakaotest.File{Listen: "127.0.0.1:0", TLS: true, TLSCertFile: ca})
	if b, err := os.ReadFile(ca); err != nil || string(b) != emu.Authority().PEM() ||
		!strings.Contains(string(b), "BEGIN CERTIFICATE") || strings.Contains(string(b), "KEY") {
		t.Errorf("CA certificate: %v", err)
	}
	if !strings.HasPrefix(emu.URL(), "https://127.0.0.1:") {
		t.Errorf("URL %s", emu.URL())
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// The CA's certificate replaces that of an earlier run, and no other file, such as a bundle that the client trusts.
func TestCACertificateReplacesOnlyItsOwnKind(t *testing.T) {
	t.Parallel()
	earlier, err := kakaotest.NewAuthority("localhost")
	if err != nil {
		t.Fatal(err)
	}
	other := httptest.NewTLSServer(nil)
	defer other.Close()
	foreign := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: other.Certificate().Raw}))
	for _, tc := range []struct {
		text     string
		replaced bool
	}{
		{"", true}, {earlier.PEM(), true}, {"keep", false}, {foreign, false},
		{earlier.PEM() + foreign, false}, {foreign + earlier.PEM(), false},
	} {
		file := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(file, []byte(tc.text), 0o600); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		err := kakaotest.ListenAndServe(ctx, kakaotest.File{Listen: "127.0.0.1:0", TLS: true, TLSCertFile: file},
			func(*kakaotest.Server) { stop() })
		stop()
		b, _ := os.ReadFile(file)
		if replaced := string(b) != tc.text; replaced != tc.replaced || (err == nil) != tc.replaced {
			t.Errorf("%.40q: replaced %t, %v", tc.text, replaced, err)
		}
	}
}

// TestClientWithKakaosHostsOverTLS: a client with https://kauth.kakao.com built in works if the name resolves to the
// emulator and the throwaway CA is trusted.
func TestClientWithKakaosHostsOverTLS(t *testing.T) {
	t.Parallel()
	emu, ca := kakaotest.StartTLS(t, kakaotest.Config{BrowserURL: "https://kauth.kakao.com",
		ServerURL: "https://kauth.kakao.com",
		Apps:      []kakaotest.App{{Auto: true, RedirectURIs: []string{callback}}}})
	client := &http.Client{
		Transport: &http.Transport{TLSClientConfig: ca.ClientConfig(),
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, emu.Addr())
			}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	app := emu.App()
	cfg := oauth2.Config{ClientID: app.RESTKey, ClientSecret: app.ClientSecret, RedirectURL: callback,
		Endpoint: kakao.Endpoint}
	res, err := client.Do(mustGet(t, cfg.AuthCodeURL("s",
		oauth2.SetAuthURLParam("login_hint", kakaotest.PersonaRyan))))
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
		t.Error("a client without the CA connected")
	}
}
