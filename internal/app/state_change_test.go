package app_test

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// changePaths returns the paths of all routes that accept a form, from a page or a script, so that new routes are
// tested as well.
func changePaths(t *testing.T, w *world) []string {
	t.Helper()
	var all []string
	for _, r := range w.app.Web.Routes() {
		if r.Kind == web.Form || r.Kind == web.Call {
			all = append(all, strings.NewReplacer("{prefix}", "/auth", "{provider}", "kakao").Replace(r.Path))
		}
	}
	if len(all) < 12 {
		t.Fatalf("only %q found", all)
	}
	return all
}

// with returns a copy of header with one more.
func with(header map[string]string, name, value string) map[string]string {
	out := maps.Clone(header)
	out[name] = value
	return out
}

func TestSO02_SO03_SO04_EveryChangeIsProtected(t *testing.T) {
	t.Parallel()
	w := newWorld(t, issuing)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	before := b.whoami()
	page := b.get("/auth/account")
	token := hidden(t, page.body, "csrf")
	post := func(path, contentType string, form url.Values, header map[string]string) answer {
		r := b.request("POST", path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", contentType)
		for k, v := range header {
			r.Header.Set(k, v)
		}
		return b.do(r)
	}
	const formType = "application/x-www-form-urlencoded"
	everything := url.Values{
		"csrf": {
			token,
		}, "user": {before.User.ID}, "action": {"others"}, "id": {before.Session.ID}, "age": {"1"},
		"everywhere": {"1"},
	}
	for _, path := range changePaths(t, w) {
		for name, header := range map[string]map[string]string{
			"SO-02 cross-site":           {"Sec-Fetch-Site": "cross-site"},
			"SO-02 same-site":            {"Sec-Fetch-Site": "same-site"},
			"SO-02 typed":                {"Sec-Fetch-Site": "none"},
			"SO-03 another origin":       {"Origin": "https://evil.example"},
			"SO-03 null":                 {"Origin": "null"},
			"SO-03 our host, other port": {"Origin": w.srv.URL + "0"},
			"SO-03 site before origin":   {"Origin": w.srv.URL, "Sec-Fetch-Site": "cross-site"},
		} {
			// Even with the CSRF token of our form, and with the header of scripts.
			if a := post(path, formType, everything, with(header, byScript, "1")); a.StatusCode != http.StatusForbidden {
				t.Errorf("%s, %s, script: %s", path, name, a.Status)
			}
			if a := post(path, formType, everything, header); a.StatusCode != http.StatusForbidden {
				t.Errorf("%s, %s: %s", path, name, a.Status)
			}
		}
		// If the URL names something that does not exist, the change need not be refused.
		refused := func(a answer) bool {
			return a.StatusCode == http.StatusForbidden ||
				strings.Contains(path, "{") && (a.StatusCode == http.StatusGone || a.StatusCode == http.StatusNotFound)
		}
		without := url.Values{
			"user":       everything["user"],
			"action":     everything["action"],
			"id":         everything["id"],
			"everywhere": {"1"},
		}
		if a := post(path, formType, without, nil); !refused(a) {
			t.Errorf("%s, SO-04 neither header nor token: %s", path, a.Status)
		}
		without.Set("csrf", token[:len(token)-1]+"x")
		if a := post(path, formType, without, nil); !refused(a) {
			t.Errorf("%s, SO-04 another token: %s", path, a.Status)
		}
		for _, contentType := range []string{"text/plain", "multipart/form-data; boundary=x", "application/json"} {
			a := post(path, contentType, everything, map[string]string{"Sec-Fetch-Site": "same-origin"})
			if a.StatusCode != http.StatusUnsupportedMediaType {
				t.Errorf("%s, SO-06 %s: %s", path, contentType, a.Status)
			}
		}
		r := b.request("GET", path+"?_method=DELETE&csrf="+url.QueryEscape(token), nil)
		r.Header.Set("X-HTTP-Method-Override", "POST")
		b.do(r)
		if after := b.whoami(); after.User.ID != before.User.ID || after.Session.ID != before.Session.ID ||
			after.Status != "active" {
			t.Fatalf("%s changed the session: %+v", path, after)
		}
	}
}

func TestSO08_WithdrawalErasesTheTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping(app.KeepSession))
	b, id := w.member(kakaotest.PersonaRyan)
	other := w.browser()
	other.signIn(kakaotest.PersonaRyan, "")
	token := w.kakaoToken(id).Token
	b.withdrawAndSettle()
	if _, err := w.app.KakaoToken(t.Context(), id); !errors.Is(err, app.ErrNoTokens) ||
		len(w.rows("SELECT id FROM grants")) != 0 {
		t.Errorf("tokens still stored: %v", err)
	}
	if w.works(token) || b.in() || other.in() {
		t.Error("a token or a session is still valid")
	}
	w.settled()
	if unlinks, logouts := w.calls("user/unlink"), w.calls("user/logout"); unlinks != 1 || logouts != 0 {
		t.Errorf("%d unlink and %d logout calls, want one unlink", unlinks, logouts)
	}
}

