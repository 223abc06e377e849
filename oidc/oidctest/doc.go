// Package oidctest is an emulator of an OpenID Connect provider, for tests and development: discovery, authorize pages
// with a chooser of test accounts, tokens, user information, keys that rotate, revocation, RP-initiated sign-out and
// back-channel logout. It is as strict as the strictest vendor, and [Switches] make it deviate as one of them does.
//
//	emu := oidctest.StartWith(t, oidctest.Config{App: oidctest.App{RedirectURIs: []string{callback}}})
//	client, err := oidc.New(oidc.Config{Issuer: emu.Issuer(), ClientID: emu.App().ClientID, …})
//
// Anyone can sign in as anyone: never let the internet reach it.
package oidctest
