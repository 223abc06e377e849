package app_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestWrongAppIDIsRefusedByTheFirstSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Kakao.AppID = 1000010 }) // two digits swapped
	b := w.browser()
	if a := b.signIn(kakaotest.PersonaRyan, "/"); a.StatusCode != http.StatusBadGateway || b.whoami().SignedIn {
		t.Errorf("%s, %+v", a.Status, b.whoami())
	}
	if rows := w.rows("SELECT id FROM users"); len(rows) != 0 {
		t.Errorf("users: %v", rows)
	}
	if log := w.log.String(); !strings.Contains(log, "KAKAO_APP_ID is 1000010") || !strings.Contains(log, "1000001") {
		t.Errorf("the log does not name both apps: %s", log)
	}
	w.restart()
	for range 2 {
		b = w.browser()
		if b.signIn(kakaotest.PersonaRyan, "/"); !b.whoami().SignedIn {
			t.Errorf("with the right id: %+v", b.whoami())
		}
	}
	if n := w.calls("user/access_token_info"); n != 2 {
		t.Errorf("asked %d times, want once by each process", n)
	}
}

func TestStartStopsIfUsersBelongToAnotherApp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.browser().signIn(kakaotest.PersonaRyan, "/")
	w.stop()
	start := func(change func(*app.Kakao)) error {
		cfg := w.config()
		change(&cfg.Kakao)
		a, err := app.New(t.Context(), cfg)
		if err == nil {
			err = a.Close()
		}
		return err
	}
	for name, change := range map[string]func(*app.Kakao){
		"another id":            func(k *app.Kakao) { k.AppID = 1000010 },
		"another app confirmed": func(k *app.Kakao) { k.AppID, k.FormerAppIDs = 1000010, []string{"1000002"} },
		"another previous app":  func(k *app.Kakao) { k.AppID, k.OldAppID = 1000010, 100000 },
	} {
		var e *app.ConfigError
		err := start(change)
		if !errors.As(err, &e) || e.Field != "Kakao.AppID" || !strings.Contains(err.Error(), "1000001") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*app.Kakao){
		"the same id":      func(*app.Kakao) {},
		"the previous app": func(k *app.Kakao) { k.AppID, k.OldAppID = 1000010, 1000001 },
		"confirmed":        func(k *app.Kakao) { k.AppID, k.FormerAppIDs = 1000010, []string{"999", "1000001"} },
	} {
		if err := start(change); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := start(func(k *app.Kakao) { k.FormerAppIDs = []string{"0123"} }); err == nil {
		t.Error("an id that is not a number is accepted")
	}
}
