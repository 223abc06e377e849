// Package skipped is test support: it leaves a test out because something is missing on this machine, and says so. Only
// tests import it.
//
// "go test ./..." prints nothing of tests that pass or skip, so a person would never learn what was not tested. Here they
// do: the word goes to their terminal, once for each thing and package. With NORANG_TEST_REQUIRE=all, which is how CI runs
// the tests, whatever is missing fails instead.
package skipped

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

var said sync.Map

// Skip leaves the test out for want of what ("Chromium is not installed"), or fails it if everything is required.
func Skip(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("NORANG_TEST_REQUIRE") == "all" {
		t.Fatalf("missing: %s (required by NORANG_TEST_REQUIRE=all)", what)
	}
	leaveOut(t, what)
}

// Refused leaves the test out also where everything is required: the kernel or the container refuses what it needs ("may
// not mount"), and no package that could be installed would change that.
func Refused(t testing.TB, what string) {
	t.Helper()
	leaveOut(t, what)
}

func leaveOut(t testing.TB, what string) {
	t.Helper()
	if _, before := said.LoadOrStore(what, true); !before {
		// Without a terminal there is nobody to tell; "go test -v" has the reason with each test.
		if tty, err := os.OpenFile("/dev/tty", os.O_WRONLY, 0); err == nil {
			dir, _ := os.Getwd()
			fmt.Fprintf(tty, "left out in %s: %s\n", filepath.Base(dir), what)
			tty.Close()
		}
	}
	t.Skipf("left out: %s", what)
}
