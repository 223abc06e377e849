//go:build failpoints

package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/importing"
	"github.com/norang-login/norang/internal/store"
)

// importedBatch is what the child imports, and the parent once more.
func importedBatch() importing.Batch {
	return importing.Batch{
		Provider: "kakao", Namespace: "123456", At: benchTime, Actor: audit.Operator("kim", "moving", audit.Client{}),
		Rows: []importing.Row{
			{Subject: "1", Ref: "a", Status: account.Active}, {Subject: "2", Ref: "b", Status: account.Active},
		},
	}
}

// TestImportChild is the process that is killed.
func TestImportChild(t *testing.T) {
	dsn := os.Getenv("NORANG_STORE_TEST_IMPORT")
	if dsn == "" {
		t.Skip("only as a child of TestST01_KilledDuringAnImport")
	}
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.WriteImport(ctx, importedBatch()); err != nil {
		t.Fatal(err)
	}
}

// Killed before the commit, nothing of the batch is there; after it, all of it. The same import completes either.
func TestST01_KilledDuringAnImport(t *testing.T) {
	t.Parallel()
	for point, want := range map[string]struct {
		users    string
		verdicts []importing.Verdict
	}{
		"import.before_commit": {"0", []importing.Verdict{importing.Create, importing.Create}},
		"import.after_commit":  {"2", []importing.Verdict{importing.Unchanged, importing.Unchanged}},
	} {
		t.Run(point, func(t *testing.T) {
			onEach(t, func(t *testing.T, cfg store.Config, raw func(*testing.T) *sql.DB, schema string) {
				cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestImportChild$")
				cmd.Env = append(os.Environ(), "NORANG_STORE_TEST_IMPORT="+cfg.DSN, "FAILPOINT="+point)
				var exit *exec.ExitError
				if out, err := cmd.CombinedOutput(); !errors.As(err, &exit) || exit.Exited() {
					t.Fatalf("the child was not killed: %v\n%s", err, out)
				}
				db := openStore(t, cfg)
				look := raw(t)
				for _, table := range []string{"users", "identities"} {
					if got := textRows(t, look, "SELECT COUNT(*) FROM "+schema+table)[0][0]; got != want.users {
						t.Errorf("%s %s, want %s", got, table, want.users)
					}
				}
				verdicts, err := db.WriteImport(t.Context(), importedBatch())
				if diff := cmp.Diff(want.verdicts, verdicts); err != nil || diff != "" {
					t.Errorf("again: %v\n%s", err, diff)
				}
				if got := textRows(t, look, "SELECT COUNT(*) FROM "+schema+"identities")[0][0]; got != "2" {
					t.Errorf("%s identities in the end", got)
				}
			})
		})
	}
}
