package app_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/api"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/kakaotest"
)

func keeping(mode string) func(*app.Config) {
	return func(c *app.Config) { c.KeepKakaoTokens = mode }
}

// kakaoToken requests an access token of a user from the service.
func (w *world) kakaoToken(user string) app.AccessToken {
	w.t.Helper()
	t, err := w.app.KakaoToken(w.t.Context(), user)
	if err != nil {
		w.t.Fatal(err)
	}
	return t
}

// works reports whether Kakao accepts a token.
func (w *world) works(token kakao.Secret) bool {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), "GET", w.kakao.APIURL()+"/v1/user/access_token_info", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token.Reveal())
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// refreshes counts the token requests other than code exchanges.
func (w *world) refreshes(logins int) int { return w.calls("oauth/token") - logins }

func (w *world) member(persona string) (*browser, string) {
	w.t.Helper()
	b := w.browser()
	b.signIn(persona, "")
	return b, b.whoami().User.ID
}

func TestTokensAreStoredOnlyIfConfigured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.member(kakaotest.PersonaRyan)
	if _, err := w.app.KakaoToken(t.Context(), id); !errors.Is(err, app.ErrTokensOff) ||
		api.Errors().ProblemOf(err).Code != problem.GrantOff {
		t.Errorf("by default: %v", err)
	}
	if all := w.rows("SELECT sealed FROM grants"); len(all) != 0 {
		t.Errorf("%d grants are stored by default", len(all))
	}
	w.restart(keeping(app.KeepSession))
	if _, err := w.app.KakaoToken(t.Context(), id); !errors.Is(err, app.ErrNoTokens) ||
		api.Errors().ProblemOf(err).Code != problem.GrantNone {
		t.Errorf("of an existing session: %v", err)
	}
	_, id = w.member(kakaotest.PersonaApeach)
	got := w.kakaoToken(id)
	if !w.works(got.Token) || len(got.Scope) == 0 || got.ExpiresAt.Before(w.clock.now().Add(5*time.Hour)) {
		t.Errorf("token %+v", got)
	}
	if _, err := w.app.KakaoToken(t.Context(), "somebody"); !errors.Is(err, app.ErrNoTokens) {
		t.Errorf("of an unknown user: %v", err)
	}
	// Switched off again, the stored tokens are deleted and ended at Kakao.
	w.restart(keeping(app.KeepOff))
	eventually(t, "the tokens are deleted", func() bool { return len(w.rows("SELECT sealed FROM grants")) == 0 })
	if w.works(got.Token) {
		t.Error("a token that is no longer stored still works")
	}
}

func TestPV08_TokensAtRestAreSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping(app.KeepSession))
	_, id := w.member(kakaotest.PersonaRyan)
	got := w.kakaoToken(id)
	w.clock.advance(7 * time.Hour)
	again := w.kakaoToken(id)
	if got.Token == again.Token {
		t.Fatal("not refreshed")
	}
	sealed := w.rows("SELECT sealed FROM grants")
	w.stop() // writes the log into the file
	data := w.files("norang.db", "norang.db-wal")
	for what, secret := range map[string]string{
		"access token":           got.Token.Reveal(),
		"refreshed access token": again.Token.Reveal(),
	} {
		if strings.Contains(data, secret) {
			t.Errorf("the database contains the %s", what)
		}
		if strings.Contains(w.log.String(), secret) {
			t.Errorf("the log contains the %s", what)
		}
	}
	key, err := os.ReadFile(filepath.Join(w.dir, "norang.keys"))
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.Fields(string(key)[strings.Index(string(key), "\nseal "):])[2]
	if strings.Contains(data, secret) || strings.Contains(data, `"access_token"`) {
		t.Error("the database contains the key")
	}
	// Nor does it open in the row of another identity.
	k, err := seal.Load(filepath.Join(w.dir, "norang.keys"))
	if err != nil {
		t.Fatal(err)
	}
	for _, binding := range []string{"", `"kakao" "1" "2"`} {
		if _, err := k.Sealer("grant").Open(sealed[0], binding); err == nil {
			t.Errorf("opens for identity %q", binding)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", again, again, again); strings.Contains(text, again.Token.Reveal()) {
		t.Error("printing a token reveals it")
	}
}

func (w *world) files(names ...string) string {
	w.t.Helper()
	var all strings.Builder
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(w.dir, name))
		if err != nil && !os.IsNotExist(err) {
			w.t.Fatal(err)
		}
		all.Write(data)
	}
	return all.String()
}

