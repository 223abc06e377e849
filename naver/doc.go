// Package naver is a client of Naver Login (네이버 로그인): authorize address, tokens, profile, revocation and the unlink
// notice. It works without norang's service.
//
// Naver has two sets of endpoints, and a code or token of one is not known to work in the other. Without
// [Config.OpenID] a [Client] uses the OAuth 2.0 set (/oauth2.0/…), with it the OpenID Connect set (/oauth2/…), in all
// calls alike. Only the second has PKCE and ID tokens; only the first documents the revocation of its tokens.
//
// Peculiarities of Naver, and how this package handles them:
//
//   - expires_in is text ("3600"). Text and number are accepted.
//   - A refresh answer has no refresh token: [Client.Refresh] returns the given one.
//   - Status 200 alone does not mean success: a profile also needs resultcode "00" and an id.
//   - Errors have three forms of JSON: all become an [*Error] with the same code.
//   - The nickname of a user who set none is the masked login id (ab***): [User.Nickname] is then "".
//   - No address is verified: [User.Email] is a contact address that proves nothing.
//   - Unlinking needs a token of the user ([Client.Revoke]), and Naver answers an invalid one like a valid one.
//   - No answer names the application that a token belongs to. Only [User.ID], which is per application, tells users
//     of other applications apart: never find a user by anything else.
//
// Source: Naver's developer guide (네이버 로그인 개발가이드, API 명세, 2026). Nothing here was checked against the live
// service; docs/naver.md lists what Naver does not document.
package naver
