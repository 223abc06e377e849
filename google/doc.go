// Package google is a client of Google's sign-in (OpenID Connect): authorize address, tokens, ID tokens, revocation and
// the security event tokens of Cross-Account Protection (RISC). It needs nothing else of this module's service.
//
// What surprises at Google, and what this package does about it:
//
//   - A refresh token comes with the first consent only, and again with [PromptConsent]: [Token.RefreshToken] is empty
//     otherwise. Keep the one you have. A refresh answer has none either: [Client.Refresh] returns the given one.
//   - The 101st refresh token of an account and client kills the first, without notice. A dead one is
//     [ErrRefreshTokenInvalid].
//   - iss is written in two ways in ID tokens, and in a third in security event tokens.
//   - prompt=login and max_age are accepted and do nothing: no sign-in proves that the user was just there.
//   - email_verified alone says little: [IDToken.EmailAuthoritative] says whether Google vouches for the address.
//   - Security event tokens are not refused because of a past exp.
//   - Revoking a token that is dead is an error at Google and a success of [Client.Revoke].
//   - Google does not sign users in inside the web views of apps: see package errcode, disallowed_useragent.
//
// A user is [IDToken.Subject] and nothing else: addresses change and are given to others.
//
// Source: Google, "OpenID Connect", "Using OAuth 2.0 for Web Server Applications", "Cross-Account Protection" (2026).
// Nothing here was checked against the live service; docs/google.md lists what Google does not document.
package google
