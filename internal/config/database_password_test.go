package config

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOnlyAPasswordIsRefusedOnTheCommandLine: docs/postgresql.md migrates as a role that signs in by a certificate, the
// peer's name or .pgpass.
func TestOnlyAPasswordIsRefusedOnTheCommandLine(t *testing.T) {
	t.Parallel()
	for address, secret := range map[string]bool{
		"postgres://norang_owner@db.example.com/shop?sslmode=verify-full": false,
		"postgres://norang_owner@db.example.com:5432/shop":                false,
		"postgres://norang_owner@a.example.com:5432,b.example.com/shop":   false,
		"postgres://db.example.com:5432/shop":                             false,
		"postgres:///shop?host=/run/postgresql&user=norang_owner":         false,
		"/var/lib/norang/user:norang@shop.db":                             false,
		"postgres://u:p@db.example.com/shop":                              true,
		"postgres://u:p/x@db.example.com/shop":                            true,
		"postgres://u:p?x@db.example.com/shop":                            true,
		"postgres://u:p@x@db.example.com/shop":                            true,
		"postgres://u:%2@db.example.com/shop":                             true,
		"postgres://u@db.example.com/shop?password=p":                     true,
		"postgres://u@db.example.com/shop?sslpassword=p":                  true,
		"postgres://u@db.example.com/shop?pass%77ord=p":                   true,
		"postgres://u@db.example.com/shop?sslkey=%zz":                     true,
		"POSTGRES://u@db.example.com/shop?PASSWORD=p":                     true,
	} {
		_, _, err := Load(Sources{Flags: map[string]string{"NORANG_DATABASE": address}})
		if (err != nil) != secret {
			t.Errorf("--database %s: %v, refused %v wanted", address, err, secret)
		}
		file := filepath.Join(t.TempDir(), "norang.toml")
		if err := os.WriteFile(file, []byte("database = '"+address+"'\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Load(Sources{File: file}); (err != nil) != secret {
			t.Errorf("%s in a file that others can read: %v, refused %v wanted", address, err, secret)
		}
	}
}
