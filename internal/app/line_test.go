package app_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/line/linetest"
)

// newWorldWithLINE is a world whose settings turn LINE on and ask for the e-mail address, with its emulator.
func newWorldWithLINE(t *testing.T, changes ...func(*app.Config)) (*world, *linetest.Server) {
	t.Helper()
	w := unstartedWorld(t)
	emu := startLINE(t, w)
	email := func(c *app.Config) { c.LINE.Scopes = []string{"profile", "email"} }
	w.restart(append([]func(*app.Config){withLINEOf(emu), email}, changes...)...)
	return w, emu
}

// startLINE starts an emulator that knows the addresses of a world.
func startLINE(t *testing.T, w *world) *linetest.Server {
	t.Helper()
	return linetest.StartWith(t, linetest.Config{Now: w.clock.now, Channel: linetest.Channel{
		CallbackURLs: []string{w.srv.URL + "/oauth/line/callback"}, Auto: true,
		Switches: linetest.Switches{Strict: true},
	}})
}

// withLINEOf configures the service for an emulator.
func withLINEOf(emu *linetest.Server) func(*app.Config) {
	return func(c *app.Config) {
		c.LINE = app.LINE{
			ChannelID: emu.Channel().ID, ChannelSecret: emu.Channel().Secret, ProviderID: emu.Channel().ProviderID,
			AuthURL: emu.URL(), APIURL: emu.ServerURL(),
		}
	}
}

func updateChannel(t testing.TB, emu *linetest.Server, change func(*linetest.Channel)) {
	t.Helper()
	if err := emu.UpdateChannel(change); err != nil {
		t.Fatal(err)
	}
}

// signInWithLINE runs a whole sign-in as a persona from a start path, and returns the response of the callback.
func (b *browser) signInWithLINE(emu *linetest.Server, persona, path string) answer {
	b.w.t.Helper()
	updateChannel(b.w.t, emu, func(c *linetest.Channel) { c.AutoPersona = persona })
	a := b.get(path)
	if a.StatusCode != http.StatusSeeOther {
		b.w.t.Fatalf("start: %s %s", a.Status, a.body)
	}
	if !strings.HasPrefix(a.Header.Get("Location"), emu.URL()+"/oauth2/v2.1/authorize?") {
		b.w.t.Fatalf("start: to %s", a.Header.Get("Location"))
	}
	return b.get(b.get(a.Header.Get("Location")).Header.Get("Location"))
}

const lineStart = "/oauth/line?return_to=%2Fhello"

func TestPR41_LINESignInIsByIDAlone(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithLINE(t)
	kakao := w.browser()
	kakao.signIn(kakaotest.PersonaRyan, "")
	b := w.browser()
	// Another person with the name and e-mail address of Kakao's ryan.
	a := b.signInWithLINE(emu, linetest.PersonaRyanEmail, lineStart)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/hello" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	who := b.whoami()
	if who.Identity.Provider != "line" || who.Identity.App != emu.Channel().ProviderID ||
		who.Identity.Subject != emu.UserID(linetest.PersonaRyanEmail) {
		t.Errorf("identity %+v", who.Identity)
	}
	if who.User.ID == kakao.whoami().User.ID {
		t.Error("joined by e-mail")
	}
	if who.User.Email != nil || who.User.EmailUnverified == nil || *who.User.EmailUnverified != "ryan@example.com" {
		t.Errorf("user %+v", who.User)
	}
}

// authorize is the query of the address at LINE that a response leads to.
func authorize(t *testing.T, emu *linetest.Server, a answer) url.Values {
	t.Helper()
	to := a.Header.Get("Location")
	u, err := url.Parse(to)
	if err != nil || a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(to, emu.URL()+"/oauth2/v2.1/authorize?") {
		t.Fatalf("%s to %q %s", a.Status, to, a.body)
	}
	return u.Query()
}

