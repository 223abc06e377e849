// Package login owns the way from "sign me in" to a session: the attempt that travels sealed in a cookie, the claim that
// makes it single-use, the call to the provider, and what is written down when the provider says who it is.
//
// It knows nothing of HTTP: package web parses requests into its types and turns its answers into cookies, redirects and
// pages. It does not decide who a person is (account.Resolve does) and does not call a provider itself (package provider does).
//
// The order of [Flow.Finish] is the safety of the whole product, so here it is in one place:
//
//  1. the sealed cookie that belongs to the state is opened: no cookie, no match, too old: nothing happens, nobody is
//     asked, the store is not touched;
//  2. a place among the callbacks at work is taken, or the browser is told to come again: nothing is spent yet;
//     then the attempt is claimed in the store, once and for all replicas;
//  3. only then the provider is asked, once;
//  4. one transaction decides and writes user, identity, session, the attempt's result and the audit line.
package login
