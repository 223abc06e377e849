package googletest_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/norang-login/norang/google/googletest"
)

// TestGoOIDC signs in with coreos/go-oidc by discovery. It verifies the ID token with the second of two keys.
func TestGoOIDC(t *testing.T) {
	t.Parallel()
	const back = "http://localhost:5000/callback"
	emu := googletest.StartWith(t, googletest.Config{App: googletest.App{RedirectURIs: []string{back}, Auto: true}})
	provider, err := oidc.NewProvider(t.Context(), emu.URL())
	if err != nil {
		t.Fatal(err)
	}
	app := emu.App()
	cfg := oauth2.Config{
		ClientID: app.ClientID, ClientSecret: app.ClientSecret, RedirectURL: back, Endpoint: provider.Endpoint(),
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
	verifier := oauth2.GenerateVerifier()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Get(cfg.AuthCodeURL("s", oidc.Nonce("n-1"), oauth2.S256ChallengeOption(verifier),
		oauth2.AccessTypeOffline))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	location, err := url.Parse(res.Header.Get("Location"))
	if err != nil || location.Query().Get("state") != "s" {
		t.Fatalf("%s to %s", res.Status, location)
	}
	tok, err := cfg.Exchange(t.Context(), location.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := tok.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: app.ClientID}).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := id.VerifyAccessToken(tok.AccessToken); err != nil {
		t.Error(err)
	}
	if id.Nonce != "n-1" || id.Subject != emu.Subject(googletest.PersonaMinji) || tok.RefreshToken == "" {
		t.Errorf("nonce %q, subject %q, refresh token %v", id.Nonce, id.Subject, tok.RefreshToken != "")
	}
	info, err := provider.UserInfo(t.Context(), oauth2.StaticTokenSource(tok))
	if err != nil || info.Subject != id.Subject || info.Email != "minji.emu@gmail.com" || !info.EmailVerified {
		t.Errorf("userinfo: %+v, %v", info, err)
	}
	again, err := cfg.TokenSource(t.Context(), &oauth2.Token{RefreshToken: tok.RefreshToken}).Token()
	if err != nil || again.AccessToken == tok.AccessToken {
		t.Errorf("refresh: %v", err)
	}
}
