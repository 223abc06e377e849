package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/internal/testkit/disktest"
)

// TestDoctorOnAReadOnlyFileSystem: doctor examines an installation on a read-only file system and names what that
// means.
func TestDoctorOnAReadOnlyFileSystem(t *testing.T) {
	disktest.Small(t, 32<<20, func(dir string) { examineReadOnly(t, dir) })
}

func examineReadOnly(t *testing.T, dir string) {
	environ := []string{"NORANG_DATABASE=" + filepath.Join(dir, "norang.db")}
	run := func(args ...string) (string, int) {
		var out, errs bytes.Buffer
		status := Run(bounded.Context(t), args, environ, nil, &out, &errs)
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
	if len(report.Findings) != 1 || report.Findings[0].ID != "database.writable" ||
		report.Summary.NotRun != 1 { // database.providers, which needs the settings
		t.Errorf("%+v", report)
	}
	// A secret volume: other accounts can read the file, and its mode cannot be changed there.
	for _, flags := range []uintptr{0, syscall.MS_RDONLY} {
		if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|flags, ""); err != nil {
			t.Fatal(err)
		}
		if flags == 0 {
			if err := os.Chmod(filepath.Join(dir, "norang.keys"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	said, status = run("doctor", "--only", "keys.file", "--lang", "en")
	if status != statusDone || !strings.Contains(said, "Other users can read the key file.") ||
		!strings.Contains(said, "Narrow its mode at the mount") || strings.Contains(said, "chmod") {
		t.Errorf("a secret volume: status %d: %s", status, said)
	}
}
