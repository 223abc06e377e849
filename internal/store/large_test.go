package store_test

import (
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/norang-login/norang/internal/store"
)

// manyRows is how much a sweep has to delete: NORANG_ROWS, or n.
func manyRows(n int) int {
	if given, err := strconv.Atoi(os.Getenv("NORANG_ROWS")); err == nil && given > 0 {
		return given
	}
	return n
}

// ST-13: sessions that ended long ago are deleted in small steps, all of them, and who signs in meanwhile gets in.
// Make soak does it with a million.
func TestST13_ManyRowsSQLite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "norang.db")
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	raw := rawSQLite(t, path)
	sweepMany(t, db, func(n int) error {
		_, err := raw.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
INSERT INTO sessions (key, id, user_id, identity_id, created_at, auth_time, seen_at, idle_expires_at, expires_at,
remember)
SELECT unhex(printf('%072x', i)), printf('%036d', i), u.id, u.id, 1, 1, 1, 2, 3, 1 FROM n, users u`, n)
		return err
	}, func() [][]string { return textRows(t, raw, "SELECT COUNT(*) FROM sessions WHERE idle_expires_at = 2") })
}

func TestST13_ManyRowsPostgres(t *testing.T) {
	dsn := copyPostgres(t)
	db := openSQLite(t, store.Config{DSN: dsn}) // by any address
	raw := rawPostgres(t, dsn)
	sweepMany(t, db, func(n int) error {
		_, err := raw.Exec(`INSERT INTO norang.sessions (key, id, user_id, identity_id, created_at, auth_time, seen_at,
idle_expires_at, expires_at, remember)
SELECT decode(lpad(to_hex(i), 72, '0'), 'hex'), lpad(CAST(i AS text), 36, '0'), u.id, u.id, 1, 1, 1, 2, 3, 1
FROM generate_series(1, CAST($1 AS int)) i, norang.users u`, n)
		return err
	}, func() [][]string {
		return textRows(t, raw, "SELECT COUNT(*) FROM norang.sessions WHERE idle_expires_at = 2")
	})
}

func sweepMany(t *testing.T, db *store.DB, fill func(int) error, left func() [][]string) {
	t.Helper()
	n := manyRows(2000)
	if err := signIn(t.Context(), db, benchCompletion(1)); err != nil { // whose sessions all of them are
		t.Fatal(err)
	}
	if err := fill(n); err != nil {
		t.Fatal(err)
	}
	if got := left()[0][0]; got != strconv.Itoa(n) {
		t.Fatalf("%s rows to sweep, want %d", got, n)
	}
	swept := make(chan error, 1)
	var deleted atomic.Int64
	go func() {
		got, err := db.SweepAll(t.Context(), benchTime)
		deleted.Store(int64(got))
		swept <- err
	}()
	logins := int64(0)
	for i := int64(2); ; i++ {
		select {
		case err := <-swept:
			if err != nil {
				t.Fatal(err)
			}
			if got := left()[0][0]; got != "0" || deleted.Load() < int64(n) {
				t.Errorf("%s of %d rows are left, %d were deleted", got, n, deleted.Load())
			}
			if logins == 0 {
				t.Error("no sign-in during the sweep, nothing was tested")
			}
			t.Logf("%d rows swept, %d sign-ins meanwhile", n, logins)
			return
		default:
		}
		if err := signIn(t.Context(), db, benchCompletion(i)); err != nil {
			t.Fatalf("a sign-in during the sweep: %v", err)
		}
		logins++
	}
}
