// Package errcode describes the error codes of OAuth 2.0 and OpenID Connect, and the most frequent codes of Entra ID:
// what each means and how to fix it, in Korean and English.
//
// Source: RFC 6749 sections 4.1.2.1 and 5.2, RFC 6750 section 3.1, OpenID Connect Core section 3.1.2.6, Microsoft's
// documentation of AADSTS codes.
package errcode
