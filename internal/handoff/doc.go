// Package handoff gives a page on another site a session of its own: the browser carries a code there that is worth
// nothing without the page's verifier (RFC 7636, S256), works once and for a minute.
package handoff
