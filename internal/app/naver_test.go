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
	"github.com/norang-login/norang/naver/navertest"
)

// newWorldWithNaver is a world whose settings turn Naver on, with its emulator.
func newWorldWithNaver(t *testing.T, changes ...func(*app.Config)) (*world, *navertest.Server) {
	t.Helper()
	w := unstartedWorld(t)
	emu := startNaver(t, w)
	w.restart(append([]func(*app.Config){withNaverOf(emu)}, changes...)...)
	return w, emu
}

// startNaver starts an emulator that knows the addresses of a world.
func startNaver(t testing.TB, w *world) *navertest.Server {
	t.Helper()
	return navertest.StartWith(t, navertest.Config{
		Now: w.clock.now, Transport: toService{w},
		App: navertest.App{
			CallbackURLs: []string{w.srv.URL + "/oauth/naver/callback"}, Auto: true,
			Switches:  navertest.Switches{Strict: true},
			UnlinkURL: w.srv.URL + "/auth/webhooks/naver/unlink",
		},
	})
}

// withNaverOf configures the service for an emulator.
func withNaverOf(emu *navertest.Server) func(*app.Config) {
	return func(c *app.Config) {
		c.Naver = app.Naver{
			ClientID: emu.App().ClientID, ClientSecret: emu.App().ClientSecret, AuthURL: emu.URL(), APIURL: emu.APIURL(),
		}
	}
}

// signInWithNaver runs a whole sign-in as a persona from a start path, and returns the response of the callback.
func (b *browser) signInWithNaver(emu *navertest.Server, persona, path string) answer {
	b.w.t.Helper()
	if err := emu.UpdateApp(func(a *navertest.App) { a.AutoPersona = persona }); err != nil {
		b.w.t.Fatal(err)
	}
	a := b.get(path)
	if a.StatusCode != http.StatusSeeOther {
		b.w.t.Fatalf("start: %s %s", a.Status, a.body)
	}
	if !strings.HasPrefix(a.Header.Get("Location"), emu.URL()+"/oauth2.0/authorize?") {
		b.w.t.Fatalf("start: to %s", a.Header.Get("Location"))
	}
	return b.get(b.get(a.Header.Get("Location")).Header.Get("Location"))
}

const naverStart = "/oauth/naver?return_to=%2Fhello"

func TestPR08_NaverSignInIsByIDAlone(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithNaver(t)
	kakao := w.browser()
	kakao.signIn(kakaotest.PersonaRyan, "")
	b := w.browser()
	// Another person with the name and e-mail address of Kakao's ryan.
	a := b.signInWithNaver(emu, navertest.PersonaRyanEmail, naverStart)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/hello" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	who := b.whoami()
	if who.Identity.Provider != "naver" || who.Identity.App != emu.App().ClientID ||
		who.Identity.Subject != emu.UserID(navertest.PersonaRyanEmail) {
		t.Errorf("identity %+v", who.Identity)
	}
	if who.User.ID == kakao.whoami().User.ID {
		t.Error("joined by e-mail")
	}
	if who.User.Email != nil || who.User.EmailUnverified == nil || *who.User.EmailUnverified != "ryan@example.com" {
		t.Errorf("user %+v", who.User)
	}
}

func TestPR09_NaverOffersNoAccountChoice(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithNaver(t)
	b := w.browser()
	if a := b.get("/oauth/naver?prompt=select_account"); a.StatusCode != http.StatusBadRequest {
		t.Errorf("select_account: %s", a.Status)
	}
	b.signInWithNaver(emu, navertest.PersonaBoseong, naverStart)
	b.post("/auth/signout", url.Values{})
	page := b.get("/auth/login")
	if strings.Contains(page.body, "/oauth/naver?prompt=select_account") ||
		strings.Count(page.body, "Log in with Naver") != 2 || !strings.Contains(page.body, "Login with Kakao") {
		t.Error(page.body)
	}
}

