package app_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/google/googletest"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// newWorldWithGoogle is a world whose settings turn Google on, with its emulator.
func newWorldWithGoogle(t *testing.T, changes ...func(*app.Config)) (*world, *googletest.Server) {
	t.Helper()
	w := unstartedWorld(t)
	emu := startGoogle(t, w)
	native := func(c *app.Config) { c.Google.NativeClientIDs = emu.App().NativeClientIDs }
	w.restart(append([]func(*app.Config){withGoogleOf(emu), native}, changes...)...)
	return w, emu
}

// startGoogle starts an emulator that knows the addresses of a world.
func startGoogle(t *testing.T, w *world) *googletest.Server {
	t.Helper()
	return googletest.StartWith(t, googletest.Config{
		Now: w.clock.now, Transport: toService{w},
		App: googletest.App{
			RedirectURIs: []string{w.srv.URL + "/oauth/google/callback"}, Auto: true,
			EventsURL: w.srv.URL + "/auth/webhooks/google/risc",
		},
	})
}

// withGoogleOf configures the service for an emulator.
func withGoogleOf(emu *googletest.Server) func(*app.Config) {
	return func(c *app.Config) {
		c.Google = app.Google{
			ClientID: emu.App().ClientID, ClientSecret: emu.App().ClientSecret, AuthURL: emu.URL(), APIURL: emu.APIURL(),
		}
	}
}

// signInWithGoogle runs a whole sign-in as a persona from a start path, and returns the response of the callback.
func (b *browser) signInWithGoogle(emu *googletest.Server, persona, path string) answer {
	b.w.t.Helper()
	if err := emu.UpdateApp(func(a *googletest.App) { a.AutoPersona = persona }); err != nil {
		b.w.t.Fatal(err)
	}
	a := b.get(path)
	if a.StatusCode != http.StatusSeeOther {
		b.w.t.Fatalf("start: %s %s", a.Status, a.body)
	}
	if !strings.HasPrefix(a.Header.Get("Location"), emu.URL()+"/o/oauth2/v2/auth?") {
		b.w.t.Fatalf("start: to %s", a.Header.Get("Location"))
	}
	return b.get(b.get(a.Header.Get("Location")).Header.Get("Location"))
}

const googleStart = "/oauth/google?return_to=%2Fhello"

func TestPR18_GoogleSignInIsBySubjectAlone(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithGoogle(t)
	kakao := w.browser()
	kakao.signIn(kakaotest.PersonaRyan, "")
	b := w.browser()
	// Another person with the name and e-mail address of Kakao's ryan, which Google calls verified.
	a := b.signInWithGoogle(emu, googletest.PersonaRyanEmail, googleStart)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/hello" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	who := b.whoami()
	if who.Identity.Provider != "google" || who.Identity.App != "accounts.google.com" ||
		who.Identity.Subject != emu.Subject(googletest.PersonaRyanEmail) || who.User.ID == kakao.whoami().User.ID {
		t.Errorf("identity %+v, user %s", who.Identity, who.User.ID)
	}
	if who.User.Email != nil || who.User.EmailUnverified == nil || *who.User.EmailUnverified != "ryan@example.com" {
		t.Errorf("user %+v", who.User)
	}
	vouched := w.browser()
	vouched.signInWithGoogle(emu, googletest.PersonaWorkspace, googleStart)
	if u := vouched.whoami().User; u.Email == nil || *u.Email != "seoyeon@corp.example" || u.EmailUnverified != nil {
		t.Errorf("an address that Google vouches for: %+v", u)
	}
}

func TestGoogleUserKeepsTheAccountWithAnotherAddress(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithGoogle(t)
	b := w.browser()
	b.signInWithGoogle(emu, googletest.PersonaChangedEmail, googleStart)
	first := b.whoami().User
	later := w.browser()
	later.signInWithGoogle(emu, googletest.PersonaChangedEmail, googleStart)
	if u := later.whoami().User; u.ID != first.ID || u.Email == nil || *u.Email != "after.emu@gmail.com" {
		t.Errorf("%+v, then %+v", first, u)
	}
}

