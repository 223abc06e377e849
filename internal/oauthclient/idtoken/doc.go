// Package idtoken verifies ID tokens, logout tokens and security event tokens for the clients of all providers: the
// format of signed tokens, a cache of signing keys, and the claims that OpenID Connect Core 3.1.3.7 wants checked. The
// algorithm follows from the configuration, never from a token. It knows no provider and makes no call of its own.
package idtoken
