package problem

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/norang-login/norang/internal/i18n"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/provider/kakao"
)

func TestErrorsAreFoundByCode(t *testing.T) {
	err := fmt.Errorf("callback: %w", Wrap(ProviderUnavailable, io.ErrUnexpectedEOF))
	for _, target := range []error{ProviderUnavailable, New(ProviderUnavailable), io.ErrUnexpectedEOF} {
		if !errors.Is(err, target) {
			t.Errorf("not found: %v", target)
		}
	}
	for _, target := range []error{ProviderRejected, New(Internal), io.EOF} {
		if errors.Is(err, target) {
			t.Errorf("found: %v", target)
		}
	}
	if want := "callback: provider.unavailable: unexpected EOF"; err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
	if Wrap(Internal, nil) != nil {
		t.Error("Wrap of no error is an error")
	}
}

func TestFrom(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want Code
		wait time.Duration
	}{
		"an Error":             {New(LoginExpired), LoginExpired, 0},
		"a Code":               {LoginBusy, LoginBusy, 2 * time.Second},
		"a wrapped Code":       {fmt.Errorf("web: %w", NotFound), NotFound, 0},
		"the outermost code":   {Wrap(ProviderRejected, New(LoginExpired)), ProviderRejected, 0},
		"a wait of its own":    {&Error{Code: ProviderRateLimited, RetryAfter: time.Hour}, ProviderRateLimited, time.Hour},
		"among joined errors":  {errors.Join(io.EOF, New(JoinGone)), JoinGone, 0},
		"an unknown error":     {io.EOF, Internal, 0},
		"an unknown code":      {New("no.such_code"), Internal, 0},
		"an unknown bare code": {Code("x"), Internal, 0},
		"nil":                  {nil, Internal, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := From(c.err)
			if p.Code != c.want || p.RetryAfter != c.wait || p.Err != c.err {
				t.Errorf("%s, wait %v, err %v", p.Code, p.RetryAfter, p.Err)
			}
		})
	}
}

// OP-09: of any error, a program learns the code's own words and the request id.
func TestOP09_NoErrorTextReachesTheReader(t *testing.T) {
	secret := `pq: syntax error at "SELECT" in /srv/store.go:12 v1.2.3 KOE010 provider said <b>no</b>`
	for _, err := range []error{
		errors.New(secret),
		Wrap(StoreUnavailable, errors.New(secret)),
		ofKakao("KOE010", errors.New(secret)),
		New(Code(secret)),
	} {
		w := httptest.NewRecorder()
		From(err).Write(w, Instance{Lang: i18n.En, Words: Words{Service: "Playground", RequestID: "r-1"}})
		if body := w.Body.String(); strings.Contains(body, "SELECT") || strings.Contains(body, ".go") ||
			strings.Contains(body, "said") {
			t.Errorf("%s", body)
		}
	}
}

