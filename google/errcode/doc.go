// Package errcode explains the error codes of Google's sign-in: the OAuth errors of callbacks and of the token and
// revocation endpoints ("invalid_grant"), and those that Google shows on a page of its own ("redirect_uri_mismatch"),
// with cause, remedy and the console menu, in Korean and English.
package errcode
