package app_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// changed sets claims of a persona at Kakao.
func (w *world) changed(persona string, change func(*kakaotest.Account)) {
	w.t.Helper()
	for _, a := range w.kakao.Accounts() {
		if a.ID != persona {
			continue
		}
		if change(&a); w.kakao.AddAccount(a) != nil {
			w.t.Fatalf("Kakao's %s cannot be changed", persona)
		}
	}
}

func byKakao(c *app.Config) { c.Age = "kakao" }

func ageItems(w *world) {
	w.consents(
		item("profile_nickname", kakaotest.StepRequired),
		item("account_email", kakaotest.StepOptional),
		item(
			"age_range",
			kakaotest.StepRequired,
		),
		item("birthyear", kakaotest.StepRequired),
		item("birthday", kakaotest.StepRequired),
	)
}

func TestPV04_UnderageByKakaoIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byKakao)
	ageItems(w)
	b := w.browser()
	a := b.signIn(kakaotest.PersonaUnder14, "/board")
	if a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "You can join from age 14") ||
		!strings.Contains(a.body, "We kept nothing about you.") {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	if b.in() || b.cookie(sessionCookie) != "" {
		t.Error("signed in")
	}
	eventually(t, "the link at Kakao is ended", func() bool { return !w.linked(kakaotest.PersonaUnder14) })
	w.settled()
	w.stop()
	for _, name := range []string{"norang.db", "norang.db-wal"} {
		data, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for what, secret := range map[string]string{
			"nickname": "꼬마",
			"e-mail":   "kid@example.com",
			"Kakao id": "3141592617",
		} {
			if strings.Contains(string(data), secret) {
				t.Errorf("the %s is in %s", what, name)
			}
		}
	}
}

func TestPV04_AgeByKakaoNeedsNoDeclaration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byKakao)
	ageItems(w)
	b := w.browser()
	if a := b.signIn(kakaotest.PersonaRyan, "/board"); a.Header.Get("Location") != "/board" {
		t.Fatalf("asked although Kakao answered: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if got := w.ledger(b.whoami().User.ID); !slices.Contains(got, "+age 14@kakao") {
		t.Errorf("ledger %q", got)
	}
}

func TestPV04_UnknownAgeNeedsADeclaration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, byKakao)
	w.consents(item("profile_nickname", kakaotest.StepRequired), item("age_range", kakaotest.StepRequired))
	w.changed(
		kakaotest.PersonaUnder14,
		func(a *kakaotest.Account) { a.Birthyear, a.Birthday, a.AgeRange = "", "", "10~14" },
	)
	for _, persona := range []string{
		kakaotest.PersonaUnder14, kakaotest.PersonaUnverifiedEmail,
	} { // an unclear answer, and none
		b := w.browser()
		if a := b.signIn(persona, "/board"); !strings.HasPrefix(a.Header.Get("Location"), "/auth/join") {
			t.Fatalf("%s: %s to %q", persona, a.Status, a.Header.Get("Location"))
		}
		page := b.get("/auth/join?return_to=/board")
		form := url.Values{"csrf": {hidden(t, page.body, "csrf")}, "action": {"join"}}
		if a := b.post("/auth/join", form); a.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s: without the declaration: %s", persona, a.Status)
		}
		form.Set("age", "1")
		b.post("/auth/join", form)
		if got := w.ledger(b.whoami().User.ID); !slices.Contains(got, "+age 14@join") {
			t.Errorf("%s: ledger %q", persona, got)
		}
	}
}

// The user joined while the age check was off: they stay a member even if Kakao later reports otherwise.
func TestPV04_AgeCheckDoesNotAffectMembers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ageItems(w)
	b := w.browser()
	b.signIn(kakaotest.PersonaUnder14, "")
	w.restart(byKakao)
	again := w.browser()
	if a := again.signIn(kakaotest.PersonaUnder14, "/board"); a.Header.Get("Location") != "/board" {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
}

func TestUnder14Allowed(t *testing.T) {
	t.Parallel()
	for _, age := range []string{"kakao", "declare"} {
		w := newWorld(t, func(c *app.Config) { c.Age, c.Under14 = age, "allow" })
		ageItems(w)
		b := w.browser()
		a := b.signIn(kakaotest.PersonaUnder14, "/board")
		want := "-age 14@kakao"
		if age == "declare" {
			want = "-age 14@join"
			page := b.get("/auth/join?return_to=/board")
			if !strings.Contains(page.body, "[Optional]") || strings.Contains(page.body, "[Required]") {
				t.Errorf("the page requires it: %s", page.body)
			}
			a = b.post(
				"/auth/join",
				url.Values{"csrf": {hidden(t, page.body, "csrf")}, "action": {"join"}, "return_to": {"/board"}},
			)
		}
		if a.Header.Get("Location") != "/board" || b.whoami().Status != "active" {
			t.Fatalf("%s: %s to %q", age, a.Status, a.Header.Get("Location"))
		}
		if got := w.ledger(b.whoami().User.ID); !slices.Contains(got, want) {
			t.Errorf("%s: ledger %q", age, got)
		}
	}
}

// Kakao's own rule about children: refused on the way, or by the API.
func TestUnder14RefusedByKakaoShowsTheReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if err := w.kakao.UpdateApp(0, func(a *kakaotest.App) { a.RefuseUnder14 = true }); err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	if a := b.signIn(kakaotest.PersonaUnder14, "/board"); a.StatusCode != http.StatusForbidden ||
		!strings.Contains(a.body, "login.under_age") ||
		!strings.Contains(a.body, "You can join from age 14") {
		t.Errorf("access_denied: %s %s", a.Status, a.body)
	}
	if a := w.refused(t, "-406", kakaotest.Scenario{
		Endpoint: "user/me",
		Code:     "-406",
	}, http.StatusForbidden, "login.under_age"); !strings.Contains(
		a.body,
		"You can join from age 14",
	) {
		t.Error(a.body)
	}
}
