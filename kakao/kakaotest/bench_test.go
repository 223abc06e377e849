package kakaotest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/norang-login/norang/internal/testkit/soak"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// loginOnce performs a login without sockets: authorize, token, user/me.
func loginOnce(s *kakaotest.Server, authorize, client string) error {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", authorize, nil))
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || to.Query().Get("code") == "" {
		return fmt.Errorf("no code: %d %s", w.Code, w.Header())
	}
	w = post(s, "/oauth/token", client+"&code="+to.Query().Get("code"), "")
	_, rest, ok := strings.Cut(w.Body.String(), `"access_token":"`)
	if !ok {
		return fmt.Errorf("no token: %s", w.Body)
	}
	token, _, _ := strings.Cut(rest, `"`)
	if w = fetch(s, "/v2/user/me", "", "Bearer "+token); w.Code != http.StatusOK {
		return fmt.Errorf("user/me: %d", w.Code)
	}
	return nil
}

func benchServer(b testing.TB, oidc bool) (s *kakaotest.Server, authorize, client string) {
	b.Helper()
	s, err := kakaotest.New(kakaotest.Config{Apps: []kakaotest.App{{Auto: true, OIDCOff: !oidc, TokenLimitOff: true,
		RedirectURIs: []string{callback}}}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	app := s.App()
	authorize = "/oauth/authorize?" + url.Values{"client_id": {app.RESTKey}, "redirect_uri": {callback},
		"response_type": {"code"}, "state": {"s"}, "login_hint": {"ryan"}}.Encode()
	client = url.Values{"grant_type": {"authorization_code"}, "client_id": {app.RESTKey},
		"client_secret": {app.ClientSecret}, "redirect_uri": {callback}}.Encode()
	return s, authorize, client
}

// BenchmarkLogin is a login without an ID token, without sockets.
func BenchmarkLogin(b *testing.B) {
	s, authorize, client := benchServer(b, false)
	b.ReportAllocs()
	for b.Loop() {
		if err := loginOnce(s, authorize, client); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoginOIDC adds the signature of the ID token.
func BenchmarkLoginOIDC(b *testing.B) {
	s, authorize, client := benchServer(b, true)
	if err := loginOnce(s, authorize, client); err != nil { // generates the signing keys
		b.Fatal(err)
	}
	for b.Loop() {
		if err := loginOnce(s, authorize, client); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStart is the time until the first response.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		s, err := kakaotest.New(kakaotest.Config{})
		if err != nil {
			b.Fatal(err)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", "/-/healthz", nil))
		if w.Code != http.StatusOK {
			b.Fatal(w.Code)
		}
		s.Close()
	}
}

// TestHeapDoesNotGrowWithLogins: a long run of logins by several users leaves the heap as it is after half of the run.
// NORANG_ROUNDS multiplies its length.
func TestHeapDoesNotGrowWithLogins(t *testing.T) {
	s, authorize, client := benchServer(t, false)
	const limit = 2000
	s.Remember(limit) // or a login for each of the 20,000 codes would have to come before
	rounds := soak.Rounds(1) * limit * 6 / 5
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	people := kakaotest.Personas()
	var failed atomic.Bool
	half := func(n int) {
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				// Each worker logs in as another user, because only the latest hundred tokens of a user stay.
				mine := strings.Replace(authorize, "ryan", people[worker].ID, 1)
				for range n / 4 {
					if failed.Load() {
						return
					}
					if err := loginOnce(s, mine, client); err != nil {
						failed.Store(true)
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
	}
	const warm = limit * 6 / 5 // fills the bounded maps
	if testing.Short() {
		t.Skip("left out: -short, and a flat heap needs some thousand logins")
	}
	half(warm)
	before := heap()
	half(rounds)
	after := heap()
	if after > before+before/4+(512<<10) {
		t.Errorf("the heap grew from %d to %d bytes over %d logins", before, after, rounds)
	}
	t.Logf("%d bytes after %d logins, %d after %d", before, warm, after, warm+rounds)
}
