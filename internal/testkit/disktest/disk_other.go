//go:build !linux

package disktest

import (
	"testing"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// Small leaves the test out: disks of a test's own are made on Linux.
func Small(t *testing.T, _ int64, _ func(dir string)) {
	t.Helper()
	skipped.Refused(t, "small disks are mounted on Linux only")
}

// Ext4 leaves the test out.
func Ext4(t *testing.T, _ int64, _ func(dir string)) {
	t.Helper()
	skipped.Refused(t, "small disks are mounted on Linux only")
}

// Memory is t.TempDir.
func Memory(t testing.TB) string { return t.TempDir() }

// Alone is never so: there is no namespace to run in.
func Alone() bool { return false }
