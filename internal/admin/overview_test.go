package admin

import (
	"testing"
	"time"

	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/web"
)

// The legend shows the sum of counts, and the mean of all calls: a minute with one slow call does not count as much as
// one with many fast calls.
func TestLegendShowsSumsOfCountsAndMeansOfAllCalls(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	s := &sheet{period: periods[0], at: periods[0].grid(began.Add(59 * time.Minute))}
	calls := []figures.Figure{
		{At: began, Label: "kakao", Count: 9, Sum: 90},
		{At: began.Add(time.Minute), Label: "kakao", Count: 1, Sum: 905},
		{At: began.Add(time.Minute), Label: "naver", Count: 3, Sum: 3},
	}
	for _, c := range []struct {
		name string
		got  line
		want string
	}{
		{"sum", sum("kakao", s.row(calls, labelled("kakao"), count)), "10"},
		{"mean", s.mean("kakao", calls, labelled("kakao")), "100"}, // 99.5; the mean of the two minutes is 458
		{"mean of nothing", s.mean("line", calls, labelled("line")), "–"},
	} {
		if c.got.total != c.want {
			t.Errorf("%s: %s, want %s", c.name, c.got.total, c.want)
		}
	}
	if got := missing(figures.Funnel{}); got != "–" {
		t.Errorf("of no sign-in %s did not return", got)
	}
}

func TestBrowserKindsAreShownInWords(t *testing.T) {
	t.Parallel()
	r := &Request{Request: &web.Request{Lang: i18n.Ko}}
	for label, want := range map[string]string{
		"kakaotalk mobile": "카카오톡, 휴대폰·태블릿", "chrome desktop": "Chrome, 데스크톱",
		"in_app mobile": "앱 안의 브라우저, 휴대폰·태블릿", "": "",
	} {
		if got := browserKind(r, label); got != want {
			t.Errorf("%q: %q, want %q", label, got, want)
		}
	}
}
