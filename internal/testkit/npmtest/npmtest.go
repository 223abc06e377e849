// Package npmtest installs packages from npm for tests.
package npmtest

import (
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

var (
	mu        sync.Mutex
	installed = map[string]*installation{}
)

type installation struct {
	once sync.Once
	dir  string
	out  []byte
	err  error
}

// Install copies a directory with a package.json and installs its packages, once for all tests of the process. It
// returns the copy, which [Remove] deletes. The test is skipped if npm or node is missing or cannot install, and with
// -short.
func Install(t testing.TB, source string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("left out: -short, and npm would install packages")
	}
	npm := skipped.Command(t, "npm")
	skipped.Command(t, "node")
	mu.Lock()
	of := installed[source]
	if of == nil {
		of = &installation{}
		installed[source] = of
	}
	mu.Unlock()
	of.once.Do(func() {
		if of.dir, of.err = os.MkdirTemp("", "norang-npm-"); of.err != nil {
			return
		}
		if of.err = os.CopyFS(of.dir, os.DirFS(source)); of.err != nil {
			return
		}
		cmd := exec.Command(npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts",
			"--loglevel=error")
		cmd.Dir = of.dir
		of.out, of.err = cmd.CombinedOutput()
	})
	if of.err != nil {
		skipped.Skip(t, "npm could not install "+source+": "+of.err.Error()+": "+string(of.out))
	}
	return of.dir
}

// Remove deletes what was installed. TestMain calls it after the tests.
func Remove() {
	mu.Lock()
	defer mu.Unlock()
	for _, of := range installed {
		os.RemoveAll(of.dir)
	}
}
