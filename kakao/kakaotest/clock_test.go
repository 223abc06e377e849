package kakaotest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// counter is a source of bytes that are no secret at all.
type counter struct{ n byte }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		c.n++
		p[i] = c.n
	}
	return len(p), nil
}

// TestOwnClockAndRandomness: with a clock and a source of randomness from outside, everything but the signatures is
// the same at every run, and only Advance moves the time.
func TestOwnClockAndRandomness(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	runOnce := func() string {
		emu := kakaotest.StartWith(t, kakaotest.Config{Now: func() time.Time { return at }, Rand: &counter{},
			Apps: []kakaotest.App{{Auto: true, RedirectURIs: []string{callback}}}})
		tok := login(t, emu, kakaotest.PersonaRyan)
		c := claims(t, tok.text("id_token"))
		if c["iat"] != float64(at.Unix()) || c["auth_time"] != c["iat"] || c["exp"] != float64(at.Unix()+21599) {
			t.Errorf("claims %v", c)
		}
		if me := api(t, emu, "GET", "/v2/user/me", tok.bearer(),
			nil); me.text("connected_at") != "2026-01-02T03:04:05Z" {
			t.Errorf("user/me: %s", me.body)
		}
		emu.Advance(-time.Hour) // ignored
		emu.Advance(6*time.Hour - time.Second)
		if info := api(t, emu, "GET", "/v1/user/access_token_info", tok.bearer(),
			nil); info.json["expires_in"] != 1.0 {
			t.Errorf("a second before its end: %s", info.body)
		}
		emu.Advance(time.Second)
		r := api(t, emu, "GET", "/v1/user/access_token_info", tok.bearer(), nil)
		r.wants(t, 401, "-401")
		if r.text("msg") != "this access token is already expired" ||
			r.header.Get("WWW-Authenticate") != "Bearer error=invalid_token" {
			t.Errorf("%s, %q", r.body, r.header.Get("WWW-Authenticate"))
		}
		return tok.text("access_token")
	}
	if one, two := runOnce(), runOnce(); one != two {
		t.Error("the same randomness made different tokens")
	}
}

// TestBoundedTokens: of the tokens of one account and app the latest hundred stay valid.
func TestBoundedTokens(t *testing.T) {
	emu := auto(t, func(a *kakaotest.App) { a.TokenLimitOff = true })
	first := login(t, emu, kakaotest.PersonaRyan)
	for range 99 {
		login(t, emu, kakaotest.PersonaRyan)
	}
	if r := api(t, emu, "GET", "/v2/user/me", first.bearer(), nil); r.status != 200 {
		t.Errorf("the hundredth from the end: %s", r.body)
	}
	login(t, emu, kakaotest.PersonaRyan)
	api(t, emu, "GET", "/v2/user/me", first.bearer(), nil).wants(t, 401, "-401")
}

// TestBoundedLog: the log keeps the latest, in order.
func TestBoundedLog(t *testing.T) {
	emu := kakaotest.StartWith(t, kakaotest.Config{RequestLog: 3})
	for range 5 {
		api(t, emu, "GET", "/v2/user/me", "", nil)
	}
	log := emu.Requests()
	if len(log) != 3 || log[0].ID != 3 || log[2].ID != 5 {
		t.Errorf("%d entries, from %d to %d", len(log), log[0].ID, log[len(log)-1].ID)
	}
}

// TestLogHoldsNoSecret: whatever a client sends, in the right place or the wrong one.
func TestLogHoldsNoSecret(t *testing.T) {
	emu := auto(t)
	secret := "very-secret-value"
	code(t, emu, kakaotest.PersonaRyan, "nonce", secret, "state", secret, "code_challenge",
		challenge(strings.Repeat("v", 43)), "code_challenge_method", "S256", "cilent_secret", secret)
	q := url.Values{}
	for _, name := range []string{"client_secret", "code", "refresh_token", "id_token", "code_verifier", "password",
		"access_token", "properties", "misspelt_secret"} {
		q.Set(name, secret)
	}
	for _, path := range []string{"/oauth/token", "/oauth/tokeninfo", "/login", "/v1/user/update_profile"} {
		api(t, emu, "POST", path, "Bearer "+secret, q)
		r, err := http.NewRequestWithContext(t.Context(), "POST", emu.URL()+path+"?"+q.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth("id", secret)
		send(t, r)
	}
	if log := control(t, emu, "GET", "/-/api/requests", "").body; strings.Contains(log, secret) {
		t.Errorf("the log holds it: %s", log)
	}
}
