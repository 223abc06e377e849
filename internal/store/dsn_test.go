package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/i18n"
)

// refusedDSNs are addresses with the password s3cr3tpw that are neither a path nor a URL of PostgreSQL.
var refusedDSNs = []string{
	"host=db.internal user=norang password=s3cr3tpw dbname=norang",
	"dbname = app  PASSWORD=s3cr3tpw",
	"Server=h;Password=s3cr3tpw;",
	"Data Source=h;User ID=sa;Pwd=s3cr3tpw",
	"Driver={PostgreSQL};Pwd={s3cr3tpw}",
	"root:s3cr3tpw@tcp(127.0.0.1:3306)/d",
	"first.last:s3cr3tpw@tcp(127.0.0.1:3306)/d",
	"u:s3cr3tpw@/d",
	":s3cr3tpw@127.0.0.1:6379",
	"scott/s3cr3tpw@//db:1521/norang",
	"sqlserver://sa:s3cr3tpw@h?database=norang",
	"redis://:s3cr3tpw@h",
	"jdbc:postgresql://h/d?user=u&password=s3cr3tpw",
	"jdbc:sqlserver://h;password=s3cr3tpw",
	"postgresql+psycopg2://u:s3cr3tpw@h/d",
	"mongodb+srv://u:s3cr3tpw@h/d",
	"POSTGRES://u:s3cr3tpw@h/d",
	"Postgres://u:s3cr3tpw@h/d",
	"postgres:u:s3cr3tpw@h/d",
	"postgres:/u:s3cr3tpw@h/d",
	" postgres://u:s3cr3tpw@h/d",
	`"postgres://u:s3cr3tpw@h/d"`,
	"'postgres://u:s3cr3tpw@h/d'",
	"sqlite:///var/lib/s3cr3tpw.db",
	"file:s3cr3tpw.db?mode=rw",
	"postgres://u:s3cr3tpw/x@h/d",
	"postgres://u:s3cr3tpw#x@h/d",
	"postgres://u:s3cr3tpw?x@h/d",
	"postgres://u:%s3cr3tpw@h/d",
}

func TestAddressesOfOtherDatabasesAreNoPaths(t *testing.T) {
	t.Parallel()
	for _, dsn := range refusedDSNs {
		err := CheckDSN(dsn)
		if err == nil {
			t.Errorf("%s is accepted", dsn)
			continue
		}
		if m := i18n.Message(err); strings.Contains(m.Ko+m.En, "s3cr3tpw") || m.Ko == m.En {
			t.Errorf("%s: %+v", dsn, m)
		}
	}
	for _, dsn := range []string{
		"norang.db", "/var/lib/norang/norang.db", "./norang.db", "../a b/norang.db", `C:\norang.db`, "C:/data/norang.db",
		`C:\Users\me@example.com\norang.db`, "C://data/norang.db", "/srv/a:b@c/norang.db", "/srv/env=prod/norang.db",
		"env=prod/norang.db", "./a:b", "data@v2/norang.db", "노랑.db", ":memory:",
		"postgres://u:p@h/d", "postgresql://u@h:5432/d?sslmode=disable", "postgres:///d?host=/run/postgresql&password=p",
		"postgres://h1:5432,h2:5432/d?target_session_attrs=read-write",
	} {
		if err := CheckDSN(dsn); err != nil {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}

// Every function that opens or names a database refuses them, creates no file, and does not repeat the password.
func TestRefusedAddressIsNeitherOpenedNorRepeated(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	db, err := Open(t.Context(), Config{DSN: filepath.Join(t.TempDir(), "norang.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	open := func(cfg Config) func(context.Context, string) error {
		return func(ctx context.Context, dsn string) error {
			cfg.DSN = dsn
			db, err := Open(ctx, cfg)
			if err == nil {
				_ = db.Close()
			}
			return err
		}
	}
	for name, use := range map[string]func(context.Context, string) error{
		"open": open(Config{}), "open an existing one": open(Config{MustExist: true, NoMigrate: true}),
		"examine": func(ctx context.Context, dsn string) error { return Examine(ctx, dsn).Unreachable },
		"backup":  db.Backup,
		"restore": func(ctx context.Context, dsn string) error {
			_, err := Restore(ctx, Config{DSN: dsn}, "backup.db", audit.Event{})
			return err
		},
		"restore from": func(ctx context.Context, dsn string) error {
			_, err := Restore(ctx, Config{DSN: "norang.db"}, dsn, audit.Event{})
			return err
		},
	} {
		for _, dsn := range refusedDSNs {
			if err := use(t.Context(), dsn); err == nil || strings.Contains(err.Error(), "s3cr3tpw") {
				t.Errorf("%s %s: %v", name, dsn, err)
			}
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("created %v, %v", files, err)
	}
}
