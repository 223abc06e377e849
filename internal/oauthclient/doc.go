// Package oauthclient is what the clients of several identity providers share: one request with its limits, the
// circuit breaker of a host, and checks of untrusted text. It knows no provider and no endpoint.
package oauthclient
