//go:build !unix

package pgtest

import (
	"errors"
	"testing"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// Server is not available here; use NORANG_TEST_POSTGRES.
type Server struct{}

// Disks are directories for parts of a server.
type Disks struct{ Data, WAL string }

func New() (*Server, error)           { return nil, errors.New("tests start PostgreSQL on Unix only") }
func NewOn(Disks) (*Server, error)    { return nil, errors.New("tests start PostgreSQL on Unix only") }
func (*Server) Own(string) error      { return nil }
func (*Server) Answers() bool         { return false }
func (*Server) Gone() bool            { return true }
func (*Server) Said() string          { return "" }
func (*Server) DSN(string) string     { return "" }
func (*Server) Start(...string) error { return nil }
func (*Server) Crash()                {}
func (*Server) Remove()               {}
func (*Server) Shutdown()             {}
func (*Server) Freeze() error         { return nil }
func (*Server) Thaw() error           { return nil }

// PgBouncer skips the test.
func PgBouncer(t *testing.T, _ string, _ ...string) string {
	t.Helper()
	skipped.Skip(t, "no PgBouncer")
	return ""
}
