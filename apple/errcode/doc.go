// Package errcode explains the error codes of Sign in with Apple, with cause, remedy and the console menu, in Korean
// and English.
package errcode
