// Package member owns what surrounds a sign-in: joining (age, terms, the marketing choice, the ledger of what was agreed)
// and what happens to those who do not join.
//
// It does not sign anybody in (package login) and draws no pages (packages page and web).
package member
