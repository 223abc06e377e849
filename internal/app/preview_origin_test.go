package app_test

import (
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

const (
	sharedOrigin = "https://pr-7-shop.vercel.app"
	sharedPage   = sharedOrigin + "/board?page=2"
)

// allows reports what a script of an origin may do: read the session with the cookie, fetch a token, sign out, and
// lead users back to its page. It fails if they do not agree.
func (b *browser) allows(t *testing.T, origin string) bool {
	t.Helper()
	read := b.fetched("GET", "/auth/session", origin, nil)
	preflight := b.fetched("OPTIONS", "/auth/signout", origin, nil, "Access-Control-Request-Method", "POST",
		"Access-Control-Request-Headers", "x-norang-csrf")
	token := b.fetched("POST", "/auth/token", origin, url.Values{"audience": {"strict"}}, byScript, "1")
	handoff := b.get(handoffPath(origin + "/board"))
	allowed := 0
	for _, ok := range []bool{
		read.Header.Get("Access-Control-Allow-Origin") == origin,
		read.Header.Get("Access-Control-Allow-Credentials") == "true",
		preflight.StatusCode == 204, token.StatusCode == 200, handoff.StatusCode == http.StatusSeeOther,
	} {
		if ok {
			allowed++
		}
	}
	if allowed != 0 && allowed != 5 {
		t.Errorf("%s: %v, %s, %s, %s", origin, read.Header, preflight.Status, token.Status, handoff.Status)
	}
	return allowed != 0
}

// await waits until scripts of an origin may read the session, or may not, and checks that all else agrees.
func (b *browser) await(t *testing.T, origin string, want bool) {
	t.Helper()
	eventually(t, "the list of preview origins is read", func() bool {
		a := b.fetched("GET", "/auth/session", origin, nil)
		return (a.Header.Get("Access-Control-Allow-Origin") == origin) == want
	})
	if b.allows(t, origin) != want {
		t.Errorf("%s: want %t", origin, want)
	}
}

func TestXS08_RD12_PreviewOriginsAddedByKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, issuing, func(c *app.Config) { c.Limits.Servers = app.Rate{PerMinute: -1} })
	w.clock.stop()
	b, user := w.member(kakaotest.PersonaRyan)
	s, _ := w.newKey(apikey.Read, apikey.Write)
	unknown := []string{
		"https://pr-8-shop.vercel.app", "https://a.pr-7-shop.vercel.app", sharedOrigin + ":8443", "https://vercel.app",
		"http://pr-7-shop.vercel.app", "https://evil.example",
	}
	never := func(t *testing.T) {
		t.Helper()
		for _, origin := range unknown {
			if b.allows(t, origin) {
				t.Errorf("%s is allowed", origin)
			}
		}
	}
	if never(t); b.allows(t, sharedOrigin) {
		t.Error("allowed before it is added")
	}

	t.Run("refuses", func(t *testing.T) {
		for origin, reason := range map[string]string{
			"https://*.vercel.app": "one exact https origin", "https://*.example.test": "one exact https origin",
			"https://pr-7-shop.vercel.app/": "one exact", "https://kim@pr-7-shop.vercel.app": "one exact",
			"https://pr-7-shop.vercel.app?a": "one exact", "http://pr-7-shop.vercel.app": "one exact",
			"http://localhost:5173": "one exact", "https://PR-7-shop.vercel.app": "one exact",
			"pr-7-shop.vercel.app":                          "one exact",
			"https://" + strings.Repeat("a", 300) + ".test": "one exact", "": "one exact", "null": "one exact",
			"https://vercel.app": "public suffix", "https://co.kr": "public suffix", "https://intranet": "public suffix",
			"https://app.example.test": "configured already", "https://dev.example.test:8443": "configured already",
			w.srv.URL: "own or configured",
		} {
			s.want(t, "POST", "/origins", `{"origin":"`+origin+`"}`, 400, `"code":"request.bad"`, reason)
		}
		for _, days := range []string{"0", "31", "-1", "9223372036854775807"} {
			s.want(t, "POST", "/origins", `{"origin":"`+sharedOrigin+`","days":`+days+`}`, 400,
				"days must be a number from 1 to 30")
		}
		read, _ := w.newKey(apikey.Read)
		read.want(t, "POST", "/origins", `{"origin":"`+sharedOrigin+`"}`, 403, "the scope write")
		read.want(t, "DELETE", "/origins/pr-7-shop.vercel.app", "", 403, "the scope write")
		s.want(t, "DELETE", "/origins/pr-7-shop.vercel.app", "", 404, `"code":"api.no_origin"`)
		s.want(t, "GET", "/origins", "", 200, `{"origins":[]}`)
	})
	t.Run("until its end", func(t *testing.T) {
		end := w.clock.now().UTC().Add(7 * 24 * time.Hour).Format("2006-01-02T15:04")
		added := s.want(t, "POST", "/origins", `{"origin":"`+sharedOrigin+`:443"}`, 200,
			`"origin":"`+sharedOrigin+`"`, `"expires_at":"`+end)
		s.want(t, "GET", "/origins", "", 200, `{"origins":[`+strings.TrimSpace(added.body)+`]}`)
		b.await(t, sharedOrigin, true)
		never(t)

		// A page with a form may lead there, in the header of this page only.
		policy := func(path string) string { return b.get(path).Header.Get("Content-Security-Policy") }
		other := policy("/auth/account")
		for _, path := range []string{
			"/auth/signout?return_to=" + url.QueryEscape(sharedPage),
			"/auth/login?prompt=select_account&return_to=" + url.QueryEscape(handoffPath(sharedPage)),
		} {
			if got := policy(path); !strings.Contains(other, "; form-action 'self'") || got != other+" "+sharedOrigin {
				t.Errorf("%s: %s, elsewhere %s", path, got, other)
			}
		}

		code, address := b.handoffCode(sharedPage)
		page := w.browser()
		status, bearer := page.redeem(sharedOrigin, code, pageVerifier)
		if status != 200 || !strings.HasPrefix(address, sharedOrigin+"/board?") {
			t.Fatalf("%d %s", status, address)
		}
		if a := page.fetched("GET", "/auth/session", sharedOrigin, nil, "Authorization", "Bearer "+bearer); !strings.Contains(
			a.body, user) {
			t.Errorf("session: %s", a.body)
		}
		late, _ := b.handoffCode(sharedPage)
		w.clock.advance(7*24*time.Hour - time.Second)
		late2, _ := w.newKey(apikey.Write) // the first key has expired
		b, _ = w.member(kakaotest.PersonaRyan)
		b.await(t, sharedOrigin, true)
		w.clock.advance(time.Second)
		if b.allows(t, sharedOrigin) {
			t.Error("allowed after its end")
		}
		if status, _ := w.browser().redeem(sharedOrigin, late, pageVerifier); status != 403 {
			t.Errorf("a code after the end: %d", status)
		}
		late2.want(t, "DELETE", "/origins/none", "", 404)
	})
	t.Run("until another process removes it", func(t *testing.T) {
		s, _ := w.newKey(apikey.Read, apikey.Write)
		s.want(t, "POST", "/origins", `{"origin":"`+sharedOrigin+`","days":30}`, 200)
		b.await(t, sharedOrigin, true)
		if err := w.operator(t).Use.Origins.Remove(t.Context(), sharedOrigin); err != nil {
			t.Fatal(err)
		}
		b.await(t, sharedOrigin, false)

		s.want(t, "POST", "/origins", `{"origin":"`+sharedOrigin+`"}`, 200)
		s.want(t, "DELETE", "/origins/pr-7-shop.vercel.app", "", 204)
		if b.allows(t, sharedOrigin) {
			t.Error("allowed after this process removed it")
		}
	})
	t.Run("as documented", func(t *testing.T) { addAsDocumented(t, w) })
	records := strings.Join(w.rows("SELECT DISTINCT kind FROM audit_log WHERE actor LIKE 'key:%'"), " ")
	for _, kind := range []string{"access.origin.add", "access.origin.list", "access.origin.remove"} {
		if !strings.Contains(records, kind) {
			t.Errorf("no access record %s: %s", kind, records)
		}
	}
}

// The step for CI in docs/single-page-apps.md, as it is written there.
func addAsDocumented(t *testing.T, w *world) {
	curl, bash := skipped.Command(t, "curl"), skipped.Command(t, "bash")
	page, err := os.ReadFile("../../docs/single-page-apps.md")
	if err != nil {
		t.Fatal(err)
	}
	_, code, _ := strings.Cut(string(page), "### Preview origins from CI")
	_, code, _ = strings.Cut(code, "```sh\n")
	code, _, _ = strings.Cut(code, "```")
	s, _ := w.newKey(apikey.Read, apikey.Write)
	cmd := exec.CommandContext(t.Context(), bash, "-c", "set -e\ncurl() { '"+curl+"' -k \"$@\"; }\n"+code)
	cmd.Env = append(os.Environ(), "API="+w.srv.URL+"/auth/api/v1", "KEY="+s.key, "PREVIEW=https://pr-9-shop.vercel.app")
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(code, "curl ") != 2 ||
		!strings.Contains(string(out), `"origin":"https://pr-9-shop.vercel.app"`) {
		t.Errorf("%v\n%s", err, out)
	}
	s.want(t, "GET", "/origins", "", 200, `{"origins":[]}`) // the second command removes it
}