// Kakao unlinked but the response was lost: the next attempt gets "not linked", which counts as success.
func TestSO09_LostUnlinkResponseCountsAsSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	if err := w.kakao.Script(kakaotest.Scenario{
		Endpoint: "user/unlink",
		After:    true,
		Cut:      true,
		Times:    2,
	}); err != nil {
		t.Fatal(err)
	}
	b.withdraw()
	if b.in() {
		t.Error("signed in")
	}
	eventually(t, "unlinked", func() bool { return !w.linked(kakaotest.PersonaRyan) })
	w.clock.advance(time.Minute)
	w.settled()
	if page := b.get("/auth/left"); !strings.Contains(page.body, "Kakao is disconnected too.") {
		t.Errorf("the page does not confirm the unlink: %s", page.body)
	}
	if got := w.rows("SELECT outcome FROM jobs WHERE kind = 'unlink'"); len(got) != 1 || got[0] != "unlinked" {
		t.Errorf("the job is %q", got)
	}
}

// Tokens belong to the identity that they were issued for.
func TestTokensBelongToTheirIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping(app.KeepSession))
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	id, ryan := b.whoami().User.ID, b.whoami().Identity.Subject
	b.addIdentity(kakaotest.PersonaRyan, kakaotest.PersonaApeach)
	second := w.kakaoToken(id)
	if second.Key.Subject == ryan || !w.works(second.Token) {
		t.Fatalf("after linking the token belongs to %s", second.Key.Subject)
	}
	if a := b.post(linksPath, b.linkForm(second.Key.Subject)); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("unlink: %s %s", a.Status, a.body)
	}
	w.settled()
	first := w.kakaoToken(id)
	if first.Key.Subject != ryan || !w.works(first.Token) || w.works(second.Token) {
		t.Errorf(
			"after unlinking the token belongs to %s, and the other one works: %t",
			first.Key.Subject,
			w.works(second.Token),
		)
	}
	b.post("/auth/signout", url.Values{})
	eventually(t, "the last token is ended", func() bool { return !w.works(first.Token) })
}

// A round trip for another consent gets tokens that include it and ends the previous ones.
func TestConsentReplacesTheTokens(t *testing.T) {
	t.Parallel()
	w := asking(t, keeping(app.KeepSession))
	b := w.joined(kakaotest.PersonaRyan)
	id := b.whoami().User.ID
	narrow := w.kakaoToken(id)
	page := b.follow(b.get("/coupons"))
	start := b.get(link(t, page.body, "/auth/consent/start?"))
	b.get(b.throughKakao(start.Header.Get("Location")))
	wide := w.kakaoToken(id)
	if slices.Contains(narrow.Scope, "birthday") || !slices.Contains(wide.Scope, "birthday") || !w.works(wide.Token) {
		t.Errorf("scopes %q became %q", narrow.Scope, wide.Scope)
	}
	eventually(t, "the previous token is ended", func() bool { return !w.works(narrow.Token) })
}
