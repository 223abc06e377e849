package browsertest

import (
	"os"
	"testing"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// Lighthouse returns the directory of the npm package lighthouse, NORANG_LIGHTHOUSE, or skips the test. Unlike
// axe-core, it is too large to be installed by each run of the tests; .ci/run installs it.
func Lighthouse(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("NORANG_LIGHTHOUSE")
	if dir == "" {
		skipped.Skip(t, "no Lighthouse: set NORANG_LIGHTHOUSE to the directory of the npm package")
	}
	return dir
}
