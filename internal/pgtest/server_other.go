//go:build !unix

package pgtest

import "errors"

// Server cannot be had here; NORANG_TEST_POSTGRES can name one.
type Server struct{}

func New() (*Server, error)           { return nil, errors.New("tests start one on Unix only") }
func (*Server) DSN(string) string     { return "" }
func (*Server) Start(...string) error { return nil }
func (*Server) Crash()                {}
func (*Server) Remove()               {}
func (*Server) Shutdown()             {}
