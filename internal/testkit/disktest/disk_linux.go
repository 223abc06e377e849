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

// inNamespace marks a test that runs again in its own namespace, where it may mount.
const inNamespace = "NORANG_DISKTEST_NAMESPACE"

// Small runs fn with an empty directory on a disk of size bytes, in memory. Without the right to mount, the test
// runs again in its own user and mount namespace; if the kernel forbids that too, the test is skipped.
func Small(t *testing.T, size int64, fn func(dir string)) {
	t.Helper()
	dir := t.TempDir()
	err := syscall.Mount(
		"tmpfs",
		dir,
		"tmpfs",
		syscall.MS_NOSUID|syscall.MS_NODEV,
		fmt.Sprintf("size=%d,mode=0700", size),
	)
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

// Ext4 is Small with an ext4 file system in a file of size bytes, which needs a loop device and root.
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
			skipped.Refused(
				t,
				fmt.Sprintf(
					"no ext4 file system can be mounted here (%s: %v: %s)",
					c[0],
					err,
					strings.TrimSpace(string(out)),
				),
			)
		}
	}
	unmountAfter(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "lost+found")); err != nil {
		t.Fatal(err)
	}
	fn(dir)
}

// Alone reports whether the test runs in its own namespace, which has only one user.
func Alone() bool { return os.Getenv(inNamespace) != "" }

func unmountAfter(t *testing.T, dir string) {
	t.Cleanup(func() {
		// MNT_DETACH unmounts once no process uses the directory, so that failed tests leave no mounts.
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
}

// refused reports whether the error is a missing permission.
func refused(err error) bool { return errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) }

// again runs this test in a namespace where it may mount, and adopts the result.
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
		skipped.Refused(t, fmt.Sprintf("no small disk can be mounted here, nor a namespace created (%v)", err))
	case err != nil:
		t.Errorf("in its own namespace: %v\n%s", err, out)
	case strings.Contains(string(out), "--- SKIP: "+t.Name()+" "):
		skipped.Refused(t, "no small disk can be mounted here, not even in its own namespace")
	case !strings.Contains(string(out), "--- PASS: "+t.Name()+" "):
		t.Errorf("the test did not run in its own namespace:\n%s", out)
	}
}
