package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/store"
)

// PV-10: many users are erased among others who stay. What the freed parts of pages and the log still held is gone from
// all files within a minute.
func TestPV10_NothingOfErasedUsersIsLeftInTheFiles(t *testing.T) {
	t.Parallel()
	path := migratedPath(t)
	db := openSQLite(t, store.Config{DSN: path, Exclusive: true})
	const people = 400
	for _, n := range rand.Perm(people) {
		c := benchCompletion(int64(n))
		c.Profile.Nickname, c.Profile.Email = fmt.Sprintf("GONE이름%04d", n), fmt.Sprintf("GONE%04d@example.com", n)
		c.Key.Subject = fmt.Sprintf("GONE%d", 7_000_000+n)
		if n%4 == 0 {
			c.Profile.Nickname, c.Profile.Email = "stays", strings.Repeat("stays", n%9)+"@example.com"
			c.Key.Subject = fmt.Sprint(8_000_000 + n)
		}
		if err := signIn(t.Context(), db, c); err != nil {
			t.Fatal(err)
		}
	}
	raw := rawSQLite(t, path)
	gone := textRows(t, raw, "SELECT user_id FROM identities WHERE subject LIKE 'GONE%' ORDER BY random()")
	for _, row := range gone {
		leave(t, db, account.ID(row[0]))
	}
	if traces(t, path) == 0 {
		t.Fatal("the test finds nothing even in the log and the unlink jobs")
	}
	for { // the provider knows
		due, err := db.ClaimJobs(t.Context(), time.Now(), time.Minute, 50)
		if err != nil {
			t.Fatal(err)
		}
		if len(due) == 0 {
			break
		}
		for _, j := range due {
			s := jobs.Settlement{ID: j.ID, Attempt: j.Attempt, State: jobs.Done, At: time.Now()}
			if err := db.SettleJob(t.Context(), s); err != nil {
				t.Fatal(err)
			}
		}
	}
	for until := time.Now().Add(time.Minute); traces(t, path) > 0; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("left in the files: %v", tracesIn(t, path))
		}
	}
	if n := textRows(t, raw, "SELECT COUNT(*) FROM identities")[0][0]; n != "100" {
		t.Errorf("%s identities, want 100", n)
	}
}

// traces counts what is left in the files of a database.
func traces(t *testing.T, path string) (n int) {
	t.Helper()
	for _, m := range tracesIn(t, path) {
		n += m
	}
	return n
}

// tracesIn is traces by the name of the file.
func tracesIn(t *testing.T, path string) map[string]int {
	t.Helper()
	all := map[string]int{}
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(b), "GONE"); n > 0 {
			all[filepath.Base(f)] = n
		}
	}
	return all
}
