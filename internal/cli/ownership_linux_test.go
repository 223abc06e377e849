package cli

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// TestOwnerOfTheVolumeIsNamed runs the program as a user that may not use what belongs to root, as in a container whose
// volume root has made.
func TestOwnerOfTheVolumeIsNamed(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		skipped.Skip(t, "root, to run as another user")
	}
	const uid = 65534
	dir, err := os.MkdirTemp("", "norang-volume-") // t.TempDir has a parent that others cannot enter
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	program, volume := filepath.Join(dir, "norang"), filepath.Join(dir, "data")
	if err := copyProgram(program); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(volume, 0o755); err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(volume, "norang.db")
	run := func(args ...string) (string, error) {
		cmd := exec.Command(program, args...)
		cmd.Dir = volume
		cmd.Env = []string{"LC_ALL=C", "NORANG_DATABASE=" + database}
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	refused := func(path string) {
		t.Helper()
		out, err := run("db", "migrate")
		want := fmt.Sprintf("hint: %s belongs to uid 0 (mode ", path)
		if command := fmt.Sprintf("run: chown %d %s\n", uid, path); err == nil || !strings.Contains(out, want) ||
			!strings.Contains(out, command) {
			t.Errorf("%s belongs to root: %v, output %q", path, err, out)
		}
		if err := os.Chown(path, uid, uid); err != nil { // the command of the hint
			t.Fatal(err)
		}
	}
	refused(volume)
	if out, err := run("db", "migrate"); err != nil {
		t.Fatalf("after chown: %v\n%s", err, out)
	}
	if err := os.Chown(database, 0, 0); err != nil {
		t.Fatal(err)
	}
	refused(database)
	if out, err := run("db", "status"); err != nil {
		t.Fatalf("after chown: %v\n%s", err, out)
	}
}

// copyProgram copies the running test, which is the program when it is called norang.
func copyProgram(to string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	from, err := os.Open(self)
	if err != nil {
		return err
	}
	defer from.Close()
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(f, from); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
