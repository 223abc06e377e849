package kakaotest_test

import (
	"os"
	"path/filepath"
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
