// Package failures owns the sign-ins that failed as operators find them: by the request id or the code that an error
// page showed, for seven days. It decides which are kept; the store keeps them.
//
// A failure names the time, the request, the problem code, the provider, the kind of browser and, if the sign-in got
// that far, the user. It holds no address, no state, no code and no token. A visitor without an attempt of this service
// leaves none.
package failures
