package npmtest

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// maxAge is how long installed packages are used again. After it, npm looks for newer versions of those that a
// package.json does not fix: dependencies of dependencies.
const maxAge = 7 * 24 * time.Hour

// cacheDir is where installed packages are kept, "" if the user has no cache directory.
func cacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "norang-test", "npm")
}

// entry is the directory in the cache for the packages of source, "" without a cache.
func entry(cache, source string) (string, error) {
	text, err := os.ReadFile(filepath.Join(source, "package.json"))
	if err != nil || cache == "" {
		return "", err
	}
	sum := sha256.Sum256([]byte(runtime.GOOS + "/" + runtime.GOARCH + "\n" + string(text)))
	return filepath.Join(cache, hex.EncodeToString(sum[:16])), nil
}

// take copies kept packages, and reports whether it could.
func take(kept, modules string) bool {
	info, err := os.Stat(kept)
	if kept == "" || err != nil || time.Since(info.ModTime()) > maxAge {
		return false
	}
	if copyTree(kept, modules) == nil {
		return true
	}
	_ = os.RemoveAll(modules)
	return false
}

// keep copies installed packages into the cache and removes what is too old there. A cache that cannot be written is
// no error: npm installs again.
func keep(kept, modules string) {
	if kept == "" {
		return
	}
	cache := filepath.Dir(kept)
	if os.MkdirAll(cache, 0o700) != nil {
		return
	}
	old, _ := os.ReadDir(cache)
	for _, e := range old {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > maxAge {
			_ = os.RemoveAll(filepath.Join(cache, e.Name()))
		}
	}
	work, err := os.MkdirTemp(cache, "new-")
	if err != nil {
		return
	}
	defer os.RemoveAll(work)
	made := filepath.Join(work, "node_modules")
	if copyTree(modules, made) == nil {
		_ = os.Rename(made, kept) // fails if another process was faster
	}
}

// copyTree copies a directory. Files are linked, because nothing changes an installed package, and copied where they
// cannot be.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		within, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, within)
		switch {
		case d.IsDir():
			return os.Mkdir(target, 0o700)
		case d.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(link, target)
		case os.Link(path, target) == nil:
			return nil
		}
		return copyFile(path, target)
	})
}

func copyFile(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, info.Mode().Perm())
}
