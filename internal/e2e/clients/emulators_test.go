package clients_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/google/googletest"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/line/linetest"
	"github.com/norang-login/norang/naver/navertest"
	"github.com/norang-login/norang/oidc/oidctest"
)

// service is the origin of the app that the clients belong to. Nothing listens there: the clients are given the
// requests that a browser would send.
const service = "https://service.example.com"

// account is the configuration of a client for an app at a provider, and the result that its sign-in must have.
type account struct {
	ClientID string `json:"client_id"`
	Secret   string `json:"client_secret,omitempty"`
	Subject  string `json:"subject"` // expected
	Email    string `json:"email"`   // expected

	BundleID   string `json:"bundle_id,omitempty"`
	TeamID     string `json:"team_id,omitempty"`
	KeyID      string `json:"key_id,omitempty"`
	PrivateKey string `json:"private_key,omitempty"`
}

// emulators are the emulators of all providers behind one address, selected by the Host header.
type emulators struct {
	address, caFile string
	hosts           []string
	accounts        map[string]account
	log             map[string]func() []string // the requests of each provider
}

// callbacks are the callback URLs that the clients use for a provider.
func callbacks(provider string) []string {
	return []string{
		service + "/callback/" + provider, service + "/auth/callback/" + provider,
		service + "/api/auth/callback/" + provider,
	}
}

// startEmulators starts the emulators of all providers until the test ends. Sign-ins are approved without pages, but
// at the OpenID Connect provider.
func startEmulators(t *testing.T, plainKakao bool) *emulators {
	t.Helper()
	e := &emulators{accounts: map[string]account{}, log: map[string]func() []string{}}
	byHost := map[string]http.Handler{}
	add := func(provider string, a account, h http.Handler, requests func() []string, hosts ...string) {
		e.accounts[provider], e.log[provider] = a, requests
		for _, host := range hosts {
			byHost[host] = h
		}
	}
	startKakao(t, add, plainKakao)
	startNaver(t, add)
	startGoogle(t, add)
	startApple(t, add)
	startLINE(t, add)
	startOIDC(t, add)
	e.hosts = slices.Sorted(maps.Keys(byHost))

	ca, err := kakaotest.NewAuthority(e.hosts...)
	if err != nil {
		t.Fatal(err)
	}
	e.caFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(e.caFile, []byte(ca.PEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h, ok := byHost[r.Host]
			if !ok {
				http.Error(w, "no emulator has the host "+r.Host, http.StatusMisdirectedRequest)
				return
			}
			h.ServeHTTP(w, r)
		}),
	}
	go func() { _ = server.Serve(tls.NewListener(ln, ca.ServerConfig())) }() // ends with Close
	t.Cleanup(func() { server.Close() })
	e.address = ln.Addr().String()
	return e
}

type adder func(provider string, a account, h http.Handler, requests func() []string, hosts ...string)