func TestPR15_GoogleLaterSignInKeepsTheRefreshToken(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithGoogle(t)
	first, second := w.browser(), w.browser()
	first.signInWithGoogle(emu, googletest.PersonaMinji, googleStart)
	w.clock.advance(2 * time.Hour) // the access tokens of both sign-ins die before the withdrawal
	second.signInWithGoogle(emu, googletest.PersonaMinji, googleStart)
	if n := emu.Grants()[0].RefreshTokens; n != 1 {
		t.Fatalf("%d refresh tokens", n)
	}
	w.clock.advance(2 * time.Hour)
	second.signInWithGoogle(emu, googletest.PersonaMinji, googleStart) // a recent sign-in, for the withdrawal
	second.withdraw()
	w.settled()
	if len(emu.Grants()) != 0 {
		t.Errorf("grants %v", emu.Grants())
	}
	for _, secret := range []string{emu.App().ClientSecret, "1//emu", "ya29"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%s in the log", secret)
		}
	}
}

func TestPR16_GoogleWithdrawalWithADeadTokenClaimsNothing(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithGoogle(t)
	b := w.browser()
	b.signInWithGoogle(emu, googletest.PersonaMinji, googleStart)
	emu.KillTokens(googletest.PersonaMinji)
	if !b.whoami().SignedIn {
		t.Error("a dead token ended the session")
	}
	b.withdraw()
	w.settled()
	if len(emu.Grants()) != 1 {
		t.Errorf("grants %v: a dead token ends none", emu.Grants())
	}
	revokes := 0
	for _, r := range emu.Requests() {
		if r.Endpoint == "revoke" {
			revokes++
		}
	}
	if revokes != 1 {
		t.Errorf("%d revocations: a refused token counts as done", revokes)
	}
}

func TestPR19_GoogleProvesNoFreshSignIn(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithGoogle(t)
	only := w.browser()
	only.signInWithGoogle(emu, googletest.PersonaMinji, googleStart)
	const why = "does not say when you entered your password"
	a := only.get(linksPath + "?lang=en")
	if !strings.Contains(a.body, why) || strings.Contains(a.body, "/links/confirm") {
		t.Errorf("with Google alone: %s", a.body)
	}
	// Google ignores prompt=login and signs in by its own session, so this round trip is no re-authentication.
	round := only.get("/oauth/google?prompt=login&return_to=" + url.QueryEscape(linksPath))
	if round.StatusCode != http.StatusSeeOther {
		t.Fatalf("prompt=login: %s", round.Status)
	}
	only.get(only.get(round.Header.Get("Location")).Header.Get("Location"))
	if a := only.get(linksPath + "?lang=en"); !strings.Contains(a.body, why) || strings.Contains(a.body, "/links/add") {
		t.Errorf("after prompt=login: %s", a.body)
	}
}