func TestPR44_LINECallbackInAnotherBrowserIsRetriedOnce(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithLINE(t)
	first, second, third := w.browser(), w.browser(), w.browser()
	start := first.get(lineStart)
	if q := authorize(t, emu, start); q.Has("disable_auto_login") {
		t.Errorf("first attempt: %v", q)
	}
	// The LINE app opens another browser, which has none of norang's cookies.
	callback := first.get(start.Header.Get("Location")).Header.Get("Location")
	again := second.get(callback)
	if q := authorize(t, emu, again); q.Get("disable_auto_login") != "true" {
		t.Fatalf("again: %v", q)
	}
	if second.whoami().SignedIn {
		t.Error("signed in without the attempt")
	}
	// A browser that keeps no cookies, or a third one, is not sent on.
	back := second.get(again.Header.Get("Location")).Header.Get("Location")
	if a := third.get(back); a.StatusCode != http.StatusBadRequest || third.whoami().SignedIn {
		t.Errorf("in a third browser: %s to %s", a.Status, a.Header.Get("Location"))
	}
	if a := second.get(back); a.StatusCode != http.StatusSeeOther || !second.whoami().SignedIn {
		t.Errorf("the retry: %s %s", a.Status, a.body)
	}
	for _, r := range emu.Requests() {
		if r.Endpoint == "token" && r.Status != http.StatusOK {
			t.Errorf("a code of another browser was exchanged: %+v", r)
		}
	}
}

