package config

import "testing"

func TestDatabaseWithoutTLSOnAnotherMachine(t *testing.T) {
	t.Parallel()
	for database, want := range map[string]bool{
		"postgres://u:p@db.example.com/app?sslmode=disable":      true,
		"postgresql://u@10.0.0.5:5432/app?sslmode=disable":       true,
		"postgres://u@localhost.example.com/app?sslmode=disable": true,
		"postgres:///app?host=db.example.com&sslmode=disable":    true,
		"postgres://u:p@db.example.com/app":                      true,
		"postgres://u:p@db.example.com/app?sslmode=prefer":       true,
		"postgres://u:p@db.example.com/app?sslmode=allow":        true,
		"postgres://u:p@db.example.com/app?sslmode=require":      false,
		"postgres://u@localhost/app":                             false,
		"postgres://u:p@db.example.com/app?sslmode=verify-full":  false,
		"postgres://u@localhost/app?sslmode=disable":             false,
		"postgres://u@[::1]:5432/app?sslmode=disable":            false,
		"postgres://u@127.0.0.9/app?sslmode=disable":             false,
		"postgres:///app?host=/run/postgresql&sslmode=disable":   false,
		"postgres://u@127.0.0.1:1,[::1]:2/app?sslmode=disable":   false,
		"postgres://u@localhost,127.0.0.1:2/app":                 false,
		"postgres://u@127.0.0.1:1,db.example.com:2/app":          true,
		"postgres:///app?host=/run/postgresql,db.example.com":    true,
		"postgres:///app?host=::1,/run/postgresql":               false,
		"norang.db": false,
		"":          false,
	} {
		if got := PlainDatabase(database); got != want {
			t.Errorf("%s: %v", database, got)
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"1": 1, "500000": 500000, "-1": -1, "0": 0, "-2": 0, "1e5": 0, "100000001": 0} {
		s, _, err := Load(Sources{Environ: []string{"NORANG_SESSION_CACHE=" + text}})
		if (err == nil) != (want != 0) || s.SessionCache != want {
			t.Errorf("%s: %d, %v", text, s.SessionCache, err)
		}
	}
	s, _, err := Load(Sources{File: write(t, "norang.toml", "[session]\ncache = 7\n[limit]\nlogins = 9\n", 0o600)})
	if err != nil || s.SessionCache != 7 || s.MaxLogins != 9 {
		t.Errorf("%d, %d, %v", s.SessionCache, s.MaxLogins, err)
	}
}