func TestGoogleIsLinkedToAKakaoUser(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithGoogle(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	id := b.whoami().User.ID
	b.prove(kakaotest.PersonaRyan)
	a := b.signInWithGoogle(emu, googletest.PersonaJunho, linksPath+"/add?provider=google")
	if a.Header.Get("Location") != linksPath+"?notice=link_added" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	later := w.browser()
	later.signInWithGoogle(emu, googletest.PersonaJunho, googleStart)
	if who := later.whoami(); who.User.ID != id || who.Identity.Provider != "google" {
		t.Errorf("signed in as %+v", who)
	}
}

func TestGoogleOffersAnotherAccountAndSilentSignIn(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithGoogle(t)
	b := w.browser()
	for prompt, want := range map[string]string{"select_account": "select_account", "none": "none"} {
		a := b.get("/oauth/google?prompt=" + prompt)
		u, err := url.Parse(a.Header.Get("Location"))
		if err != nil || u.Query().Get("prompt") != want {
			t.Errorf("%s: %s to %s", prompt, a.Status, u)
		}
	}
	// The emulator has no consent yet, so the silent sign-in needs a page.
	back := b.get(b.get(b.get("/oauth/google?prompt=none").Header.Get("Location")).Header.Get("Location"))
	if back.StatusCode == http.StatusInternalServerError || b.whoami().SignedIn {
		t.Errorf("silent without consent: %s %s", back.Status, back.body)
	}
	b.signInWithGoogle(emu, googletest.PersonaMinji, googleStart)
	other := w.browser()
	other.get(other.get(other.get("/oauth/google?prompt=none").Header.Get("Location")).Header.Get("Location"))
	if !other.whoami().SignedIn {
		t.Error("silent with consent: not signed in")
	}
}

func TestGoogleHostedDomainsAdmitTheirAccountsAlone(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithGoogle(t, func(c *app.Config) { c.Google.HostedDomains = []string{"Corp.example"} })
	b := w.browser()
	a := b.signInWithGoogle(emu, googletest.PersonaMinji, googleStart+"&lang=en")
	if a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "certain companies or schools") ||
		b.whoami().SignedIn {
		t.Errorf("%s %s", a.Status, a.body)
	}
	b.signInWithGoogle(emu, googletest.PersonaWorkspace, googleStart)
	if !b.whoami().SignedIn {
		t.Error("an account of the domain is refused")
	}
}

func TestPR22_GoogleEventsEndSessionsAndLinks(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithGoogle(t)
	sent := func(how googletest.EventSend) googletest.Delivery {
		d := emu.SendEvent(t.Context(), googletest.PersonaMinji, how)
		w.settled()
		return d
	}
	b := w.browser()
	b.signInWithGoogle(emu, googletest.PersonaMinji, googleStart)
	id := b.whoami().User.ID
	for name, how := range map[string]googletest.EventSend{
		"unknown kid": {UnknownKey: true}, "tampered": {Tamper: true}, "issuer of ID tokens": {Issuer: emu.URL()},
	} {
		how.Type = googletest.SessionsRevoked
		if d := sent(how); d.Status != http.StatusBadRequest || !b.whoami().SignedIn {
			t.Errorf("%s: %+v", name, d)
		}
	}
	if d := sent(googletest.EventSend{Type: googletest.Verification, State: "x"}); !d.Accept || !b.whoami().SignedIn {
		t.Errorf("verification: %+v", d)
	}
	w.clock.advance(time.Minute)
	revoked := googletest.EventSend{Type: googletest.SessionsRevoked, Expired: true, JTI: "jti-1"}
	if d := sent(revoked); !d.Accept || b.whoami().SignedIn {
		t.Errorf("sessions-revoked with a past exp: %+v", d)
	}
	w.clock.advance(10 * time.Minute)
	b.signInWithGoogle(emu, googletest.PersonaMinji, googleStart)
	w.clock.advance(time.Minute)
	if d := sent(revoked); !d.Accept || !b.whoami().SignedIn {
		t.Errorf("the same event again: %+v", d)
	}
	w.clock.advance(time.Minute)
	if !emu.Unlink(t.Context(), googletest.PersonaMinji) {
		t.Fatal("no grant")
	}
	w.settled()
	if b.whoami().SignedIn {
		t.Error("still signed in after the user removed the service")
	}
	w.clock.advance(10 * time.Minute)
	b.signInWithGoogle(emu, googletest.PersonaMinji, googleStart)
	if who := b.whoami(); who.SignedIn && who.User.ID == id {
		t.Error("the link did not end")
	}
}

func TestGoogleSettingsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for want, change := range map[string]func(*app.Config){
		"Google.ClientSecret":    func(c *app.Config) { c.Google.ClientSecret = "" },
		"Google.ClientID":        func(c *app.Config) { c.Google.ClientID = "a b" },
		"Google.NativeClientIDs": func(c *app.Config) { c.Google.NativeClientIDs = []string{"client"} },
		"Google.HostedDomains":   func(c *app.Config) { c.Google.HostedDomains = []string{"a@example.com"} },
		"Google.RedirectURI":     func(c *app.Config) { c.Google.RedirectURI = "https://elsewhere.example/cb" },
		"Google.AuthURL":         func(c *app.Config) { c.Google.AuthURL = "ftp://x" },
	} {
		cfg := w.config()
		cfg.Google = app.Google{
			ClientID: "client", ClientSecret: "s3cret", AuthURL: "http://127.0.0.1:5004", APIURL: "http://127.0.0.1:5004",
		}
		change(&cfg)
		_, err := app.New(t.Context(), cfg)
		var e *app.ConfigError
		if !errors.As(err, &e) || e.Field != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	for _, domain := range []string{"co.kr", "localhost", "https://example.com"} {
		cfg := w.config()
		cfg.Google = app.Google{ClientID: "client", ClientSecret: "s3cret", HostedDomains: []string{domain}}
		if _, err := app.New(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "Google.HostedDomains") {
			t.Errorf("%s: %v", domain, err)
		}
	}
}

func TestPR21_GoogleInsideAnAppNeedsAnotherBrowser(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithGoogle(t)
	const (
		iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 "
		view   = "Mozilla/5.0 (Linux; Android 14; SM-S918N; wv) Chrome/124.0 Mobile Safari/537.36 "
	)
	visit := func(agent, path string) answer {
		b := w.browser()
		r := b.request(http.MethodGet, path, nil)
		r.Header.Set("User-Agent", agent)
		a := b.do(r)
		if a.StatusCode == http.StatusSeeOther && strings.HasPrefix(path, "/auth/login") { // a silent sign-in, tried once
			r = b.request(http.MethodGet, path, nil)
			r.Header.Set("User-Agent", agent)
			a = b.do(r)
		}
		return a
	}
	for agent, way := range map[string]string{
		iPhone + "KAKAOTALK 10.6.5 (INAPP)":           `href="kakaotalk://web/openExternal?url=http`,
		view + "NAVER(inapp; search; 1000; 12.6.51)":  `href="intent://`,
		iPhone + "Safari Line/14.5.0":                 `openExternalBrowser=1"`,
		iPhone + "Instagram 327.1.2":                  "",
		iPhone + "NAVER(inapp; search; 2000; 12.6.4)": "",
	} {
		for _, lang := range []string{"ko", "en"} {
			page := visit(agent, "/auth/login?return_to=%2Fhello&lang="+lang)
			why := map[string]string{"ko": "Google 로그인은 앱 안의", "en": "Signing in with Google does not work"}[lang]
			menu := map[string]string{"ko": "다른 브라우저로 열기", "en": "Open in browser"}[lang]
			if !strings.Contains(page.body, why) || strings.Contains(page.body, `href="/oauth/google`) ||
				!strings.Contains(page.body, `href="/oauth/kakao`) || !strings.Contains(page.body, way) ||
				strings.Contains(page.body, menu) != (way == "") {
				t.Errorf("%s in %s: %s", agent, lang, page.body)
			}
		}
		start := visit(agent, googleStart+"&lang=en")
		if start.StatusCode != http.StatusForbidden || !strings.Contains(start.body, "login.web_view") ||
			!strings.Contains(start.body, way) || start.Header.Get("Location") != "" {
			t.Errorf("%s: start: %s %s", agent, start.Status, start.body)
		}
	}
	for _, agent := range []string{
		iPhone + "Version/17.5 Safari/604.1", "Mozilla/5.0 (Linux; Android 14) Chrome/124.0 Mobile Safari/537.36",
	} {
		page := visit(agent, "/auth/login")
		if !strings.Contains(page.body, `href="/oauth/google`) || strings.Contains(page.body, "openExternal") {
			t.Errorf("%s: %s", agent, page.body)
		}
		if a := visit(agent, googleStart); !strings.HasPrefix(a.Header.Get("Location"), emu.URL()) {
			t.Errorf("%s: %s", agent, a.Status)
		}
	}
	kakao := visit(iPhone+"KAKAOTALK 10.6.5 (INAPP)", "/oauth/kakao")
	if kakao.StatusCode != http.StatusSeeOther {
		t.Errorf("Kakao in KakaoTalk: %s", kakao.Status)
	}
}

