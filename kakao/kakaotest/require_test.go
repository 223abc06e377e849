package kakaotest_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/internal/testkit/npmtest"
)

// npmClients installs the packages of testdata/npm once and returns their directory.
func npmClients(t testing.TB) string {
	t.Helper()
	return npmtest.Install(t, filepath.Join("testdata", "npm"))
}

func TestMain(m *testing.M) {
	browsertest.PreferShell()
	code := browsertest.Main(m)
	npmtest.Remove()
	os.Exit(code)
}

// longer is n times NORANG_ROUNDS, if that is set.
func longer(n int) int {
	if v, err := strconv.Atoi(os.Getenv("NORANG_ROUNDS")); err == nil && v > 0 {
		return n * v
	}
	return n
}