// Scripts, frames and programs get an error instead of another sign-in, and so does an address with too many starts.
func TestPR44_LINECallbackIsRetriedForBrowsersOnly(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithLINE(t, func(c *app.Config) { c.Limits.Starts = app.Rate{PerMinute: 1, Burst: 2} })
	w.clock.stop()
	first := w.browser()
	callback := first.get(first.get(lineStart).Header.Get("Location")).Header.Get("Location")
	for name, header := range map[string][2]string{
		"program": {"Accept", "*/*"}, "script": {"Sec-Fetch-Mode", "cors"}, "image": {"Sec-Fetch-Mode", "no-cors"},
		"frame": {"Sec-Fetch-Dest", "iframe"},
	} {
		b := w.browser()
		r := b.request("GET", callback, nil)
		r.Header.Set(header[0], header[1])
		if a := b.do(r); a.StatusCode/100 != 4 || len(a.Header.Values("Set-Cookie")) != 0 {
			t.Errorf("%s: %s to %q, sets %q", name, a.Status, a.Header.Get("Location"), a.Header.Values("Set-Cookie"))
		}
	}
	authorize(t, emu, w.browser().get(callback))
	if a := w.browser().get(callback); a.StatusCode != http.StatusBadRequest {
		t.Errorf("too often: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

// Auto login that fails comes back in the same browser, with a code and a state that LINE made up.
func TestPR44_LINEBrokenAutoLoginIsRetriedOnce(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithLINE(t)
	updateChannel(t, emu, func(c *linetest.Channel) { c.BrokenAutoLogin = true })
	b := w.browser()
	again := b.signInWithLINE(emu, linetest.PersonaHana, lineStart)
	if q := authorize(t, emu, again); q.Get("disable_auto_login") != "true" {
		t.Fatalf("%v", q)
	}
	odd := w.srv.URL + "/oauth/line/callback?code=abc&state=made0up"
	if a := b.get(odd); a.StatusCode != http.StatusBadRequest {
		t.Errorf("an odd state during the retry: %s to %s", a.Status, a.Header.Get("Location"))
	}
	a := b.get(b.get(again.Header.Get("Location")).Header.Get("Location"))
	if a.Header.Get("Location") != "/hello" || !b.whoami().SignedIn {
		t.Errorf("%s to %s %s", a.Status, a.Header.Get("Location"), a.body)
	}
	// A Kakao callback with an unknown state is rejected, and so is a callback without a state.
	for _, path := range []string{"/oauth/kakao/callback?code=a&state=odd", "/oauth/line/callback?code=a"} {
		if a := w.browser().get(path); a.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
}

func TestPR45_LINECancelledLeadsBackToTheSignInPage(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithLINE(t)
	b := w.browser()
	a := b.signInWithLINE(emu, linetest.PersonaCancels, lineStart)
	if a.StatusCode != http.StatusSeeOther || !strings.Contains(a.Header.Get("Location"), "notice=cancelled") {
		t.Errorf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	silent := b.get("/oauth/line?prompt=none&return_to=%2Fhello")
	a = b.get(b.get(silent.Header.Get("Location")).Header.Get("Location"))
	if a.StatusCode != http.StatusSeeOther || !strings.Contains(a.Header.Get("Location"), "/auth/login") {
		t.Errorf("LOGIN_REQUIRED: %s to %q", a.Status, a.Header.Get("Location"))
	}
}

func TestLINEIsLinkedAndProvesAFreshSignIn(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithLINE(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	id := b.whoami().User.ID
	b.prove(kakaotest.PersonaRyan)
	a := b.signInWithLINE(emu, linetest.PersonaKenta, linksPath+"/add?provider=line")
	if a.Header.Get("Location") != linksPath+"?notice=link_added" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	later := w.browser()
	later.signInWithLINE(emu, linetest.PersonaKenta, lineStart)
	if who := later.whoami(); who.User.ID != id || who.Identity.Provider != "line" {
		t.Fatalf("signed in as %+v", who)
	}
	// LINE alone proves a fresh sign-in, because max_age makes it say when the user authenticated.
	w.clock.advance(time.Hour)
	start := later.get(linksPath + "/confirm")
	if q := authorize(t, emu, start); q.Get("prompt") != "login" || q.Get("max_age") != "300" {
		t.Errorf("%v", q)
	}
	a = later.get(later.get(start.Header.Get("Location")).Header.Get("Location"))
	if a.StatusCode != http.StatusSeeOther || !strings.HasPrefix(a.Header.Get("Location"), linksPath) {
		t.Errorf("confirm: %s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
}

func TestLINESignOutKeepsTheLink(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithLINE(t)
	b := w.browser()
	b.signInWithLINE(emu, linetest.PersonaHana, lineStart)
	for _, path := range []string{"/oauth/line/signout", "/auth/signout"} {
		r := b.request("POST", path, nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if a := b.do(r); strings.HasPrefix(a.Header.Get("Location"), emu.URL()) {
			t.Errorf("%s leads to LINE: %s", path, a.Header.Get("Location"))
		}
	}
	w.settled()
	if b.whoami().SignedIn || len(emu.Links()) != 1 {
		t.Errorf("signed in %v, links %v", b.whoami().SignedIn, emu.Links())
	}
}

func TestPR43_LINEWithdrawalDeauthorizes(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithLINE(t)
	b := w.browser()
	b.signInWithLINE(emu, linetest.PersonaHana, lineStart)
	b.signInWithLINE(emu, linetest.PersonaHana, withdrawPath+"/confirm")
	if err := emu.Script(linetest.Scenario{Endpoint: "deauthorize", Status: 503, Times: 2}); err != nil {
		t.Fatal(err) // the client tries twice
	}
	b.withdraw()
	w.clock.advance(10 * time.Minute) // past the pause before the second attempt
	w.settled()
	if len(emu.Links()) != 0 {
		t.Errorf("links %v", emu.Links())
	}
	for _, secret := range []string{emu.Channel().Secret, "eyJhbGciOiJIUzI1NiJ9"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%s in the log", secret)
		}
	}
	// A user who ended the link at LINE before: 400 counts as done.
	b = w.browser()
	b.signInWithLINE(emu, linetest.PersonaKenta, lineStart)
	b.signInWithLINE(emu, linetest.PersonaKenta, withdrawPath+"/confirm")
	emu.Unlink(linetest.PersonaKenta)
	b.withdraw()
	w.settled()
	deauthorized := 0
	for _, r := range emu.Requests() {
		switch r.Endpoint {
		case "deauthorize":
			deauthorized++
		case "revoke":
			t.Error("revoked, which keeps the link")
		}
	}
	if deauthorized != 4 {
		t.Errorf("%d calls of deauthorize", deauthorized)
	}
}

func TestLINENativeTokensSignIn(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithLINE(t)
	const device = "device-0123456789abcdef"
	post := func(path string, form url.Values) answer {
		t.Helper()
		b := w.browser()
		r := b.request("POST", path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return b.do(r)
	}
	nonce := func() string {
		t.Helper()
		a := post("/oauth/line/nonce", url.Values{"device": {device}})
		_, rest, _ := strings.Cut(a.body, `"nonce":"`)
		value, _, ok := strings.Cut(rest, `"`)
		if !ok {
			t.Fatalf("%s %s", a.Status, a.body)
		}
		return value
	}
	n := nonce()
	tokens, err := emu.NativeTokens(linetest.PersonaHana, n)
	if err != nil {
		t.Fatal(err)
	}
	for name, form := range map[string]url.Values{
		"ID token":     {"id_token": {tokens.ID}, "nonce": {n}, "device": {device}},
		"access token": {"access_token": {tokens.Access}, "nonce": {nonce()}, "device": {device}},
	} {
		if a := post("/oauth/line/token", form); a.StatusCode != http.StatusOK ||
			!strings.Contains(a.body, emu.UserID(linetest.PersonaHana)) {
			t.Errorf("%s: %s %s", name, a.Status, a.body)
		}
	}
	replay := url.Values{"id_token": {tokens.ID}, "nonce": {n}, "device": {device}}
	if a := post("/oauth/line/token", replay); a.StatusCode == http.StatusOK {
		t.Error("the nonce was used twice")
	}
}

func TestLINEAsksAgainForTheEmailAddress(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithLINE(t)
	b := w.browser()
	b.signInWithLINE(emu, linetest.PersonaDeclines, lineStart)
	if b.whoami().User.EmailUnverified != nil {
		t.Fatal("has an address that was refused")
	}
	a := b.get("/auth/account/consents?lang=en")
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, "Email address") ||
		!strings.Contains(a.body, "Name and picture") {
		t.Errorf("%s %s", a.Status, a.body)
	}
	start := b.get("/oauth/line?scope=email&return_to=%2Fhello")
	if q := authorize(t, emu, start); q.Get("prompt") != "consent" || !strings.Contains(q.Get("scope"), "email") {
		t.Errorf("%v", q)
	}
	for _, account := range emu.Accounts() {
		if account.ID == linetest.PersonaDeclines {
			account.Declines = false
			if err := emu.AddAccount(account); err != nil {
				t.Fatal(err)
			}
		}
	}
	b.get(b.get(start.Header.Get("Location")).Header.Get("Location"))
	if who := b.whoami(); who.User.EmailUnverified == nil || *who.User.EmailUnverified != "declines@example.com" {
		t.Errorf("%+v", who.User)
	}
}

func TestLINESettingsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for want, change := range map[string]func(*app.Config){
		"LINE.ChannelSecret":   func(c *app.Config) { c.LINE.ChannelSecret = "" },
		"LINE.ChannelID":       func(c *app.Config) { c.LINE.ChannelID = "a b" },
		"LINE.PreviousSecrets": func(c *app.Config) { c.LINE.PreviousSecrets = []string{"s3cret"} },
		"LINE.ProviderID":      func(c *app.Config) { c.LINE.ProviderID = c.LINE.ChannelID },
		"LINE.Scopes":          func(c *app.Config) { c.LINE.Scopes = []string{"phone"} },
		"LINE.RedirectURI":     func(c *app.Config) { c.LINE.RedirectURI = "https://elsewhere.example/cb" },
		"LINE.AuthURL":         func(c *app.Config) { c.LINE.AuthURL = "ftp://x" },
	} {
		cfg := w.config()
		cfg.LINE = app.LINE{
			ChannelID: "2001234567", ChannelSecret: "s3cret", ProviderID: "1001234567", AuthURL: "http://127.0.0.1:5002",
			APIURL: "http://127.0.0.1:5002",
		}
		change(&cfg)
		_, err := app.New(t.Context(), cfg)
		var e *app.ConfigError
		if !errors.As(err, &e) || e.Field != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	cfg := w.config()
	cfg.AllowEmulator = false
	cfg.LINE = app.LINE{ChannelID: "emu1", ChannelSecret: "s", ProviderID: ""}
	if _, err := app.New(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "must be digits") ||
		!strings.Contains(err.Error(), "/console/provider/") {
		t.Errorf("a channel of the emulator without its provider: %v", err)
	}
}
