// Package skipped skips tests whose requirements are missing on this machine, and reports that on the terminal, once
// per requirement and package, because "go test ./..." does not print skipped tests.
//
// With NORANG_TEST_REQUIRE=all, as in CI, a missing requirement fails the test instead.
package skipped

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

var said sync.Map

// Skip skips the test because what is missing ("no Chromium"), or fails it if everything is required.
func Skip(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("NORANG_TEST_REQUIRE") == "all" {
		t.Fatalf("missing: %s (required by NORANG_TEST_REQUIRE=all)", what)
	}
	skip(t, what)
}

// Command finds the first of the programs that is installed, or skips the test.
func Command(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	Skip(t, fmt.Sprintf("%v is not installed", names))
	return ""
}

// Refused skips the test even if everything is required: the kernel or the container forbids what it needs, and no
// package can change that.
func Refused(t testing.TB, what string) {
	t.Helper()
	skip(t, what)
}

func skip(t testing.TB, what string) {
	t.Helper()
	if _, before := said.LoadOrStore(what, true); !before {
		// Without a terminal, "go test -v" shows the reason.
		if tty, err := os.OpenFile("/dev/tty", os.O_WRONLY, 0); err == nil {
			dir, _ := os.Getwd()
			fmt.Fprintf(tty, "skipped in %s: %s\n", filepath.Base(dir), what)
			tty.Close()
		}
	}
	t.Skipf("skipped: %s", what)
}
