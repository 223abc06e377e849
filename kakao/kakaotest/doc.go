// Package kakaotest is a Kakao that runs on your own machine: the authorization server (kauth), the API server (kapi),
// their pages and their webhooks, for development and for tests of any service that offers Kakao login.
//
// # Two lines in a Go test
//
//	emu := kakaotest.Start(t)
//	emu.AddRedirectURI("http://127.0.0.1:8080/oauth/kakao/callback")
//
// The service under test is pointed at [Server.URL] in place of https://kauth.kakao.com and https://kapi.kakao.com;
// everything else stays as it is with Kakao. A login_hint that equals a persona id ([PersonaRyan], [PersonaNoEmail], …)
// picks who logs in; [App.Auto] approves without pages.
//
// # What it owns
//
// Every endpoint, parameter, error code and known quirk of Kakao Login's documents, in their order of checks, with wire
// structs of its own, written from those documents. It never imports the client in package kakao: a wrong field name
// has to fail a test, not to be wrong on both sides.
//
// # What it does not do
//
// It keeps nothing: state is in memory and gone with the process; signing keys, tokens and codes are new at each start,
// while app keys (prefix "emu"), persona ids and user numbers stay the same. It is strict by default and deterministic:
// a fault happens only when a [Scenario] or a seeded [Chaos] asks for it. It is no place for anybody's real data, and it
// does not listen beyond loopback unless that is asked for by name.
// What it had to choose because Kakao's documents are silent is listed in docs/emulator.md.
package kakaotest
