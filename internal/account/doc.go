// Package account owns who a person is here: the user, the identities that prove who they are, and the one policy
// that decides what a sign-in means ([Resolve]).
//
// It does not own sessions (package session), what is asked before a person joins (package member), or rows (package
// store). It never looks anybody up by nickname, e-mail or phone number, and offers no function with which that could
// be done.
package account
