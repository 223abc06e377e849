// Package signin serves the way into a session and out of it: the sign-in page, the round trip to the provider, the
// callback, silent sign-in, joining, returning users and the sign-outs.
//
// [RoundTrips] starts every round trip, also for other features. What follows a callback is a table by the attempt's
// purpose, see [Outcome]; other features register their rows with [Feature.On].
package signin
