package kakaotest_test

import (
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/kakao"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestGoOIDC logs in with coreos/go-oidc by discovery.
func TestGoOIDC(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	provider, err := oidc.NewProvider(t.Context(), emu.Issuer())
	if err != nil {
		t.Fatal(err)
	}
	app := emu.App()
	cfg := oauth2.Config{ClientID: app.RESTKey, ClientSecret: app.ClientSecret, RedirectURL: callback,
		Endpoint: provider.Endpoint()}
	verifier := oauth2.GenerateVerifier()
	l := newVisitor(t, emu).do(mustGet(t, cfg.AuthCodeURL("s", oidc.Nonce("n-1"),
		oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("login_hint", kakaotest.PersonaRyan))))
	if l.back == nil {
		t.Fatalf("no way back: %d %s", l.status, l.body)
	}
	tok, err := cfg.Exchange(t.Context(), l.back.Query().Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := tok.Extra("id_token").(string)
	id, err := provider.Verifier(&oidc.Config{ClientID: app.RESTKey}).Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if id.Nonce != "n-1" || id.Subject != "3141592601" {
		t.Errorf("nonce %q, subject %q", id.Nonce, id.Subject)
	}
}

// TestXOAuth2Kakao logs in with the Kakao endpoint of golang.org/x/oauth2 on the emulator's host. The library tries
// HTTP Basic first; Kakao answers KOE101 [null] without using up the code, and the library's second request succeeds.
func TestXOAuth2Kakao(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	app := emu.App()
	e := kakao.Endpoint
	e.AuthURL, e.TokenURL = emu.URL()+pathOf(t, e.AuthURL), emu.URL()+pathOf(t, e.TokenURL)
	cfg := oauth2.Config{ClientID: app.RESTKey, ClientSecret: app.ClientSecret, RedirectURL: callback, Endpoint: e}
	l := newVisitor(t, emu).do(mustGet(t, cfg.AuthCodeURL("s",
		oauth2.SetAuthURLParam("login_hint", kakaotest.PersonaRyan))))
	tok, err := cfg.Exchange(t.Context(), l.back.Query().Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	if tok.TokenType != "bearer" || tok.RefreshToken == "" {
		t.Errorf("token %+v", tok.TokenType)
	}
	var basic bool
	for _, r := range emu.Requests() {
		basic = basic || r.Auth == "Basic" && r.Code == "KOE101" && r.Hint != ""
	}
	if !basic {
		t.Error("the log does not explain the attempt by HTTP Basic")
	}
}
