// Package hook owns how norang calls the app of its operator: signed in the form of Standard Webhooks, to nowhere that the
// operator did not mean, and never for long.
//
// It does not know what is said (packages events and member), and does not try again: whoever calls does.
package hook
