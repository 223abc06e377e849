// Package google is a client of Google's sign-in (OpenID Connect): authorize address, tokens, ID tokens, revocation and
// the security event tokens of Cross-Account Protection (RISC). It works without norang's service.
//
// Peculiarities of Google, and how this package handles them:
//
//   - A refresh token comes with the first consent only, and again with [PromptConsent]: [Token.RefreshToken] is empty
//     otherwise. Keep the one you have. A refresh answer has none either: [Client.Refresh] returns the given one.
//   - The 101st refresh token of an account and client revokes the first, without notice. Using that one is
//     [ErrRefreshTokenInvalid].
//   - ID tokens have one of two spellings of iss, security event tokens a third. Each is accepted only where Google
//     uses it.
//   - prompt=login and max_age are accepted and ignored: no sign-in proves that the user has just authenticated.
//   - email_verified alone says little: [IDToken.EmailAuthoritative] says whether Google vouches for the address.
//   - Security event tokens are not refused because of a past exp.
//   - Google answers the revocation of an invalid token with an error. [Client.Revoke] treats it as success.
//   - Google does not sign users in inside the web views of apps: see package errcode, disallowed_useragent.
//
// Identify users by [IDToken.Subject] only: e-mail addresses change and are reassigned to other people.
//
// Source: Google, "OpenID Connect", "Using OAuth 2.0 for Web Server Applications", "Cross-Account Protection" (2026).
// Nothing here was checked against the live service; docs/google.md lists what Google does not document.
package google
