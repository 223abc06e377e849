package kakaotest_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// requireCommand finds a program that a test needs, or skips the test. With NORANG_TEST_REQUIRE=all the test fails
// instead.
func requireCommand(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if p, err := exec.LookPath(name); err == nil {
			return p
		}
	}
	missing(t, "%v is not installed", names)
	return ""
}

func missing(t testing.TB, format string, args ...any) {
	t.Helper()
	skipped.Skip(t, fmt.Sprintf(format, args...))
}

// npmInstall is the installation that all tests share. TestMain removes it.
var npmInstall struct {
	once sync.Once
	dir  string
	out  []byte
	err  error
}

// npmClients installs the packages of testdata/npm once and returns their directory.
func npmClients(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("left out: -short, and npm would install packages")
	}
	npm := requireCommand(t, "npm")
	requireCommand(t, "node")
	npmInstall.once.Do(func() {
		if npmInstall.dir, npmInstall.err = os.MkdirTemp("", "kakaotest-npm-"); npmInstall.err != nil {
			return
		}
		entries, err := os.ReadDir("testdata/npm")
		if err != nil {
			npmInstall.err = err
			return
		}
		for _, e := range entries {
			b, err := os.ReadFile(filepath.Join("testdata/npm", e.Name()))
			if err == nil {
				err = os.WriteFile(filepath.Join(npmInstall.dir, e.Name()), b, 0o600)
			}
			if err != nil {
				npmInstall.err = err
				return
			}
		}
		cmd := exec.Command(npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts",
			"--loglevel=error")
		cmd.Dir = npmInstall.dir
		npmInstall.out, npmInstall.err = cmd.CombinedOutput()
	})
	if npmInstall.err != nil {
		missing(t, "npm could not install the clients: %v: %s", npmInstall.err, npmInstall.out)
	}
	return npmInstall.dir
}

func TestMain(m *testing.M) {
	code := browsertest.Main(m)
	if npmInstall.dir != "" {
		os.RemoveAll(npmInstall.dir)
	}
	os.Exit(code)
}

// longer is n times NORANG_ROUNDS, if that is set.
func longer(n int) int {
	if v, err := strconv.Atoi(os.Getenv("NORANG_ROUNDS")); err == nil && v > 0 {
		return n * v
	}
	return n
}
