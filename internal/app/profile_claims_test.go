package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Cases AL that concern a plain sign-in. For linking see account_linking_test.go, for the decisions package account.

// as signs a persona in while Kakao returns other claims about them.
func (w *world) as(t *testing.T, persona string, set claims) *browser {
	t.Helper()
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/me", SetJSON: set}); err != nil {
		t.Fatal(err)
	}
	defer w.kakao.ClearScenarios()
	b := w.browser()
	if a := b.signIn(persona, ""); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s with %v: %s %s", persona, set, a.Status, a.body)
	}
	return b
}

func nickname(name string) claims { return claims{"kakao_account.profile.nickname": name} }

func TestAL01_SameNicknameIsAnotherUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	one := w.as(t, kakaotest.PersonaRyan, nickname("민수")).whoami()
	two := w.as(t, kakaotest.PersonaApeach, nickname("민수")).whoami()
	if one.User.ID == two.User.ID || *one.User.Nickname != "민수" || *two.User.Nickname != "민수" {
		t.Errorf("%+v and %+v", one.User, two.User)
	}
}

func TestAL02_AL18_ChangedProfileIsTheSameUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.as(t, kakaotest.PersonaRyan, nickname("하나")).whoami()
	after := w.as(t, kakaotest.PersonaRyan, claims{
		"kakao_account.profile.nickname": "둘", "kakao_account.email": "new@example.test",
	}).whoami()
	if after.User.ID != before.User.ID || after.Identity != before.Identity {
		t.Errorf("another user after a new nickname: %+v, %+v", before, after)
	}
	if *after.User.Nickname != "둘" || after.User.Email == nil || *after.User.Email != "new@example.test" {
		t.Errorf("attributes not updated: %+v", after.User)
	}
}

// AL-03, AL-04, AL-17: neither a name, nor being first, nor a password gives a user anything.
func TestAL03_AL04_AL17_FA13_NamesGiveNoPrivileges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, kakaotest.PersonaRyan, nickname("admin"))
	if who := b.whoami(); who.Status != "active" || *who.User.Nickname != "admin" {
		t.Errorf("%+v", who)
	}
	v := b.get("/auth/verify")
	if v.Header.Get("Remote-User") != b.whoami().User.ID || v.Header.Get("Remote-User") == "admin" {
		t.Errorf("FA-13: Remote-User %q is not a user id", v.Header.Get("Remote-User"))
	}
	for _, path := range []string{"/admin/", "/auth/admin/"} {
		if a := b.get(path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s for the first user, whose nickname is admin: %s", path, a.Status)
		}
	}
	form := map[string][]string{"username": {"admin"}, "password": {"admin"}, "login": {"admin"}}
	for _, path := range []string{"/auth/login", "/login"} {
		if a := b.post(path, form); a.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("AL-04: POST %s: %s", path, a.Status)
		}
	}
}

func TestAL05_NoEmailIsInvented(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaNoEmail, "")
	who, v := b.whoami(), b.get("/auth/verify")
	if who.User.Email != nil || who.User.EmailUnverified != nil || len(v.Header.Values("Remote-Email")) != 1 ||
		v.Header.Get("Remote-Email") != "" {
		t.Errorf("%+v, Remote-Email %q", who.User, v.Header.Values("Remote-Email"))
	}
	if a := b.get("/auth/account"); strings.Contains(a.body, "@") {
		t.Errorf("an email on the account page: %s", a.body)
	}
}

func TestAL06_UnverifiedEmailMatchesNoUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ryan, thief := w.browser(), w.browser()
	ryan.signIn(kakaotest.PersonaRyan, "")
	thief.signIn(kakaotest.PersonaSameEmail, "")
	one, two := ryan.whoami(), thief.whoami()
	if one.User.ID == two.User.ID || two.User.Email != nil || two.User.EmailUnverified == nil ||
		*two.User.EmailUnverified != *one.User.Email {
		t.Errorf("%+v and %+v", one.User, two.User)
	}
	if v := thief.get("/auth/verify"); v.Header.Get("Remote-Email") != "" {
		t.Errorf("Remote-Email %q was never verified", v.Header.Get("Remote-Email"))
	}
}

func TestAL07_OnlyTrueMeansVerified(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, odd := range []any{nil, "true", "false", 1, []any{}, claims{}} {
		if err := w.kakao.Script(kakaotest.Scenario{
			Endpoint: "user/me",
			SetJSON:  claims{"kakao_account.is_email_verified": odd},
		}); err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "")
		if who := b.whoami(); who.User.Email != nil { // refusing such a response is just as good
			t.Errorf("is_email_verified=%#v counts as verified", odd)
		}
		w.kakao.ClearScenarios()
	}
}

func TestAL13_SubjectsBeyond2to53AreExact(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	users := map[string]bool{}
	for _, id := range []string{"9007199254740992", "9007199254740993"} {
		n := int64(9007199254740992)
		if strings.HasSuffix(id, "3") {
			n++
		}
		err := w.kakao.Script(
			kakaotest.Scenario{Endpoint: "user/me", SetJSON: claims{"id": n}},
			token(kakaotest.IDTokenFault{Claims: claims{"sub": id}}),
		)
		if err != nil {
			t.Fatal(err)
		}
		b := w.browser()
		b.signIn(kakaotest.PersonaRyan, "")
		who, v := b.whoami(), b.get("/auth/verify")
		if who.Identity.Subject != id || v.Header.Get("X-Norang-Subject") != id || users[who.User.ID] {
			t.Errorf("%s became %q and %q", id, who.Identity.Subject, v.Header.Get("X-Norang-Subject"))
		}
		users[who.User.ID] = true
		w.kakao.ClearScenarios()
	}
}

func TestAL15_DisabledUserCannotSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	id := b.whoami().User.ID
	// An operator's command while the service is running.
	db, err := store.Open(t.Context(), store.Config{DSN: w.config().Database})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.SetDisabled(t.Context(), account.StatusChange{
		UserID:   account.ID(id),
		Disabled: true,
		Actor:    audit.Operator("test", "", audit.Client{}),
	}); err != nil {
		t.Fatal(err)
	}
	again := w.browser()
	a := again.signIn(kakaotest.PersonaRyan, "")
	if a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "login.disabled") ||
		again.whoami().SignedIn ||
		again.cookie(sessionCookie) != "" {
		t.Errorf("%s %s", a.Status, a.body)
	}
	if a := again.signIn(kakaotest.PersonaRyan, ""); a.StatusCode != http.StatusForbidden {
		t.Errorf("second attempt: %s, so signing in enabled the user", a.Status)
	}
	eventually(t, "the existing session ends", func() bool { return !b.whoami().SignedIn })
}

func TestAL16_FormFieldsSetNoAttributes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.as(t, kakaotest.PersonaRyan, claims{
		"role": "admin", "is_admin": true, "status": "disabled", "disabled": false, "ref": "1", "user_id": "1",
		"kakao_account.role": "admin",
	})
	who := b.whoami()
	if who.Status != "active" || who.User.ID == "1" {
		t.Errorf("%+v", who)
	}
	if v := b.get("/auth/verify"); v.Header.Get("X-Norang-Ref") != "" {
		t.Errorf("X-Norang-Ref %q", v.Header.Get("X-Norang-Ref"))
	}
}
