package store_test

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/store"
)

// sqlOf returns the blocks of SQL under a heading of a document.
func sqlOf(t *testing.T, name, heading string) []string {
	t.Helper()
	source, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	_, under, ok := strings.Cut(string(source), "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("docs/%s has no heading %s", name, heading)
	}
	under, _, _ = strings.Cut(under, "\n## ")
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(under, -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// documentedColumns are the names and types of the view in docs/members-view.md: column 1 is PostgreSQL, 2 SQLite.
func documentedColumns(t *testing.T, column int) [][]string {
	t.Helper()
	source, err := os.ReadFile("../../docs/members-view.md")
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for line := range strings.Lines(string(source)) {
		if strings.HasPrefix(line, "| `") {
			cells := strings.Split(line, "|")
			all = append(all, []string{strings.Trim(cells[1], " `"), strings.Trim(cells[1+column], " `")})
		}
	}
	return all
}

// twoMembers signs two users in and disables the second one.
func twoMembers(t *testing.T, db *store.DB) (active, disabled account.ID) {
	t.Helper()
	var ids []account.ID
	for i := range int64(2) {
		c := benchCompletion(i)
		if err := signIn(t.Context(), db, c); err != nil {
			t.Fatal(err)
		}
		p, err := db.Principal(t.Context(), c.Session.Key)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, p.User.ID)
	}
	err := db.SetDisabled(t.Context(), account.StatusChange{
		UserID: ids[1], Disabled: true, At: time.Now(), Actor: audit.Operator("test", "", audit.Client{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids[0], ids[1]
}

// The view on SQLite has the documented columns, and the documented query runs from another database.
func TestMembersViewOnSQLite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "norang.db")
	db := openStore(t, store.Config{DSN: file})
	active, _ := twoMembers(t, db)
	raw := rawSQLite(t, filepath.Join(dir, "shop.db"))
	raw.SetMaxOpenConns(1) // ATTACH is for one connection
	blocks := sqlOf(t, "members-view.md", "SQLite")
	if len(blocks) != 2 {
		t.Fatalf("%q", blocks)
	}
	for _, q := range []string{
		"CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id TEXT NOT NULL, total INTEGER NOT NULL)",
		fmt.Sprintf("INSERT INTO orders (user_id, total) VALUES ('%s', 100), ('gone', 200)", active),
		strings.Replace(blocks[0], "norang.db", file, 1),
	} {
		if _, err := raw.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	want := [][]string{{"2", "200", ""}, {"1", "100", nicknameOf(t, db, active)}}
	if diff := cmp.Diff(want, textRows(t, raw, blocks[1])); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	var columns [][]string
	for _, row := range textRows(t, raw, "PRAGMA norang.table_info(norang_members)") {
		columns = append(columns, []string{row[1], "TEXT"})
		types := textRows(t, raw, "SELECT DISTINCT typeof("+row[1]+") FROM norang.norang_members")
		for _, typ := range types {
			if typ[0] != "text" && typ[0] != "null" {
				t.Errorf("%s has values of type %s", row[1], typ[0])
			}
		}
	}
	if diff := cmp.Diff(documentedColumns(t, 2), columns); diff != "" {
		t.Errorf("columns (-documented +real):\n%s", diff)
	}
	if _, err := raw.Exec("DELETE FROM norang.users"); err == nil {
		t.Error("the attached file can be written")
	}
}

func nicknameOf(t *testing.T, db *store.DB, id account.ID) string {
	t.Helper()
	u, err := db.UserDetails(t.Context(), id, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return account.DisplayName(u.User, u.Identities[0])
}

// The roles of docs/postgresql.md are enough for the service and for an app on the view, and can do nothing else; the
// view has the documented columns.
func TestPostgresRolesOfTheDocument(t *testing.T) {
	t.Parallel()
	dsn := newPostgres(t)
	admin := rawPostgres(t, dsn)
	at, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	suffix := fmt.Sprintf("_%d", os.Getpid()) // roles belong to the whole server
	names := strings.NewReplacer("norang_owner", "norang_owner"+suffix, "norang_service", "norang_service"+suffix,
		"shop_app", "shop_app"+suffix, "DATABASE shop ", "DATABASE "+strings.Trim(at.Path, "/")+" ")
	roles := []string{"norang_owner" + suffix, "norang_service" + suffix, "shop_app" + suffix}
	t.Cleanup(func() {
		for _, q := range []string{"DROP OWNED BY %s CASCADE", "DROP ROLE %s"} {
			for _, role := range roles {
				if _, err := admin.Exec(fmt.Sprintf(q, role)); err != nil {
					t.Errorf(q+": %v", role, err)
				}
			}
		}
	})
	as := func(role string) string {
		u := *at
		u.User = url.UserPassword(role, "unused: the test server trusts its socket")
		q := u.Query()
		q.Del("user") // of a server that the test starts; it would win
		u.RawQuery = q.Encode()
		return u.String()
	}
	blocks := sqlOf(t, "postgresql.md", "Roles")
	if len(blocks) != 2 {
		t.Fatalf("%q", blocks)
	}
	if _, err := admin.Exec(names.Replace(blocks[0])); err != nil {
		t.Fatal(err)
	}
	if db, err := store.Open(t.Context(), store.Config{DSN: as(roles[1])}); err == nil {
		_ = db.Close()
		t.Fatal("the service's role migrates")
	}
	openStore(t, store.Config{DSN: as(roles[0])})
	db := openStore(t, store.Config{DSN: as(roles[1])})
	active, _ := twoMembers(t, db)
	if _, err := db.Sweep(t.Context(), time.Now().AddDate(3, 0, 0), 100); err != nil {
		t.Errorf("sweep: %v", err)
	}
	if _, err := admin.Exec(names.Replace(blocks[1])); err != nil {
		t.Fatal(err)
	}
	refused := func(role string, queries ...string) {
		t.Helper()
		raw := rawPostgres(t, as(role))
		for _, q := range queries {
			if _, err := raw.Exec(q); err == nil || !strings.Contains(err.Error(), "42501") {
				t.Errorf("%s: %s: %v, want insufficient_privilege", role, q, err)
			}
		}
	}
	refused(roles[1], "CREATE TABLE norang.x (a int)", "DROP TABLE norang.users", "TRUNCATE norang.audit_log",
		"ALTER TABLE norang.audit_log DISABLE TRIGGER ALL", "CREATE SCHEMA x")
	refused(roles[2], "SELECT * FROM norang.users", "SELECT * FROM norang.sessions",
		"SELECT * FROM norang_erasures.erased")

	joins := sqlOf(t, "members-view.md", "PostgreSQL")
	if len(joins) != 3 {
		t.Fatalf("%q", joins)
	}
	if _, err := admin.Exec("CREATE SCHEMA " + roles[2] + " AUTHORIZATION " + roles[2]); err != nil {
		t.Fatal(err)
	}
	shop := rawPostgres(t, as(roles[2])+"&search_path="+roles[2])
	for _, q := range []string{
		joins[0], fmt.Sprintf("INSERT INTO orders (user_id, total) VALUES ('%s', 100), ('gone', 200)", active),
	} {
		if _, err := shop.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	want := [][]string{{"2", "200", ""}, {"1", "100", nicknameOf(t, db, active)}}
	if diff := cmp.Diff(want, textRows(t, shop, joins[1])); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	if rows := textRows(t, shop, joins[2]); len(rows) > 1 { // the fixture joined at another time
		t.Errorf("%q", rows)
	}
	columns := textRows(t, admin, `SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
		WHERE a.attrelid = 'norang.members'::regclass AND a.attnum > 0 ORDER BY a.attnum`)
	if diff := cmp.Diff(documentedColumns(t, 1), columns); diff != "" {
		t.Errorf("columns (-documented +real):\n%s", diff)
	}
}
