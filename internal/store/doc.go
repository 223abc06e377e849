// Package store reads and writes the database: every method is one durable transaction, on SQLite for one machine or
// on PostgreSQL for many. Both pass the same contract (package storetest).
//
// It decides nothing: what a sign-in, a merge, a withdrawal or a provider notice does is decided by pure functions of
// packages account, linking, withdrawal and consent. They are called here because their facts have to be read in the
// transaction that writes the result.
//
// SQL is written once, in the subset that both databases share: $1, ON CONFLICT, RETURNING, times as integers
// (milliseconds since 1970, UTC), NULL for what is absent. What differs is in sqlite*.go and postgres*.go.
package store