func TestPR10_NaverSignOutKeepsTheLink(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithNaver(t)
	b := w.browser()
	b.signInWithNaver(emu, navertest.PersonaBoseong, naverStart)
	for _, path := range []string{"/oauth/naver/signout", "/auth/signout"} {
		r := b.request("POST", path, nil)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if a := b.do(r); strings.HasPrefix(a.Header.Get("Location"), emu.URL()) {
			t.Errorf("%s leads to Naver: %s", path, a.Header.Get("Location"))
		}
	}
	w.settled()
	if b.whoami().SignedIn || len(emu.Links()) != 1 {
		t.Errorf("signed in %v, links %v", b.whoami().SignedIn, emu.Links())
	}
	for _, r := range emu.Requests() {
		if r.Endpoint == "oauth2.0/revoke" {
			t.Error("revoked")
		}
	}
}

func TestNaverIsLinkedToAKakaoUser(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithNaver(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	id := b.whoami().User.ID
	b.prove(kakaotest.PersonaRyan)
	a := b.signInWithNaver(emu, navertest.PersonaHadong, linksPath+"/add?provider=naver")
	if a.Header.Get("Location") != linksPath+"?notice=link_added" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	later := w.browser()
	later.signInWithNaver(emu, navertest.PersonaHadong, naverStart)
	if who := later.whoami(); who.User.ID != id || who.Identity.Provider != "naver" {
		t.Errorf("signed in as %+v", who)
	}
}

// A provider that cannot prove re-authentication cannot confirm a change: the page explains it and offers one that
// can.
func TestNaverUserIsToldWhyNothingCanBeLinked(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithNaver(t)
	only := w.browser()
	only.signInWithNaver(emu, navertest.PersonaBoseong, naverStart)
	const why = "does not say when you entered your password"
	a := only.get(linksPath + "?lang=en")
	if !strings.Contains(a.body, why) || strings.Contains(a.body, "/links/confirm") ||
		strings.Contains(a.body, `class="button" href="/oauth/`) {
		t.Errorf("with Naver alone: %s", a.body)
	}

	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	b.prove(kakaotest.PersonaRyan)
	b.signInWithNaver(emu, navertest.PersonaHadong, linksPath+"/add?provider=naver")
	both := w.browser()
	both.signInWithNaver(emu, navertest.PersonaHadong, naverStart)
	a = both.get(linksPath + "?lang=en")
	offer := `href="/oauth/kakao?return_to=` + url.QueryEscape(linksPath) + `"`
	if !strings.Contains(a.body, why) || !strings.Contains(a.body, offer) {
		t.Errorf("with both: %s", a.body)
	}
}

// Kakao's consent items are not shown to a user who signed in with Naver.
func TestConsentsOfANaverUserNameNoItemsOfKakao(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithNaver(t, func(c *app.Config) {
		c.Kakao.Scopes = []string{"openid", "profile_nickname", "account_email"}
	})
	b := w.browser()
	b.signInWithNaver(emu, navertest.PersonaBoseong, naverStart)
	a := b.get("/auth/account/consents?lang=en")
	if a.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	for _, text := range []string{"account_email", "profile_", "ask Naver"} {
		if strings.Contains(a.body, text) {
			t.Errorf("%q in %s", text, a.body)
		}
	}
}

func TestPR11_NaverWithdrawalRevokesTheStoredToken(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithNaver(t)
	b := w.browser()
	b.signInWithNaver(emu, navertest.PersonaBoseong, naverStart)
	if err := emu.Script(
		navertest.Scenario{Endpoint: "oauth2.0/revoke", Status: 503, Times: 2}, // the client tries twice
	); err != nil {
		t.Fatal(err)
	}
	b.withdraw()
	w.clock.advance(10 * time.Minute) // past the pause before the second attempt
	w.settled()
	if len(emu.Links()) != 0 {
		t.Errorf("links %v", emu.Links())
	}
	for _, secret := range []string{emu.App().ClientSecret, "AAAA"} {
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("%s in the log", secret)
		}
	}
}

