package app_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/events"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Tests of the page that lists everything a user agreed to.

const consentsPath = "/auth/account/consents"

func (b *browser) change(page answer, form url.Values) answer {
	b.w.t.Helper()
	form.Set("csrf", hidden(b.w.t, page.body, "csrf"))
	return b.post(consentsPath, form)
}

func listing(t *testing.T, changes ...func(*app.Config)) *world {
	t.Helper()
	return asking(t, append([]func(*app.Config){func(c *app.Config) {
		c.Age = "declare"
		c.Terms = []app.Term{
			{Tag: "service", Version: "2026-01", TitleEn: "Terms of service", TitleKo: "이용약관", Required: true},
			{Tag: "partners", Version: "1", TitleEn: "Sharing with partners", TitleKo: "제3자 제공"},
			{Tag: "news", Version: "3", TitleEn: "Send me news", TitleKo: "소식", Marketing: true},
		}
	}}, changes...)...)
}

func (w *world) listed(persona string) *browser {
	w.t.Helper()
	b := w.browser()
	b.signIn(persona, "/")
	page := b.get("/auth/join")
	b.post(
		"/auth/join",
		url.Values{
			"csrf":         {hidden(w.t, page.body, "csrf")},
			"action":       {"join"},
			"age":          {"1"},
			"term.service": {"2026-01"},
			"term.news":    {"3"},
		},
	)
	if b.whoami().Status != "active" {
		w.t.Fatal("not joined")
	}
	return b
}

func TestConsentPageListsEverything(t *testing.T) {
	t.Parallel()
	w := listing(t)
	b := w.listed(kakaotest.PersonaRyan)
	page := b.get(consentsPath)
	when := w.clock.now().In(time.FixedZone("KST", 9*3600)).Format("January\u00a02,\u00a02006")
	for _, want := range []string{
		"Your consents", "I am 14 or older", "Terms of service", "Version <bdi>2026-01</bdi>",
		"Agreed when you joined on " + when,
		"Sharing with partners", "Declined on " + when, "Send me news", "Email address",
		"Agreed at Kakao on " + when,
		"Required consents end when you close your account.", "Birthday",
	} {
		if page.StatusCode != 200 || !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %q: %s", want, page.Status)
		}
	}
	if t.Failed() {
		t.Log(page.body)
	}
	if account := b.get("/auth/account"); !strings.Contains(account.body, consentsPath) {
		t.Error("the account page has no link to it")
	}
	for _, path := range []string{consentsPath} {
		if a := w.browser().get(path); a.StatusCode != http.StatusSeeOther {
			t.Errorf("without a session: %s", a.Status)
		}
	}
}

func TestOptionalTermsAreGivenAndWithdrawnOnOnePage(t *testing.T) {
	t.Parallel()
	w := listing(t)
	b := w.listed(kakaotest.PersonaRyan)
	page := b.get(consentsPath)
	for _, step := range []struct {
		form   url.Values
		status int
		notice string
	}{
		{url.Values{"action": {"take"}, "term": {"news"}}, 303, "consent_taken"},
		{url.Values{"action": {"take"}, "term": {"news"}}, 303, "consent_taken"},
		{url.Values{"action": {"give"}, "term": {"partners"}, "version": {"1"}}, 303, "consent_given"},
		{url.Values{"action": {"give"}, "term": {"partners"}, "version": {"0"}}, 400, ""},
		{url.Values{"action": {"take"}, "term": {"service"}}, 303, "consent_kept"},
		{url.Values{"action": {"take"}, "term": {"age"}}, 400, ""},
		{url.Values{"action": {"take"}, "term": {"other"}}, 400, ""},
		{url.Values{"action": {"burn"}, "term": {"news"}}, 400, ""},
		{url.Values{"action": {"take"}, "term": {"news"}, "scope": {"account_email"}}, 400, ""},
		{url.Values{"action": {"give"}, "scope": {"account_email"}}, 400, ""},
		{url.Values{"action": {"take"}}, 400, ""},
	} {
		a := b.change(page, step.form)
		to := a.Header.Get("Location")
		if a.StatusCode != step.status || step.notice != "" && to != consentsPath+"?notice="+step.notice {
			t.Errorf("%v: %s to %q", step.form, a.Status, to)
		}
	}
	want := []string{
		"+age 14@join",
		"+service 2026-01@join",
		"-partners 1@join",
		"+news 3@join",
		"-news 3@account",
		"+partners 1@account",
	}
	got := slices.DeleteFunc(
		w.ledger(b.whoami().User.ID),
		func(l string) bool { return strings.HasSuffix(l, "@kakao") },
	)
	if !slices.Equal(got, want) {
		t.Errorf("ledger %q", got)
	}
	log := b.get("/auth/account/log")
	if !strings.Contains(log.body, "Withdrew a consent") ||
		!strings.Contains(log.body, "Gave a consent") {
		t.Errorf("the security log lacks it: %s", log.body)
	}
	if a := b.post(consentsPath, url.Values{
		"action": {"take"},
		"term":   {"partners"},
	}); a.StatusCode != http.StatusForbidden {
		t.Errorf("without the CSRF token: %s", a.Status)
	}
}

