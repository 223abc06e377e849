package i18n

import (
	"strings"
	"testing"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, header, override string
		want                   Lang
	}{
		{"nothing", "", "", Ko},
		{"a Korean browser", "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "", Ko},
		{"an English browser", "en-US,en;q=0.9", "", En},
		{"English before Korean", "en-US,en;q=0.9,ko;q=0.8", "", En},
		{"weights before order", "en;q=0.3, ko;q=0.4", "", Ko},
		{"equal weights: order", "en, ko", "", En},
		{"equal weights: order, the other way", "ko, en", "", Ko},
		{"French, then English", "fr-FR,fr;q=0.9,en;q=0.1", "", En},
		{"French, then Korean", "fr-FR,fr;q=0.9,ko;q=0.1", "", Ko},
		{"only French", "fr-FR,fr;q=0.9", "", En},
		{"anything", "*", "", Ko},
		{"anything but Korean", "*, ko;q=0", "", En},
		{"French or anything", "fr, *;q=0.5", "", Ko},
		{"English or anything", "en, *;q=0.5", "", En},
		{"Korean refused", "ko;q=0", "", En},
		{"both refused", "ko;q=0, en;q=0", "", En},
		{"a kind of Korean refused", "ko, ko-KP ; q=0.000", "", Ko},
		{"Korean last", "ko;q=0.001", "", Ko},
		{"one English refused", "en, en-GB;q=0", "", En},
		{"French refused", "fr;q=0", "", Ko},
		{"upper case and blanks", " KO-kr ; q=0.2 ,\tEN ; Q=0.1", "", Ko},
		{"the same language twice", "en;q=0.1, ko;q=0.5, en-US;q=0.9", "", En},
		{"Konkani is not Korean", "kok, en;q=0.1", "", En},
		{"not a number", "en;q=NaN, ko;q=0.1", "", Ko},
		{"above one", "en;q=1.5, ko;q=0.1", "", Ko},
		{"four decimals", "en;q=0.9999, ko;q=0.1", "", En},
		{"negative", "en;q=-1, ko;q=0.1", "", Ko},
		{"exponent", "en;q=1e9, ko;q=0.1", "", Ko},
		{"1.000 is one", "ko;q=0.9, en;q=1.000", "", En},
		{"rubbish", ";;;,,,=q;\x00", "", Ko},
		{"override", "ko", "en", En},
		{"override, the other way", "en", "ko", Ko},
		{"invalid override", "en", "EN", En},
		{"hostile override", "ko", `"><script>`, Ko},
		{"many ranges", strings.Repeat("fr,", 40) + "ko", "", Ko},
		{"beyond the length", strings.Repeat("a", 1020) + ",ko-KR,en", "", Ko},
		{"cut in the middle of a range", "en;q=0.5," + strings.Repeat(" ", 1012) + "ko-KR", "", En},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Match(c.header, c.override); got != c.want {
				t.Errorf("Match(%.60q, %q) = %s, want %s", c.header, c.override, got, c.want)
			}
		})
	}
}

func FuzzMatch(f *testing.F) {
	for _, s := range []string{"", "ko", "en;q=0.5,ko;q=0", "*;q=1.", "a-b-c-d;q=0.123,,", strings.Repeat("en,", 500)} {
		f.Add(s, "")
	}
	f.Add("ko", "en")
	f.Fuzz(func(t *testing.T, header, override string) {
		got := Match(header, override)
		if _, ok := Parse(string(got)); !ok {
			t.Errorf("Match(%q, %q) = %q, want ko or en", header, override, got)
		}
		if l, ok := Parse(override); ok && got != l {
			t.Errorf("Match(%q, %q) = %q want the override", header, override, got)
		}
	})
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "KO", "ko-KR", "fr", "en ", "ko\x00"} {
		if l, ok := Parse(s); ok {
			t.Errorf("Parse(%q) = %q", s, l)
		}
	}
}

func TestTextInALanguage(t *testing.T) {
	t.Parallel()
	both := Textf("%[2]s와 %[1]d", "%[1]d and %[2]s", 1, "a")
	for _, c := range []struct {
		text Text
		lang Lang
		want string
	}{
		{both, Ko, "a와 1"}, {both, En, "1 and a"}, {both, "", "a와 1"},
		{Text{Ko: "가"}, En, "가"}, {Text{En: "a"}, Ko, "a"}, {Text{"100%", "100%"}, En, "100%"},
	} {
		if got := c.text.In(c.lang); got != c.want {
			t.Errorf("%+v in %q = %q, want %q", c.text, c.lang, got, c.want)
		}
	}
	if both.IsZero() || !(Text{}).IsZero() {
		t.Error("IsZero")
	}
}
