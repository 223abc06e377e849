package kakaotest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestWrongIDTokens: every wrong token is wrong for a real verifier too, and the right one passes it.
func TestWrongIDTokens(t *testing.T) {
	emu := auto(t)
	verify := func() error {
		provider, err := oidc.NewProvider(t.Context(), emu.Issuer())
		if err != nil {
			t.Fatal(err)
		}
		raw := login(t, emu, kakaotest.PersonaApeach).text("id_token")
		_, err = provider.Verifier(&oidc.Config{ClientID: emu.App().RESTKey}).Verify(t.Context(), raw)
		return err
	}
	if err := verify(); err != nil {
		t.Fatalf("the right token: %v", err)
	}
	for name, f := range map[string]*kakaotest.IDTokenFault{
		"alg none":        {Alg: "none"},
		"HS256":           {Alg: "HS256"},
		"other key":       {Key: "other"},
		"unknown kid":     {Key: "unknown"},
		"tampered":        {Tamper: true},
		"other audience":  {OtherAud: true},
		"expired":         {Expired: true},
		"no expiry":       {Remove: []string{"exp"}},
		"other issuer":    {Claims: map[string]any{"iss": "https://evil.test"}},
		"header replaced": {Header: map[string]any{"kid": "nobody"}},
		"no token at all": {Raw: "garbage"},
		"no algorithm":    {RemoveHeader: []string{"alg"}},
	} {
		script(t, emu, kakaotest.Scenario{Endpoint: "oauth/token", IDToken: f})
		if verify() == nil {
			t.Errorf("%s: the verifier accepted it", name)
		}
	}
	script(t, emu, kakaotest.Scenario{Endpoint: "oauth/token",
		IDToken: &kakaotest.IDTokenFault{Double: map[string]any{"sub": "1"}}})
	raw := login(t, emu, kakaotest.PersonaNoEmail).text("id_token")
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
	if err != nil || bytes.Count(payload, []byte(`"sub":`)) != 2 {
		t.Errorf("doubled claim: %s, %v", payload, err)
	}
}

func TestKeyRotation(t *testing.T) {
	emu := auto(t)
	before := api(t, emu, "GET", "/.well-known/jwks.json", "", nil).body
	script(t, emu, kakaotest.Scenario{Endpoint: "oauth/token", RotateKeys: true})
	raw := login(t, emu, kakaotest.PersonaRyan).text("id_token")
	var head struct{ Kid string }
	b, _ := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[0])
	if err := json.Unmarshal(b, &head); err != nil {
		t.Fatal(err)
	}
	after := api(t, emu, "GET", "/.well-known/jwks.json", "", nil).body
	if before == after || !strings.Contains(after, head.Kid) {
		t.Error("the keys were not rotated, or the signing one is not published")
	}
}

