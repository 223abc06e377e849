package norang_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/norangtest"
)

// newService starts a service that calls no provider.
func newService(t *testing.T, change func(*norang.Config)) *norang.Service {
	t.Helper()
	cfg := norang.Config{
		URL: "https://www.example.com",
		Kakao: norang.Kakao{
			ClientID: "0123456789abcdef0123456789abcdef", ClientSecret: "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", AppID: 123456,
			AdminKeys: []string{"fedcba9876543210fedcba9876543210"},
		},
		Origins:  []string{"https://app.example.com"},
		Database: filepath.Join(t.TempDir(), "norang.db"),
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	svc, err := norang.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = svc.Close() })
	return svc
}

func TestLoginURLAcceptsWhatASignInReturnsTo(t *testing.T) {
	t.Parallel()
	svc := newService(t, nil)
	const own = "https://www.example.com"
	for returnTo, want := range map[string]string{
		"":                              own + "/auth/login",
		"/orders/7?a=1&b=2":             own + "/auth/login?return_to=%2Forders%2F7%3Fa%3D1%26b%3D2",
		own + "/orders":                 own + "/auth/login?return_to=%2Forders",
		"https://app.example.com/x#top": own + "/auth/login?return_to=https%3A%2F%2Fapp.example.com%2Fx%23top",
	} {
		if got, err := svc.LoginURL(returnTo); got != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", returnTo, got, err, want)
		}
	}
	for _, returnTo := range []string{
		"https://evil.example/", "//evil.example/", "orders", "javascript:alert(1)", "/oauth/kakao", "/a/../b",
		"/" + strings.Repeat("x", 2000),
	} {
		if got, err := svc.LoginURL(returnTo); got != "" || !errors.Is(err, norang.ErrReturnURL) || len(err.Error()) > 400 {
			t.Errorf("%q: %q, %v", clip(returnTo), got, err)
		}
		if got, err := svc.ProviderURL("kakao", returnTo); got != "" || !errors.Is(err, norang.ErrReturnURL) {
			t.Errorf("%q: %q, %v", clip(returnTo), got, err)
		}
	}
	if got, err := svc.ProviderURL("kakao", "/my"); got != own+"/oauth/kakao?return_to=%2Fmy" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := svc.ProviderURL("kakoa", "/my"); got != "" || !errors.Is(err, norang.ErrProvider) {
		t.Errorf("%q, %v", got, err)
	}
}

func clip(text string) string { return text[:min(len(text), 40)] }

// Wrap implies Mounted: a message after a sign-out is shown on norang's own page, because "/" is the app's.
func TestWrapImpliesMounted(t *testing.T) {
	t.Parallel()
	svc := newService(t, nil)
	signOut := func(h http.Handler) string {
		r := httptest.NewRequest(http.MethodPost, "https://www.example.com/auth/signout", nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Origin", "https://www.example.com")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Header().Get("Location")
	}
	if got := signOut(svc.Routes()); !strings.HasPrefix(got, "/?notice=") {
		t.Errorf("alone, a sign-out leads to %q", got)
	}
	h := svc.Wrap(http.NotFoundHandler())
	if got := signOut(h); !strings.HasPrefix(got, "/auth/login?notice=") {
		t.Errorf("wrapped, a sign-out leads to %q", got)
	}
	for _, path := range []string{"/", "/login"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "https://www.example.com"+path, nil))
		if w.Code != http.StatusNotFound || w.Body.String() != "404 page not found\n" {
			t.Errorf("%s: %d %s, not the app's answer", path, w.Code, w.Body)
		}
	}
}

