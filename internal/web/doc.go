// Package web owns norang as a browser meets it: addresses, cookies, redirects, pages, and the answer to "who is this?"
// that proxies and apps ask for on every request.
//
// A handler parses, calls one method of package login, member or session, and renders. It decides nothing about people;
// what it does decide is what HTTP decides: which requests may act at all (csrf.go), which cookie counts (cookies.go),
// and what is said to a person or a program when something fails (failure.go).
//
// routes.go is the whole surface in one table; a route without an access level cannot be written.
package web
