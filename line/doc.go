// Package line is a client of LINE Login v2.1: authorize address, tokens, ID tokens, profile and deauthorization. It
// works without norang's service.
//
// Peculiarities of LINE, and how this package handles them:
//
//   - ID tokens of web logins are signed HS256 with the channel secret, those of the SDKs ES256, while the discovery
//     document names ES256 alone. The caller knows where a token came from: [Client.VerifyIDToken] is for the first
//     kind, [Client.VerifyNativeIDToken] for the second, and neither trusts the algorithm in the token's header.
//   - The e-mail address is in the ID token only, without a flag that it is verified. The scope of an answer never
//     names it.
//   - A refresh returns the same refresh token, which expires 90 days after the login even if it is used
//     ([RefreshLife]). Afterwards only the user can end the link.
//   - [Client.Revoke] ends an access token and not the link. [Client.Deauthorize] ends the link, and needs a token of
//     the channel and one of the user. LINE requires that call when a user withdraws.
//   - Errors of the authorize page are written in capitals (ACCESS_DENIED): they are compared without case.
//   - The LINE app may come back in another browser, or with a state of its own. [AuthorizeRequest.DisableAutoLogin]
//     prevents both.
//   - User ids are per provider of LINE's console, which groups channels. A channel can never change its provider.
//
// Source: LINE, "LINE Login v2.1 API reference" and the guides of LINE Login (2026). Nothing here was checked against
// the live service; docs/line.md lists what LINE does not document.
package line
