package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/norang-login/norang/internal/testkit/skipped"
)

var rolesMade atomic.Int32

// Roles are the roles of docs/postgresql.md, under names of their own.
type Roles struct {
	t         testing.TB
	chapter   string // the statements of the chapter "Roles"
	names     *strings.Replacer
	suffix    string
	passwords map[string]string // the password of a role, by its name in the document
}

// NewRoles reads the roles from the document.
func NewRoles(t testing.TB, document string) *Roles {
	t.Helper()
	page, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	r := &Roles{t: t, suffix: fmt.Sprintf("_%d_%d", os.Getpid(), rolesMade.Add(1)), passwords: map[string]string{}}
	_, chapter, _ := strings.Cut(string(page), "\n## Roles\n")
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	_, statements, _ := strings.Cut(chapter, "```sql\n")
	r.chapter, _, _ = strings.Cut(statements, "```")
	var names []string
	for _, line := range strings.Split(string(page), "\n") {
		if role, password, ok := strings.Cut(line, " LOGIN PASSWORD '"); ok {
			role = strings.TrimPrefix(role, "CREATE ROLE ")
			r.passwords[role], _, _ = strings.Cut(password, "'")
			names = append(names, role, role+r.suffix)
		}
	}
	if len(names) == 0 || r.chapter == "" {
		t.Fatalf("%s has no roles", document)
	}
	r.names = strings.NewReplacer(names...)
	return r
}

// SQL returns statements of the document with the roles' own names.
func (r *Roles) SQL(text string) string { return r.names.Replace(text) }

// Create makes the roles, and what else the chapter makes, in the database of an administrator's address. They are
// dropped with everything that they own when the test ends.
func (r *Roles) Create(admin string) { r.t.Helper(); r.run(admin, r.chapter) }

// CreateOnly makes the roles without the schemas: the first three statements of the chapter.
func (r *Roles) CreateOnly(admin string) {
	r.t.Helper()
	r.run(admin, strings.Join(strings.SplitAfter(r.chapter, ";\n")[:3], ""))
}

func (r *Roles) run(admin, statements string) {
	r.t.Helper()
	u, err := url.Parse(admin)
	if err != nil {
		r.t.Fatal(err)
	}
	database := strings.TrimPrefix(u.Path, "/")
	r.t.Cleanup(func() { r.drop(admin) })
	err = Exec(admin, strings.ReplaceAll(r.SQL(statements), "DATABASE shop", "DATABASE "+database))
	var denied *pgconn.PgError
	if errors.As(err, &denied) && denied.Code == "42501" {
		skipped.Skip(r.t, "no right to create roles")
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *Roles) drop(admin string) {
	for role := range r.passwords {
		role += r.suffix
		if err := Exec(admin, "DROP OWNED BY "+role+" CASCADE; DROP ROLE "+role); err != nil &&
			!strings.Contains(err.Error(), "does not exist") {
			r.t.Errorf("role left behind: %v", err)
		}
	}
}

// As returns the address for a role of the document.
func (r *Roles) As(role, admin string) string {
	r.t.Helper()
	u, err := url.Parse(admin)
	if err != nil || r.passwords[role] == "" {
		r.t.Fatalf("no role %q: %v", role, err)
	}
	q := u.Query()
	q.Del("user")
	u.RawQuery, u.User = q.Encode(), url.UserPassword(role+r.suffix, r.passwords[role])
	return u.String()
}

// Exec runs statements on a connection of its own.
func Exec(dsn, statements string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statements)
	return errors.Join(err, conn.Close(ctx))
}
