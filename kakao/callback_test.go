package kakao

import (
	"errors"
	"net/url"
	"strings"
	"testing"
)

func callbackFrom(t *testing.T, file string) (Callback, error) {
	t.Helper()
	q, err := url.ParseQuery(strings.TrimSpace(load(t, file).body))
	if err != nil {
		t.Fatal(err)
	}
	return ParseCallback(q)
}

func TestParseCallback(t *testing.T) {
	t.Parallel()
	cb, err := callbackFrom(t, "callback.txt")
	if err != nil || cb.Code != "Zk3b9yQm-WcodeOfOurOwnMaking_0123456789" || cb.State != "st-0123456789abcdef" {
		t.Errorf("%+v, %v", cb, err)
	}
	for file, kind := range map[string]CallbackKind{
		"callback_cancelled.txt":        Cancelled,
		"callback_under_age.txt":        UnderAge,
		"callback_login_required.txt":   LoginRequired,
		"callback_consent_required.txt": ConsentRequired, "callback_interaction_required.txt": InteractionRequired,
		"callback_unauthorized_client.txt": Blocked,
		"callback_server_error.txt":        Unavailable,
		"callback_invalid_scope.txt":       Misconfigured,
		"callback_unknown.txt":             OtherError,
	} {
		_, err := callbackFrom(t, file)
		var e *CallbackError
		if !errors.As(err, &e) || e.Kind != kind || e.State != "st-0123456789abcdef" || e.OAuthError == "" ||
			e.Description == "" {
			t.Errorf("%s: %#v", file, err)
		}
	}
}

func TestParseCallbackRejectsMalformedCallbacks(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64<<10)
	for name, q := range map[string]url.Values{
		"nothing":           {},
		"state only":        {"state": {"s"}},
		"empty code":        {"code": {""}, "state": {"s"}},
		"code and error":    {"code": {"c"}, "error": {"access_denied"}, "state": {"s"}},
		"two codes":         {"code": {"c", "d"}, "state": {"s"}},
		"same code twice":   {"code": {"c", "c"}, "state": {"s"}},
		"two states":        {"code": {"c"}, "state": {"s", "t"}},
		"two errors":        {"error": {"a", "b"}, "state": {"s"}},
		"two descriptions":  {"error": {"a"}, "error_description": {"b", "c"}, "state": {"s"}},
		"CI-10 code":        {"code": {long}, "state": {"s"}},
		"CI-10 state":       {"code": {"c"}, "state": {long}},
		"CI-10 error":       {"error": {long}, "state": {"s"}},
		"CI-10 description": {"error": {"a"}, "error_description": {long}, "state": {"s"}},
		"CI-09 controls":    {"code": {"\x00\r\n"}, "state": {"s"}},
		"space in code":     {"code": {"a b"}, "state": {"s"}},
		"not ASCII":         {"code": {"코드"}, "state": {"s"}},
		"CI-07 tokens":      {"access_token": {"X"}, "id_token": {"Y"}, "state": {"s"}},
		"other case":        {"CODE": {"c"}, "state": {"s"}},
	} {
		cb, err := ParseCallback(q)
		var e *CallbackError
		if !errors.As(err, &e) || e.Kind != Malformed || e.Problem == "" || cb != (Callback{}) {
			t.Errorf("%s: %+v, %v", name, cb, err)
		}
	}
}

func TestMX08_S19_CallbackOfAnotherIssuerIsRefused(t *testing.T) {
	t.Parallel()
	c, err := New(Config{ClientID: "rest-key"})
	if err != nil {
		t.Fatal(err)
	}
	for _, ok := range []url.Values{
		{"code": {"c"}, "state": {"s"}}, {"code": {"c"}, "state": {"s"}, "iss": {"https://kauth.kakao.com"}},
	} {
		if cb, err := c.ParseCallback(ok); err != nil || cb.State != "s" || cb.Code.Reveal() != "c" {
			t.Errorf("%v: %+v, %v", ok, cb, err)
		}
	}
	var e *CallbackError
	if _, err := c.ParseCallback(url.Values{
		"error": {"access_denied"}, "state": {"s"}, "iss": {"https://kauth.kakao.com"},
	}); !errors.As(err, &e) || e.Kind != Cancelled {
		t.Errorf("cancelled: %v", err)
	}
	for _, iss := range [][]string{
		{"https://evil.example"}, {"https://kauth.kakao.com/"}, {"https://KAUTH.kakao.com"}, {"http://kauth.kakao.com"},
		{""}, {"https://kauth.kakao.com", "https://evil.example"}, {strings.Repeat("x", 1<<16)},
	} {
		for name, q := range map[string]url.Values{
			"code": {"code": {"c"}, "state": {"s"}, "iss": iss}, "error": {"error": {"access_denied"}, "state": {"s"},
				"iss": iss},
		} {
			cb, err := c.ParseCallback(q)
			if !errors.As(err, &e) || e.Kind != Malformed || e.State != "s" || cb != (Callback{}) {
				t.Errorf("%s, iss %.30q: %+v, %v", name, iss, cb, err)
			}
		}
	}
}

// The error text contains nothing from the request, and the fields cannot forge a log line.
func TestLI01_CallbackErrorsCannotForgeLogLines(t *testing.T) {
	t.Parallel()
	_, err := ParseCallback(url.Values{
		"error":             {"x\r\nlevel=info msg=\"admin signed in\""},
		"error_description": {"a\u2028b\x1b[2Jc\u202ed\xff"},
		"state":             {"s"},
	})
	var e *CallbackError
	if !errors.As(err, &e) || strings.Contains(err.Error(), "admin") ||
		strings.ContainsAny(e.OAuthError+e.Description+err.Error(), "\r\n\x1b\u2028\u202e") {
		t.Errorf("%q %q %q", err, e.OAuthError, e.Description)
	}
}

func TestUnknownCallbackErrorsFailTheSignIn(t *testing.T) {
	t.Parallel()
	for _, word := range []string{
		"misconfigured", "unauthorized", "auto_login", "cancelled", "temporarily_unavailable", "%s%n",
		"ACCESS_DENIED", "null",
	} {
		if cb, err := ParseCallback(url.Values{"error": {word}}); err == nil || cb.Code != "" {
			t.Errorf("%s: %v", word, cb)
		}
	}
}
