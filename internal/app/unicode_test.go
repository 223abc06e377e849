package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Cases UN through a whole sign-in: claims in the store, in JSON, in the header and on the page. Package storetest
// covers both databases, package page direction marks (UN-02).

// seenAs returns a nickname from every place that shows it.
type seen struct {
	json, header, page string
	id                 string
}

func (w *world) seenAs(t *testing.T, persona, name string) seen {
	t.Helper()
	b := w.as(t, persona, nickname(name))
	who := b.whoami()
	if !who.SignedIn || who.User.Nickname == nil {
		t.Fatalf("%q: %+v", name, who)
	}
	a := b.get("/auth/account")
	if a.StatusCode != http.StatusOK {
		t.Fatalf("%q: account page: %s", name, a.Status)
	}
	return seen{*who.User.Nickname, b.get("/auth/verify").Header.Get("Remote-Name"), a.body, who.User.ID}
}

func TestUN01_NicknamesAreKeptAsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []string{"👨‍👩‍👧‍👦", "ᄀᆞᆷ", strings.Repeat("한", 20), "%ED%95%9C"} {
		s := w.seenAs(t, kakaotest.PersonaRyan, name)
		if s.json != name || unescape(t, s.header) != name || !strings.Contains(s.page, name) {
			t.Errorf("%q: JSON %q, header %q, on the page: %v", name, s.json, s.header, strings.Contains(s.page, name))
		}
	}
	s := w.seenAs(t, kakaotest.PersonaRyan, "a\tb\nc")
	if s.json != "a\tb\nc" || unescape(t, s.header) != "a\tb\nc" {
		t.Errorf("tab and newline: JSON %q, header %q", s.json, s.header)
	}
	if !strings.Contains(s.page, "a b c") {
		t.Errorf("tab and newline are not spaces on the page: %s", s.page)
	}
}

func TestUN03_NULIsRemoved(t *testing.T) {
	t.Parallel()
	if s := newWorld(t).seenAs(t, kakaotest.PersonaRyan, "a\x00b"); s.json != "ab" || s.header != "ab" {
		t.Errorf("%q, %q", s.json, s.header)
	}
}

// Go cannot encode a lone surrogate, so the emulator sends these bytes verbatim.
func TestUN04_InvalidUTF8(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	subject := b.whoami().Identity.Subject
	for what, text := range map[string]string{"lone surrogate": `\ud800`, "broken bytes": "\xc3\x28"} {
		body := `{"id":` + subject + `,"connected_at":"2026-01-02T03:04:05Z",` +
			`"kakao_account":{"profile_nickname_needs_agreement":false,"profile":{"nickname":"x` + text + `y"}}}`
		if err := w.kakao.Script(kakaotest.Scenario{
			Endpoint: "user/me",
			Status:   http.StatusOK,
			Body:     body,
		}); err != nil {
			t.Fatal(err)
		}
		o := w.browser()
		a := o.signIn(kakaotest.PersonaRyan, "")
		w.kakao.ClearScenarios()
		who := o.whoami()
		if !who.SignedIn || who.User.Nickname == nil {
			t.Errorf("%s: %s, %+v", what, a.Status, who)
			continue
		}
		if n := *who.User.Nickname; !utf8.ValidString(n) || !strings.HasPrefix(n, "x") || !strings.HasSuffix(n, "y") ||
			!strings.Contains(n, "\uFFFD") {
			t.Errorf("%s: nickname %q", what, n)
		}
	}
}

func TestUN05_LongNicknamesAreCut(t *testing.T) {
	t.Parallel()
	s := newWorld(t).seenAs(t, kakaotest.PersonaRyan, strings.Repeat("한", 100_000))
	if !utf8.ValidString(s.json) || utf8.RuneCountInString(s.json) > account.MaxNickname ||
		!strings.HasPrefix(s.json, "한한") {
		t.Errorf("%d runes", utf8.RuneCountInString(s.json))
	}
}

func TestUN06_NFCAndNFDAreDistinctUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	composed := w.seenAs(t, kakaotest.PersonaRyan, "한글")
	apart := w.seenAs(t, kakaotest.PersonaApeach, "\u1112\u1161\u11ab\u1100\u1173\u11af")
	again := w.seenAs(t, kakaotest.PersonaRyan, "\u1112\u1161\u11ab\u1100\u1173\u11af")
	if composed.id == apart.id || composed.id != again.id {
		t.Errorf("users %s, %s, %s", composed.id, apart.id, again.id)
	}
}

func TestUN07_HomoglyphsShowTheUserID(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	latin := w.seenAs(t, kakaotest.PersonaRyan, "admin")
	cyrillic := w.seenAs(t, kakaotest.PersonaApeach, "\u0430dmin")
	if latin.id == cyrillic.id || cyrillic.json != "\u0430dmin" {
		t.Errorf("%+v and %+v", latin.id, cyrillic)
	}
	if !strings.Contains(cyrillic.page, cyrillic.id) {
		t.Error("the account page lacks the id next to the name")
	}
}

// unescape decodes a header value as an app would.
func unescape(t *testing.T, value string) string {
	t.Helper()
	s, err := url.PathUnescape(value)
	if err != nil {
		t.Fatalf("%q: %v", value, err)
	}
	return s
}
