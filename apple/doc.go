// Package apple is a client of Sign in with Apple: authorize address, POST callback, client secret, tokens, ID tokens,
// revocation and server-to-server notices. It works without norang's service.
//
// Peculiarities of Apple, and how this package handles them:
//
//   - The client secret is a JWT that the service signs with a key from the console (.p8). [Client] signs one for each
//     call, valid for an hour, so no secret ever expires in production.
//   - Issuer and endpoints are fixed. Apple's discovery document has once changed its issuer while tokens kept the
//     old one.
//   - The answer is a POST from another site: a SameSite=Lax cookie does not come with it. Answer it with a 303 to a
//     GET of your own, which has the cookie, and check the state there.
//   - The name comes once, at the first authorization of a user for a team, unsigned and through the browser:
//     [ParseUser]. Keep it before anything can fail. The e-mail address next to it proves nothing: use that of the ID
//     token.
//   - A user who cancels causes user_cancelled_authorize, not access_denied.
//   - A subject is the same for all apps of a team, and another one after a transfer to another team.
//   - Tokens of the web are issued to the Services ID, those of apps to the bundle id, and work only with that client
//     id.
//   - email_verified and is_private_email are text or boolean. Both are read.
//   - The revocation of any text is answered 200: success does not prove that the link has ended.
//   - Notices contain the event as text or as an object, times in seconds or milliseconds, and one of two names for the
//     deletion of an account. All are accepted.
//
// Source: Apple's documentation (Sign in with Apple REST API, 2026). Nothing here was checked against the live service;
// docs/apple.md lists what Apple does not document.
package apple