func started[S interface{ Close() error }](t *testing.T) func(S, error) S {
	return func(s S, err error) S {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
}

func startKakao(t *testing.T, add adder, plain bool) {
	s := started[*kakaotest.Server](t)(kakaotest.New(kakaotest.Config{
		BrowserURL: "https://kauth.kakao.com",
		Apps:       []kakaotest.App{{Auto: true, OIDCOff: plain, RedirectURIs: callbacks("kakao")}},
	}))
	add("kakao", account{
		ClientID: s.App().RESTKey, Secret: s.App().ClientSecret, Subject: "3141592601", Email: "ryan@example.com",
	}, s, func() []string {
		return lines(s.Requests(), func(r kakaotest.Request) string {
			return fmt.Sprint(r.Method, " ", r.Endpoint, " ", r.Status, " ", r.Code, " ", r.Message)
		})
	}, "kauth.kakao.com", "kapi.kakao.com")
}

func startNaver(t *testing.T, add adder) {
	s := started[*navertest.Server](t)(navertest.New(navertest.Config{
		BrowserURL: "https://nid.naver.com",
		App:        navertest.App{Auto: true, CallbackURLs: callbacks("naver")},
	}))
	add("naver", account{
		ClientID: s.App().ClientID, Secret: s.App().ClientSecret, Subject: s.UserID(navertest.PersonaBoseong),
		Email: "boseong@naver.com",
	}, s, func() []string {
		return lines(s.Requests(), func(r navertest.Request) string {
			return fmt.Sprint(r.Method, " ", r.Endpoint, " ", r.Status, " ", r.Code, " ", r.Why)
		})
	}, "nid.naver.com", "openapi.naver.com")
}

func startGoogle(t *testing.T, add adder) {
	s := started[*googletest.Server](t)(googletest.New(googletest.Config{
		BrowserURL: "https://accounts.google.com",
		App:        googletest.App{Auto: true, RedirectURIs: callbacks("google")},
	}))
	add("google", account{
		ClientID: s.App().ClientID, Secret: s.App().ClientSecret, Subject: s.Subject(googletest.PersonaMinji),
		Email: "minji.emu@gmail.com",
	}, s, func() []string { return lines(s.Requests(), line) },
		"accounts.google.com", "oauth2.googleapis.com", "openidconnect.googleapis.com", "www.googleapis.com")
}

func startApple(t *testing.T, add adder) {
	s := started[*appletest.Server](t)(appletest.New(appletest.Config{
		BrowserURL: "https://appleid.apple.com",
		Team: appletest.Team{
			Auto: true, Clients: []appletest.Client{
				{ID: appletest.DefaultServicesID, ReturnURLs: callbacks("apple")}, {ID: appletest.DefaultBundleID, App: true},
			},
		},
	}))
	add("apple", account{
		ClientID: appletest.DefaultServicesID, Subject: s.Subject(appletest.PersonaJeju), Email: "haru@icloud.com",
		BundleID: appletest.DefaultBundleID, TeamID: s.Team().TeamID, KeyID: s.Team().KeyID, PrivateKey: s.Team().PrivateKey,
	}, s, func() []string { return lines(s.Requests(), line) }, "appleid.apple.com")
}

func startLINE(t *testing.T, add adder) {
	s := started[*linetest.Server](t)(linetest.New(linetest.Config{
		BrowserURL: "https://access.line.me",
		Channel:    linetest.Channel{Auto: true, CallbackURLs: callbacks("line")},
	}))
	add("line", account{
		ClientID: s.Channel().ID, Secret: s.Channel().Secret, Subject: s.UserID(linetest.PersonaHana),
		Email: "hana@example.com",
	}, s, func() []string { return lines(s.Requests(), line) }, "access.line.me", "api.line.me")
}

func startOIDC(t *testing.T, add adder) {
	const issuer = "https://login.example.com"
	s := started[*oidctest.Server](t)(oidctest.New(oidctest.Config{
		BrowserURL: issuer,
		App: oidctest.App{
			IssuerPath: "/realms/demo", RedirectURIs: callbacks("oidc"),
			PostLogoutRedirectURIs: []string{service + "/signed-out"},
		},
	}))
	add("oidc", account{
		ClientID: s.App().ClientID, Secret: s.App().ClientSecret, Subject: s.Subject(oidctest.PersonaJeju),
		Email: "jeju@example.com",
	}, s, func() []string { return lines(s.Requests(), line) }, "login.example.com")
}

// lines are the entries of a request log.
func lines[R any](all []R, line func(R) string) (out []string) {
	for _, r := range all {
		out = append(out, line(r))
	}
	return out
}

func line(r appletest.Request) string {
	return fmt.Sprint(r.Method, " ", r.Endpoint, " ", r.Status, " ", r.Code, " ", r.Why)
}

// report logs what the emulators were asked.
func (e *emulators) report(t *testing.T) {
	t.Helper()
	for _, provider := range slices.Sorted(maps.Keys(e.log)) {
		if said := e.log[provider](); len(said) > 0 {
			t.Logf("%s:\n\t%s", provider, strings.Join(said, "\n\t"))
		}
	}
}
