package storetest

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
)

var textTests = []test{
	{"UN01_RoundTrip", roundTrip},
	{"UN03_NUL", nul},
	{"UN04_BrokenUTF8", brokenUTF8},
	{"UN05_VeryLong", veryLong},
	{"UN06_NFCAndNFDAreKept", normalForms},
}

func nicknameOf(t *testing.T, w world, subject, name string) string {
	t.Helper()
	c := w.completion(t, subject)
	c.Profile.Nickname = name
	out := w.finish(t, c).Principal.Identity.Profile.Nickname
	if back := w.principal(t, c.Session.Key).Identity.Profile.Nickname; back != out {
		t.Errorf("returned %q, stored %q", out, back)
	}
	return out
}

func roundTrip(t *testing.T, w world) {
	for _, name := range []string{"👨‍👩‍👧‍👦", "ᄀᆞᆷ", strings.Repeat("한", 20), "a\tb\nc", "'; DROP TABLE users; --",
		"%s\\$1", "\u202egnp.exe", "\x1f", "a\x1fb\x1f\x1f"} {
		if got := nicknameOf(t, w, "1", name); got != name {
			t.Errorf("%q came back as %q", name, got)
		}
	}
}

func nul(t *testing.T, w world) {
	if got := nicknameOf(t, w, "1", "a\x00b"); got != "ab" {
		t.Errorf("came back as %q", got)
	}
}

func brokenUTF8(t *testing.T, w world) {
	if got := nicknameOf(t, w, "1", "a\xc3\x28b"); got != "a\uFFFD(b" {
		t.Errorf("came back as %q", got)
	}
	if got := nicknameOf(t, w, "1", "\xed\xa0\x80"); !utf8.ValidString(got) {
		t.Errorf("came back as %q", got)
	}
	// All other texts.
	c := w.completion(t, "2")
	bad := "\x00\xff"
	c.Profile = account.Profile{Nickname: bad, Picture: "https://x/" + bad, Email: "a@b" + bad,
		EmailState: account.EmailUnverified}
	c.Session.Client = audit.Client{Address: bad, UserAgent: bad, RequestID: bad}
	p := w.finish(t, c).Principal
	diff(t, w.principal(t, c.Session.Key), p)
	j := activationOf(t, w, w.signInPending(t, "3"))
	j.Lang, j.Actor.Client = "k"+bad, c.Session.Client
	j.Consents[0].Tag, j.Consents[0].Version, j.Consents[0].Client = "t"+bad, bad, c.Session.Client
	if _, err := w.Store.Join(t.Context(), j); err != nil {
		t.Errorf("Join: %v", err)
	}
}

func veryLong(t *testing.T, w world) {
	got := nicknameOf(t, w, "1", strings.Repeat("한", 100_000))
	if !utf8.ValidString(got) || len(got) > account.MaxNickname*utf8.UTFMax || len(got) < account.MaxNickname*3 {
		t.Errorf("%d bytes came back", len(got))
	}
	c := w.completion(t, "2")
	c.Session.Client.UserAgent = strings.Repeat("한", 100_000)
	if ua := w.finish(t, c).Principal.Session.Client.UserAgent; len(ua) > audit.MaxUserAgent || !utf8.ValidString(ua) {
		t.Errorf("User-Agent of %d bytes", len(ua))
	}
}

func normalForms(t *testing.T, w world) {
	for i, name := range []string{"한글", "\u1112\u1161\u11ab\u1100\u1173\u11af"} {
		if got := nicknameOf(t, w, string(rune('1'+i)), name); got != name {
			t.Errorf("%q came back as %q", name, got)
		}
	}
	if n := w.count(t, "users"); n != 2 {
		t.Errorf("%d users, want 2", n)
	}
}
