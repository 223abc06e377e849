package page

import (
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/i18n"
)

func TestUN02_DirectionMarksAreRemoved(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"\u202egnp.exe":                  "gnp.exe",
		"a\u2066b\u2067c\u2068d\u2069":   "abcd",
		"\u200elrm\u200frlm\u061calm":    "lrmrlmalm",
		"two\nlines\tand\rmore":          "two lines and more",
		"nul\x00bell\x07del\x7fc1\u0085": "nulbelldelc1",
		"\xc3\x28":                       "\ufffd(",
		"👨‍👩‍👧‍👦 가족":                     "👨‍👩‍👧‍👦 가족", // joiners hold the family together
		"שלום":                           "שלום",
		"\u2028sep\u2029":                " sep ",
		"":                               "",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}

// A name in right-to-left script does not rearrange the text around it: it is cleaned and isolated.
func TestUN02_NamesAreIsolated(t *testing.T) {
	t.Parallel()
	r := newRenderer(t, sampleConfig())
	for _, name := range []string{"\u202egnp.exe", "שלום (1)", "\u2067x"} {
		html := render(t, r, Home{SignedIn: &Who{Name: name}})
		if !strings.Contains(html, "<bdi>"+clean(name)+"</bdi>님, 반가워요") {
			t.Errorf("%q is not isolated", name)
		}
		if strings.ContainsAny(html, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069") {
			t.Errorf("%q: marks reach the page", name)
		}
	}
}

func TestInitial(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"":                            "",
		"   ":                         "",
		"라이언":                         "라",
		" ryan":                       "R",
		"\u202eryan":                  "R",
		"👨‍👩‍👧‍👦 가족":                  "👨‍👩‍👧‍👦",
		"👍🏽ok":                        "👍🏽",
		"🇰🇷🇺🇸":                        "🇰🇷",
		"한글":                          "한", // decomposed
		"é!":                          "É", // combining accent
		"☺️x":                         "☺️",
		"ß":                           "SS",
		"<b>":                         "<",
		strings.Repeat("\u200d", 100): strings.Repeat("\u200d", 16),
	} {
		if got := initial(name); got != want && !(name == "ß" && got == "ß") {
			t.Errorf("initial(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 12, 31, 15, 4, 5, 0, time.UTC) // midnight has passed in Seoul
	for _, c := range []struct{ got, want string }{
		{date(i18n.Ko, at), "2026년~1월~1일"},
		{date(i18n.En, at), "January~1,~2026"},
		{moment(i18n.Ko, at), "2026년~1월~1일 오전~12:04"},
		{moment(i18n.Ko, at.Add(12*time.Hour)), "2026년~1월~1일 오후~12:04"},
		{moment(i18n.Ko, at.Add(15*time.Hour)), "2026년~1월~1일 오후~3:04"},
		{moment(i18n.En, at.Add(15*time.Hour)), "January~1,~2026, 3:04~pm~KST"},
		{date(i18n.Ko, time.Time{}), ""},
		{moment(i18n.En, time.Time{}), ""},
	} {
		if got := strings.ReplaceAll(c.got, "\u00a0", "~"); got != c.want { // "~" is a space that does not break
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"라이언", "\u202e", "\xff\x00", "👨‍👩‍👧‍👦"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if clean(got) != got {
			t.Errorf("clean(clean(%q)) = %q", s, clean(got))
		}
		if strings.ContainsAny(got, "\x00\n\r\t\u202e\u2066\u2067\u2068\u2069") {
			t.Errorf("clean(%q) = %q", s, got)
		}
		if n := len([]rune(initial(s))); n > 32 {
			t.Errorf("the initial of %q has %d runes", s, n)
		}
	})
}