func TestPV07_ConsentWithdrawnHereDeletesItsData(t *testing.T) {
	t.Parallel()
	w := listing(t)
	b := w.listed(kakaotest.PersonaRyan)
	page := b.get(consentsPath)
	if b.whoami().User.Email == nil || !strings.Contains(page.body, `name="scope" value="account_email"`) {
		t.Fatalf("no button to withdraw: %s", page.body)
	}
	if strings.Contains(page.body, `name="scope" value="profile_nickname"`) {
		t.Error("a required item has a button")
	}
	a := b.change(page, url.Values{"action": {"take"}, "scope": {"account_email"}})
	if a.Header.Get("Location") != consentsPath+"?notice=consent_taken" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	if who := b.whoami(); who.User.Email != nil || who.User.Nickname == nil {
		t.Errorf("%+v", who.User)
	}
	if got := w.ledger(b.whoami().User.ID); got[len(got)-1] != "-account_email @account" {
		t.Errorf("ledger %q", got)
	}
	after := b.get(consentsPath)
	if strings.Contains(after.body, `name="scope" value="account_email"`) ||
		!strings.Contains(after.body, "scope=account_email") {
		t.Errorf("no button to agree again: %s", after.body)
	}
	// Kakao has recorded it too, and the next sign-in does not restore it without asking.
	again := w.browser()
	w.changed(kakaotest.PersonaRyan, func(a *kakaotest.Account) { a.Declines = []string{"*"} })
	again.signIn(kakaotest.PersonaRyan, "")
	if again.whoami().User.Email != nil {
		t.Error("the email was restored")
	}
	calls := w.calls("user/revoke/scopes")
	if a := b.change(after, url.Values{"action": {"take"}, "scope": {"profile_nickname"}}); a.Header.Get(
		"Location",
	) != consentsPath+"?notice=consent_kept" {
		t.Errorf("a required item: %s to %q", a.Status, a.Header.Get("Location"))
	}
	b.change(after, url.Values{"action": {"take"}, "scope": {"gender"}})
	if n := w.calls("user/revoke/scopes") - calls; n != 1 {
		t.Errorf("Kakao was asked %d times", n)
	}
}

// While Kakao is down the page still opens and says what can be done instead; nothing is withdrawn by half.
func TestConsentPageWhileKakaoIsDown(t *testing.T) {
	t.Parallel()
	w := listing(t)
	b := w.listed(kakaotest.PersonaRyan)
	before := b.get(consentsPath)
	for _, endpoint := range []string{"user/scopes", "user/revoke/scopes"} {
		if err := w.kakao.Script(kakaotest.Scenario{Endpoint: endpoint, Status: 503, Times: -1}); err != nil {
			t.Fatal(err)
		}
	}
	page := b.get(consentsPath)
	if page.StatusCode != 200 || !strings.Contains(page.body, "We can&#39;t ask Kakao right now") ||
		!strings.Contains(page.body, "Email address") ||
		strings.Contains(page.body, `name="scope"`) {
		t.Errorf("%s %s", page.Status, page.body)
	}
	if a := b.change(before, url.Values{
		"action": {"take"},
		"scope":  {"account_email"},
	}); a.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	if b.whoami().User.Email == nil || slices.Contains(w.ledger(b.whoami().User.ID), "-account_email @account") {
		t.Error("withdrawn here but not at Kakao")
	}
}

