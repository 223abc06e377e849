// Package pgtest is test support: a throw-away PostgreSQL that a test starts, stops and crashes. Only tests import it.
package pgtest
