package oidctest_test

import (
	"net/http"
	"net/url"
	"testing"

	gooidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/norang-login/norang/oidc/oidctest"
)

// TestGoOIDC signs in with coreos/go-oidc by discovery, after the keys have changed.
func TestGoOIDC(t *testing.T) {
	t.Parallel()
	const back = "http://localhost:5000/callback"
	emu := oidctest.StartWith(t, oidctest.Config{App: oidctest.App{
		RedirectURIs: []string{back}, IssuerPath: "/realms/demo",
	}})
	emu.RotateKeys()
	p, err := gooidc.NewProvider(t.Context(), emu.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	app := emu.App()
	conf := oauth2.Config{
		ClientID: app.ClientID, ClientSecret: app.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: back,
		Scopes: []string{gooidc.ScopeOpenID, "email", gooidc.ScopeOfflineAccess},
	}
	verifier := oauth2.GenerateVerifier()
	if err := emu.UpdateApp(func(a *oidctest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	address := conf.AuthCodeURL("state-of-the-test", gooidc.Nonce("n-1"), oauth2.S256ChallengeOption(verifier))
	res, err := browser.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	to, err := url.Parse(res.Header.Get("Location"))
	if err != nil || to.Query().Get("state") != "state-of-the-test" {
		t.Fatalf("%s, %v", to, err)
	}
	token, err := conf.Exchange(t.Context(), to.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.Verifier(&gooidc.Config{ClientID: app.ClientID, Now: emu.Now}).Verify(t.Context(), raw)
	if err != nil || id.Nonce != "n-1" || id.Subject != emu.Subject(oidctest.PersonaJeju) {
		t.Fatalf("%+v, %v", id, err)
	}
	if err := id.VerifyAccessToken(token.AccessToken); err != nil {
		t.Error(err)
	}
	info, err := p.UserInfo(t.Context(), conf.TokenSource(t.Context(), token))
	if err != nil || info.Subject != id.Subject || info.Email != "jeju@example.com" || !info.EmailVerified {
		t.Errorf("%+v, %v", info, err)
	}
	token.Expiry = token.Expiry.AddDate(-1, 0, 0)
	if next, err := conf.TokenSource(t.Context(), token).Token(); err != nil || next.AccessToken == token.AccessToken {
		t.Errorf("refresh: %v, %v", next, err)
	}
}
