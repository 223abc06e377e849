// Package session owns being signed in: the token in the cookie, its key in the store, the two limits (idle and
// absolute), the cache in front of the store, and the feed by which every process learns within a second what any of
// them ended.
//
// It does not own cookies (package web), nor who the person is (package account), nor the sign-in itself (package
// login, which mints the token and whose one transaction writes the row).
package session
