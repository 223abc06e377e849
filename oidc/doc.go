// Package oidc is a client of any OpenID Connect provider that publishes a discovery document: Keycloak, Entra ID,
// Okta, Auth0, Cognito, Zitadel and others. It works without norang's service.
//
// Differences between vendors, and how this package handles them:
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
//   - A logout token is refused as an ID token and an ID token as a logout token, although both are signed with the
//     same keys.
//
// Identify users by issuer and [IDToken.Subject] only. At some providers, such as Entra, the subject differs by client.
//
// Source: OpenID Connect Core, Discovery, RP-Initiated Logout and Back-Channel Logout 1.0; RFC 6749, 7009, 7636, 9207.
package oidc
