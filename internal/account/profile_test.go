package account

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestUN08_S26_NamesWithoutAVisibleCharacterAreAbsent(t *testing.T) {
	for _, name := range []string{
		"", "\u3164", "\u200b", " \t\n", "\u00a0\u3000", "\u115f\u1160", "\uffa0", "\u2800", "\u2060\ufeff", "\u200d\u200c",
		"\u00ad", "\u034f", "\ufe0f", "\U000e0041", "\u3164\u3164 \u200b", "\u202e", "\x1b\x07", "\u0301", "\ue000", "\u180e",
	} {
		if p := CleanProfile(Profile{Nickname: name}); p.Nickname != "" {
			t.Errorf("%q is kept as %q", name, p.Nickname)
		}
	}
	for _, name := range []string{
		"라이언", "\u3164a", "👨‍👩‍👧‍👦", "ᄀᆞᆷ", "❤️", "é", "한", ".", "a\tb\nc", "שלום", "\ufffd", "\u1100\u1160",
		"🏴\U000e0067\U000e007f",
	} {
		if p := CleanProfile(Profile{Nickname: name}); p.Nickname != name {
			t.Errorf("%q became %q", name, p.Nickname)
		}
	}
}

func TestS25_ControlAndDirectionCharactersLeaveNames(t *testing.T) {
	for in, want := range map[string]string{
		"\u202egnp.exe":                       "gnp.exe",
		"a\u2066b\u2067c\u2068d\u2069":        "abcd",
		"\u200el\u200fr\u061ca":               "lra",
		"\x1b[31mred\x7f":                     "[31mred",
		"c1\u0085\u009b2J\u0080":              "c12J",
		"nul\x00":                             "nul",
		"\xc3\x28":                            "\ufffd(",
		"\u202e" + strings.Repeat("한", 1_000): strings.Repeat("한", MaxNickname),
	} {
		if got := CleanProfile(Profile{Nickname: in}).Nickname; got != want || !utf8.ValidString(got) {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func TestAL19_S24_OnlyAddressesAreEmailAddresses(t *testing.T) {
	for _, good := range []string{
		"ryan@example.com", "r.y+an@mail.example.co.kr", "o'neil@example.com", "a@b.kr", "라이언@카카오.한국", "x@xn--3e0b707e.kr",
		"a_b-c@1234.com", strings.Repeat("a", 64) + "@example.com",
	} {
		for _, state := range []EmailState{EmailVerified, EmailUnverified} {
			if p := CleanProfile(Profile{Email: good, EmailState: state}); p.Email != good || p.EmailState != state {
				t.Errorf("%q: %+v", good, p)
			}
		}
	}
	for _, bad := range []string{
		"a@b@example.com", "a@example.com\r\nBcc: x@example.com", "a@example.com\n", " a@example.com", "a@example.com ",
		"a b@example.com", "Ryan <a@example.com>", "<a@example.com>", "a@example.com, b@example.com", "a@example.com (x)",
		"example.com", "@example.com", "a@", "a@localhost", "a@[127.0.0.1]", "a@127.0.0.1", "a@-b.com", "a@b-.com",
		"a@b..com",
		"a@.com", "a@b.com.", ".a@b.com", "a.@b.com", "a..b@b.com", `"a b"@example.com`, `"a"@example.com`, "a@b_c.com",
		"a\u202e@example.com", "a\u200b@example.com", "a\x00@example.com", "a\xff@example.com", "a\ufffd@example.com",
		"a@exa\u3164mple.com/", "a@b.com/x", strings.Repeat("a", 65) + "@example.com",
		"a@" + strings.Repeat("a", 64) + ".com", "a@" + strings.Repeat("a.", 130) + "com", "javascript:alert(1)",
	} {
		p := CleanProfile(Profile{Email: bad, EmailState: EmailVerified, Nickname: "x"})
		if p.Email != "" || p.EmailState != EmailNone || p.Nickname != "x" {
			t.Errorf("%q: %+v", bad, p)
		}
	}
}
