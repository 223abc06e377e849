package kakaotest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestIDTokenHasOnlyVerifiedEmails: only a valid and verified e-mail is a claim. There is no email_verified.
func TestIDTokenHasOnlyVerifiedEmails(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	for persona, want := range map[string]any{"ryan": "ryan@example.com", "unverified-email": nil,
		"invalid-email": nil, "no-email": nil, "declines-optional": nil} {
		c := claims(t, login(t, emu, persona).text("id_token"))
		if c["email"] != want || c["email_verified"] != nil {
			t.Errorf("%s: %v", persona, c)
		}
	}
	for persona, want := range map[string]any{"ryan": true, "unverified-email": false, "invalid-email": false,
		"no-email": nil} {
		if r := api(t, emu, "GET", "/v1/oidc/userinfo", login(t, emu, persona).bearer(),
			nil); r.json["email_verified"] != want {
			t.Errorf("userinfo of %s: %s", persona, r.body)
		}
	}
}

// TestFaultyIDTokensFailVerification: with a real verifier, which accepts the unchanged token.
func TestFaultyIDTokensFailVerification(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	verify := func() error {
		provider, err := oidc.NewProvider(t.Context(), emu.Issuer())
		if err != nil {
			t.Fatal(err)
		}
		raw := login(t, emu, kakaotest.PersonaApeach).text("id_token")
		_, err = provider.Verifier(&oidc.Config{ClientID: emu.App().RESTKey}).Verify(t.Context(), raw)
		return err
	}
	if err := verify(); err != nil {
		t.Fatalf("the right token: %v", err)
	}
	for name, f := range map[string]*kakaotest.IDTokenFault{
		"alg none":        {Alg: "none"},
		"HS256":           {Alg: "HS256"},
		"other key":       {Key: "other"},
		"unknown kid":     {Key: "unknown"},
		"tampered":        {Tamper: true},
		"other audience":  {OtherAud: true},
		"expired":         {Expired: true},
		"no expiry":       {Remove: []string{"exp"}},
		"other issuer":    {Claims: map[string]any{"iss": "https://evil.test"}},
		"header replaced": {Header: map[string]any{"kid": "nobody"}},
		"no token at all": {Raw: "garbage"},
		"no algorithm":    {RemoveHeader: []string{"alg"}},
	} {
		script(t, emu, kakaotest.Scenario{Endpoint: "oauth/token", IDToken: f})
		if verify() == nil {
			t.Errorf("%s: the verifier accepted it", name)
		}
	}
	script(t, emu, kakaotest.Scenario{Endpoint: "oauth/token",
		IDToken: &kakaotest.IDTokenFault{Double: map[string]any{"sub": "1"}}})
	raw := login(t, emu, kakaotest.PersonaNoEmail).text("id_token")
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
	if err != nil || bytes.Count(payload, []byte(`"sub":`)) != 2 {
		t.Errorf("doubled claim: %s, %v", payload, err)
	}
}

func TestKeyRotation(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	before := api(t, emu, "GET", "/.well-known/jwks.json", "", nil).body
	script(t, emu, kakaotest.Scenario{Endpoint: "oauth/token", RotateKeys: true})
	raw := login(t, emu, kakaotest.PersonaRyan).text("id_token")
	var head struct{ Kid string }
	b, _ := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[0])
	if err := json.Unmarshal(b, &head); err != nil {
		t.Fatal(err)
	}
	after := api(t, emu, "GET", "/.well-known/jwks.json", "", nil).body
	if before == after || !strings.Contains(after, head.Kid) {
		t.Error("the keys were not rotated, or the signing one is not published")
	}
}
