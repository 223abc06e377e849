package seal

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// Root rotates the key file of a service that runs under another account. A file of root's would keep the service from
// its next start.
func TestRotatedFileKeepsItsOwnerModeAndLink(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		skipped.Skip(t, "root, to own files of another user")
	}
	dir := t.TempDir()
	path, link := filepath.Join(dir, "keys"), filepath.Join(dir, "link")
	if err := errors.Join(Create(path, time.Now(), rand.Reader), os.Chown(path, 65534, 65533), os.Chmod(path, 0o440),
		os.Symlink(path, link)); err != nil {
		t.Fatal(err)
	}
	if n, err := Rotate(link, time.Now(), rand.Reader); err != nil || n != 2 {
		t.Fatalf("%d keys, %v", n, err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	if owner.Uid != 65534 || owner.Gid != 65533 || info.Mode() != 0o440 {
		t.Errorf("owner %d:%d, mode %v", owner.Uid, owner.Gid, info.Mode())
	}
	if k, err := Load(path); err != nil || k.Len() != 2 {
		t.Errorf("the file behind the link was not rotated: %v", err)
	}
	if to, err := os.Readlink(link); err != nil || to != path {
		t.Errorf("the link leads to %q, %v", to, err)
	}
	if rest, err := os.ReadDir(dir); err != nil || len(rest) != 2 {
		t.Errorf("%d files, %v", len(rest), err)
	}
}
