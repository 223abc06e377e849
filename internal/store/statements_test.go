package store_test

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/store"
)

// The one writer of SQLite spends most of a sign-in on its statements, so none may be added unnoticed.
func TestStatementsOfASignIn(t *testing.T) {
	t.Parallel()
	db := openSQLite(t, store.Config{DSN: filepath.Join(t.TempDir(), "norang.db"), Exclusive: true})
	for i, c := range []struct {
		name string
		want []string
	}{
		{"a new user", []string{
			"SELECT identities", "INSERT users", "INSERT identities", "SELECT jobs", "INSERT events", "UPDATE attempts",
			"INSERT sessions", "INSERT audit_log",
		}},
		{"a known user", []string{
			"SELECT identities", "UPDATE identities", "UPDATE attempts", "INSERT sessions", "SELECT sessions",
			"INSERT audit_log",
		}},
	} {
		completion := benchCompletion(int64(i) + 1)
		completion.Key.Subject = "3000000001"
		if _, err := db.Claim(t.Context(), completion.Attempt, completion.At, completion.At.Add(1)); err != nil {
			t.Fatal(err)
		}
		queries, err := db.FinishStatements(t.Context(), completion)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, q := range queries {
			got = append(got, statement(q))
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

var firstTable = regexp.MustCompile(
	`(?s)^(SELECT|INSERT|UPDATE|DELETE)\b.*?\b(?:FROM|INTO|UPDATE) (\w+)|^(UPDATE) (\w+)`,
)

// statement is the verb and the first table of a statement.
func statement(query string) string {
	m := firstTable.FindStringSubmatch(query)
	if m == nil {
		return query
	}
	return m[1] + m[3] + " " + m[2] + m[4]
}