func TestWrite(t *testing.T) {
	w := httptest.NewRecorder()
	err := &Error{Code: LoginNavigate, Location: "/oauth/kakao?return_to=%2F"}
	From(
		err,
	).Write(w, Instance{Lang: i18n.En, Words: Words{Service: "Playground", RequestID: "r-1"}, LoginURL: "/auth/login"})
	var got Body
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := Body{
		Type:  typeBase + "login-navigate",
		Title: "Navigate to sign in", Status: 400,
		Detail: `This address can't be fetched. Navigate, do not fetch: location.href = "/oauth/kakao?return_to=%2F"`,
		Code:   LoginNavigate, RequestID: "r-1", LoginURL: "/auth/login", Location: "/oauth/kakao?return_to=%2F",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, value := range map[string]string{
		"Content-Type": "application/problem+json", "Content-Language": "en", "Cache-Control": "no-store",
		"X-Content-Type-Options": "nosniff", "Retry-After": "",
	} {
		if h := w.Result().Header.Get(name); h != value {
			t.Errorf("%s: %q, want %q", name, h, value)
		}
	}
	if w.Code != 400 {
		t.Errorf("status %d", w.Code)
	}
}

func TestWriteSaysWhenToComeBack(t *testing.T) {
	w := httptest.NewRecorder()
	From(&Error{Code: ProviderRateLimited, RetryAfter: 90*time.Second + 1}).Write(w, Instance{})
	if h := w.Result().Header.Get("Retry-After"); h != "91" {
		t.Errorf("Retry-After: %q", h)
	}
	if !strings.Contains(w.Body.String(), "2분쯤") {
		t.Errorf("%s", w.Body)
	}
	if h := w.Result().Header.Get("Content-Language"); h != "ko" {
		t.Errorf("Content-Language: %q", h)
	}
	// Only a caller that can sign in learns how.
	if strings.Contains(w.Body.String(), "login_url") {
		t.Errorf("%s", w.Body)
	}
}

func TestHintIsForProviderCodesOnly(t *testing.T) {
	if h := From(ofKakao("KOE006", nil)).Hint(i18n.En); !strings.Contains(h, "redirect_uri") {
		t.Errorf("KOE006: %q", h)
	}
	for _, c := range []Code{Internal, ProviderRejected, "provider.KOE999"} {
		if h := Of(c).Hint(i18n.Ko); h != "" {
			t.Errorf("%s: %q", c, h)
		}
	}
}

func TestUserActionSaysWhatToDo(t *testing.T) {
	p := From(ofKakao("-103", nil))
	if p.Status != 403 || p.Owner != User || p.Level != quiet {
		t.Errorf("%d %s %s", p.Status, p.Owner, p.Level)
	}
	if d := p.Detail(i18n.En, Words{}); !strings.Contains(d, "dormant") {
		t.Errorf("%q", d)
	}
}

// ofKakao is the problem of a call that Kakao refused with a code.
func ofKakao(code string, err error) error {
	return Rejected(&provider.Error{Provider: "kakao", Code: code, Explanation: kakao.Explain(code)}, err)
}

func TestRecordedCodesAreRestored(t *testing.T) {
	for stored, want := range map[Code]Code{
		"login.expired": LoginExpired, "provider.unavailable": ProviderUnavailable, "provider.KOE320": "provider.KOE320",
		// Stored by earlier versions.
		"kakao.unavailable": ProviderUnavailable, "kakao.KOE320": "provider.KOE320", "kakao.-401": "provider.-401",
		"naver.unavailable": Internal, "nonsense": Internal,
	} {
		p := From(Recorded(&kakao.Provider{}, stored, io.EOF))
		if p.Code != want || p.Provider != "kakao" {
			t.Errorf("%s: %s at %q", stored, p.Code, p.Provider)
		}
		if explained := p.Hint(i18n.En) != ""; explained != (want == "provider.KOE320" || want == "provider.-401") {
			t.Errorf("%s: hint %q", stored, p.Hint(i18n.En))
		}
	}
}

func TestFailuresAtAProvider(t *testing.T) {
	for kind, want := range map[provider.Kind]Code{
		provider.Cancelled: LoginCancelled, provider.UnderAge: LoginUnderAge, provider.InteractionNeeded: LoginInteraction,
		provider.RateLimited: ProviderRateLimited, provider.Unavailable: ProviderUnavailable,
		provider.InvalidAnswer: ProviderInvalidAnswer, provider.ClockSkew: ProviderClock,
		provider.Unknown:       LoginProviderError,
		provider.Misconfigured: ProviderRejected, provider.CodeSpent: ProviderRejected,
	} {
		p := From(
			FromProvider(fmt.Errorf("sign in: %w", &provider.Error{Provider: "naver", Kind: kind, RetryAfter: time.Hour})),
		)
		if p.Code != want || p.Provider != "naver" || p.RetryAfter != time.Hour {
			t.Errorf("%d: %s at %q, wait %v", kind, p.Code, p.Provider, p.RetryAfter)
		}
	}
	if p := From(FromProvider(io.EOF)); p.Code != Internal {
		t.Errorf("an error that is not the provider's: %s", p.Code)
	}
}

func TestNamedNamesTheProviderOnce(t *testing.T) {
	t.Parallel()
	plain := errors.New("disk")
	for _, c := range []struct {
		err      error
		provider string
		text     string
	}{
		{LinkOwned, "line", "link.owned: link.owned"},
		{fmt.Errorf("finish: %w", LinkOwned), "line", "link.owned: finish: link.owned"},
		{New(LoginOtherAccount), "line", "login.other_account"},
		{fmt.Errorf("finish: %w", New(LoginOtherAccount)), "line", "login.other_account: finish: login.other_account"},
		{At("naver", LoginNotFresh, plain), "naver", "login.not_fresh: disk"},
		{plain, "", "disk"},
	} {
		got := Named("line", c.err)
		if p := From(got); p.Provider != c.provider || p.Code != From(c.err).Code || got.Error() != c.text {
			t.Errorf("%v: provider %q, code %q, text %q", c.err, p.Provider, p.Code, got)
		}
	}
	if err := Named("line", nil); err != nil {
		t.Error(err)
	}
}
