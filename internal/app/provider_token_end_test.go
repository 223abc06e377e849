package app_test

import (
	"crypto/rand"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/api"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestTokenExpiresWhileKakaoIsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping(app.KeepSession))
	b, id := w.member(kakaotest.PersonaRyan)
	first := w.kakaoToken(id)
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "oauth/token", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(6*time.Hour - 5*time.Minute) // about to expire
	for range 20 {
		if got := w.kakaoToken(id); got.Token != first.Token {
			t.Fatal("not the token that is still valid")
		}
	}
	if n := w.refreshes(1); n != 1 {
		t.Errorf("%d refreshes in a moment", n)
	}
	w.clock.advance(10 * time.Minute)
	var err error
	for range 20 {
		_, err = w.app.KakaoToken(t.Context(), id)
		if !errors.Is(err, app.ErrProviderAway) || errors.Is(err, app.ErrNoTokens) ||
			api.Errors().ProblemOf(err).Code != problem.ProviderUnavailable {
			t.Fatalf("run out: %v", err)
		}
	}
	if n := w.refreshes(1); n != 2 || !b.in() {
		t.Errorf("%d refreshes, signed in %t", n, b.in())
	}
	w.kakao.ClearScenarios()
	w.clock.advance(time.Minute)
	if !w.works(w.kakaoToken(id).Token) {
		t.Error("Kakao is up again, but the token does not work")
	}
}

func TestSignOutEndsTheTokensOfTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping(app.KeepSession))
	here, id := w.member(kakaotest.PersonaRyan)
	first := w.kakaoToken(id)
	there := w.browser()
	there.signIn(kakaotest.PersonaRyan, "")
	second := w.kakaoToken(id)
	if first.Token == second.Token {
		t.Fatal("two sign-ins got the same token")
	}
	here.post("/auth/signout", url.Values{})
	eventually(t, "the token of the session is ended", func() bool { return !w.works(first.Token) })
	if !w.works(second.Token) || w.kakaoToken(id).Token != second.Token {
		t.Error("the token of the other session was ended too")
	}
	there.post("/auth/signout", url.Values{"everywhere": {"1"}})
	eventually(t, "the other token is ended", func() bool { return !w.works(second.Token) })
	if _, err := w.app.KakaoToken(t.Context(), id); !errors.Is(err, app.ErrNoTokens) {
		t.Errorf("after the last session: %v", err)
	}
	w.settled()
	if n := len(w.rows("SELECT id FROM grants")); n != 0 {
		t.Errorf("%d grants left", n)
	}
	if n := w.calls("user/logout"); n != 2 {
		t.Errorf("logout was called %d times", n)
	}
}

func TestSignOutNeverWaitsForKakao(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping(app.KeepSession))
	b, id := w.member(kakaotest.PersonaRyan)
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/logout", Status: 503, Times: -1}); err != nil {
		t.Fatal(err)
	}
	b.post("/auth/signout", url.Values{})
	if b.in() {
		t.Fatal("signed in")
	}
	if _, err := w.app.KakaoToken(t.Context(), id); !errors.Is(err, app.ErrNoTokens) {
		t.Errorf("while the job runs: %v", err)
	}
	// Kakao stays down until the token has expired; then there is nothing left to end.
	eventually(t, "one attempt is made", func() bool { return w.calls("user/logout") > 0 })
	w.clock.advance(7 * time.Hour)
	eventually(t, "forgotten", func() bool { return len(w.rows("SELECT id FROM grants")) == 0 })
	if strings.Contains(w.log.String(), "job given up") {
		t.Error("the log has an alarm")
	}
}

func TestOfflineTokensOutliveTheSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping(app.KeepOffline))
	b, id := w.member(kakaotest.PersonaRyan)
	b.post("/auth/signout", url.Values{"everywhere": {"1"}})
	w.clock.advance(20 * 24 * time.Hour)
	if !w.works(w.kakaoToken(id).Token) {
		t.Error("no token for a user without a session")
	}
	b.signIn(kakaotest.PersonaRyan, "")
	if n := len(w.rows("SELECT id FROM grants")); n != 1 {
		t.Errorf("%d grants after another sign-in", n)
	}
	token := w.kakaoToken(id)
	b.withdrawAndSettle()
	if w.works(token.Token) || len(w.rows("SELECT id FROM grants")) != 0 {
		t.Error("a withdrawn user has tokens")
	}
}

// A key file that breaks while the service runs is a line of its log: the next start would be the first to say it.
func TestKeyFileThatBreaksIsLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path := filepath.Join(w.dir, "norang.keys")
	if err := os.WriteFile(path, []byte("seal yesterday x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stranger, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := w.browser()
	callback := b.toCallback(kakaotest.PersonaRyan, "")
	for name := range b.attempts() {
		b.setCookie(name, stranger.Sealer("x").Seal([]byte("p"), "b"))
	}
	b.get(callback)
	for _, want := range []string{"level=WARN msg=\"key file not read, a restart would fail\" path=" + path, "line 1: "} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("%q is missing in the log: %s", want, w.log.String())
		}
	}
}

func TestOP07_OldKeyCanBeRemovedOnceNothingNeedsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping(app.KeepOffline))
	_, ryan := w.member(kakaotest.PersonaRyan)
	_, apeach := w.member(kakaotest.PersonaApeach)
	before := w.rows("SELECT key_id FROM grants")
	w.stop()
	path := filepath.Join(w.dir, "norang.keys")
	if _, err := seal.Rotate(path, w.clock.now(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	w.restart(keeping(app.KeepOffline))
	if got := w.kakaoToken(ryan); !w.works(got.Token) {
		t.Error("a token sealed with the old key does not open")
	}
	eventually(t, "all tokens are sealed with the new key", func() bool {
		return len(w.rows("SELECT id FROM grants WHERE key_id = '"+before[0]+"'")) == 0
	})
	eventually(
		t,
		"the log has the message",
		func() bool { return strings.Contains(w.log.String(), "resealed under the current key") },
	)
	w.stop()
	dropLastKey(t, path)
	w.restart(keeping(app.KeepOffline))
	for _, id := range []string{ryan, apeach} {
		if got := w.kakaoToken(id); !w.works(got.Token) {
			t.Error("a token was lost with the old key")
		}
	}
	// A key that is removed too early takes the tokens with it and nothing else.
	w.stop()
	if _, err := seal.Rotate(path, w.clock.now(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	dropLastKey(t, path)
	w.restart(keeping(app.KeepOffline))
	if _, err := w.app.KakaoToken(t.Context(), ryan); !errors.Is(err, app.ErrNoTokens) {
		t.Errorf("without the key: %v", err)
	}
	eventually(
		t,
		"the log has the message",
		func() bool { return strings.Contains(w.log.String(), "restore the keys") },
	)
	if n := len(w.rows("SELECT id FROM grants")); n != 2 {
		t.Errorf("%d grants: putting the key back would not help", n)
	}
}

// dropLastKey removes the oldest key from a key file.
func dropLastKey(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimRight(string(data), "\n")
	if err := os.WriteFile(path, []byte(text[:strings.LastIndex(text, "\n")+1]), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestUnknownTokenSettingIsAnError(t *testing.T) {
	t.Parallel()
	cfg := app.Config{URL: "https://login.example.test", KeepKakaoTokens: "yes"}
	err := app.Check(cfg)
	for _, f := range app.ConfigErrors(err) {
		if f.Field == "KeepKakaoTokens" {
			return
		}
	}
	t.Errorf("accepted: %v", err)
}