func TestPR12_NaverUnlinkNoticeWithdrawsTheUser(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithNaver(t)
	for _, inBody := range []bool{false, true} {
		if err := emu.UpdateApp(func(a *navertest.App) { a.NoticeInBody = inBody }); err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		b.signInWithNaver(emu, navertest.PersonaOddID, naverStart)
		w.clock.advance(time.Minute)
		if !emu.Unlink(t.Context(), navertest.PersonaOddID) {
			t.Fatal("no link")
		}
		w.settled()
		if d := emu.Deliveries(); !d[len(d)-1].Accept || d[len(d)-1].Status != http.StatusNoContent {
			t.Errorf("in the body %v: %+v", inBody, d)
		}
		if b.whoami().SignedIn {
			t.Errorf("in the body %v: still signed in", inBody)
		}
	}
	if d := emu.SendNotice(t.Context(), navertest.PersonaOddID, navertest.NoticeSend{Both: true}); d.Status != 400 {
		t.Errorf("in both: %+v", d)
	}
	if d := emu.SendNotice(t.Context(), navertest.PersonaOddID, navertest.NoticeSend{Tamper: true}); d.Status != 403 {
		t.Errorf("forged: %+v", d)
	}
}

// Naver never repeats a notice, so 204 is only for one that is stored. A connection on which one was refused is good
// for the next.
func TestPR12_NaverNoticeIsAcknowledgedOnlyIfStored(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithNaver(t)
	b := w.browser()
	b.signInWithNaver(emu, navertest.PersonaBoseong, naverStart)
	w.clock.advance(time.Minute)
	release := lockDatabase(t, w.config().Database)
	d := emu.SendNotice(t.Context(), navertest.PersonaBoseong, navertest.NoticeSend{})
	if d.Accept || d.Status != http.StatusServiceUnavailable {
		t.Errorf("while the database is locked: %+v", d)
	}
	release()
	if !strings.Contains(w.log.String(), `"webhook rejected"`) {
		t.Error("the rejected notice is not logged")
	}
	if d := emu.SendNotice(t.Context(), navertest.PersonaBoseong, navertest.NoticeSend{}); !d.Accept {
		t.Errorf("afterwards: %+v", d)
	}
	w.settled()
	if b.whoami().SignedIn {
		t.Error("still signed in")
	}
}

func TestPR13_NaverPreviousSecretIsAccepted(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithNaver(t, func(c *app.Config) { c.Naver.PreviousSecrets = []string{"oldSecret1"} })
	b := w.browser()
	b.signInWithNaver(emu, navertest.PersonaBoseong, naverStart)
	w.clock.advance(time.Minute)
	if d := emu.SendNotice(t.Context(), navertest.PersonaBoseong, navertest.NoticeSend{Secret: "older"}); d.Accept {
		t.Error("an unknown secret is accepted")
	}
	if d := emu.SendNotice(t.Context(), navertest.PersonaBoseong, navertest.NoticeSend{Secret: "oldSecret1"}); !d.Accept {
		t.Errorf("%+v", d)
	}
	w.settled()
	if b.whoami().SignedIn {
		t.Error("still signed in")
	}
}

func TestProviderOrderDecidesTheButtons(t *testing.T) {
	t.Parallel()
	w, _ := newWorldWithNaver(t, func(c *app.Config) { c.Providers = []string{"naver"} })
	page := w.browser().get("/auth/login").body
	naver, kakao := strings.Index(page, "/oauth/naver"), strings.Index(page, "/oauth/kakao")
	if naver < 0 || kakao < naver {
		t.Errorf("Naver at %d, Kakao at %d", naver, kakao)
	}
}

func TestNaverSettingsAreChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for want, change := range map[string]func(*app.Config){
		"Naver.ClientSecret":    func(c *app.Config) { c.Naver.ClientSecret = "" },
		"Naver.ClientID":        func(c *app.Config) { c.Naver.ClientID = "a b" },
		"Naver.PreviousSecrets": func(c *app.Config) { c.Naver.PreviousSecrets = []string{"s3cret"} },
		"Naver.RedirectURI":     func(c *app.Config) { c.Naver.RedirectURI = "https://elsewhere.example/cb" },
		"Naver.AuthURL":         func(c *app.Config) { c.Naver.AuthURL = "ftp://x" },
		"Providers":             func(c *app.Config) { c.Providers = []string{"google"} },
	} {
		cfg := w.config()
		cfg.Naver = app.Naver{
			ClientID: "client", ClientSecret: "s3cret", AuthURL: "http://127.0.0.1:5002", APIURL: "http://127.0.0.1:5002",
		}
		change(&cfg)
		_, err := app.New(t.Context(), cfg)
		var e *app.ConfigError
		if !errors.As(err, &e) || e.Field != want {
			t.Errorf("%s: %v", want, err)
		}
	}
	cfg := w.config()
	cfg.Naver = app.Naver{ClientID: "client", ClientSecret: "s3cret", RedirectURI: cfg.URL + "/oauth/kakao/callback"}
	if _, err := app.New(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "must not equal") {
		t.Errorf("the callback of Kakao: %v", err)
	}
}

