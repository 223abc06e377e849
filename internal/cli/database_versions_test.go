package cli

import (
	"bytes"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/bounded"
)

// After a step back to the previous program (docs/operating.md, "Two versions at once") the database of the newer one
// works. It must not be called damaged: the operator would restore a backup over it.
func TestDatabaseOfANewerProgramIsNotCalledDamaged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	database, backup := filepath.Join(dir, "norang.db"), filepath.Join(dir, "backup.db")
	run := func(want int, args ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		status := Run(bounded.Context(t), args, []string{"NORANG_DATABASE=" + database}, nil, &out, &errs)
		said := out.String() + errs.String()
		if status != want || strings.Contains(said, "damaged") || strings.Contains(said, "상했습니다") {
			t.Errorf("%s: status %d: %s", args, status, said)
		}
		return said
	}
	change := func(statement string) {
		t.Helper()
		raw, err := sql.Open("sqlite", database)
		if err != nil {
			t.Fatal(err)
		}
		_, err = raw.Exec(statement)
		if err := errors.Join(err, raw.Close()); err != nil {
			t.Fatal(err)
		}
	}
	run(statusDone, "db", "migrate")
	change("INSERT INTO schema_migrations (version_id, is_applied) VALUES (999, 1)")
	for lang, texts := range map[string][3]string{
		"ko": {"비교하지 않았습니다", "더 새로운 norang의 백업", "더 새로운 norang이 마이그레이션해서"},
		"en": {"did not compare tables", "the backup belongs to a newer norang", "a newer norang has migrated the database"},
	} {
		copied := backup + lang
		run(statusDone, "db", "backup", copied)
		for _, args := range [][]string{{"db", "check"}, {"db", "check", "--database", copied}} {
			if said := run(statusDone, append(args, "--lang", lang)...); !strings.Contains(said, texts[0]) {
				t.Errorf("%s: %s", args, said)
			}
		}
		said := run(statusFailed, "db", "restore", copied, "--yes", "--lang", lang)
		if !strings.Contains(said, texts[1]) {
			t.Errorf("restore: %s", said)
		}
		change("UPDATE schema_support SET oldest_program = 999")
		if said := run(statusFailed, "user", "list", "--lang", lang); !strings.Contains(said, texts[2]) {
			t.Errorf("user list: %s", said)
		}
		change("UPDATE schema_support SET oldest_program = 1")
	}
	if said := run(statusDone, "db", "check", "--json"); !strings.Contains(said, `"compared": false`) {
		t.Error(said)
	}
}

// An update may begin with the new program: its backup is the way back to the previous one, so it must not wait for the
// migration.
func TestBackupOfADatabaseThatIsToBeMigrated(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	database, backup := filepath.Join(dir, "norang.db"), filepath.Join(dir, "backup.db")
	run := func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		environ := []string{"NORANG_DATABASE=" + database}
		status := Run(bounded.Context(t), append(args, "--lang", "en"), environ, nil, &out, &errs)
		return status, out.String() + errs.String()
	}
	run("db", "migrate")
	raw, err := sql.Open("sqlite", database)
	if err != nil {
		t.Fatal(err)
	}
	_, err = raw.Exec("DELETE FROM schema_migrations WHERE version_id = (SELECT MAX(version_id) FROM schema_migrations)")
	if err := errors.Join(err, raw.Close()); err != nil {
		t.Fatal(err)
	}
	if status, said := run("db", "backup", backup); status != statusDone {
		t.Errorf("backup: status %d: %s", status, said)
	}
	for _, args := range [][]string{{"audit"}, {"user", "list"}, {"db", "replay"}} {
		if status, said := run(args...); status != statusFailed || !strings.Contains(said, "hint: norang db migrate") {
			t.Errorf("%s: status %d: %s", args, status, said)
		}
	}
	database = backup
	if _, said := run("db", "status"); !strings.Contains(said, "pending") {
		t.Errorf("the backup was migrated: %s", said)
	}
}
