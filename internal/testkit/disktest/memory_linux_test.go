package disktest

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

const leavesDirectory = "NORANG_DISKTEST_LEAVES"

// What a program leaves behind that is killed or times out is removed by a later one; what a program uses stays.
func TestDirectoriesInMemoryOfEndedProgramsAreRemoved(t *testing.T) {
	if os.Getenv(leavesDirectory) != "" {
		dir := Memory(t)
		_, _ = os.Stdout.WriteString("dir=" + dir + "\n")
		os.Exit(3) // as the end of the time for tests: no Cleanup runs
	}
	t.Parallel()
	used := Memory(t)
	if filepath.Dir(used) != shm {
		skipped.Refused(t, "no file system in memory with a gigabyte to spare at "+shm) // which no package can change
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), leavesDirectory+"=1")
	out, _ := cmd.Output()
	_, left, _ := strings.Cut(string(out), "dir=")
	left = strings.TrimSpace(left)
	if _, err := os.Stat(left); err != nil || filepath.Dir(left) != shm {
		t.Fatalf("%q: %v", out, err)
	}
	ago := time.Now().Add(-2 * leftAfter)
	if err := errors.Join(os.Chtimes(left, ago, ago), os.Chtimes(used, ago, ago)); err != nil {
		t.Fatal(err)
	}
	removeLeftIn(shm, time.Now())
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", left, err)
	}
	if _, err := os.Stat(used); err != nil {
		t.Errorf("a directory in use was removed: %v", err)
	}
}
