package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// A database that cannot be used is explained by every command that opens it, in both languages, with what to do.
func TestEveryCommandExplainsADamagedDatabase(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	database, backup := filepath.Join(dir, "norang.db"), filepath.Join(dir, "backup.db")
	run := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		environ := []string{
			"NORANG_DATABASE=" + database, "NORANG_URL=http://localhost:1", "NORANG_LISTEN=127.0.0.1:0",
			"NORANG_OPS_LISTEN=127.0.0.1:0", "NAVER_CLIENT_ID=AbCdEfGhIjKlMnOpQrSt", "NAVER_CLIENT_SECRET=abcdefghij",
		}
		status := Run(bounded.Context(t), args, environ, nil, &out, &errs)
		if said := out.String() + errs.String(); status != want {
			t.Fatalf("%s: status %d: %s", args, status, said)
		}
		return out.String() + errs.String()
	}
	run(statusDone, "db", "migrate", "--lang", "en")
	run(statusDone, "db", "backup", backup, "--lang", "en")
	sound, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	commands := [][]string{
		{"db", "check"}, {"db", "status"}, {"db", "migrate"}, {"db", "backup", filepath.Join(dir, "b.db")}, {"user", "list"},
		{"key", "create", "x"}, {"serve"}, {"doctor", "--only", "database.reachable"},
	}
	for body, texts := range map[string][2]string{
		string(sound[:len(sound)/2]): {"데이터베이스 파일이 상했습니다", "he database file is damaged"},
		"name,email\n":               {"SQLite 데이터베이스가 아니거나", "he file is not an SQLite database"},
	} {
		for _, args := range commands {
			for i, lang := range []string{"ko", "en"} {
				for _, end := range []string{"-wal", "-shm"} {
					_ = os.Remove(database + end)
				}
				if err := os.WriteFile(database, []byte(body), 0o600); err != nil {
					t.Fatal(err)
				}
				said := run(statusFailed, append(args, "--lang", lang)...)
				if !strings.Contains(said, texts[i]) || !strings.Contains(said, database) ||
					!strings.Contains(said, "norang db restore ") || strings.Contains(said, "firewall") {
					t.Errorf("%s: %s", args, said)
				}
			}
		}
	}
	if said := run(statusDone, "db", "restore", backup, "--yes", "--lang", "en"); !strings.Contains(said, "Restored") {
		t.Error(said) // what the hint says works
	}
	if said := run(statusDone, "db", "check", "--lang", "en"); !strings.Contains(said, "No errors") {
		t.Error(said)
	}
}

// SQLite itself says only "unable to open database file", as without free file descriptors.
func TestCommandsExplainADatabaseThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "norang.db")
	run := func(args string) (int, string) {
		var out, errs bytes.Buffer
		status := Run(bounded.Context(t), strings.Fields(args), []string{"NORANG_DATABASE=" + database}, nil, &out, &errs)
		return status, out.String() + errs.String()
	}
	if status, said := run("db migrate"); status != statusDone {
		t.Fatal(said)
	}
	if err := os.Mkdir(database+"-wal", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"user list", "db status", "db backup " + database + ".copy"} {
		for lang, want := range map[string]string{"ko": "LimitNOFILE)를 늘리고", "en": "LimitNOFILE of systemd"} {
			if status, said := run(args + " --lang " + lang); status != statusFailed || !strings.Contains(said, want) {
				t.Errorf("%s: %d %s", args, status, said)
			}
		}
	}
}

// A PostgreSQL that cannot be used is no missing database.
func TestCommandsExplainAnUnusablePostgres(t *testing.T) {
	t.Parallel()
	missing := "postgres://norang@/x?host=" + t.TempDir()
	check := func(database, want string) {
		t.Helper()
		for _, args := range []string{"user list", "db status", "db migrate", "doctor --only database.reachable"} {
			var out, errs bytes.Buffer
			environ := []string{"NORANG_DATABASE=" + database, "LC_ALL=C"}
			status := Run(bounded.Context(t), strings.Fields(args), environ, nil, &out, &errs)
			said := out.String() + errs.String()
			if status != statusFailed || !strings.Contains(said, want) || strings.Contains(said, "database does not exist") {
				t.Errorf("%s: status %d, want %q: %s", args, status, want, said)
			}
		}
	}
	check(missing, "host in the address is a directory of unix_socket_directories")
	check("postgres://norang:secret@127.0.0.1:1/x", "Check that PostgreSQL runs, the host and port")
	server := os.Getenv("NORANG_TEST_POSTGRES")
	if server == "" {
		skipped.Skip(t, "NORANG_TEST_POSTGRES is not set")
	}
	check(strings.Replace(server, "/postgres?", "/norang_missing?", 1), "CREATE DATABASE")
}

// diskHint does not speak of PostgreSQL, whose hints are those of the database.
func TestReadOnlyHintIsAboutTheFile(t *testing.T) {
	t.Parallel()
	c := &terminal{lang: "en"}
	if hint := diskHint(c, errors.Join(readOnlyErrnos[0])); hint == "" || strings.Contains(hint, "PostgreSQL") {
		t.Error(hint)
	}
}
