package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/kakao/kakaotest"
)

const mergePath = "/auth/account/merge"

// openBeside opens the database as a command does while the service is running.
func (w *world) openBeside() *store.DB {
	w.t.Helper()
	db, err := store.Open(w.t.Context(), store.Config{DSN: w.config().Database})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	return db
}

// twoAccounts returns two browsers of users that are one person: b is signed in to the first and has proven both.
func (w *world) twoAccounts() (b, other *browser) {
	w.t.Helper()
	b, other = w.browser(), w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	other.signIn(kakaotest.PersonaApeach, "")
	if a := b.addIdentity(kakaotest.PersonaRyan, kakaotest.PersonaApeach); a.StatusCode != http.StatusConflict ||
		!strings.Contains(a.body, mergePath) {
		w.t.Fatalf("%s %s", a.Status, a.body)
	}
	return b, other
}

func (b *browser) mergeForm() url.Values {
	b.w.t.Helper()
	a := b.get(mergePath)
	if a.StatusCode != http.StatusOK {
		b.w.t.Fatalf("merge page: %s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	return url.Values{"csrf": {hidden(b.w.t, a.body, "csrf")}, "user": {hidden(b.w.t, a.body, "user")}}
}

func TestMergeTwoAccounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, other := w.twoAccounts()
	keep, lose := b.whoami(), other.whoami()
	page := b.get(mergePath)
	for _, want := range []string{
		"Account to keep",
		*keep.User.Nickname,
		*lose.User.Nickname,
		"Your other devices and those of the removed account are signed out.",
	} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not say %q: %s", want, page.body)
		}
	}
	if !other.whoami().SignedIn {
		t.Error("looking at the page did something")
	}
	form, token := b.mergeForm(), b.cookie(sessionCookie)
	a := b.post(mergePath, form)
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != linksPath+"?notice=merged" {
		t.Fatalf("%s to %q %s", a.Status, a.Header.Get("Location"), a.body)
	}
	if got := b.whoami(); got.User.ID != keep.User.ID || got.Session != keep.Session ||
		b.cookie(sessionCookie) == token {
		t.Errorf("the remaining user is %+v", got)
	}
	if other.whoami().SignedIn {
		t.Error("the other account's device is signed in")
	}
	other.signIn(kakaotest.PersonaApeach, "")
	if got := other.whoami(); got.User.ID != keep.User.ID {
		t.Errorf("the second Kakao account signs in as %+v", got)
	}
	if !w.linked(kakaotest.PersonaApeach) || !w.linked(kakaotest.PersonaRyan) {
		t.Error("something was unlinked at Kakao")
	}
	if list := b.get(linksPath + "?notice=merged"); !strings.Contains(list.body, "The two accounts are now merged.") ||
		!strings.Contains(list.body, lose.Identity.Subject) {
		t.Errorf("the list: %s", list.body)
	}
	if log := b.get("/auth/account/log"); !strings.Contains(log.body, "Two accounts were merged") ||
		strings.Contains(log.body, lose.User.ID) {
		t.Errorf("the log: %s", log.body)
	}
	// The proof is used up.
	if a := b.get(mergePath); a.Header.Get("Location") != linksPath {
		t.Errorf("the page again: %s", a.Status)
	}
	if a := b.post(mergePath, url.Values{
		"csrf": {hidden(t, b.get("/auth/account").body, "csrf")},
		"user": form["user"],
	}); a.StatusCode != http.StatusConflict {
		t.Errorf("the form again: %s", a.Status)
	}
}