// What the comment of Config.Dev promises, and that it promises nothing else.
func TestDevImpliesTheDocumentedSettings(t *testing.T) {
	t.Parallel()
	keys := norang.Kakao{
		ClientID: "0123456789abcdef0123456789abcdef", ClientSecret: "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", AppID: 123456,
	}
	for _, own := range []string{
		"http://localhost:5000", "http://192.168.0.7:5000", "http://laptop:5000", "https://shop.test",
	} {
		cfg := norang.Config{
			URL: own, Kakao: keys, Dev: true, EventsURL: "http://127.0.0.1:9/", EventsSecrets: []string{
				"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
			}, Database: filepath.Join(t.TempDir(), "norang.db"),
		}
		if err := cfg.Check(); err != nil {
			t.Errorf("%s: %v", own, err)
		}
		cfg.Dev = false
		if err := cfg.Check(); err == nil {
			t.Errorf("%s: no key and a private hook are accepted without Dev", own)
		}
	}
	fields := func(cfg norang.Config) string {
		var all []string
		for _, e := range norang.ConfigErrors(cfg.Check()) {
			all = append(all, e.Field)
		}
		return strings.Join(all, " ")
	}
	if got := fields(norang.Config{URL: "https://www.example.com", Kakao: keys, Dev: true}); got != "URL" {
		t.Errorf("on a public host the faults are %q", got)
	}
	if got := fields(norang.Config{URL: "http://localhost:5000", Dev: true}); got !=
		"Kakao.ClientID Kakao.ClientSecret Kakao.AppID" {
		t.Errorf("without keys the faults are %q", got)
	}
	database := filepath.Join(t.TempDir(), "norang.db")
	dev := func(cfg *norang.Config) { cfg.URL, cfg.Dev, cfg.Database = "http://localhost:5000", true, database }
	if err := newService(t, dev).Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(database); err != nil {
		t.Fatal(err)
	}
	lost := norang.Config{URL: "http://localhost:5000", Kakao: keys, NoAdminKey: true, Database: database}
	if got := fields(lost); got != "Database" {
		t.Errorf("with a lost database the faults are %q", got)
	}
	if lost.Dev = true; lost.Check() != nil {
		t.Errorf("a new database is refused with Dev: %v", lost.Check())
	}
}

// A user that another service, or a test, has put into the context is not signed in here.
func TestOptionalReplacesTheUserOfTheContext(t *testing.T) {
	t.Parallel()
	svc := newService(t, nil)
	before := httptest.NewRequest("GET", "https://www.example.com/", nil)
	other := norang.User{ID: "01932b1c-0000-7000-8000-000000000001"}
	before = before.WithContext(norangtest.WithUser(before.Context(), other))
	reached := false
	svc.Optional(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		reached = true
		if u, ok := norang.UserFrom(r.Context()); ok || svc.HasConsent(r.Context(), norang.Consent{Term: "service"}) {
			t.Errorf("signed in as %+v", u)
		}
	})).ServeHTTP(httptest.NewRecorder(), before)
	if _, ok := norang.UserFrom(before.Context()); !ok || !reached {
		t.Error("the handler was not reached, or the context had no user")
	}
}

// What a call lacks is its error at once, without a read of the database, and not a panic at the first event.
func TestANilArgumentIsAnErrorAtOnce(t *testing.T) {
	t.Parallel()
	svc := newService(t, nil)
	for want, call := range map[string]func(context.Context) error{
		"norang: Follow: handle must not be nil": func(ctx context.Context) error {
			_, err := svc.Follow(ctx, 0, nil)
			return err
		},
		"norang: UseKakaoToken: do must not be nil": func(ctx context.Context) error {
			return svc.UseKakaoToken(ctx, "id", nil)
		},
		"norang: Export: w must not be nil": func(ctx context.Context) error {
			return svc.Users().As(norang.Actor{Reason: "a request"}).Export(ctx, "ref:1", nil)
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		if err := call(ctx); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		cancel()
	}
}

// A missing handler stops the program when it is mounted, as with http.Handle, and not at the first request.
func TestANilHandlerPanicsWhenItIsMounted(t *testing.T) {
	t.Parallel()
	svc := newService(t, nil)
	for name, mount := range map[string]func(http.Handler) http.Handler{
		"Wrap": svc.Wrap, "Require": svc.Require, "Optional": svc.Optional,
		"RequireConsent": func(h http.Handler) http.Handler { return svc.RequireConsent(h, norang.Consent{}) },
	} {
		for _, h := range []http.Handler{nil, http.HandlerFunc(nil)} {
			func() {
				defer func() {
					if said, want := recover(), "norang: Service."+name+": nil handler"; said != want {
						t.Errorf("%v, want %q", said, want)
					}
				}()
				mount(h)
			}()
		}
	}
}
