package app_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/withdrawal"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// newWorldWithApple is a world whose settings turn Apple on, with its emulator.
func newWorldWithApple(t *testing.T, changes ...func(*app.Config)) (*world, *appletest.Server) {
	t.Helper()
	w := unstartedWorld(t)
	emu := startApple(t, w)
	w.restart(append([]func(*app.Config){withAppleOf(emu)}, changes...)...)
	return w, emu
}

// startApple starts an emulator that knows the addresses of a world.
func startApple(t *testing.T, w *world) *appletest.Server {
	t.Helper()
	return appletest.StartWith(t, appletest.Config{
		Now: w.clock.now, Transport: toService{w},
		Team: appletest.Team{
			Clients: []appletest.Client{
				{ID: appletest.DefaultServicesID, ReturnURLs: []string{w.srv.URL + "/oauth/apple/callback"}},
				{ID: appletest.DefaultBundleID, App: true},
			},
			NoticeURL: w.srv.URL + "/auth/webhooks/apple/events",
		},
	})
}

// withAppleOf configures the service for an emulator.
func withAppleOf(emu *appletest.Server) func(*app.Config) {
	return func(c *app.Config) {
		team := emu.Team()
		c.Apple = app.Apple{
			ServicesID: team.ServicesID(), TeamID: team.TeamID, KeyID: team.KeyID, PrivateKey: team.PrivateKey,
			BundleIDs: []string{team.BundleID()}, AuthURL: emu.URL(),
		}
	}
}

const appleStart = "/oauth/apple?return_to=%2Fhello"

// toApple starts a round trip and returns the form that Apple's page would submit.
func (b *browser) toApple(emu *appletest.Server, how appletest.Approval, path string) url.Values {
	b.w.t.Helper()
	a := b.get(path)
	if how.URL = a.Header.Get("Location"); a.StatusCode != http.StatusSeeOther ||
		!strings.HasPrefix(how.URL, emu.URL()+"/auth/authorize?") {
		b.w.t.Fatalf("start: %s to %s %s", a.Status, how.URL, a.body)
	}
	got, err := emu.Approve(how)
	if err != nil || got.Error != "" {
		b.w.t.Fatalf("Apple: %+v, %v", got, err)
	}
	return got.Fields
}