// Only the form of that page, sent by the same session before the proof expires, merges accounts.
func TestMergeIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, other := w.twoAccounts()
	keep, lose := b.whoami(), other.whoami()
	form := b.mergeForm()
	proof := b.cookie(sessionCookie + "-merge")
	if proof == "" {
		t.Fatal("no proof")
	}
	thief := w.browser()
	thief.signIn(kakaotest.PersonaRyan, "")
	thief.setCookie(sessionCookie+"-merge", proof)
	for name, send := range map[string]func() answer{
		"no token": func() answer { return b.post(mergePath, url.Values{"user": form["user"]}) },
		"no user":  func() answer { return b.post(mergePath, url.Values{"csrf": form["csrf"]}) },
		"another user": func() answer {
			return b.post(mergePath, url.Values{"csrf": form["csrf"], "user": {keep.User.ID}})
		},
		"another session": func() answer {
			return thief.post(mergePath, url.Values{
				"csrf": {hidden(t, thief.get("/auth/account").body, "csrf")},
				"user": form["user"],
			})
		},
		"without the proof": func() answer {
			return other.post(mergePath, url.Values{
				"csrf": {hidden(t, other.get("/auth/account").body, "csrf")},
				"user": {keep.User.ID},
			})
		},
		"cross-site": func() answer {
			r := b.request("POST", mergePath, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "cross-site")
			return b.do(r)
		},
	} {
		if a := send(); a.StatusCode < 400 || a.StatusCode >= 500 {
			t.Errorf("%s: %s %s", name, a.Status, a.body)
		}
	}
	w.clock.advance(5*time.Minute + time.Second)
	if a := b.post(mergePath, form); a.StatusCode != http.StatusConflict ||
		!strings.Contains(a.body, "link.merge_gone") {
		t.Errorf("too late: %s %s", a.Status, a.body)
	}
	if got := other.whoami(); got.User.ID != lose.User.ID || got.Session.ID != lose.Session.ID {
		t.Errorf("the other user is %+v", got)
	}
}

func TestMergeOfTwoAppNumbersIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, other := w.twoAccounts()
	form := b.mergeForm()
	db := w.openBeside()
	for i, who := range []whoami{b.whoami(), other.whoami()} {
		if err := db.SetRef(t.Context(), account.ID(who.User.ID), []string{"7", "8"}[i], time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	eventually(
		t,
		"the page shows the subject",
		func() bool { return b.get("/auth/verify").Header.Get("X-Norang-Ref") == "7" },
	)
	if a := b.get(mergePath); a.StatusCode != http.StatusConflict || !strings.Contains(a.body, "link.ref_conflict") {
		t.Errorf("the page: %s %s", a.Status, a.body)
	}
	if a := b.post(mergePath, form); a.StatusCode != http.StatusConflict ||
		!strings.Contains(a.body, "link.ref_conflict") {
		t.Errorf("the form: %s %s", a.Status, a.body)
	}
	if !other.whoami().SignedIn {
		t.Error("the other user is gone")
	}
}

// AL-15: neither linking nor merging restores a disabled account.
func TestAL15_LinkingRestoresNoDisabledUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, other := w.twoAccounts()
	lose := account.ID(other.whoami().User.ID)
	form, db := b.mergeForm(), w.openBeside()
	if err := db.SetDisabled(t.Context(), account.StatusChange{
		UserID:   lose,
		Disabled: true,
		Actor:    audit.Operator("test", "", audit.Client{}),
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		send func() answer
	}{
		{"the page", func() answer { return b.get(mergePath) }},
		{"the form", func() answer { return b.post(mergePath, form) }},
		{
			"a link",
			func() answer { return b.addIdentity(kakaotest.PersonaRyan, kakaotest.PersonaApeach) },
		}, // from another session
	} {
		if a := c.send(); a.StatusCode != http.StatusConflict && a.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s %s", c.name, a.Status, a.body)
		}
	}
	if u, err := db.UserByID(t.Context(), lose); err != nil || u.Status != account.Disabled {
		t.Errorf("%+v, %v", u, err)
	}
	if a := other.signIn(kakaotest.PersonaApeach, ""); a.StatusCode != http.StatusForbidden ||
		!strings.Contains(a.body, "login.disabled") {
		t.Errorf("a sign-in: %s", a.Status)
	}
	// Nor can a disabled user link anything, because their session has ended.
	keep := account.ID(b.whoami().User.ID)
	b.prove(kakaotest.PersonaRyan)
	to := b.roundTo(linksPath+"/add", kakaotest.PersonaNoEmail)
	if err := db.SetDisabled(t.Context(), account.StatusChange{
		UserID:   keep,
		Disabled: true,
		Actor:    audit.Operator("test", "", audit.Client{}),
	}); err != nil {
		t.Fatal(err)
	}
	if a := b.get(to); a.StatusCode != http.StatusForbidden {
		t.Errorf("by a disabled user: %s %s", a.Status, a.body)
	}
	if all, err := db.IdentitiesOf(t.Context(), keep); err != nil || len(all) != 1 {
		t.Errorf("%d identities, %v", len(all), err)
	}
}
