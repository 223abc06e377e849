package app_test

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// previousWorld is the service on the database of internal/store/testdata/schema13, at the time of the dump.
type previousWorld struct {
	t       *testing.T
	handler http.Handler
	kakao   *kakaotest.Server

	Authorize string
	Users     map[string]string
	Cookies   map[string]map[string]string
	At        int64
}

func newPreviousWorld(t *testing.T) *previousWorld {
	t.Helper()
	w, dir, source := &previousWorld{t: t}, t.TempDir(), filepath.Join("..", "store", "testdata", "schema13")
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if err := json.Unmarshal(read("sqlite.json"), w); err != nil {
		t.Fatal(err)
	}
	database, keys := filepath.Join(dir, "norang.db"), filepath.Join(dir, "norang.keys")
	if err := os.WriteFile(keys, read("test.keys"), 0o600); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", "file:"+database)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec(string(read("sqlite.sql"))); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Unix(w.At, 0) }
	w.kakao = kakaotest.StartWith(t, kakaotest.Config{Now: now})
	w.kakao.AddRedirectURI("http://localhost:5600/oauth/kakao/callback")
	k := w.kakao.App()
	a, err := app.New(t.Context(), app.Config{
		URL: "http://localhost:5600", AllowEmulator: true, Database: database, Keys: keys, Now: now,
		Terms: []consent.Term{
			{
				Tag:      "service",
				Version:  "2026-01",
				TitleKo:  "이용약관",
				TitleEn:  "Terms",
				URL:      "https://example.com/terms",
				Required: true,
			},
		},
		Kakao: app.Kakao{
			ClientID: k.RESTKey, ClientSecret: k.ClientSecret, AppID: k.AppID, AdminKeys: []string{k.AdminKey},
			AuthURL: w.kakao.AuthURL(), APIURL: w.kakao.APIURL(), Issuer: w.kakao.Issuer(),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	w.handler = a.Web
	return w
}

// get sends the cookies of a browser that used the previous version.
func (w *previousWorld) get(browser, path string) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), "GET", "http://localhost:5600"+path, nil)
	for name, value := range w.Cookies[browser] {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	a := httptest.NewRecorder()
	w.handler.ServeHTTP(a, r)
	return a
}

func TestPreviousVersionSessionsStaySignedIn(t *testing.T) {
	t.Parallel()
	w := newPreviousWorld(t)
	for browser, want := range map[string]string{
		"signed-in": w.Users["ryan"], "second": w.Users["ryan"], "full": w.Users["full"],
		"pending": `"status":"pending"`,
	} {
		if a := w.get(browser, "/auth/session"); a.Code != 200 || !strings.Contains(a.Body.String(), want) {
			t.Errorf("%s: %d %s, want %s", browser, a.Code, a.Body, want)
		}
	}
}

func TestPreviousVersionJoinCookieOpens(t *testing.T) {
	t.Parallel()
	w := newPreviousWorld(t)
	const nickname = "어피치" // stored only in the sealed cookie
	if a := w.get("pending", "/auth/join"); a.Code != 200 || !strings.Contains(a.Body.String(), nickname) {
		t.Errorf("join page: %d\n%s", a.Code, a.Body)
	}
	for name := range w.Cookies["pending"] {
		if strings.HasSuffix(name, "-join") {
			delete(w.Cookies["pending"], name)
		}
	}
	if a := w.get("pending", "/auth/join"); a.Code != 200 || strings.Contains(a.Body.String(), nickname) {
		t.Errorf("join page without the cookie: %d\n%s", a.Code, a.Body)
	}
}

// A sign-in that started with the previous version finishes with this one.
func TestPreviousVersionAttemptCookieOpens(t *testing.T) {
	t.Parallel()
	w := newPreviousWorld(t)
	begun, err := url.Parse(w.Authorize)
	if err != nil {
		t.Fatal(err)
	}
	params := map[string]string{}
	for name, values := range begun.Query() {
		if name != "client_id" && name != "login_hint" {
			params[name] = values[0]
		}
	}
	done, err := w.kakao.Approve(kakaotest.Approval{Account: kakaotest.PersonaRyan, Params: params})
	if err != nil || done.Code == "" {
		t.Fatalf("%+v, %v", done, err)
	}
	back := url.Values{"code": {done.Code}, "state": {params["state"]}}
	a := w.get("attempt", "/oauth/kakao/callback?"+back.Encode())
	if a.Code != http.StatusSeeOther || !strings.HasSuffix(a.Header().Get("Location"), "/welcome") {
		t.Errorf("callback: %d %v\n%s", a.Code, a.Header(), a.Body)
	}
}
