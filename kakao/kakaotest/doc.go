// Package kakaotest is a Kakao emulator: the authorization server (kauth), the API server (kapi), their pages and their
// webhooks, for development and tests of any service that offers Kakao login.
//
// # Two lines in a Go test
//
//	emu := kakaotest.Start(t)
//	emu.AddRedirectURI("http://127.0.0.1:8080/oauth/kakao/callback")
//
// Give the service under test [Server.URL] in place of https://kauth.kakao.com and https://kapi.kakao.com; everything
// else is as with Kakao. A login_hint with a persona id ([PersonaRyan], [PersonaNoEmail], …) selects who logs in;
// [App.Auto] approves without pages.
//
// # Scope
//
// The package implements every endpoint, parameter, error code and known quirk that Kakao documents for Kakao Login. It
// never imports the client in package kakao, so that a wrong field name fails a test and cannot be wrong on both sides.
// docs/emulator.md lists its choices where Kakao's documents are silent.
//
// State is in memory. Signing keys, tokens and codes are new at each start; app keys (prefix "emu"), persona ids and
// user ids are the same. The emulator is deterministic: a fault happens only when a [Scenario] or a seeded [Chaos] asks
// for it. It listens on loopback only unless configured otherwise.
package kakaotest
