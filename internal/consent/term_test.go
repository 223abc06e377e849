package consent

import (
	"strings"
	"testing"
)

func TestCheckTerms(t *testing.T) {
	good := Term{Tag: "service", Version: "1", TitleKo: "이용약관"}
	err := CheckTerms(
		[]Term{good, {Tag: "news", Version: "2026-01", TitleEn: "News", URL: "https://example.com/news", Marketing: true}},
	)
	if err != nil {
		t.Errorf("good terms: %v", err)
	}
	for name, change := range map[string]func(*Term){
		"no tag":               func(x *Term) { x.Tag = "" },
		"the tag of the age":   func(x *Term) { x.Tag = "age" },
		"a tag with a blank":   func(x *Term) { x.Tag = "a b" },
		"a long tag":           func(x *Term) { x.Tag = strings.Repeat("a", 65) },
		"no title":             func(x *Term) { x.TitleKo = "" },
		"no version":           func(x *Term) { x.Version = "" },
		"a long version":       func(x *Term) { x.Version = strings.Repeat("1", 65) },
		"required advertising": func(x *Term) { x.Marketing, x.Required = true, true },
		"http":                 func(x *Term) { x.URL = "http://example.com/" },
		"script":               func(x *Term) { x.URL = "javascript:alert(1)" },
		"another host's path":  func(x *Term) { x.URL = "//evil.example/" },
		"a backslash":          func(x *Term) { x.URL = `/\evil.example` },
		"a user in it":         func(x *Term) { x.URL = "https://user@example.com/" },
	} {
		bad := good
		change(&bad)
		if CheckTerms([]Term{bad}) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if CheckTerms([]Term{good, good}) == nil {
		t.Error("one tag twice: accepted")
	}
	many := make([]Term, maxTerms+1)
	for i := range many {
		many[i] = good
		many[i].Tag = "t" + strings.Repeat("x", i)
	}
	if CheckTerms(many) == nil || CheckTerms(many[1:]) != nil {
		t.Errorf("the bound is not %d", maxTerms)
	}
}

// All errors are reported at once.
func TestCheckTermsReportsAllErrors(t *testing.T) {
	err := CheckTerms([]Term{{Tag: "one", TitleKo: "가"}, {Tag: "two", Version: "1"}})
	if err == nil || !strings.Contains(err.Error(), `"one"`) || !strings.Contains(err.Error(), `"two"`) {
		t.Errorf("%v", err)
	}
}

func TestTitles(t *testing.T) {
	both, ko, en := Term{TitleKo: "가", TitleEn: "a"}, Term{TitleKo: "가"}, Term{TitleEn: "a"}
	for _, tc := range []struct {
		term       Term
		lang, want string
	}{{both, "ko", "가"}, {both, "en", "a"}, {ko, "en", "가"}, {en, "ko", "a"}, {both, "", "가"}} {
		if got := tc.term.Title(tc.lang); got != tc.want {
			t.Errorf("%+v in %q: %q, want %q", tc.term, tc.lang, got, tc.want)
		}
	}
}
