// Package linetest is an emulator of LINE Login v2.1 for development and tests: login and consent pages, tokens, ID
// tokens, profile and deauthorization. It is as strict as the worst behaviour that LINE's documents or its users
// describe, and never imports package line: both are held to line/testdata.
//
//	emu := linetest.Start(t)
//	channel := emu.Channel() // id and secret
//	emu.URL()                // in place of https://access.line.me and https://api.line.me
//
// ID tokens of web logins are signed HS256 with the channel secret, while the discovery document names ES256 alone;
// [Server.NativeTokens] makes those of an SDK, signed ES256. Errors of the authorize page are in capitals. The refresh
// token stays the same and ends after 90 days. scope never names email, and no answer but the ID token has it.
//
// What LINE does not document is our choice: email without its permission is INVALID_SCOPE, a refresh ends the former
// access token, and the API answers a dead token 401 with a message. What clients are known to do
// although LINE does not document it is accepted; [Switches].Strict refuses it. Anyone can log in as anyone: never let
// the internet reach it.
package linetest
