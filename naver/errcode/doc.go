// Package errcode explains the error codes of Naver Login: the numbers of Naver's API server ("024") and the OAuth
// errors of its authorization server ("invalid_request"), with cause, remedy and the console menu, in Korean and
// English.
package errcode
