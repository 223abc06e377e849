package store

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSettingsAreAsserted(t *testing.T) {
	t.Parallel()
	path, err := preparePath(Config{DSN: filepath.Join(t.TempDir(), "w.db")})
	if err != nil {
		t.Fatal(err)
	}
	db := &sqliteDB{path: path, cfg: Config{BusyTimeout: time.Second}}
	c, err := db.connectWriter()
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, bad := range []string{"synchronous=NORMAL", "foreign_keys=OFF", "fullfsync=OFF", "trusted_schema=ON"} {
		name, _, _ := strings.Cut(bad, "=")
		var was int64
		if err := c.get("PRAGMA "+name, nil, &was); err != nil {
			t.Fatal(err)
		}
		if _, err := c.exec("PRAGMA " + bad); err != nil {
			t.Fatal(err)
		}
		if err := assertSettings(c); err == nil {
			t.Errorf("%s is accepted", bad)
		}
		if _, err := c.exec(fmt.Sprintf("PRAGMA %s=%d", name, was)); err != nil {
			t.Fatal(err)
		}
		if err := assertSettings(c); err != nil {
			t.Errorf("after %s was taken back: %v", bad, err)
		}
	}
	if _, err := c.exec("PRAGMA journal_mode=DELETE"); err != nil {
		t.Fatal(err)
	}
	if err := assertSettings(c); err == nil {
		t.Error("journal_mode=DELETE is accepted")
	}
}

func TestValuesOfAnotherTypeAreErrors(t *testing.T) {
	t.Parallel()
	_, look := scratch(t, 1)
	var s string
	var n int64
	if err := look.get("SELECT 1", nil, &s); err == nil {
		t.Error("an integer was read as text")
	}
	if err := look.get("SELECT 'x'", nil, &n); err == nil {
		t.Error("text was read as an integer")
	}
	if err := look.get("SELECT $1", []any{time.Now()}, &s); err == nil {
		t.Error("a time.Time was bound")
	}
	s, n = "x", 1
	if err := look.get("SELECT NULL, NULL", nil, &s, &n); err != nil || s != "" || n != 0 {
		t.Errorf("NULL = %q, %d, %v", s, n, err)
	}
	if err := look.get("SELECT 1 WHERE 1 = 0", nil, &n); !errors.Is(err, errNoRow) {
		t.Errorf("no row: %v", err)
	}
}
