// Package store owns the rows: every method is one durable transaction, on SQLite for one machine or on PostgreSQL for
// many. Both pass the same contract (package storetest).
//
// It takes no decision: who a person is is account.Resolve's, called here because its facts must be read inside the
// transaction that acts on its verdict. When a session is too old is package session's. What a stranger may write down
// is theirs who call; here text is only made fit for both databases.
//
// SQL is written once, in the subset that both share: $1, ON CONFLICT, RETURNING, times as integers (milliseconds since
// 1970, UTC), NULL for what is not there. What differs stands in sqlite*.go and postgres*.go.
package store
