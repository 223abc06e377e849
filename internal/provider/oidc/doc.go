// Package oidc is any OpenID Connect provider: it translates package oidc into the neutral types of package provider.
// A service may have several, each with a name of its own.
package oidc
