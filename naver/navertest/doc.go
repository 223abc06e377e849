// Package navertest is an emulator of Naver Login (네이버 로그인) for development and tests: both sets of endpoints,
// login and consent pages, the profile, revocation and the unlink notice. It is as strict as the worst behaviour that
// Naver's documents or its users describe, and never imports package naver: both are held to naver/testdata.
//
//	emu := navertest.Start(t)
//	app := emu.App() // client id and secret
//	emu.URL()        // in place of https://nid.naver.com and https://openapi.naver.com
//
// What Naver does not document is our choice: codes live for 10 minutes, refresh tokens until they are revoked, codes
// and tokens of one set of endpoints are refused in the other, and no notice follows the service's own revocation. What
// clients are known to do although Naver's documents exclude it is accepted; [Switches].Strict refuses it.
// Anyone can log in as anyone: never let the internet reach it.
package navertest
