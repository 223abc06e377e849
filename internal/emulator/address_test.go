package emulator

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A page about an address that is not registered shows it and those that are, in both languages and in the log.
func TestUnregisteredAddressIsShownWithTheRegisteredOnes(t *testing.T) {
	t.Parallel()
	alert := Text{"등록하지 않은 주소입니다.", "The address is not registered."}
	s := sample(t, func(c *Config) {
		c.Endpoints[1].Answer = func(c *Call) Answer {
			known := []string{"http://a/1", "http://a/2"}
			return c.WrongAddress(banner, Text{"오류", "Error"}, alert, c.Get("redirect_uri"), known, "register")
		}
	})
	for lang, words := range map[string][]string{
		"ko": {"보낸 주소", "등록한 주소", alert[0]}, "en": {"Sent address", "Registered addresses", alert[1]},
	} {
		got := do(s, "GET", "/authorize?redirect_uri=http://a/%3Cb%3E&lang="+lang, "", "")
		words = append(words, "<code>http://a/&lt;b&gt;</code>", "<code>http://a/1</code>", "<code>http://a/2</code>")
		for _, want := range words {
			if got.Code != 400 || !strings.Contains(got.Body.String(), want) {
				t.Errorf("%s: %d, no %q in %s", lang, got.Code, want, got.Body)
			}
		}
	}
	const why = "The address is not registered. Sent: http://a/<b>. Registered: http://a/1, http://a/2"
	const whyKO = "등록하지 않은 주소입니다. 보낸 주소: http://a/<b>. 등록한 주소: http://a/1, http://a/2"
	if r := s.Requests(); len(r) != 2 || r[0].Why != why || r[0].WhyKO != whyKO || r[0].Code != "page" {
		t.Errorf("%+v", r)
	}
}

// The button of that page registers the address and repeats the request, and nothing else.
func TestUnregisteredAddressIsRegisteredByAButton(t *testing.T) {
	t.Parallel()
	var known []string
	s := sample(t, func(c *Config) {
		c.Registers = map[string]Register{"register": func(_ *http.Request, refused url.Values) error {
			if refused.Get("redirect_uri") == "http://b" {
				return Errorf("받지 않는 주소입니다", "no such address")
			}
			known = AppendNew(known, refused.Get("redirect_uri"))
			return nil
		}}
		c.Endpoints[1].Answer = func(c *Call) Answer {
			if slices.Contains(known, c.Get("redirect_uri")) {
				return JSON(http.StatusOK, c.Form)
			}
			return c.WrongAddress(banner, banner, banner, c.Get("redirect_uri"), known, "register")
		}
	})
	const request = "/authorize?redirect_uri=http%3A%2F%2Fa%2F1&state=a%26b"
	page := do(s, "GET", request, "", "").Body.String()
	m := regexp.MustCompile(`action="([^"]+)"><input type="hidden" name="back" value="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatal(page)
	}
	press := func(action, back string) *httptest.ResponseRecorder {
		return do(s, "POST", action, formType, url.Values{"back": {back}}.Encode())
	}
	back := html.UnescapeString(m[2])
	for range 2 { // also pressed twice
		got := press(m[1], back)
		if got.Code != http.StatusSeeOther || got.Header().Get("Location") != back || len(known) != 1 {
			t.Errorf("%d, %v, known %v", got.Code, got.Header(), known)
		}
	}
	if got := do(s, "GET", back, "", ""); got.Code != 200 || !strings.Contains(got.Body.String(), `"state":["a\u0026b"]`) {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	const none = "Sent: http://a/1. Registered: none"
	if r := s.Requests(); len(r) == 0 || !strings.HasSuffix(r[0].Why, none) || !strings.HasSuffix(r[0].WhyKO, "없음") {
		t.Errorf("%+v", r)
	}
	for back, want := range map[string]string{
		"/authorize?redirect_uri=http://b": "받지 않는 주소입니다", "https://evil.example/?redirect_uri=http://a/2": "malformed",
		"//evil.example/?redirect_uri=http://a/2": "malformed", "": "malformed", "a": "malformed",
	} {
		got := press("/-/register", back)
		if got.Code != http.StatusBadRequest || !strings.Contains(got.Body.String(), want) || len(known) != 1 {
			t.Errorf("%s: %d %s, known %v", back, got.Code, got.Body, known)
		}
	}
	for _, sent := range []string{"", "callback", "%zz"} {
		got := do(s, "GET", "/authorize?"+url.Values{"redirect_uri": {sent}}.Encode(), "", "").Body.String()
		if strings.Contains(got, "<form") {
			t.Errorf("%q: a button in %s", sent, got)
		}
	}
}

// A key verifies what it signed, and nothing else.
func TestKeysVerifyWhatTheySigned(t *testing.T) {
	t.Parallel()
	keys := []*Key{RSAKey("verify/1"), ECKey("verify/1"), RSAKey("verify/2"), ECKey("verify/2")}
	for i, signer := range keys {
		token := signer.Sign(nil, map[string]any{"sub": "u1"})
		changed := strings.Replace(token, ".", ".e", 1)
		for j, k := range keys {
			if k.Verify(token) != (i == j) || k.Verify(changed) || k.Verify("") || k.Verify("a.b.c") {
				t.Errorf("token of key %d at key %d", i, j)
			}
		}
	}
}
