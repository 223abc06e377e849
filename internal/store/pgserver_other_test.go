//go:build !unix

package store_test

import "errors"

// pgServer cannot be started here; NORANG_TEST_POSTGRES can name one.
type pgServer struct{}

func newPgServer() (*pgServer, error)   { return nil, errors.New("tests start one on Unix only") }
func (*pgServer) dsn(string) string     { return "" }
func (*pgServer) start(...string) error { return nil }
func (*pgServer) crash()                {}
func (*pgServer) remove()               {}
