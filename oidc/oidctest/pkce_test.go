package oidctest_test

import (
	"maps"
	"net/http"
	"net/url"
	"testing"

	"golang.org/x/oauth2"

	"github.com/norang-login/norang/oidc/oidctest"
)

// PKCE is optional as at most providers, unless the client is registered with it. A code is bound to what was sent.
func TestPKCEIsOptionalUnlessRequired(t *testing.T) {
	t.Parallel()
	const back = "http://localhost:5000/callback"
	verifier := oauth2.GenerateVerifier()
	challenge := map[string]string{
		"code_challenge": oauth2.S256ChallengeFromVerifier(verifier), "code_challenge_method": "S256",
	}
	for name, tc := range map[string]struct {
		required bool
		sent     map[string]string
		verifier string
		issued   bool // a code
		status   int  // of the token endpoint
	}{
		"without":              {false, nil, "", true, 200},
		"verifier alone":       {false, nil, verifier, true, 400},
		"both":                 {true, challenge, verifier, true, 200},
		"challenge alone":      {false, challenge, "", true, 400},
		"wrong verifier":       {false, challenge, verifier + "x", true, 400},
		"plain":                {false, map[string]string{"code_challenge": verifier}, "", false, 0},
		"required and missing": {true, nil, "", false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			emu := oidctest.StartWith(t, oidctest.Config{App: oidctest.App{
				RedirectURIs: []string{back}, Switches: oidctest.Switches{RequirePKCE: tc.required},
			}})
			params := map[string]string{"scope": "openid"}
			maps.Copy(params, tc.sent)
			got, err := emu.Approve(oidctest.Approval{Params: params})
			if err != nil || (got.Code != "") != tc.issued || !tc.issued && got.Error != "invalid_request" {
				t.Fatalf("%+v, %v", got, err)
			}
			if !tc.issued {
				return
			}
			form := url.Values{
				"grant_type": {"authorization_code"}, "code": {got.Code}, "redirect_uri": {back},
				"client_id": {emu.App().ClientID}, "client_secret": {emu.App().ClientSecret},
			}
			if tc.verifier != "" {
				form.Set("code_verifier", tc.verifier)
			}
			res, err := http.PostForm(emu.URL()+"/token", form)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != tc.status {
				t.Errorf("%d, want %d", res.StatusCode, tc.status)
			}
		})
	}
}

// The code and the secret must not be in an address (RFC 6749 sections 2.3.1 and 4.1.3).
func TestTokenRequestInTheQueryIsRefused(t *testing.T) {
	t.Parallel()
	const back = "http://localhost:5000/callback"
	emu := oidctest.StartWith(t, oidctest.Config{App: oidctest.App{RedirectURIs: []string{back}}})
	got, err := emu.Approve(oidctest.Approval{Params: map[string]string{"scope": "openid"}})
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {got.Code}, "redirect_uri": {back},
		"client_id": {emu.App().ClientID}, "client_secret": {emu.App().ClientSecret},
	}
	for _, tc := range []struct {
		query  string
		body   url.Values
		status int
	}{
		{form.Encode(), nil, 400}, {"client_secret=x", form, 400}, {"", form, 200},
	} {
		res, err := http.PostForm(emu.URL()+"/token?"+tc.query, tc.body)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != tc.status {
			t.Errorf("%s: %d, want %d", tc.query, res.StatusCode, tc.status)
		}
	}
}