// TestFaultsOfTheWire: PF-01 to PF-10 of the provider faults, as a plain HTTP client sees them.
func TestFaultsOfTheWire(t *testing.T) {
	emu := auto(t)
	call := func(sc kakaotest.Scenario) (*http.Response, []byte, error) {
		t.Helper()
		sc.Endpoint = "user/me"
		script(t, emu, sc)
		c := &http.Client{Transport: &http.Transport{DisableCompression: true, DisableKeepAlives: true}}
		r := mustGet(t, emu.APIURL()+"/v2/user/me")
		res, err := c.Do(r)
		if err != nil {
			return nil, nil, err
		}
		defer res.Body.Close()
		b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		return res, b, err
	}
	if res, _, err := call(kakaotest.Scenario{Status: 503,
		Header: map[string]string{"Retry-After": "7"}}); err != nil || res.StatusCode != 503 ||
		res.Header.Get("Retry-After") != "7" {
		t.Errorf("status: %v %v", res, err)
	}
	if res, b, err := call(kakaotest.Scenario{Body: "<html>", Type: "text/html"}); err != nil ||
		res.StatusCode != 200 || string(b) != "<html>" || res.Header.Get("Content-Type") != "text/html" {
		t.Errorf("raw body: %s %v", b, err)
	}
	if _, _, err := call(kakaotest.Scenario{Cut: true}); err == nil {
		t.Error("a cut connection answered")
	}
	if _, b, err := call(kakaotest.Scenario{CutBody: 5}); err == nil || len(b) != 5 {
		t.Errorf("half a body: %q %v", b, err)
	}
	if _, b, err := call(kakaotest.Scenario{Pad: 200 << 20}); err != nil || len(b) != 1<<20 {
		t.Errorf("a huge body: %d bytes, %v", len(b), err)
	}
	res, b, err := call(kakaotest.Scenario{Gzip: true, Pad: 1 << 19})
	if err != nil || res.Header.Get("Content-Encoding") != "gzip" || len(b) > 1<<16 {
		t.Fatalf("a compressed body: %d bytes, %v", len(b), err)
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(z); err != nil || len(plain) < 1<<19 {
		t.Errorf("inflated: %d bytes, %v", len(plain), err)
	}
	if n := len(emu.Scenarios()); n != 0 {
		t.Errorf("%d scenarios are left", n)
	}
}

// TestSlowAnswers: what is to hang, to be late or to trickle does, until the caller gives up.
func TestSlowAnswers(t *testing.T) {
	emu := auto(t)
	for name, sc := range map[string]kakaotest.Scenario{
		"hang":    {Hang: true},
		"delay":   {Delay: kakaotest.Duration(time.Minute)},
		"trickle": {Trickle: kakaotest.Duration(time.Minute)},
	} {
		sc.Endpoint = "user/me"
		script(t, emu, sc)
		ctx, giveUp := context.WithCancel(t.Context())
		r := mustGet(t, emu.APIURL()+"/v2/user/me").WithContext(ctx)
		go func() {
			for len(emu.Scenarios()) > 0 { // until the call has met it
				time.Sleep(time.Millisecond)
			}
			if name != "trickle" {
				time.Sleep(200 * time.Millisecond) // in which an answer would be here
				giveUp()
			}
		}()
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			if name == "trickle" || !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
			giveUp()
			continue
		}
		one := make([]byte, 1)
		if _, err := io.ReadFull(res.Body, one); err != nil {
			t.Errorf("%s: the first byte: %v", name, err)
		}
		time.AfterFunc(200*time.Millisecond, giveUp)
		if rest, err := io.ReadAll(res.Body); name != "trickle" || !errors.Is(err, context.Canceled) {
			t.Errorf("%s: all at once: %d bytes more, %v", name, len(rest), err)
		}
		res.Body.Close()
	}
}