// googleJourney is Google in the tests of all providers.
func googleJourney(t *testing.T, w *world) *journey {
	emu := startGoogle(t, w)
	return &journey{
		name: "google", label: "Google", url: emu.URL(), people: [2]string{googletest.PersonaMinji, googletest.PersonaJunho},
		configure: withGoogleOf(emu),
		turnOff:   func(c *app.Config) { c.Google = app.Google{} },
		namespace: "accounts.google.com",
		as: func(persona string) {
			if err := emu.UpdateApp(func(a *googletest.App) { a.AutoPersona = persona }); err != nil {
				t.Fatal(err)
			}
		},
		subject: emu.Subject,
		doubles: func(subject string) (string, error) {
			return "double", emu.AddAccount(googletest.Account{ID: "double", Subject: subject, Name: "Double"})
		},
		linked: func() (all []string) {
			for _, g := range emu.Grants() {
				all = append(all, g.Account)
			}
			return all
		},
		away: func(down bool) {
			if emu.ClearScenarios(); down {
				must(t, emu.Script(googletest.Scenario{Endpoint: "revoke", Status: 503, Times: -1}))
			}
		},
		calls: func() (n int) {
			for _, r := range emu.Requests() {
				if r.Endpoint == "token" && r.Params["grant_type"] == "authorization_code" {
					n++
				}
			}
			return n
		},
		unlink: func(persona string) {
			if !emu.Unlink(t.Context(), persona) {
				t.Errorf("%s has no grant", persona)
			}
		},
	}
}

func TestGoogleSDKSignsInByIDTokenAlone(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithGoogle(t)
	p := w.phone()
	nonce := func() string {
		var got struct{ Nonce string }
		a := p.call("POST", "/oauth/google/nonce", url.Values{"device": {p.device}})
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || got.Nonce == "" {
			t.Fatalf("%v: %s %s", err, a.Status, a.body)
		}
		return got.Nonce
	}
	send := func(name, token, n string) (answer, nativeAnswer) {
		a := p.call("POST", "/oauth/google/token", url.Values{"device": {p.device}, "nonce": {n}, name: {token}})
		var got nativeAnswer
		if err := json.Unmarshal([]byte(a.body), &got); err != nil {
			t.Fatalf("%v: %s %s", err, a.Status, a.body)
		}
		return a, got
	}
	idToken := func(client, n string) string {
		token, err := emu.NativeToken(googletest.PersonaMinji, client, n)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	for _, tc := range []struct {
		name, field, client string
		foreign             bool // the nonce in the token
		code                string
	}{
		{"app of another project", "id_token", "other.apps.googleusercontent.com", false, "mobile.audience"},
		{"another nonce", "id_token", "", true, "mobile.token"},
		{"access token", "access_token", "", false, "request.bad"},
	} {
		n := nonce()
		in := n
		if tc.foreign {
			in = "another nonce 0123456789"
		}
		if a, got := send(tc.field, idToken(tc.client, in), n); got.Code != tc.code || got.Session != "" {
			t.Errorf("%s: %s %s", tc.name, a.Status, a.body)
		}
	}
	n := nonce()
	a, got := send("id_token", idToken("", n), n)
	if a.StatusCode != http.StatusOK || got.Session == "" {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	p.bearer = got.Session
	if who := p.whoami(); !who.SignedIn || who.Identity.Subject != emu.Subject(googletest.PersonaMinji) {
		t.Errorf("%+v", who)
	}
	p.bearer = ""
	if _, got := send("id_token", idToken("", n), n); got.Session != "" {
		t.Error("the same nonce twice")
	}
}
