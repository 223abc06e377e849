package disktest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// inNamespace marks a test that runs once more in a namespace of its own, where it may mount.
const inNamespace = "NORANG_DISKTEST_NAMESPACE"

// Small runs fn with an empty directory that is a disk of size bytes, in memory. Who may not mount on this machine (not
// root, or root in a container without the right to) runs the whole test once more in a user and mount namespace of its
// own; where the kernel refuses that as well, the test is left out, and says so.
func Small(t *testing.T, size int64, fn func(dir string)) {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, fmt.Sprintf("size=%d,mode=0700", size))
	if err == nil {
		unmountAfter(t, dir)
		fn(dir)
		return
	}
	if os.Getenv(inNamespace) != "" || !refused(err) {
		skipped.Refused(t, fmt.Sprintf("no small disk can be mounted here (%v)", err))
	}
	again(t)
}

// Ext4 is Small with a file system that lives on real disks, in a file of size bytes, which takes a loop device and root.
func Ext4(t *testing.T, size int64, fn func(dir string)) {
	t.Helper()
	image, dir := filepath.Join(t.TempDir(), "image"), t.TempDir()
	f, err := os.OpenFile(image, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err == nil {
		err = errors.Join(f.Truncate(size), f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range [][]string{
		{"mkfs.ext4", "-q", "-F", "-m", "0", "-b", "4096", image},
		{"mount", "-o", "loop,nosuid,nodev", image, dir},
	} {
		if out, err := exec.CommandContext(t.Context(), c[0], c[1:]...).CombinedOutput(); err != nil {
			skipped.Refused(t, fmt.Sprintf("no ext4 in a file here (%s: %v: %s)", c[0], err, strings.TrimSpace(string(out))))
		}
	}
	unmountAfter(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "lost+found")); err != nil {
		t.Fatal(err)
	}
	fn(dir)
}

// tmpfs is the type of a file system in memory, as statfs(2) reports it.
const tmpfs = 0x01021994

// Memory returns a directory in memory that is removed when the test ends, for tests that write much and do not test
// durability. Where /dev/shm is small or missing it is t.TempDir.
func Memory(t testing.TB) string {
	t.Helper()
	const shm, enough = "/dev/shm", 1 << 30
	var fs syscall.Statfs_t
	if err := syscall.Statfs(shm, &fs); err != nil || int64(fs.Type) != tmpfs || fs.Bavail*uint64(fs.Bsize) < enough {
		return t.TempDir()
	}
	dir, err := os.MkdirTemp(shm, "norang-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Alone reports whether this is the run in a namespace of its own, which has one user: a test whose programs need a second
// one cannot be run there.
func Alone() bool { return os.Getenv(inNamespace) != "" }

func unmountAfter(t *testing.T, dir string) {
	t.Cleanup(func() {
		// At once if nobody uses it; otherwise when the last one has gone, so that a failed test leaves nothing mounted.
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
}

// refused: not allowed, rather than not possible.
func refused(err error) bool { return errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) }

// again runs this one test in a namespace in which the user may mount, and takes over how it ended.
func again(t *testing.T) {
	t.Helper()
	pattern := "^" + strings.ReplaceAll(t.Name(), "/", "$/^") + "$"
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", pattern, "-test.v", "-test.count=1")
	cmd.Env = append(os.Environ(), inNamespace+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
		Pdeathsig:   syscall.SIGKILL,
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case err != nil && !errors.As(err, &exit):
		skipped.Refused(t, fmt.Sprintf("no small disk can be mounted here, nor a namespace be had in which it could (%v)", err))
	case err != nil:
		t.Errorf("in a namespace of its own: %v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP: "+t.Name()+" "):
		skipped.Refused(t, "no small disk can be mounted here, not even in a namespace of its own")
	case !strings.Contains(string(out), "--- PASS: "+t.Name()+" "):
		t.Errorf("in a namespace of its own the test did not run:\n%s", out)
	}
}
