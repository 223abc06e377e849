// Package login signs users in: the attempt that travels sealed in a cookie, the claim that makes it single-use, the
// call to the provider, and the session that results. It knows nothing of HTTP (package web does), does not decide
// which user an identity belongs to (account.Resolve does), and does not call a provider itself (package provider
// does).
//
// The order of [Flow.Finish] is a security property:
//
//  1. The sealed cookie that belongs to the state is opened. No cookie, a mismatch or an old attempt ends the callback
//     without touching store or provider.
//  2. A place among the callbacks in progress is taken, or the browser retries later; nothing is spent yet. Then the
//     attempt is claimed in the store, once across all replicas.
//  3. Only then is the provider called, once.
//  4. One transaction writes user, identity, session, the attempt's result and the audit event.
package login