// TestLostAnswer: PF-06, the code is used up and the answer never comes.
func TestLostAnswer(t *testing.T) {
	emu := auto(t)
	c := code(t, emu, kakaotest.PersonaRyan)
	script(t, emu, kakaotest.Scenario{Endpoint: "oauth/token", Cut: true, After: true})
	r, err := http.NewRequestWithContext(t.Context(), "POST", emu.APIURL()+"/oauth/token",
		strings.NewReader(url.Values{"grant_type": {"authorization_code"},
			"client_id": {emu.App().RESTKey}, "client_secret": {emu.App().ClientSecret}, "redirect_uri": {callback},
			"code": {c}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if _, err := http.DefaultClient.Do(r); err == nil {
		t.Fatal("the connection was not cut")
	}
	exchange(t, emu, c).wants(t, 400, "KOE320")
}

func TestChangedJSON(t *testing.T) {
	emu := auto(t)
	tok := login(t, emu, kakaotest.PersonaRyan)
	script(t, emu, kakaotest.Scenario{Endpoint: "user/me",
		SetJSON:    map[string]any{"id": "text", "kakao_account.email": 7, "new.deep": true},
		RemoveJSON: []string{"kakao_account.profile", "none.there"},
		DoubleJSON: map[string]any{"connected_at": "twice"}})
	r := api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil)
	acc := r.json["kakao_account"].(map[string]any)
	if r.json["id"] != "text" || acc["email"] != 7.0 || acc["profile"] != nil || r.json["connected_at"] != "twice" ||
		strings.Count(r.body, `"connected_at"`) != 2 {
		t.Errorf("%s", r.body)
	}
}

// TestScenarioMeets: endpoint, app, account, skip and times select.
func TestScenarioMeets(t *testing.T) {
	emu := auto(t)
	ryan, apeach := login(t, emu, kakaotest.PersonaRyan), login(t, emu, kakaotest.PersonaApeach)
	other, err := emu.AddApp(kakaotest.App{})
	if err != nil {
		t.Fatal(err)
	}
	script(t, emu, kakaotest.Scenario{Account: kakaotest.PersonaApeach, Code: "-1", Times: -1},
		kakaotest.Scenario{App: other.AppID, Code: "-2", Times: -1})
	for range 3 {
		if r := api(t, emu, "GET", "/v2/user/me", ryan.bearer(), nil); r.status != 200 {
			t.Errorf("somebody else's fault: %s", r.body)
		}
		api(t, emu, "GET", "/v2/user/me", apeach.bearer(), nil).wants(t, 400, "-1")
	}
	emu.ClearScenarios()
	if r := api(t, emu, "GET", "/v2/user/me", apeach.bearer(), nil); r.status != 200 {
		t.Errorf("cleared, and still: %s", r.body)
	}
	script(t, emu, kakaotest.Scenario{Endpoint: "oauth/authorize", Code: "KOE003"},
		kakaotest.Scenario{Endpoint: "oauth/authorize", Code: "server_error", Message: "m"})
	if l := newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu)); l.status != 500 ||
		!strings.Contains(l.body, "KOE003") {
		t.Errorf("a scripted page: %d", l.status)
	}
	if l := newVisitor(t, emu).get("/oauth/authorize", authorizeParams(emu)); l.back == nil ||
		l.back.Query().Get("error") != "server_error" {
		t.Errorf("a scripted redirect: %d, %v", l.status, l.back)
	}
	script(t, emu, kakaotest.Scenario{Endpoint: "oauth/authorize", Code: "server_error"})
	if l := newVisitor(t, emu).get("/oauth/authorize",
		authorizeParams(emu, "redirect_uri", "https://evil.test/")); l.back != nil {
		t.Errorf("a scripted error made an open redirector: %v", l.back)
	}
}

func TestScenarioFaults(t *testing.T) {
	emu := auto(t)
	err := emu.Script(kakaotest.Scenario{Endpoint: "nowhere", Status: 99},
		kakaotest.Scenario{Code: "KAO1", IDToken: &kakaotest.IDTokenFault{Alg: "HS512", Key: "x"}})
	for _, want := range []string{"nowhere", "99", "KAO1", "HS512", `"x"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %q: %v", want, err)
		}
	}
	if len(emu.Scenarios()) != 0 {
		t.Error("a faulty list was scripted in part")
	}
}

// TestChaosIsReproducible: one seed, one sequence of faults; no seed, none.
func TestChaosIsReproducible(t *testing.T) {
	run := func(seed int64) string {
		emu := auto(t)
		if err := emu.SetChaos(kakaotest.Chaos{Seed: seed, Fail: 0.3}); err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for range 40 {
			if api(t, emu, "GET", "/v2/user/me", "", nil).json["code"] == -1.0 {
				b.WriteByte('x')
			} else {
				b.WriteByte('.')
			}
		}
		return b.String()
	}
	one, again, other, off := run(7), run(7), run(8), run(0)
	if one != again || one == other || !strings.Contains(one, "x") || strings.Contains(off, "x") {
		t.Errorf("seed 7: %s and %s, seed 8: %s, off: %s", one, again, other, off)
	}
	if auto(t).SetChaos(kakaotest.Chaos{Seed: 1, Fail: 0.9, Cut: 0.2}) == nil {
		t.Error("shares above 1 were accepted")
	}
}