// postFromApple is the cross-site POST, with which no SameSite=Lax cookie comes. It returns the response.
func (b *browser) postFromApple(form url.Values) answer {
	b.w.t.Helper()
	stranger := b.w.browser()
	r := stranger.request("POST", b.w.srv.URL+"/oauth/apple/callback", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("Origin", "https://appleid.apple.com")
	return stranger.do(r)
}

// backFromApple is the whole way back.
func (b *browser) backFromApple(form url.Values) answer {
	b.w.t.Helper()
	a := b.postFromApple(form)
	if a.StatusCode != http.StatusSeeOther || len(a.Cookies()) != 0 {
		b.w.t.Fatalf("callback: %s with %d cookies: %s", a.Status, len(a.Cookies()), a.body)
	}
	return b.kept(a.Header.Get("Location"))
}

func (b *browser) signInWithApple(emu *appletest.Server, persona, path string) answer {
	b.w.t.Helper()
	return b.backFromApple(b.toApple(emu, appletest.Approval{Account: persona}, path))
}

func TestPR23_AppleSignInByCrossSitePOST(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithApple(t)
	kakao := w.browser()
	kakao.signIn(kakaotest.PersonaRyan, "")
	b := w.browser()
	// Another person with the name and e-mail address of Kakao's ryan.
	a := b.signInWithApple(emu, appletest.PersonaRyanEmail, appleStart)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/hello" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	who := b.whoami()
	if who.Identity.Provider != "apple" || who.Identity.App != appletest.DefaultTeamID ||
		who.Identity.Subject != emu.Subject(appletest.PersonaRyanEmail) {
		t.Errorf("identity %+v", who.Identity)
	}
	if who.User.ID == kakao.whoami().User.ID {
		t.Error("joined by e-mail")
	}
	if who.User.Email == nil || *who.User.Email != "ryan@example.com" || who.User.Nickname == nil {
		t.Errorf("user %+v", who.User)
	}
	page := w.browser().get("/auth/login")
	if !strings.Contains(page.body, "Sign in with Apple") {
		t.Error("no button")
	}
}

func TestPR24_AppleCallbackTenMinutesLater(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithApple(t)
	b := w.browser()
	address := b.get(appleStart).Header.Get("Location")
	w.clock.advance(10 * time.Minute) // two-factor authentication takes its time
	got, err := emu.Approve(appletest.Approval{URL: address})
	if err != nil {
		t.Fatal(err)
	}
	if a := b.backFromApple(got.Fields); a.Header.Get("Location") != "/hello" || !b.whoami().SignedIn {
		t.Errorf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
}

func TestPR25_ApplePOSTChangesNothingByItself(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithApple(t)
	b := w.browser()
	form := b.toApple(emu, appletest.Approval{}, appleStart)
	a := b.postFromApple(form)
	if a.StatusCode != http.StatusSeeOther || len(a.Cookies()) != 0 {
		t.Fatalf("%s with %d cookies", a.Status, len(a.Cookies()))
	}
	for _, r := range emu.Requests() {
		if r.Endpoint == "token" {
			t.Error("the POST exchanged the code")
		}
	}
	// Another browser that opens the URL of the GET step gets no session.
	victim := w.browser()
	if got := victim.get(a.Header.Get("Location")); got.StatusCode != http.StatusBadRequest || victim.whoami().SignedIn {
		t.Errorf("another browser: %s", got.Status)
	}
	for _, path := range []string{"/auth/signout", "/auth/account/withdraw", "/auth/join", "/oauth/kakao/callback"} {
		r := b.request("POST", w.srv.URL+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		r.Header.Set("Origin", "https://appleid.apple.com")
		if a := b.do(r); a.StatusCode < 400 {
			t.Errorf("%s is exempt as well: %s", path, a.Status)
		}
	}
	if got := b.kept(a.Header.Get("Location")); got.Header.Get("Location") != "/hello" {
		t.Errorf("the browser itself: %s %s", got.Status, got.body)
	}
}

func TestPR26_AppleNameSurvivesAFailure(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithApple(t)
	b := w.browser()
	if err := emu.Script(appletest.Scenario{Endpoint: "token", Status: 500, Times: -1}); err != nil {
		t.Fatal(err)
	}
	form := b.toApple(emu, appletest.Approval{Account: appletest.PersonaJeju}, appleStart)
	if a := b.backFromApple(form); a.StatusCode != http.StatusServiceUnavailable {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	emu.ClearScenarios()
	again := b.toApple(emu, appletest.Approval{Account: appletest.PersonaJeju}, appleStart)
	if again.Has("user") {
		t.Fatal("Apple sent the name twice")
	}
	b.backFromApple(again)
	for range 2 {
		who := b.whoami()
		if who.User.Nickname == nil || *who.User.Nickname != "김하루" {
			t.Fatalf("the name is lost: %+v", who.User)
		}
		if who.User.Email == nil || *who.User.Email != "haru@icloud.com" {
			t.Errorf("e-mail of the unsigned user: %+v", who.User)
		}
		b.signInWithApple(emu, appletest.PersonaJeju, appleStart) // a further one, without the name
	}
}

// A name that is kept belongs to the user whose sign-in failed, and not to the next one in the same browser. An address
// in it that was changed on the way is not used.
func TestPR26_AppleNameIsNotGivenToAnotherUser(t *testing.T) {
	t.Parallel()
	for name, changed := range map[string]string{"another user": "haru@icloud.com", "changed": "victim@example.com"} {
		w, emu := newWorldWithApple(t)
		first := w.browser()
		first.signInWithApple(emu, appletest.PersonaAda, appleStart) // Apple does not send her name again
		b := w.browser()
		must(t, emu.Script(appletest.Scenario{Endpoint: "token", Status: 500, Times: -1}))
		form := b.toApple(emu, appletest.Approval{Account: appletest.PersonaJeju}, appleStart)
		form.Set("user", strings.Replace(form.Get("user"), "haru@icloud.com", changed, 1))
		b.backFromApple(form)
		if b.cookie(sessionCookie+"-profile") == "" {
			t.Fatalf("%s: no name is kept", name)
		}
		emu.ClearScenarios()
		next, before := appletest.PersonaAda, first.whoami().User
		if changed == "victim@example.com" {
			next = appletest.PersonaJeju
		}
		b.signInWithApple(emu, next, appleStart)
		who := b.whoami().User
		if next == appletest.PersonaAda && (who.ID != before.ID || who.Nickname == nil || *who.Nickname != *before.Nickname) {
			t.Errorf("%s: %+v, before %+v", name, who, before)
		}
		if next == appletest.PersonaJeju && (who.Nickname != nil || who.Email == nil || *who.Email != "haru@icloud.com") {
			t.Errorf("%s: %+v", name, who)
		}
		if b.cookie(sessionCookie+"-profile") != "" {
			t.Errorf("%s: the name stays in the browser", name)
		}
	}
}

// What the provider sends once is in the browser before the code is exchanged, so that it survives the process.
func TestPR26_AppleNameIsKeptBeforeTheExchange(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithApple(t)
	b := w.browser()
	form := b.toApple(emu, appletest.Approval{Account: appletest.PersonaAda}, appleStart)
	if a := b.get(b.postFromApple(form).Header.Get("Location")); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	for _, r := range emu.Requests() {
		if r.Endpoint == "token" {
			t.Error("the code is exchanged already")
		}
	}
	w.restart(withAppleOf(emu)) // killed here: the browser starts again
	b.signInWithApple(emu, appletest.PersonaAda, appleStart)
	if who := b.whoami(); who.User.Nickname == nil || *who.User.Nickname != "Ada Lovelace" {
		t.Errorf("the name is lost: %+v", who.User)
	}
	if b.cookie(sessionCookie+"-profile") != "" {
		t.Error("the profile stays in the browser")
	}
	// Another browser cannot be made to keep a profile.
	stranger := w.browser()
	stranger.get(w.browser().postFromApple(form).Header.Get("Location"))
	if stranger.cookie(sessionCookie+"-profile") != "" {
		t.Error("a stranger's browser keeps a profile")
	}
}

func TestPR27_AppleCancelLeadsBackToTheSignInPage(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithApple(t)
	b := w.browser()
	a := b.backFromApple(b.toApple(emu, appletest.Approval{Cancel: true}, appleStart))
	if a.StatusCode != http.StatusSeeOther || !strings.Contains(a.Header.Get("Location"), "notice=cancelled") {
		t.Errorf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	for path, want := range map[string]int{
		"/oauth/apple?prompt=none": 400, "/oauth/apple?prompt=select_account": 400, "/oauth/apple?prompt=login": 303,
	} {
		if a := b.get(path); a.StatusCode != want {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
}

func TestPR34_TransferredTeamIsNotJoinedByAddress(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithApple(t)
	b := w.browser()
	b.signInWithApple(emu, appletest.PersonaJeju, appleStart) // keeps its address in the new team
	before := b.whoami()
	if err := emu.Transfer("EMUTEAM002", "EMUKEY0002"); err != nil {
		t.Fatal(err)
	}
	w.restart(withAppleOf(emu), func(c *app.Config) { c.FormerApps = []string{"apple:" + appletest.DefaultTeamID} })
	later := w.browser()
	later.signInWithApple(emu, appletest.PersonaJeju, appleStart)
	after := later.whoami()
	if after.User.ID == before.User.ID || after.Identity.App != "EMUTEAM002" ||
		after.Identity.Subject == before.Identity.Subject {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

func TestPR36_AppleWithdrawalRevokesAndClaimsNothing(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithApple(t)
	b := w.browser()
	b.signInWithApple(emu, appletest.PersonaJeju, appleStart)
	away := appletest.Scenario{Endpoint: "revoke", Status: 503, Times: 2} // the client tries twice
	if err := emu.Script(away); err != nil {
		t.Fatal(err)
	}
	b.withdraw()
	w.clock.advance(10 * time.Minute) // past the pause before the second attempt
	w.settled()
	if len(emu.Links()) != 0 {
		t.Errorf("links %v", emu.Links())
	}
	if page := b.get("/auth/left?lang=en"); strings.Contains(page.body, "is disconnected too") ||
		!strings.Contains(page.body, "We asked Apple") {
		t.Errorf("the page claims too much: %s", page.body)
	}
	log := w.log.String()
	if !strings.Contains(log, "does not say whether the link has ended") {
		t.Error("the record claims that the link ended")
	}
	for _, secret := range []string{"BEGIN PRIVATE KEY", "client_secret=", emu.Team().PrivateKey[40:80]} {
		if strings.Contains(log, secret) {
			t.Errorf("%q in the log", secret)
		}
	}
}

// A relay address is named as one by the session, the page, the server API and the export.
func TestAppleRelayAddressIsNamed(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithApple(t, func(c *app.Config) { c.Limits.Servers = app.Rate{PerMinute: -1} })
	s, _ := w.newKey(apikey.Read, apikey.Write)
	for persona, relay := range map[string]bool{appletest.PersonaSeorak: true, appletest.PersonaJeju: false} {
		b := w.browser()
		b.signInWithApple(emu, persona, appleStart)
		who := b.whoami()
		if who.User.Email == nil || who.User.EmailRelay != relay {
			t.Errorf("%s: %+v", persona, who.User)
		}
		for lang, want := range map[string]string{"ko": "전달용 주소예요", "en": "Relay address"} {
			if page := b.get("/auth/account?lang=" + lang); strings.Contains(page.body, want) != relay {
				t.Errorf("%s: the page: %s", persona, page.body)
			}
		}
		s.want(t, "GET", "/users/"+who.User.ID, "", 200, fmt.Sprintf(`"email_relay":%t`, relay), `"email_verified":true`)
		s.want(t, "POST", "/users/"+who.User.ID+"/export", `{"reason":"asked by mail"}`, 200,
			fmt.Sprintf(`"email_relay":%t`, relay))
	}
}

func TestPR35_AppleNotices(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithApple(t)
	for i, s := range []appletest.Switches{
		{EventForm: "text", NoticesTwice: true}, {EventForm: "object", EventSeconds: true},
		{EventForm: "array", AccountDelete: true},
	} {
		if err := emu.UpdateTeam(func(t *appletest.Team) { t.Switches = s }); err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		b.signInWithApple(emu, appletest.PersonaSeorak, appleStart)
		if who := b.whoami(); who.User.Email == nil || !who.User.EmailRelay ||
			!strings.HasSuffix(*who.User.Email, "@privaterelay.appleid.com") {
			t.Fatalf("relay address: %+v", who.User)
		}
		w.clock.advance(2 * time.Minute)
		if !emu.SetForwarding(t.Context(), appletest.PersonaSeorak, false) {
			t.Fatal("no relay address")
		}
		w.settled()
		if who := b.whoami(); !who.SignedIn || who.User.Email != nil || who.User.EmailUnverified == nil ||
			!who.User.EmailRelay {
			t.Errorf("%d: forwarding off: %+v", i, who.User)
		}
		w.clock.advance(2 * time.Minute)
		emu.SetForwarding(t.Context(), appletest.PersonaSeorak, true)
		w.settled()
		if who := b.whoami(); who.User.Email == nil || !who.User.EmailRelay {
			t.Errorf("%d: forwarding on again: %+v", i, who.User)
		}
		emu.SetForwarding(t.Context(), appletest.PersonaSeorak, false)
		w.settled()
		w.clock.advance(2 * time.Minute)
		emu.SetForwarding(t.Context(), appletest.PersonaSeorak, true)
		b.signInWithApple(emu, appletest.PersonaSeorak, appleStart)
		if who := b.whoami(); who.User.Email == nil {
			t.Errorf("%d: signed in after forwarding is on: %+v", i, who.User)
		}
		w.clock.advance(2 * time.Minute)
		if i < 2 {
			emu.Forget(t.Context(), appletest.PersonaSeorak)
		} else {
			emu.DeleteAccount(t.Context(), appletest.PersonaSeorak)
		}
		w.settled()
		if b.whoami().SignedIn {
			t.Errorf("%d: still signed in", i)
		}
		for _, d := range emu.Deliveries() {
			if !d.Accept {
				t.Errorf("%+v", d)
			}
		}
		if i == 0 { // every notice came twice
			db, err := sql.Open("sqlite", "file:"+w.config().Database+"?_pragma=busy_timeout(5000)")
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			var kept int
			row := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM jobs WHERE kind = '"+withdrawal.NoticeJob+"'")
			if err := row.Scan(&kept); err != nil || kept != 5 || len(emu.Deliveries()) != 10 {
				t.Errorf("%d notices with an effect of %d sent: %v", kept, len(emu.Deliveries()), err)
			}
		}
	}
	if d := emu.SendNotice(t.Context(), appletest.PersonaJeju, "consent-revoked",
		appletest.NoticeSend{WrongKey: true}); d.Status != http.StatusForbidden {
		t.Errorf("forged: %+v", d)
	}
	if a := w.browser().get("/auth/webhooks/apple/other"); a.StatusCode != http.StatusNotFound {
		t.Errorf("unknown hook: %s", a.Status)
	}
}

// appleSDK is what the SDK gives to an app; the app hands the SHA-256 of the service's nonce to it.
func (p *phone) appleSDK(emu *appletest.Server, persona string, hashed bool) (appletest.NativeTokens, string) {
	p.w.t.Helper()
	a := p.call("POST", "/oauth/apple/nonce", url.Values{"device": {p.device}})
	var got struct{ Nonce string }
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || got.Nonce == "" {
		p.w.t.Fatalf("%v: %s %s", err, a.Status, a.body)
	}
	sent := got.Nonce
	if hashed {
		sum := sha256.Sum256([]byte(sent))
		sent = hex.EncodeToString(sum[:])
	}
	tokens, err := emu.Native(appletest.NativeSignIn{Account: persona, Nonce: sent})
	if err != nil {
		p.w.t.Fatal(err)
	}
	return tokens, got.Nonce
}

func (p *phone) appleToken(t appletest.NativeTokens, nonce string, code bool) answer {
	form := url.Values{"id_token": {t.IDToken}, "nonce": {nonce}, "device": {p.device}, "user": {t.User}}
	if code {
		form.Set("code", t.Code)
	}
	return p.call("POST", "/oauth/apple/token", form)
}

func TestPR38_AppleNativeSignIn(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithApple(t)
	p := w.phone()
	tokens, nonce := p.appleSDK(emu, appletest.PersonaJeju, true)
	a := p.appleToken(tokens, nonce, true)
	var got nativeAnswer
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.StatusCode != http.StatusOK {
		t.Fatalf("%v: %s %s", err, a.Status, a.body)
	}
	if n := got.Account.User.Nickname; n == nil || *n != "김하루" || got.Account.Identity.Provider != "apple" {
		t.Errorf("%+v", got.Account)
	}
	raw, nonce := p.appleSDK(emu, appletest.PersonaJeju, false)
	if a := p.appleToken(raw, nonce, false); a.StatusCode != http.StatusOK {
		t.Errorf("nonce as it is: %s %s", a.Status, a.body)
	}
	if a := p.appleToken(raw, nonce, false); a.StatusCode == http.StatusOK {
		t.Error("nonce used twice")
	}
	other, _ := p.appleSDK(emu, appletest.PersonaJeju, true)
	_, nonce = p.appleSDK(emu, appletest.PersonaJeju, true)
	if a := p.appleToken(other, nonce, false); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("another nonce: %s %s", a.Status, a.body)
	}
	// The code of another user must not be mixed with the ID token.
	mixed, nonce := p.appleSDK(emu, appletest.PersonaJeju, true)
	stranger, _ := p.appleSDK(emu, appletest.PersonaAda, true)
	mixed.Code = stranger.Code
	if a := p.appleToken(mixed, nonce, true); a.StatusCode != http.StatusUnauthorized {
		t.Errorf("code of another user: %s %s", a.Status, a.body)
	}
}

func TestPR33_AppleWebAndAppAreUnlinkedBoth(t *testing.T) {
	t.Parallel()
	w, emu := newWorldWithApple(t)
	p := w.phone()
	tokens, nonce := p.appleSDK(emu, appletest.PersonaJeju, true)
	if a := p.appleToken(tokens, nonce, true); a.StatusCode != http.StatusOK {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	b := w.browser()
	b.signInWithApple(emu, appletest.PersonaJeju, appleStart)
	if ids := emu.Links()[0].ClientIDs; len(ids) != 2 {
		t.Fatalf("client ids %v", ids)
	}
	b.withdraw()
	w.settled()
	if len(emu.Links()) != 0 {
		t.Errorf("links %+v", emu.Links())
	}
	var clients []string
	for _, r := range emu.Requests() {
		if r.Endpoint == "revoke" && r.Why == "" {
			clients = append(clients, r.Params["client_id"])
		}
	}
	slices.Sort(clients)
	if !slices.Equal(clients, []string{appletest.DefaultBundleID, appletest.DefaultServicesID}) {
		t.Errorf("revoked for %v", clients)
	}
}

// appleFaults are the fields that a start with the real Apple refuses.
func appleFaults(t *testing.T, service string, a app.Apple) []string {
	t.Helper()
	var fields []string
	for _, e := range app.ConfigErrors(app.Check(app.Config{
		URL: service, Age: "off", Database: "norang.db", Apple: a,
	})) {
		if strings.HasPrefix(e.Field, "Apple.") {
			fields = append(fields, e.Field)
		}
	}
	return fields
}

func TestPR28_AppleStartNeedsTheKey(t *testing.T) {
	t.Parallel()
	team := appletest.DefaultPrivateKey()
	good := app.Apple{
		ServicesID: "com.example.login", TeamID: "ABCDE12345", KeyID: "FGHIJ67890", PrivateKey: team,
		BundleIDs: []string{"com.example.app"},
	}
	for name, c := range map[string]struct {
		change func(*app.Apple)
		field  string
	}{
		"no key":          {func(a *app.Apple) { a.PrivateKey = "" }, "Apple.PrivateKey"},
		"a path":          {func(a *app.Apple) { a.PrivateKey = "/run/AuthKey_FGHIJ67890.p8" }, "Apple.PrivateKey"},
		"no key id":       {func(a *app.Apple) { a.KeyID = "" }, "Apple.KeyID"},
		"no team":         {func(a *app.Apple) { a.TeamID = "" }, "Apple.TeamID"},
		"team in id":      {func(a *app.Apple) { a.BundleIDs = []string{"ABCDE12345.com.example.app"} }, "Apple.BundleIDs"},
		"one id for both": {func(a *app.Apple) { a.BundleIDs = []string{a.ServicesID} }, "Apple.BundleIDs"},
		"openid":          {func(a *app.Apple) { a.Scopes = []string{"openid"} }, "Apple.Scopes"},
		"emulator's id":   {func(a *app.Apple) { a.ServicesID = appletest.DefaultServicesID }, "Apple.ServicesID"},
		"moved issuer":    {func(a *app.Apple) { a.AuthURL = "https://account.apple.com" }, "Apple.AuthURL"},
	} {
		a := good
		c.change(&a)
		if got := appleFaults(t, "https://login.example.com", a); !slices.Contains(got, c.field) {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := appleFaults(t, "https://login.example.com", good); len(got) != 0 {
		t.Errorf("good settings: %v", got)
	}
}

func TestPR37_AppleRefusesLocalhost(t *testing.T) {
	t.Parallel()
	good := app.Apple{
		ServicesID: "com.example.login", TeamID: "ABCDE12345", KeyID: "FGHIJ67890",
		PrivateKey: appletest.DefaultPrivateKey(),
	}
	for service, refused := range map[string]bool{
		"http://localhost:5000": true, "https://localhost": true, "https://127.0.0.1:8443": true, "https://[::1]": true,
		"https://10.1.2.3": true, "https://intranet": true, "https://login.example.com": false,
	} {
		if got := appleFaults(t, service, good); slices.Contains(got, "Apple.RedirectURI") != refused {
			t.Errorf("%s: %v", service, got)
		}
	}
	_, emu := newWorldWithApple(t) // on 127.0.0.1, with the emulator
	address := emu.URL() + "/auth/authorize?response_type=code&response_mode=form_post&scope=name%20email&state=s" +
		"&nonce=n&client_id=" + appletest.DefaultServicesID + "&redirect_uri=" +
		url.QueryEscape(emu.Team().Clients[0].ReturnURLs[0])
	a, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	body, err := io.ReadAll(a.Body)
	if err != nil || a.StatusCode != http.StatusOK ||
		!strings.Contains(string(body), "Apple은 이 Return URL을 받지 않습니다") {
		t.Errorf("%v: %s %s", err, a.Status, body)
	}
}
