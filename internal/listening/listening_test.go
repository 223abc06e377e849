package listening

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

func TestAddressOfAUnixSocket(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]struct {
		path string
		mode fs.FileMode
	}{
		"unix:/run/norang/norang.sock":      {"/run/norang/norang.sock", 0o660},
		"unix:/run/norang/norang.sock|0666": {"/run/norang/norang.sock", 0o666},
		"unix:/run/norang/norang.sock|600":  {"/run/norang/norang.sock", 0o600},
	} {
		if path, mode, ok, err := Unix(address); path != want.path || mode != want.mode || !ok || err != nil {
			t.Errorf("%s: %s %v %v %v", address, path, mode, ok, err)
		}
	}
	for _, address := range []string{
		"unix:", "unix:norang.sock", "unix://run/norang.sock", "unix:/run/../norang.sock", "unix:/run/", "unix:/a|",
		"unix:/a|9", "unix:/a|1777", "unix:/a|0440", "unix:/a b",
		"unix:/a;b", "unix:/" + strings.Repeat("a", maxPath), "unix:/a|0660|1",
	} {
		if _, _, ok, err := Unix(address); !ok || !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v %v", address, ok, err)
		}
	}
	if _, _, ok, err := Unix("127.0.0.1:5000"); ok || err != nil {
		t.Errorf("host and port: %v %v", ok, err)
	}
}

// directory is a short one: paths of sockets are limited.
func directory(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		skipped.Skip(t, "a system whose sockets have a mode")
	}
	dir, err := os.MkdirTemp("", "n-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestSocketHasItsModeAndIsRemoved(t *testing.T) {
	t.Parallel()
	path := filepath.Join(directory(t), "s")
	ln, err := Open(t.Context(), "unix:"+path+"|0622")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o622 {
		t.Errorf("%v %v", info, err)
	}
	if err := RemoveStale(t.Context(), "unix:"+path); !errors.Is(err, ErrTaken) {
		t.Errorf("a socket in use: %v", err)
	}
	if _, err := Open(t.Context(), "unix:"+path); err == nil {
		t.Error("opened twice")
	}
	ln.Close()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after the end: %v", err)
	}
}

func TestOnlyAnAbandonedSocketIsRemoved(t *testing.T) {
	t.Parallel()
	dir := directory(t)
	file, path := filepath.Join(dir, "file"), filepath.Join(dir, "s")
	if err := os.WriteFile(file, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	ln.Close()
	for _, name := range []string{file, filepath.Join(dir, "link")} {
		if err := RemoveStale(t.Context(), "unix:"+name); !errors.Is(err, ErrNotSocket) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Lstat(name); err != nil {
			t.Error(err)
		}
	}
	for range 2 { // the second time there is nothing
		if err := RemoveStale(t.Context(), "unix:"+path); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}