func TestTokenIsRefreshedOnceForConcurrentCallers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping(app.KeepSession))
	_, id := w.member(kakaotest.PersonaRyan)
	first := w.kakaoToken(id)
	if w.kakaoToken(id).Token != first.Token || w.refreshes(1) != 0 {
		t.Error("a valid token was refreshed")
	}
	w.clock.advance(7 * time.Hour)
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[kakao.Secret]bool{}
	for range 40 {
		wg.Go(func() {
			tok, err := w.app.KakaoToken(t.Context(), id)
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			got[tok.Token] = true
		})
	}
	wg.Wait()
	if len(got) != 1 || got[first.Token] || w.refreshes(1) != 1 {
		t.Errorf("%d tokens by %d refreshes", len(got), w.refreshes(1))
	}
	// Without a new refresh token in Kakao's response the old one stays.
	w.clock.advance(7 * time.Hour)
	if !w.works(w.kakaoToken(id).Token) || w.refreshes(1) != 2 {
		t.Errorf("the second refresh: %d", w.refreshes(1))
	}
}

func TestRotatedRefreshTokenReplacesTheOldOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping(app.KeepOffline))
	_, id := w.member(kakaotest.PersonaRyan)
	ends := w.rows("SELECT refresh_expires_at FROM grants")[0]
	// Always in its last month: Kakao replaces the refresh token, and the old one stops working.
	for _, days := range []int{40, 40, 40, 40} {
		w.clock.advance(time.Duration(days) * 24 * time.Hour)
		if !w.works(w.kakaoToken(id).Token) {
			t.Fatal("the token does not work")
		}
		next := w.rows("SELECT refresh_expires_at FROM grants")[0]
		if next <= ends {
			t.Errorf("the new refresh token ends at %s, the old one at %s", next, ends)
		}
		ends = next
	}
	w.clock.advance(61 * 24 * time.Hour)
	if _, err := w.app.KakaoToken(t.Context(), id); !errors.Is(err, app.ErrNoTokens) {
		t.Errorf("two months later: %v", err)
	}
}

func TestRefusedRefreshTokenNeedsANewSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping(app.KeepSession))
	b, id := w.member(kakaotest.PersonaRyan)
	w.clock.advance(7 * time.Hour)
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "oauth/token", Code: "KOE322"}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := w.app.KakaoToken(t.Context(), id); !errors.Is(err, app.ErrNoTokens) {
			t.Errorf("after KOE322: %v", err)
		}
	}
	if n := w.refreshes(1); n != 1 {
		t.Errorf("%d refreshes with an invalid token", n)
	}
	w.settled()
	if w.calls("user/scopes") != 1 || !b.in() || !w.linked(kakaotest.PersonaRyan) {
		t.Errorf("%d requests about the link; signed in %t", w.calls("user/scopes"), b.in())
	}
	const told = "The access that a connected account granted has expired"
	if log := b.get("/auth/account/log").body; !strings.Contains(log, told) {
		t.Errorf("the security log lacks it: %s", log)
	}
	b.signIn(kakaotest.PersonaRyan, "")
	if !w.works(w.kakaoToken(id).Token) {
		t.Error("no token after signing in again")
	}
}

func TestWH06_EndedLinkIsNoticedWithoutAWebhook(t *testing.T) {
	t.Parallel()
	for name, notice := range map[string]func(*world, string){
		"noticed by a refresh": func(w *world, id string) {
			w.clock.advance(7 * time.Hour)
			if _, err := w.app.KakaoToken(t.Context(), id); !errors.Is(err, app.ErrNoTokens) {
				t.Errorf("KakaoToken: %v", err)
			}
		},
		"-401 of a call": func(w *world, id string) {
			err := w.app.UseKakaoToken(t.Context(), id, func(ctx context.Context, s kakao.Secret) error {
				_, err := w.kakaoClient().UserMe(ctx, s, kakao.UserMeOptions{})
				return err
			})
			if !errors.Is(err, app.ErrNoTokens) {
				t.Errorf("UseKakaoToken: %v", err)
			}
		},
		"-101 of a call": func(w *world, id string) {
			if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/me", Code: "-101"}); err != nil {
				t.Fatal(err)
			}
			err := w.app.UseKakaoToken(t.Context(), id, func(ctx context.Context, s kakao.Secret) error {
				_, err := w.kakaoClient().UserMe(ctx, s, kakao.UserMeOptions{})
				return err
			})
			if !errors.Is(err, app.ErrNoTokens) || !errors.Is(err, kakao.ErrNotLinked) {
				t.Errorf("UseKakaoToken: %v", err)
			}
		},
	} {
		for _, policy := range []string{"withdraw", "keep"} {
			t.Run(name+", "+policy, func(t *testing.T) {
				w := newWorld(t, keeping(app.KeepSession), func(c *app.Config) { c.UnlinkPolicy = policy })
				b, id := w.member(kakaotest.PersonaRyan)
				w.clock.advance(2 * time.Minute) // issued before, so it might be an older link that ended
				w.kakao.Unlink(0, kakaotest.PersonaRyan, "")
				notice(w, id)
				b.out(t)
				w.settled()
				want := map[string]string{"withdraw": "withdrawn", "keep": "active"}[policy]
				if got := w.rows("SELECT status FROM users"); got[0] != want {
					t.Errorf("the user is %q, want %q", got, want)
				}
				if n := len(w.rows("SELECT id FROM grants")); n != 0 {
					t.Errorf("%d grants left", n)
				}
			})
		}
	}
}

