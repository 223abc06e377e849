// Package account owns users, the identities that prove who they are, and the policy that decides what a sign-in
// means ([Resolve]).
//
// It does not own sessions, joining or rows (packages session, join and store). It cannot find a user by nickname,
// e-mail address or phone number.
package account
