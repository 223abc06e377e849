package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

// insideReadOnly is the directory of the test in its mount namespace.
const insideReadOnly = "TEST_READ_ONLY"

// TestDoctorOnAReadOnlyFileSystem: doctor examines an installation on a read-only file system and names what that
// means. The test runs itself in a mount namespace of its own.
func TestDoctorOnAReadOnlyFileSystem(t *testing.T) {
	if dir := os.Getenv(insideReadOnly); dir != "" {
		examineReadOnly(t, dir)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestDoctorOnAReadOnlyFileSystem$", "-test.v")
	cmd.Env = append(os.Environ(), insideReadOnly+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	out, err := cmd.CombinedOutput()
	if exit, ok := err.(*exec.ExitError); !ok && err != nil || ok && !exit.Exited() {
		skipped.Refused(t, "user namespaces are not permitted: "+err.Error())
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: TestDoctorOnAReadOnlyFileSystem") {
		t.Errorf("%v\n%s", err, out)
	}
}

func examineReadOnly(t *testing.T, dir string) {
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
		t.Fatal(err)
	}
	environ := []string{"NORANG_DATABASE=" + filepath.Join(dir, "norang.db")}
	run := func(args ...string) (string, int) {
		var out, errs bytes.Buffer
		status := Run(t.Context(), args, environ, nil, &out, &errs)
		return out.String() + errs.String(), status
	}
	if said, status := run("db", "migrate"); status != statusDone {
		t.Fatal(said)
	}
	if said, status := run("keyring", "init", filepath.Join(dir, "norang.keys")); status != statusDone {
		t.Fatal(said)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	said, status := run("doctor", "--json", "--only", "database", "--only", "keys")
	var report doctorJSON
	if err := json.Unmarshal([]byte(said), &report); err != nil || status != statusFailed {
		t.Fatalf("status %d, %v: %s", status, err, said)
	}
	if len(report.Findings) != 1 || report.Findings[0].ID != "database.writable" || report.Summary.NotRun > 0 {
		t.Errorf("%+v", report)
	}
}