// Any one provider is enough. Kakao's routes do not exist then, and its settings are asked for only if one of them is
// set, or if nothing is configured at all.
func TestKakaoIsNotRequired(t *testing.T) {
	t.Parallel()
	var alone app.Config
	w, emu := newWorldWithNaver(t, func(c *app.Config) {
		c.Kakao, c.NoAdminKey = app.Kakao{}, false
		alone = *c
	})
	b := w.browser()
	b.signInWithNaver(emu, navertest.PersonaBoseong, naverStart)
	if who := b.whoami(); !who.SignedIn || who.Identity.Provider != "naver" {
		t.Errorf("%+v", who)
	}
	for _, path := range []string{"/oauth/kakao", "/oauth/kakao/callback", "/auth/webhooks/kakao/unlink"} {
		if a := b.get(path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	if a := w.browser().get("/auth/login"); strings.Contains(a.body, "/oauth/kakao") ||
		!strings.Contains(a.body, "/oauth/naver") {
		t.Errorf("buttons: %s", a.body)
	}
	for name, tc := range map[string]struct {
		change func(*app.Config)
		fields string
	}{
		"nothing": {
			func(c *app.Config) { c.Naver = app.Naver{} },
			"Kakao.ClientID Kakao.ClientSecret Kakao.AppID Kakao.AdminKeys",
		},
		"a part of Kakao's": {
			func(c *app.Config) { c.Kakao.AppID = 1 }, "Kakao.ClientID Kakao.ClientSecret Kakao.AdminKeys",
		},
		"age of Kakao":       {func(c *app.Config) { c.Age = "kakao" }, "Age"},
		"buttons of Kakao":   {func(c *app.Config) { c.Providers = []string{"kakao"} }, "Providers"},
		"list of Kakao":      {func(c *app.Config) { c.Reconcile = time.Hour }, "Reconcile"},
		"former application": {func(c *app.Config) { c.FormerApps = []string{"Naver:1"} }, "FormerApps"},
	} {
		cfg := alone
		tc.change(&cfg)
		var got []string
		for _, e := range app.ConfigErrors(app.Check(cfg)) {
			got = append(got, e.Field)
		}
		if strings.Join(got, " ") != tc.fields {
			t.Errorf("%s: %q", name, got)
		}
	}
	cfg := alone
	cfg.Naver = app.Naver{}
	if err := app.Check(cfg); !strings.Contains(err.Error(), "or configure another provider: Config.Naver.ClientID") {
		t.Errorf("nothing configured: %v", err)
	}
}

// Ids of Naver's users are per application: with another one all of them would be strangers, so the service does not
// start.
func TestStartStopsIfUsersBelongToAnotherApplicationOfNaver(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithNaver(t)
	w.browser().signInWithNaver(emu, navertest.PersonaBoseong, naverStart)
	w.stop()
	for name, tc := range map[string]struct {
		former string
		ok     bool
	}{"changed": {"", false}, "confirmed": {"naver:" + navertest.DefaultClientID, true}, "another": {"naver:x", false}} {
		cfg := w.config()
		cfg.Naver = app.Naver{ClientID: "emuOther", ClientSecret: "s", AuthURL: emu.URL(), APIURL: emu.APIURL()}
		if tc.former != "" {
			cfg.FormerApps = []string{tc.former}
		}
		a, err := app.New(t.Context(), cfg)
		if err == nil {
			err = a.Close()
		}
		var e *app.ConfigError
		if tc.ok && err != nil || !tc.ok && (!errors.As(err, &e) || e.Field != "Naver.ClientID" ||
			!strings.Contains(err.Error(), navertest.DefaultClientID)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
