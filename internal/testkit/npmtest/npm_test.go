package npmtest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// project writes a package that depends on one in its own directory, which npm installs without a network.
func project(t *testing.T, version string) (source, npm string) {
	t.Helper()
	npm = skipped.Command(t, "npm")
	skipped.Command(t, "node")
	source = t.TempDir()
	if err := os.Mkdir(filepath.Join(source, "dep"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"package.json":     `{"name": "a", "version": "` + version + `", "dependencies": {"dep": "file:./dep"}}`,
		"dep/package.json": `{"name": "dep", "version": "1.0.0", "bin": "run.js"}`,
		"dep/run.js":       "#!/usr/bin/env node\n",
	} {
		if err := os.WriteFile(filepath.Join(source, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return source, npm
}

// installedWith reports whether the packages are there after install.
func installedWith(t *testing.T, npm, source, cache string) bool {
	t.Helper()
	dir, out, err := install(npm, source, cache)
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err != nil {
		t.Logf("%v %s", err, out)
		return false
	}
	for _, file := range []string{"package.json", "node_modules/dep/run.js", "node_modules/.bin/dep"} {
		if _, err := os.Stat(filepath.Join(dir, file)); err != nil {
			t.Error(err)
		}
	}
	return true
}

func TestPackagesAreInstalledOnceForAWeek(t *testing.T) {
	t.Parallel()
	source, npm := project(t, "1.0.0")
	cache := filepath.Join(t.TempDir(), "cache")
	const none = "/no/npm"
	if installedWith(t, none, source, cache) {
		t.Fatal("installed without npm into an empty cache")
	}
	if !installedWith(t, npm, source, cache) {
		t.Fatal("npm does not install")
	}
	if !installedWith(t, none, source, cache) {
		t.Error("the second run needs npm")
	}
	other, _ := project(t, "1.0.1")
	if installedWith(t, none, other, cache) {
		t.Error("the packages of another package.json are used")
	}
	kept, err := entry(cache, source)
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-maxAge - time.Hour)
	if err := os.Chtimes(kept, old, old); err != nil {
		t.Fatal(err)
	}
	if installedWith(t, none, source, cache) {
		t.Error("packages are used for longer than a week")
	}
	if !installedWith(t, npm, source, cache) || !installedWith(t, none, source, cache) {
		t.Error("packages that were too old are not replaced")
	}
}

func TestPackagesAreInstalledWithoutACache(t *testing.T) {
	t.Parallel()
	source, npm := project(t, "1.0.0")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, cache := range []string{"", filepath.Join(file, "cache")} {
		if !installedWith(t, npm, source, cache) {
			t.Errorf("with cache %q", cache)
		}
	}
}
