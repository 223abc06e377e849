package kakaotest_test

import (
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// counter is a predictable source of bytes.
type counter struct{ n byte }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		c.n++
		p[i] = c.n
	}
	return len(p), nil
}

// TestConfiguredClockAndRandomnessAreReproducible: with a fixed clock and source of randomness two runs differ only
// in their signatures, and only Advance moves the time.
func TestConfiguredClockAndRandomnessAreReproducible(t *testing.T) {
	t.Parallel()
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
