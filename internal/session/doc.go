// Package session owns sessions: the token in the cookie, its key in the store, the two limits (idle and absolute),
// the cache in front of the store, and the feed by which every process learns within a second what another one ended.
//
// It does not own cookies (package web), users (package account) or the sign-in (package login).
package session
