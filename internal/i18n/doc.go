// Package i18n chooses between Korean and English ([Match]) and holds the texts of the pages ([T]).
//
// The texts are in ko.json and en.json, with the same keys: 해요체 in Korean, sentence case in English. HTML belongs to
// package page, problem codes to package problem. The caller reads cookies and queries and passes the user's choice
// to Match.
package i18n
