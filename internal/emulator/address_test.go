package emulator

import (
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
			return c.WrongAddress(banner, Text{"오류", "Error"}, alert, c.Get("redirect_uri"), known)
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
