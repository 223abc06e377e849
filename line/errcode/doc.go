// Package errcode explains the error codes of LINE Login: those of the authorize page, which are written in capitals
// ("ACCESS_DENIED"), the OAuth errors of the token endpoint ("invalid_grant"), and the statuses of the API ("400"),
// with cause, remedy and the console menu, in Korean and English.
package errcode
