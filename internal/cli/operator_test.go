package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/operator"
)

func testConsole(lang i18n.Lang, environ ...string) *terminal {
	return &terminal{
		ctx: context.Background(), lang: lang, environ: environ, stdout: new(strings.Builder), stderr: new(strings.Builder),
	}
}

// Every error of the operator has a text and, if something can be done, a hint.
func TestOperatorErrorsAreExplained(t *testing.T) {
	for _, lang := range i18n.Langs() {
		c := testConsole(lang)
		for _, err := range []error{
			operator.ErrNotRecorded, operator.ErrSelector, operator.ErrNoSuchUser, operator.ErrAmbiguous,
			operator.ErrWithdrawn, operator.ErrNoReason,
		} {
			var f *failure
			if got := c.explain(fmt.Errorf("open: %w", err)); !errors.As(got, &f) || f.text == "" ||
				strings.HasPrefix(f.text, "operator:") || (f.hint == "") != errors.Is(err, operator.ErrWithdrawn) {
				t.Errorf("%s: %v is %#v", lang, err, got)
			}
		}
		// A failure to record matters more than an empty result.
		got := c.explain(errors.Join(operator.ErrNoSuchUser, operator.ErrNotRecorded))
		if !errors.Is(got, operator.ErrNotRecorded) {
			t.Errorf("%s: %v", lang, got)
		}
		if got := c.explain(fs.ErrClosed); got != fs.ErrClosed {
			t.Errorf("%s: %v", lang, got)
		}
	}
}

// A name that a stranger chose stays one line, moves no cursor and turns no text around.
func TestNamesCannotMoveTheCursor(t *testing.T) {
	c := testConsole("en")
	c.line("id", "a\nb\r\x1b[2Jc\u009bd\u202ee\u2067f\u2028g\u200eh", "라이언 🦁  ")
	want := "id  a\uFFFDb\uFFFD\uFFFD[2Jc\uFFFDd\uFFFDe\uFFFDf\uFFFDg\uFFFDh  라이언 🦁\n"
	if got := c.stdout.(*strings.Builder).String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestMoment(t *testing.T) {
	c := testConsole("en")
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.Local)
	for _, tt := range []struct {
		text string
		end  bool
		want time.Time
	}{
		{"", false, time.Time{}},
		{"2026-11-20", false, day},
		{"2026-11-20", true, day.AddDate(0, 0, 1)},
		{"2026-11-20T09:00:00+09:00", true, time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)},
		{"7d", false, now.AddDate(0, 0, -7)},
		{"90m", false, now.Add(-90 * time.Minute)},
	} {
		if got, err := c.moment("--since", tt.text, now, tt.end); err != nil || !got.Equal(tt.want) {
			t.Errorf("%s: %v, %v, want %v", tt.text, got, err, tt.want)
		}
	}
	for _, text := range []string{"now", "-1d", "0d", "1000000d", "-1h", "0s", "2026-13-01", "20261122"} {
		if got, err := c.moment("--since", text, now, false); err == nil {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestActor(t *testing.T) {
	for name, tt := range map[string]struct {
		environ []string
		address string
	}{
		"here": {nil, ""},
		"ssh": {
			[]string{"SSH_CONNECTION=203.0.113.9 50000 10.0.0.5 22", "SSH_CLIENT=198.51.100.1 1 22"}, "203.0.113.9",
		},
		"an older ssh": {[]string{"SSH_CLIENT=2001:db8::1 50000 22"}, "2001:db8::1"},
		"link-local":   {[]string{"SSH_CLIENT=fe80::1%eth0 50000 22"}, "fe80::1"},
		"mapped":       {[]string{"SSH_CLIENT=::ffff:203.0.113.9 1 22"}, "203.0.113.9"},
		"nonsense":     {[]string{"SSH_CONNECTION=<script>"}, ""},
	} {
		w, err := testConsole("en", tt.environ...).actor("", " why ")
		if err != nil || w.ID == "" || w.Reason != "why" || w.Client.Address != tt.address ||
			!strings.Contains(w.Client.UserAgent, w.ID+"@") || !strings.HasPrefix(w.Client.RequestID, "cmd-") {
			t.Errorf("%s: %+v, %v", name, w, err)
		}
	}
	c := testConsole("en")
	own, err := c.actor("", "")
	if err != nil {
		t.Fatal(err)
	}
	w, err := c.actor("lee", "")
	if err != nil || w.ID != "lee" || !strings.Contains(w.Client.UserAgent, own.ID+"@") {
		t.Errorf("another name hides the account: %+v, %v", w, err)
	}
	for _, as := range []string{"kim lee", "operator:kim", "kim\n", strings.Repeat("k", 65), "../kim", "김"} {
		if w, err := c.actor(as, ""); err == nil {
			t.Errorf("%q: %+v", as, w)
		}
	}
	if _, err := c.actor("kim", strings.Repeat("x", 600)); err == nil {
		t.Error("a reason without end is accepted")
	}
}

func TestLoginUID(t *testing.T) {
	file := filepath.Join(t.TempDir(), "loginuid")
	for text, want := range map[string]string{"1000": "1000", "0\n": "0", "4294967295": "", "": "", "kim": "", "-1": ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := loginUID(file); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := loginUID(file + "?"); got != "" {
		t.Errorf("no file: %q", got)
	}
}

func TestJobHints(t *testing.T) {
	for outcome, want := range map[string]string{
		"provider: -401: kakao: unlink: status 401: -401": "norang explain -- -401",
		"provider: KOE101: kakao: x":                      "norang explain -- KOE101",
		"provider: subject is no number":                  "KAKAO_ADMIN_KEY",
	} {
		for _, lang := range i18n.Langs() {
			got := jobHint(testConsole(lang), jobs.DeadJob{ID: 7, Kind: "unlink", Outcome: outcome})
			if !strings.Contains(got, want) {
				t.Errorf("%s: %s", outcome, got)
			}
		}
	}
	got := jobHint(testConsole("en"), jobs.DeadJob{ID: 7, Kind: "notice"})
	if !strings.Contains(got, "norang jobs retry 7") {
		t.Errorf("another kind: %s", got)
	}
}