func TestNewVersionOfATermIsShown(t *testing.T) {
	t.Parallel()
	w := listing(t)
	b := w.listed(kakaotest.PersonaRyan)
	w.restart(askingConfig, func(c *app.Config) {
		c.Age = "off"
		c.Terms = []app.Term{{Tag: "service", Version: "2027-01", TitleEn: "Terms of service", Required: true}}
	})
	page := b.get(consentsPath)
	for _, want := range []string{"New version: <bdi>2027-01</bdi>", `name="version" value="2027-01"`, ">news<"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %q: %s", want, page.body)
		}
	}
	// A consent to a term that is no longer asked for can still be withdrawn.
	if a := b.change(page, url.Values{"action": {"take"}, "term": {"news"}}); a.Header.Get(
		"Location",
	) != consentsPath+"?notice=consent_taken" {
		t.Errorf("a term that is no longer asked for: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if got := w.ledger(b.whoami().User.ID); got[len(got)-1] != "-news 3@account" {
		t.Errorf("ledger %q", got)
	}
	b.change(page, url.Values{"action": {"give"}, "term": {"service"}, "version": {"2027-01"}})
	if after := b.get(consentsPath); strings.Contains(after.body, "New version") ||
		!strings.Contains(after.body, "Agreed in your account") {
		t.Error(after.body)
	}
}

// Two years after a user agreed to marketing the app receives one event to remind them.
func TestMarketingIsReconfirmedEveryTwoYears(t *testing.T) {
	t.Parallel()
	w := listing(t)
	b := w.listed(kakaotest.PersonaRyan)
	id := b.whoami().User.ID
	due := func() int {
		t.Helper()
		db, err := store.Open(t.Context(), store.Config{DSN: filepath.Join(w.dir, "norang.db")})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		all, _, err := db.Events(t.Context(), 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, e := range all {
			if e.Kind == events.ConsentReconfirmDue && string(e.UserID) == id && e.About == "news" {
				n++
			}
		}
		return n
	}
	w.clock.advance(729 * 24 * time.Hour)
	w.restart(askingConfig)
	w.settled()
	if n := due(); n != 0 {
		t.Errorf("%d events before the time", n)
	}
	w.clock.advance(3 * 24 * time.Hour)
	w.restart(askingConfig)
	eventually(t, "the event is delivered", func() bool { return due() == 1 })
	w.restart(askingConfig)
	w.settled()
	if n := due(); n != 1 {
		t.Errorf("%d events", n)
	}
}

// A consent given at Kakao Sync is withdrawn here and at Kakao; the next sign-in does not restore it.
func TestKakaoSyncTermIsWithdrawnAtKakaoToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, kakaoSync)
	w.syncTerms("service", "news")
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "/")
	page := b.get(consentsPath)
	if !strings.Contains(page.body, "Agreed at Kakao on") {
		t.Fatalf("%s %s", page.Status, page.body)
	}
	if a := b.change(page, url.Values{"action": {"take"}, "term": {"news"}}); a.Header.Get(
		"Location",
	) != consentsPath+"?notice=consent_taken" {
		t.Fatalf("%s to %q", a.Status, a.Header.Get("Location"))
	}
	eventually(t, "the withdrawal reaches Kakao", func() bool { return w.calls("user/revoke/service_terms") == 1 })
	w.settled()
	again := w.browser()
	again.signIn(kakaotest.PersonaRyan, "/")
	if got := w.ledger(b.whoami().User.ID); got[len(got)-1] != "-news 1@account" {
		t.Errorf("ledger %q", got)
	}
}
