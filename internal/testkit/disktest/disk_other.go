//go:build !linux

package disktest

import (
	"testing"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// Small skips the test: small disks need Linux.
func Small(t *testing.T, _ int64, _ func(dir string)) {
	t.Helper()
	skipped.Refused(t, "small disks are mounted on Linux only")
}

// Ext4 skips the test.
func Ext4(t *testing.T, _ int64, _ func(dir string)) {
	t.Helper()
	skipped.Refused(t, "small disks are mounted on Linux only")
}

// Memory returns t.TempDir.
func Memory(t testing.TB) string { return t.TempDir() }

// Alone returns false.
func Alone() bool { return false }
