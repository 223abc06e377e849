package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// No parameter of the start makes the provider's client fail, which would be a problem on our side that any stranger
// can cause. "none" with another word is an error at every provider (OpenID Connect Core 3.1.2.1).
func TestStartRefusesUnusualParametersAtEveryProvider(t *testing.T) {
	t.Parallel()
	w, all := newWorldOfAll(t)
	for _, j := range all {
		b := w.browser()
		start := func(name, value string) int {
			w.clock.advance(oneDay) // no limit on the number of starts
			return b.get("/oauth/" + j.name + "?" + url.Values{name: {value}}.Encode()).StatusCode
		}
		for _, prompt := range []string{
			"login none", "none login", "none create", "select_account none", "none,login", "create,none", "none none", "foo",
		} {
			if got := start("prompt", prompt); got != http.StatusBadRequest {
				t.Errorf("%s: prompt %q: %d, want 400", j.name, prompt, got)
			}
		}
		for name, values := range map[string][]string{
			"prompt": {
				"", " ", ",", "none", "none ", "login", "create", "select_account", "login create", "create login",
				"login select_account create", "consent", "cert", "NONE", "\xff", "\x00",
			},
			"login_hint": {
				"", " ", "\xff\xfe", "가나다", strings.Repeat("가", 84), strings.Repeat("a", 255), "a\r\nb", "\u202e", "a,b c",
			},
			"scope":      {"", " ", "openid", "openid openid", "a,b", "\xff", "account_email", strings.Repeat("x", 2000)},
			"ui_locales": {"ko", "\xff", strings.Repeat("ko ", 400)},
			"remember":   {"\xff", "x"},
			"return_to":  {"\xff", "//evil.test", strings.Repeat("/a", 2000)},
		} {
			for _, value := range values {
				if got := start(name, value); got != http.StatusSeeOther && got != http.StatusBadRequest {
					t.Errorf("%s: %s %.40q: %d, want 303 or 400", j.name, name, value, got)
				}
			}
		}
	}
	if strings.Contains(w.log.String(), "level=ERROR") {
		t.Errorf("log: %s", w.log.String())
	}
}