// kakaoClient is the client that an app would use.
func (w *world) kakaoClient() *kakao.Client {
	w.t.Helper()
	c, err := kakao.New(
		kakao.Config{
			ClientID: w.kakao.App().RESTKey,
			AuthURL:  w.kakao.AuthURL(),
			APIURL:   w.kakao.APIURL(),
			Issuer:   w.kakao.Issuer(),
		},
	)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func TestRefusedCallIsRepeatedWithAFreshToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, keeping(app.KeepSession))
	b, id := w.member(kakaotest.PersonaRyan)
	use := func() (n int, err error) {
		err = w.app.UseKakaoToken(t.Context(), id, func(ctx context.Context, s kakao.Secret) error {
			n++
			_, err := w.kakaoClient().UserMe(ctx, s, kakao.UserMeOptions{})
			return err
		})
		return n, err
	}
	if n, err := use(); n != 1 || err != nil {
		t.Errorf("%d calls, %v", n, err)
	}
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/me", Code: "-401"}); err != nil {
		t.Fatal(err)
	}
	if n, err := use(); n != 2 || err != nil || w.refreshes(1) != 1 {
		t.Errorf("-401 once: %d calls, %d refreshes, %v", n, w.refreshes(1), err)
	}
	if err := w.kakao.Script(kakaotest.Scenario{Endpoint: "user/me", Code: "-401", Times: 2}); err != nil {
		t.Fatal(err)
	}
	if n, err := use(); n != 2 || !errors.Is(err, app.ErrNoTokens) {
		t.Errorf("-401 for ever: %d calls, %v", n, err)
	}
	if !b.in() {
		t.Error("-401 alone signed the user out")
	}
	// Errors unrelated to the token are returned as they are.
	b.signIn(kakaotest.PersonaRyan, "")
	mine := errors.New("mine")
	if err := w.app.UseKakaoToken(t.Context(), id, func(context.Context, kakao.Secret) error {
		return mine
	}); err != mine {
		t.Errorf("the app's own error became %v", err)
	}
}

func TestCI12_RefreshOfAnotherSubjectIsRefused(t *testing.T) {
	t.Parallel()
	for name, claims := range map[string]map[string]any{
		"other sub": {"sub": "2718281828459"}, "other iss": {"iss": "https://kauth.example"},
		"other aud": {"aud": "another user's"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, keeping(app.KeepSession))
			b, id := w.member(kakaotest.PersonaRyan)
			before := w.rows("SELECT sealed FROM grants")[0]
			w.clock.advance(7 * time.Hour)
			if err := w.kakao.Script(kakaotest.Scenario{
				Endpoint: "oauth/token",
				IDToken:  &kakaotest.IDTokenFault{Claims: claims},
			}); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				_, err := w.app.KakaoToken(t.Context(), id)
				if !errors.Is(err, app.ErrProviderAway) || errors.Is(err, app.ErrNoTokens) {
					t.Errorf("KakaoToken: %v", err)
				}
			}
			if after := w.rows("SELECT sealed FROM grants"); len(after) != 1 || after[0] != before {
				t.Error("the stored tokens have changed")
			}
			if !strings.Contains(w.log.String(), "ALARM") || w.refreshes(1) != 1 || !b.in() {
				t.Errorf("%d refreshes, signed in %t, log %s", w.refreshes(1), b.in(), w.log)
			}
			w.clock.advance(time.Hour)
			if !w.works(w.kakaoToken(id).Token) {
				t.Error("the stored tokens no longer work")
			}
		})
	}
}
