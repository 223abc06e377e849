package app_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/norang-login/norang/internal/app"
)

// The database commands: no file, created, up to date; reading the status creates nothing.
func TestDatabaseStatusAndMigration(t *testing.T) {
	t.Parallel()
	path, log := filepath.Join(t.TempDir(), "norang.db"), slog.New(slog.DiscardHandler)
	if _, err := app.ReadDatabaseStatus(t.Context(), path, log); !errors.Is(err, app.ErrNoDatabase) {
		t.Errorf("status without a database: %v", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("reading the status created a database")
	}
	done, s, err := app.MigrateDatabase(t.Context(), app.Config{Database: path, Log: log})
	if err != nil || len(done) == 0 || len(done) != len(s.Migrations) || s.Current != s.Latest ||
		s.Database != "sqlite" ||
		done[0].Applied.IsZero() {
		t.Errorf("first: %+v %+v %v", done, s, err)
	}
	done, again, err := app.MigrateDatabase(t.Context(), app.Config{Database: path, Log: log})
	if err != nil || len(done) != 0 || again.Current != s.Current {
		t.Errorf("second: %+v %+v %v", done, again, err)
	}
	if got, err := app.ReadDatabaseStatus(t.Context(), path, log); err != nil || got.Current != s.Latest {
		t.Errorf("status: %+v %v", got, err)
	}
}

// Check validates an existing key file, needs none where the first start creates it, and creates nothing.
func TestCheckValidatesTheKeyFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cfg := app.Config{
		URL: "https://login.example.com", NoAdminKey: true, NewDatabase: true,
		Database: filepath.Join(dir, "norang.db"),
		Keys:     filepath.Join(dir, "norang.keys"),
		Kakao:    app.Kakao{ClientID: "0123456789abcdef0123456789abcdef", ClientSecret: "s", AppID: 1},
	}
	if err := app.Check(cfg); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("%v %v", entries, err)
	}
	if err := os.WriteFile(cfg.Keys, []byte("changeme\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if fs := app.ConfigErrors(app.Check(cfg)); len(fs) != 1 || fs[0].Field != "Keys" {
		t.Errorf("%v", fs)
	}
}
