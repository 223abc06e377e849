// Package appletest is an emulator of Sign in with Apple for development and tests: login pages, the POST back from
// another site, client secrets, tokens, revocation, server-to-server notices and the transfer of a team. It is as
// strict as the worst behaviour that Apple's documents or its users describe, and never imports package apple.
//
//	emu := appletest.Start(t)
//	team := emu.Team() // Team ID, key, client ids
//	emu.URL()          // in place of https://appleid.apple.com
//
// Issuer of ID tokens and audience of client secrets are https://appleid.apple.com, as at Apple, so that clients in
// which they are fixed work unchanged.
//
// What Apple does not document is our choice: a refresh token that is validated within a day of the exchange, or of the
// validation before, is answered 429; revoking a token ends the tokens of its client id, and the link when no client id
// has any left. Unlike Apple, the emulator accepts return URLs on localhost and shows a note about it on its pages. It
// has no authentication: never expose it to the internet.
package appletest
