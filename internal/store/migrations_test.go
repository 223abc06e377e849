package store_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A migration that was carried out somewhere must never change: databases of that build would keep its result, and a
// new one would not have it. testdata/migrations.sum has the digest of each, as sha256sum prints it; a new migration
// adds a line.
func TestMigrationsDoNotChange(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile(filepath.Join("testdata", "migrations.sum"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(list)) {
		digest, path, _ := strings.Cut(strings.TrimSpace(line), "  ")
		want[path] = digest
	}
	paths, err := filepath.Glob("migrations/*/*.sql")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d migrations, %v", len(paths), err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.ToSlash(path)
		if got := fmt.Sprintf("%x", sha256.Sum256(text)); got != want[name] {
			t.Errorf("%s has changed or is new; the line of a new one: %s  %s", name, got, name)
		}
		delete(want, name)
	}
	for path := range want {
		t.Errorf("%s is missing", path)
	}
}
