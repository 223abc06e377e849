package kakaotest_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestConnectionFaults: PF-01 to PF-10, as a plain HTTP client sees them.
func TestConnectionFaults(t *testing.T) {
	t.Parallel()
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

// TestHangDelayAndTrickle: the response is missing, late or slow until the caller gives up.
func TestHangDelayAndTrickle(t *testing.T) {
	t.Parallel()
	for name, sc := range map[string]kakaotest.Scenario{
		"hang":    {Hang: true},
		"delay":   {Delay: kakaotest.Duration(time.Minute)},
		"trickle": {Trickle: kakaotest.Duration(time.Minute)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			emu := auto(t)
			sc.Endpoint = "user/me"
			script(t, emu, sc)
			ctx, giveUp := context.WithCancel(t.Context())
			defer giveUp()
			r := mustGet(t, emu.APIURL()+"/v2/user/me").WithContext(ctx)
			go func() {
				if res, err := http.Get(emu.URL() + "/-/api/requests?wait=20"); err == nil { // until the call arrives
					res.Body.Close()
				}
				if name != "trickle" {
					time.Sleep(200 * time.Millisecond) // a response would have arrived
					giveUp()
				}
			}()
			res, err := http.DefaultClient.Do(r)
			if name != "trickle" {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			if _, err := io.ReadFull(res.Body, make([]byte, 1)); err != nil {
				t.Errorf("the first byte: %v", err)
			}
			time.AfterFunc(200*time.Millisecond, giveUp)
			if rest, err := io.ReadAll(res.Body); !errors.Is(err, context.Canceled) {
				t.Errorf("%d more bytes at once, %v", len(rest), err)
			}
		})
	}
}

// TestResponseLostAfterTheWork: PF-06, the code is used up although the response is lost.
func TestResponseLostAfterTheWork(t *testing.T) {
	t.Parallel()
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
	t.Parallel()
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

// TestScenarioAppliesToMatchingCalls: by endpoint, app, account, skip and times.
func TestScenarioAppliesToMatchingCalls(t *testing.T) {
	t.Parallel()
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
			t.Errorf("a fault of another account: %s", r.body)
		}
		api(t, emu, "GET", "/v2/user/me", apeach.bearer(), nil).wants(t, 400, "-1")
	}
	emu.ClearScenarios()
	if r := api(t, emu, "GET", "/v2/user/me", apeach.bearer(), nil); r.status != 200 {
		t.Errorf("after clearing: %s", r.body)
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

func TestInvalidScenariosAreRefused(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	err := emu.Script(kakaotest.Scenario{Endpoint: "nowhere", Status: 99},
		kakaotest.Scenario{Code: "KAO1", IDToken: &kakaotest.IDTokenFault{Alg: "HS512", Key: "x"}})
	for _, want := range []string{"nowhere", "99", "KAO1", "HS512", `"x"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not name %q: %v", want, err)
		}
	}
	for _, c := range []struct {
		bad  kakaotest.Scenario
		name string
	}{
		{kakaotest.Scenario{Status: 600}, "status"}, {kakaotest.Scenario{Times: -2}, "times"},
		{kakaotest.Scenario{Skip: -1}, "skip"}, {kakaotest.Scenario{Delay: -1}, "delay"},
		{kakaotest.Scenario{Delay: kakaotest.Duration(time.Hour)}, "delay"},
		{kakaotest.Scenario{Trickle: kakaotest.Duration(time.Hour)}, "trickle"},
		{kakaotest.Scenario{CutBody: -1}, "cut_body"}, {kakaotest.Scenario{Pad: -1}, "pad"},
		{kakaotest.Scenario{Header: map[string]string{" ": "x"}}, `header: " "`},
		{kakaotest.Scenario{Header: map[string]string{"X": "a\nb"}}, "header: X"},
		{kakaotest.Scenario{Type: "text/html\n"}, "content_type"},
		{kakaotest.Scenario{SetJSON: map[string]any{"a..b": 1}}, "set_json"},
		{kakaotest.Scenario{RemoveJSON: []string{""}}, "remove_json"},
		{kakaotest.Scenario{DoubleJSON: map[string]any{" ": 1}}, "double_json"},
		{kakaotest.Scenario{IDToken: &kakaotest.IDTokenFault{Claims: map[string]any{"": 1}}}, "id_token: claims"},
		{kakaotest.Scenario{IDToken: &kakaotest.IDTokenFault{RemoveHeader: []string{""}}}, "id_token: remove_header"},
	} {
		if err := emu.Script(c.bad); err == nil || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%+v: %v", c.bad, err)
		}
	}
	for _, c := range []kakaotest.Chaos{{Seed: 1, Fail: math.NaN()}, {Seed: 1, MaxDelay: kakaotest.Duration(time.Hour)}} {
		if err := emu.SetChaos(c); err == nil {
			t.Errorf("%+v was accepted", c)
		}
	}
	if len(emu.Scenarios()) != 0 {
		t.Error("part of an invalid list was scripted")
	}
}

// TestChaosIsReproducible: the same seed gives the same faults, and no seed gives none.
func TestChaosIsReproducible(t *testing.T) {
	t.Parallel()
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

func TestScenarioSkipsAndCounts(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	if err := emu.Script(kakaotest.Scenario{Endpoint: "oauth/token", Code: "KOE237", Times: 2, Skip: 1}); err != nil {
		t.Fatal(err)
	}
	login(t, emu, kakaotest.PersonaRyan)
	for range 2 {
		exchange(t, emu, code(t, emu, kakaotest.PersonaRyan)).wants(t, 429, "KOE237")
	}
	login(t, emu, kakaotest.PersonaRyan)
}
