package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/internal/testkit/disktest"
)

// TestST03_ST05_EveryCommandThatWritesNamesTheDisk: if the disk is full or mounted read-only, a command names the
// cause and the remedy, and leaves no partial files.
func TestST03_ST05_EveryCommandThatWritesNamesTheDisk(t *testing.T) {
	disktest.Small(t, 2<<20, func(dir string) {
		t.Chdir(dir) // norang init writes there
		w := &writers{t: t, dir: dir, elsewhere: filepath.Join(t.TempDir(), "norang.db")}
		w.prepare()
		disktest.Fill(t, filepath.Join(dir, "filler"), 0)
		w.each("the disk is full", "hint: Free some space")
		if err := os.Remove(filepath.Join(dir, "filler")); err != nil {
			t.Fatal(err)
		}
		remount := func(flags uintptr) {
			t.Helper()
			if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|flags, ""); err != nil {
				t.Fatal(err)
			}
		}
		remount(syscall.MS_RDONLY)
		w.each("cannot write, read-only", "hint: Mount it read-write")
		remount(0)
	})
}

// writers are the commands that write files, on one disk.
type writers struct {
	t         *testing.T
	dir       string
	elsewhere string // a database on another disk
}

func (w *writers) path(name string) string { return filepath.Join(w.dir, name) }

func (w *writers) run(args ...string) (said string, status int) {
	var out, errs bytes.Buffer
	environ := []string{"LC_ALL=C", "HOME=" + w.dir}
	status = Run(w.t.Context(), args, environ, nil, &out, &errs)
	return out.String() + errs.String(), status
}

// prepare makes what the commands read.
func (w *writers) prepare() {
	w.t.Helper()
	for _, args := range [][]string{
		{"db", "migrate", "--database", w.path("norang.db")}, {"keyring", "init", w.path("keys")},
	} {
		if said, status := w.run(args...); status != statusDone {
			w.t.Fatalf("%s: %s", args, said)
		}
	}
	if err := errors.Join(
		os.Mkdir(w.path(".git"), 0o700),
		os.WriteFile(w.path("secret"), []byte("0123456789abcdefghijklmnopqrstuv"), 0o600),
		os.WriteFile(w.path("secret2"), []byte("fedcba9876543210fedcba9876543210"), 0o600),
	); err != nil {
		w.t.Fatal(err)
	}
}

// each runs every command and compares what it says.
func (w *writers) each(text, hint string) {
	w.t.Helper()
	settings := []string{
		"--url", "http://localhost:1", "--kakao-app-id", "1", "--kakao-client-id", "0123456789abcdef0123456789abcdef",
		"--kakao-client-secret-file", w.path("secret"), "--kakao-admin-key-file", w.path("secret2"),
	}
	served := append([]string{"--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"}, settings...)
	before := w.files()
	for _, args := range [][]string{
		{"keyring", "init", w.path("new")},
		{"keyring", "rotate", w.path("keys")},
		append([]string{"init", "--no-doctor"}, settings...),
		append([]string{"serve", "--database", w.path("other.db")}, served...),
		append([]string{"serve", "--database", w.elsewhere, "--keys", w.path("new")}, served...),
		{"db", "migrate", "--database", w.path("other.db")},
		{"db", "backup", w.path("backup.db"), "--database", w.path("norang.db")},
		{"db", "restore", w.path("norang.db"), "--database", w.path("other.db"), "--yes"},
		{"doctor", "--only", "clock", "--report", w.path("report")},
		{"user", "export", "--csv", "--reason", "test", "--output", w.path("users.csv"), "--database", w.path("norang.db")},
	} {
		said, status := w.run(args...)
		lines := strings.Split(strings.TrimSpace(said), "\n")
		last := lines[len(lines)-1]
		if status == statusDone || !strings.HasPrefix(last, hint) {
			w.t.Errorf("%s: status %d: %s", args, status, said)
		}
		migrates := args[0] == "serve" || args[1] == "migrate"
		if strings.HasSuffix(hint, "Free some space") && (strings.Contains(last, "Nothing was partially") == migrates ||
			strings.Contains(last, "Migrations that were finished stay") != migrates) {
			w.t.Errorf("%s: %s", args, last)
		}
		if args[0] != "doctor" && !strings.Contains(said, text) && !strings.Contains(said, "access record") {
			w.t.Errorf("%s does not say %q: %s", args, text, said)
		}
		if after := w.files(); !slices.Equal(after, before) {
			w.t.Errorf("%s: files %q, before %q", args, after, before)
			before = after
		}
	}
}

// fullOutput is a standard output on a full disk.
type fullOutput struct{}

func (fullOutput) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// TestCutOutputIsNotSaidToBeWhole: the shell has made the file of "norang user export > FILE", which is then too short.
func TestCutOutputIsNotSaidToBeWhole(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "norang.db")
	for _, args := range [][]string{
		{"db", "migrate", "--database", database},
		{"user", "export", "--csv", "--reason", "test", "--database", database},
		{"privacy", "policy", "--config", "../../packaging/systemd/norang.toml"},
	} {
		var errs bytes.Buffer
		status := Run(bounded.Context(t), args, []string{"LC_ALL=C"}, nil, fullOutput{}, &errs)
		said := errs.String()
		if status != statusFailed || !strings.Contains(said, "output not written completely: ") ||
			!strings.HasSuffix(said, "The output so far is incomplete: do not use it.\n") ||
			strings.Contains(said, "Nothing was partially") {
			t.Errorf("%s: status %d: %s", args, status, said)
		}
	}
}

func (w *writers) files() (names []string) {
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		// SQLite keeps its log and lock files, and an empty database is as good as none.
		if name := e.Name(); !strings.HasPrefix(name, "norang.db") && !strings.HasPrefix(name, "other.db") {
			names = append(names, name)
		}
	}
	return names
}
