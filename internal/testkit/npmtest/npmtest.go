// Package npmtest installs packages from npm for tests.
package npmtest

import (
	"os"
	"os/exec"
	"path/filepath"
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
// returns the copy, which [Remove] deletes. What npm installed is kept for a week in the user's cache directory, for
// the next run with the same package.json. The test is skipped if npm or node is missing or cannot install, and with
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
	of.once.Do(func() { of.dir, of.out, of.err = install(npm, source, cacheDir()) })
	if of.err != nil {
		skipped.Skip(t, "npm could not install "+source+": "+of.err.Error()+": "+string(of.out))
	}
	return of.dir
}

// install returns a copy of source with its packages, and the output of npm.
func install(npm, source, cache string) (dir string, out []byte, err error) {
	if dir, err = os.MkdirTemp("", "norang-npm-"); err != nil {
		return "", nil, err
	}
	if err := os.CopyFS(dir, os.DirFS(source)); err != nil {
		return dir, nil, err
	}
	kept, err := entry(cache, source)
	if err != nil {
		return dir, nil, err
	}
	modules := filepath.Join(dir, "node_modules")
	if take(kept, modules) {
		return dir, nil, nil
	}
	cmd := exec.Command(npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts",
		"--loglevel=error")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return dir, out, err
	}
	keep(kept, modules)
	return dir, nil, nil
}

// Remove deletes what was installed. TestMain calls it after the tests.
func Remove() {
	mu.Lock()
	defer mu.Unlock()
	for _, of := range installed {
		os.RemoveAll(of.dir)
	}
}
