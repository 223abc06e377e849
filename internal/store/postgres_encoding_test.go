package store_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/testkit/skipped"
)

// The server would otherwise take the bytes of a nickname for another encoding: it refuses them, or shows other
// characters to the user and the app.
func TestTextIsUTF8WhateverTheRoleOrTheAddressSays(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(t *testing.T, dsn string) string{
		"address": func(_ *testing.T, dsn string) string { return dsn + "&client_encoding=EUC_KR" },
		"database": func(t *testing.T, dsn string) string {
			const set = "DO $$BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || ' SET client_encoding = UHC'; END$$"
			if _, err := rawPostgres(t, dsn).Exec(set); err != nil {
				t.Fatal(err)
			}
			return dsn
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dsn := copyPostgres(t)
			db := openStore(t, store.Config{DSN: prepare(t, dsn)})
			c := benchCompletion(1)
			c.Profile.Nickname = "똠방각하 😀"
			if err := signIn(t.Context(), db, c); err != nil {
				t.Fatal(err)
			}
			var got string
			err := rawPostgres(t, dsn+"&client_encoding=UTF8").QueryRow("SELECT nickname FROM norang.identities").Scan(&got)
			if err != nil || got != c.Profile.Nickname {
				t.Errorf("stored %q, want %q (%v)", got, c.Profile.Nickname, err)
			}
		})
	}
}

func TestDatabaseOfAnotherEncodingIsNotFilled(t *testing.T) {
	t.Parallel()
	takeTurn(t)
	dsn := ownDatabase(t, "template0 ENCODING 'EUC_KR' LC_COLLATE 'C' LC_CTYPE 'C'")
	db, err := store.Open(t.Context(), store.Config{DSN: dsn})
	var other *store.EncodingError
	if err == nil {
		_ = db.Close()
	}
	if !errors.As(err, &other) || other.Encoding != "EUC_KR" || !strings.Contains(err.Error(), "UTF8") {
		t.Errorf("opened: %v", err)
	}
	bare := openStore(t, store.Config{DSN: dsn, NoMigrate: true}) // as of norang db migrate
	if done, err := bare.Migrate(t.Context()); !errors.As(err, &other) || len(done) > 0 {
		t.Errorf("migrated: %v, %v", done, err)
	}
	if x := store.Examine(t.Context(), dsn); x.Encoding == nil || !x.Missing || x.Unreachable != nil {
		t.Errorf("examined: %+v", x)
	}
}

func TestDatabaseOfAnotherEncodingInUseIsOpenedWithAWarning(t *testing.T) {
	t.Parallel()
	dsn := copyPostgres(t)
	const change = `UPDATE pg_database SET encoding = pg_char_to_encoding('LATIN1') WHERE datname = current_database()`
	if _, err := rawPostgres(t, dsn).Exec(change); noSuperuser(err) {
		skipped.Skip(t, "a superuser of PostgreSQL")
	} else if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	db := openStore(t, store.Config{DSN: dsn, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err := signIn(t.Context(), db, benchCompletion(1)); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "LATIN1") {
		t.Errorf("no warning: %s", &log)
	}
	if x := store.Examine(t.Context(), dsn); x.Encoding == nil || x.Unreachable != nil {
		t.Errorf("examined: %+v", x)
	}
	if x := store.Examine(t.Context(), copyPostgres(t)); x.Encoding != nil {
		t.Errorf("UTF8: %v", x.Encoding)
	}
}
