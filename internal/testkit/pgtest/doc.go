// Package pgtest runs a temporary PostgreSQL that tests can start, stop and crash.
package pgtest
