// Package oidc is a client of any OpenID Connect provider that publishes a discovery document: Keycloak, Entra ID,
// Okta, Auth0, Cognito, Zitadel and others. It needs nothing else of this module's service.
//
// What the vendors do differently, and what this package does about it:
//
//   - The issuer of the discovery document has to equal [Config.Issuer] to the letter, with or without its trailing
//     slash; the error names the spelling that the document has.
//   - Entra's common endpoints have the issuer ".../{tenantid}/v2.0". They work with named [Config.Tenants] only; no
//     option turns the issuer check off.
//   - Algorithms are those of [Config.Algorithms], never those of a token or of the discovery document.
//   - email_verified counts if it is true; the text "true" counts with [Config.TextBooleans] only.
//   - The client authenticates by HTTP Basic with form-encoded id and secret if the discovery document does not say
//     otherwise.
//   - User information whose sub is another than that of the ID token is refused.
//   - A logout token is no ID token and the reverse, although both are signed with the same keys.
//
// A user is the pair of issuer and [IDToken.Subject] and nothing else. Some providers, such as Entra, make the subject
// different for every client.
//
// Source: OpenID Connect Core, Discovery, RP-Initiated Logout and Back-Channel Logout 1.0; RFC 6749, 7009, 7636, 9207.
package oidc
