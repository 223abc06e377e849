package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestNewAddress is what docs/operating.md says about a new NORANG_URL: sessions of apps go on, and access tokens name
// the new issuer and have the same keys. The old host is not served any more, not even to webhooks.
func TestNewAddress(t *testing.T) {
	t.Parallel()
	w := newPhoneWorld(t, issuing)
	p := w.phone()
	nonce := p.nonce()
	p.send("id_token", p.sdk(w.kakao.App(), kakaotest.PersonaRyan, nonce).ID, "nonce", nonce)
	issued := func() (issuer, keys string) {
		t.Helper()
		a := p.call("POST", "/auth/token", url.Values{"audience": {"strict"}})
		var got struct {
			Token string `json:"access_token"`
		}
		if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.StatusCode != http.StatusOK {
			t.Fatalf("%v: %s %s", err, a.Status, a.body)
		}
		issuer, _ = claimsOf(t, got.Token)["iss"].(string)
		return issuer, p.call("GET", "/.well-known/jwks.json", nil).body
	}
	moved := func(host string) {
		w.restart(issuing, withKeys(w), func(c *app.Config) { c.URL = "https://" + host })
	}
	moved("old.example.test")
	issuer, keys := issued()
	if issuer != "https://old.example.test" {
		t.Errorf("issuer %q", issuer)
	}

	moved("new.example.test")
	if now, then := issued(); now != "https://new.example.test" || then != keys {
		t.Errorf("issuer %q, keys %s, before %s", now, then, keys)
	}

	w.host = "old.example.test"
	for _, r := range [][2]string{{"GET", "/auth/session"}, {"POST", unlinkHook}} {
		if a := p.call(r[0], r[1], nil); a.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s %s at the old host: %s", r[0], r[1], a.Status)
		}
	}
}
