// Package handoff gives a page on another site, an app or its web view a session of its own. The browser carries a code
// there that is worth nothing without the verifier (RFC 7636, S256), works once and for a minute.
package handoff
