package cli

import (
	"bytes"
	"crypto/rand"
	"database/sql"
	"encoding/csv"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/importing"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// oldTables are the tables that docs/moving.md reads, in that order, as their libraries create them: each with two
// users of Kakao and rows that are none.
var oldTables = []string{
	`CREATE TABLE social_account (id BIGINT, provider VARCHAR(20), provider_id VARCHAR(255), member_id BIGINT);
INSERT INTO social_account VALUES
(1, 'KAKAO', '4000000002', 12), (2, 'KAKAO', '4000000001', 11), (3, 'NAVER', 'x', 13)`,
	`CREATE TABLE auth.identities (id VARCHAR(36), provider_id TEXT, user_id VARCHAR(36), provider TEXT);
INSERT INTO auth.identities VALUES ('a', '4000000001', '11', 'kakao'), ('b', '4000000002', '12', 'kakao'),
('c', 'someone@example.com', '13', 'email')`,
	`CREATE TABLE socialaccount_socialaccount (id INTEGER, provider VARCHAR(200), uid VARCHAR(191), user_id INTEGER);
INSERT INTO socialaccount_socialaccount VALUES (1, 'kakao', '4000000001', 11), (2, 'kakao', '4000000002', 12),
(3, 'google', '1', 13)`,
	`CREATE TABLE "Account" (provider TEXT, "providerAccountId" TEXT, "userId" TEXT);
INSERT INTO "Account" VALUES ('kakao', '4000000001', '11'), ('kakao', '4000000002', '12'), ('github', '1', '13')`,
	`CREATE TABLE users (id INTEGER PRIMARY KEY, nickname VARCHAR(128), email VARCHAR(128), kakao_id BIGINT);
INSERT INTO users VALUES (11, '라이언', 'x', 4000000001), (12, '무지', 'y', 4000000002), (13, '라이언', 'z', NULL)`,
}

// The SQL of both pages makes files that an import takes, of tables in SQLite and PostgreSQL.
func TestMovingPagesSQL(t *testing.T) {
	t.Parallel()
	block := regexp.MustCompile("(?s)```sql\n(.*?)```")
	read := func(name string) (all []string) {
		b, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllStringSubmatch(string(b), -1) {
			all = append(all, m[1])
		}
		return all
	}
	queries := read("moving.md")
	if diff := cmp.Diff(queries, read("moving.ko.md")); diff != "" || len(queries) != len(oldTables) {
		t.Fatalf("%d statements, the pages differ:\n%s", len(queries), diff)
	}
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "old.db"))
		if err != nil {
			t.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		defer db.Close()
		testMovingSQL(t, db, queries, "ATTACH ':memory:' AS auth")
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		dsn := os.Getenv("NORANG_TEST_POSTGRES")
		if dsn == "" {
			skipped.Skip(t, "NORANG_TEST_POSTGRES is not set")
		}
		admin, err := sql.Open("pgx", dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer admin.Close()
		name := "norang_moving_" + strings.ToLower(rand.Text())
		if _, err := admin.Exec("CREATE DATABASE " + name + " TEMPLATE template0"); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if _, err := admin.Exec("DROP DATABASE " + name); err != nil {
				t.Error(err)
			}
		}()
		u, err := url.Parse(dsn)
		if err != nil {
			t.Fatal(err)
		}
		u.Path = "/" + name
		db, err := sql.Open("pgx", u.String())
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		testMovingSQL(t, db, queries, "CREATE SCHEMA auth")
	})
}

func testMovingSQL(t *testing.T, db *sql.DB, queries []string, prepare string) {
	for _, statement := range append([]string{prepare}, oldTables...) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	path := filepath.Join(t.TempDir(), "norang.db")
	if _, _, err := app.MigrateDatabase(t.Context(), app.Config{Database: path, NewDatabase: true}); err != nil {
		t.Fatal(err)
	}
	actor := audit.Operator("kim", "moving", audit.Client{})
	op, err := app.OpenOperator(t.Context(), app.OperatorConfig{Database: path, Actor: actor})
	if err != nil {
		t.Fatal(err)
	}
	defer op.Close()
	cfg := app.Config{Kakao: app.Kakao{ClientID: strings.Repeat("0", 32), AppID: 1}}
	in, err := op.NewImport(cfg, actor, app.ImportOptions{Unchecked: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range queries {
		file := csvOf(t, db, query)
		r, err := in.Check(t.Context(), strings.NewReader(file))
		if err != nil || r.Refused() || r.Verdicts[importing.Create] != 2 ||
			!strings.Contains(file, "4000000001,11") || !strings.Contains(file, "4000000002,12") {
			t.Errorf("%s\n%s\n%+v, %v", query, file, r, err)
		}
	}
}

func csvOf(t *testing.T, db *sql.DB, query string) string {
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	record := columns
	for {
		if err := out.Write(record); err != nil {
			t.Fatal(err)
		}
		if !rows.Next() {
			break
		}
		cells, dest := make([]any, len(columns)), make([]any, len(columns))
		for i := range cells {
			dest[i] = &cells[i]
		}
		if err := rows.Scan(dest...); err != nil {
			t.Fatal(err)
		}
		record = make([]string, len(columns))
		for i, c := range cells {
			record[i] = fmt.Sprint(c)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	out.Flush()
	return b.String()
}
