// Package accesstoken issues access tokens for the app's APIs: JSON Web Tokens (RFC 7519) signed with ES256, which any
// library verifies with the issuer's URL and an audience. The assertion that verify can add to the identity headers is
// such a token as well.
package accesstoken
