package cli

import (
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/listening"
	"github.com/norang-login/norang/oidc/oidctest"
)

// runDev starts the service and the emulators of dev on free ports, as after a restart, until stop.
func runDev(t *testing.T, dir string) (w *devServers, stop func()) {
	t.Helper()
	p, err := listenPair(listening.Loopbacks())
	if err != nil {
		t.Fatal(err)
	}
	further, err := (&devCmd{}).listenFurther("localhost", listening.Loopbacks(), p.servicePort)
	if err != nil {
		t.Fatal(err)
	}
	w, err = newDevServers(devURLs{
		service: base("localhost", p.servicePort), kakao: base("localhost", p.emulatorPort), further: further,
	}, dir, quietLog(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	ctx, end := untilSignal(t.Context())
	go func() {
		ended <- serveUntil(ctx, quietLog(), devGrace, append(w.emulators(further),
			server{name: "service", listeners: p.service, handler: w.svc.Routes()},
			server{
				name: "emulator", listeners: p.emulator, handler: w.emu, patient: true, beforeStop: w.closeEmulator,
			})...)
	}()
	return w, func() {
		end()
		// A connection that was never used is no failure there either.
		if err := <-ended; err != nil && !errors.Is(err, errRequestsCut) {
			t.Error(err)
		}
		if err := w.svc.Close(); err != nil {
			t.Error(err)
		}
	}
}

// signInByOIDC signs in at the emulator of OpenID Connect without pages.
func signInByOIDC(t *testing.T, w *devServers) {
	t.Helper()
	at := slices.IndexFunc(w.further, func(e furtherEmulator) bool { return e.name == "oidc" })
	emu := w.further[at].server.(*oidctest.Server)
	if err := emu.UpdateApp(func(a *oidctest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	reachJoinPage(t, w.cfg.URL+"/oauth/oidc").CloseIdleConnections()
}

// The issuer is part of every identity: dev starts on its data again whatever ports are free, and knows its users.
func TestDevStartsAgainOnItsDataAtOtherPorts(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "norang.db")
	for i, old := range []string{"", "", "http://127.0.0.1:39871"} {
		if old != "" { // as an older dev has stored it, with the port of its emulator
			db, err := sql.Open("sqlite", file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec("UPDATE identities SET app = ? WHERE provider = 'oidc'", old); err != nil {
				t.Fatal(err)
			}
			db.Close()
		}
		w, stop := runDev(t, dir)
		signInByOIDC(t, w)
		stop()
		want := []string{"http://127.0.0.1:5007"}
		if old != "" {
			want = []string{old}
		}
		if got := app.NamespacesOf(t.Context(), file, "oidc"); !slices.Equal(got, want) {
			t.Errorf("start %d: users of %q, want %q", i, got, want)
		}
		db, err := sql.Open("sqlite", file)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		if err := db.QueryRow("SELECT count(*) FROM identities").Scan(&n); err != nil || n != 1 {
			t.Errorf("start %d: %d identities, %v", i, n, err)
		}
		db.Close()
	}
}

// Data of a service with its own applications is not dev's.
func TestDevExplainsDataOfAnotherService(t *testing.T) {
	dir := t.TempDir()
	w, stop := runDev(t, dir)
	signInByOIDC(t, w)
	stop()
	db, err := sql.Open("sqlite", filepath.Join(dir, "norang.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("UPDATE identities SET app = 'https://id.example.com'"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	for lang, want := range map[string][]string{
		"en": {"norang: the data in " + dir + " has users of applications that are not", "Give --data another directory"},
		"ko": {"norang: " + dir + "의 데이터에는 에뮬레이터의 것이 아닌", "--data에 다른 디렉터리를 적거나"},
	} {
		status, said := runFailing(t, "--lang", lang, "dev", "--port", "40500", "--data", dir)
		for _, text := range want {
			if status != statusFailed || !strings.Contains(said, text) {
				t.Errorf("%s: status %d, %q is missing: %s", lang, status, text, said)
			}
		}
	}
}
