package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// lose stops the service and applies what happened to its database file.
func lose(t *testing.T, w *world, change func(path string) error) app.Config {
	t.Helper()
	w.stop()
	cfg := w.config()
	if err := change(cfg.Database); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func refusesLostDatabase(t *testing.T, cfg app.Config, words string) {
	t.Helper()
	a, err := app.New(t.Context(), cfg)
	if err == nil {
		_ = a.Close()
		t.Fatal("the service started")
	}
	for what, err := range map[string]error{"New": err, "Check": app.Check(cfg)} {
		list := app.ConfigErrors(err)
		if len(list) != 1 || list[0].Field != "Database" {
			t.Errorf("%s: %v", what, err)
			continue
		}
		said := list[0].Reason(func(field string) string { return field }).En
		if !strings.Contains(said, words) || !strings.Contains(said, "NewDatabase=1") {
			t.Errorf("%s: %s", what, said)
		}
	}
}

func TestST17_MissingDatabaseWithAKeyFileStopsTheStart(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(string) error{
		"removed": os.Remove,
		"another volume": func(path string) error {
			return os.Rename(path, path+".elsewhere")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			cfg := lose(t, w, change)
			refusesLostDatabase(t, cfg, "does not exist")
			if _, err := os.Stat(cfg.Database); err == nil {
				t.Error("a database was created")
			}
			cfg.NewDatabase = true
			a, err := app.New(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestST16_EmptiedDatabaseStopsTheStart(t *testing.T) {
	t.Parallel()
	empty := func(path string) error { return os.Truncate(path, 0) }
	cfg := lose(t, newWorld(t), empty)
	refusesLostDatabase(t, cfg, "is an empty file")
	if info, err := os.Stat(cfg.Database); err != nil || info.Size() != 0 {
		t.Errorf("the file was changed: %v %v", info, err)
	}
	// Without a key file it is what a first start leaves that did not finish, on a full disk for example.
	if err := os.Remove(filepath.Join(filepath.Dir(cfg.Database), "norang.keys")); err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg)
	if err != nil {
		t.Fatalf("a first start that did not finish cannot be repeated: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
}

func TestST17_LostKeyFileIsAWarning(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const said = "key file of a database with users was missing"
	b, _ := w.signedIn(kakaotest.PersonaRyan)
	if strings.Contains(w.log.String(), said) {
		t.Error("the first start warns")
	}
	cfg := lose(t, w, func(path string) error { return os.Remove(filepath.Join(filepath.Dir(path), "norang.keys")) })
	doctor := func() string {
		found, _ := app.DoctorChecks(cfg, "")[0].Run(t.Context())
		return fmt.Sprint(found)
	}
	if found := doctor(); !strings.Contains(found, "The database has users, but there is no key file") {
		t.Error(found)
	}
	a, err := app.New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if found := doctor(); strings.Contains(found, "no key file") {
		t.Error(found)
	}
	if log := w.log.String(); !strings.Contains(log, "level=WARN msg=\""+said) {
		t.Error("no warning")
	}
	w.start()
	if !b.in() { // a session does not depend on the keys
		t.Error("the user is signed out")
	}
}
