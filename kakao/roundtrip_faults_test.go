package kakao_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/kakaotest"
)

func TestRoundTripCallbackErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(a *kakaotest.App) { a.RefuseUnder14 = true })
	for persona, kind := range map[string]kakao.CallbackKind{
		kakaotest.PersonaDeclines: kakao.Cancelled,
		kakaotest.PersonaUnder14:  kakao.UnderAge,
	} {
		_, err := kakao.ParseCallback(w.browser(request(persona)))
		var e *kakao.CallbackError
		if !errors.As(err, &e) || e.Kind != kind || e.State != state {
			t.Errorf("%s: %v", persona, err)
		}
	}
	silent := request("")
	silent.Prompt = []kakao.Prompt{kakao.PromptNone}
	w2 := newWorld(t, func(a *kakaotest.App) { a.Auto = false })
	_, err := kakao.ParseCallback(w2.browser(silent))
	var e *kakao.CallbackError
	if !errors.As(err, &e) || e.Kind != kakao.LoginRequired {
		t.Errorf("prompt=none: %v", err)
	}
}

func TestRoundTripConfigurationErrors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	other, err := w.emu.AddApp(kakaotest.App{AppID: 2000002, Auto: true, RedirectURIs: []string{callback}})
	if err != nil {
		t.Fatal(err)
	}
	code := func() kakao.Secret {
		cb, err := kakao.ParseCallback(w.browser(request(kakaotest.PersonaRyan)))
		if err != nil {
			t.Fatal(err)
		}
		return cb.Code
	}
	wrong := func(change func(*kakaotest.App)) *kakao.Client {
		app := w.emu.App()
		change(&app)
		return clientFor(t, w.emu, app)
	}
	exchange := func(code kakao.Secret) kakao.ExchangeRequest {
		return kakao.ExchangeRequest{Code: code, RedirectURI: callback, CodeVerifier: verifier}
	}
	used := code()
	if _, err := w.c.Exchange(ctx, exchange(used)); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		c    *kakao.Client
		r    kakao.ExchangeRequest
		code string
	}{
		"used code": {w.c, exchange(used), "KOE320"},
		"wrong redirect": {
			w.c, kakao.ExchangeRequest{Code: code(), RedirectURI: callback + "/", CodeVerifier: verifier},
			"KOE303",
		},
		"wrong verifier": {
			w.c, kakao.ExchangeRequest{Code: code(), RedirectURI: callback, CodeVerifier: verifier + "x"},
			"KOE320",
		},
		"no secret":       {wrong(func(a *kakaotest.App) { a.ClientSecret = "" }), exchange(code()), "KOE010"},
		"wrong secret":    {wrong(func(a *kakaotest.App) { a.ClientSecret = "x" }), exchange(code()), "KOE010"},
		"unknown key":     {wrong(func(a *kakaotest.App) { a.RESTKey = "x" }), exchange(code()), "KOE101"},
		"native key":      {wrong(func(a *kakaotest.App) { a.RESTKey = a.NativeKey }), exchange(code()), "KOE009"},
		"key of another":  {clientFor(t, w.emu, other), exchange(code()), "KOE114"},
		"made-up code":    {w.c, exchange("abc&grant_type=refresh_token"), "KOE320"},
		"code named null": {w.c, exchange("null"), "KOE320"},
	} {
		_, err := tt.c.Exchange(ctx, tt.r)
		var e *kakao.Error
		if !errors.As(err, &e) || string(e.Code) != tt.code ||
			strings.Contains(err.Error()+e.Description, tt.r.Code.Reveal()+" ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	tok, _ := w.login(kakaotest.PersonaRyan)
	_, err = clientFor(t, w.emu, other).VerifyAccessToken(ctx, tok.AccessToken)
	if !errors.Is(err, kakao.ErrForeignToken) {
		t.Errorf("another app's token: %v", err)
	}
	if _, err := wrong(func(a *kakaotest.App) { a.AdminKey = "x" }).UnlinkAsAdmin(ctx, 1); err == nil {
		t.Error("wrong admin key accepted")
	}
}

func TestRoundTripIDTokenFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, fault := range map[string]*kakaotest.IDTokenFault{
		"alg none":       {Alg: "none"},
		"HS256":          {Alg: "HS256"},
		"other key":      {Key: "other"},
		"unknown key":    {Key: "unknown"},
		"tampered":       {Tamper: true},
		"other audience": {OtherAud: true},
		"expired":        {Expired: true},
		"two subs":       {Double: map[string]any{"sub": "2"}},
		"no exp":         {Remove: []string{"exp"}},
		"no sub":         {Remove: []string{"sub"}},
		"no aud":         {Remove: []string{"aud"}},
		"no nonce":       {Remove: []string{"nonce"}},
		"issuer":         {Claims: map[string]any{"iss": "https://kauth.example"}},
		"SUB for sub":    {Remove: []string{"sub"}, Claims: map[string]any{"SUB": "1"}},
		"not a token":    {Raw: "x"},
	} {
		if err := w.emu.Script(kakaotest.Scenario{Endpoint: "oauth/token", IDToken: fault}); err != nil {
			t.Fatal(err)
		}
		cb, err := kakao.ParseCallback(w.browser(request(kakaotest.PersonaRyan)))
		if err != nil {
			t.Fatal(err)
		}
		tok, err := w.c.Exchange(
			t.Context(), kakao.ExchangeRequest{Code: cb.Code, RedirectURI: callback, CodeVerifier: verifier},
		)
		if err != nil {
			t.Fatal(err)
		}
		id, err := w.c.VerifyIDToken(t.Context(), tok.IDToken, kakao.IDTokenOptions{Nonce: nonce})
		var refused *kakao.IDTokenError
		if !errors.As(err, &refused) || id != nil {
			t.Errorf("%s: %+v, %v", name, id, err)
		}
	}
	w.emu.RotateKeys()
	w.emu.Advance(2 * time.Minute)
	w.login(kakaotest.PersonaRyan) // succeeds after a key rotation
}

func TestRoundTripProviderFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tok, _ := w.login(kakaotest.PersonaRyan)
	for name, tt := range map[string]struct {
		s    kakaotest.Scenario
		want error // nil if the retry succeeds
	}{
		"500 once":         {kakaotest.Scenario{Status: 500}, nil},
		"-1 once":          {kakaotest.Scenario{Code: "-1"}, nil},
		"closed once":      {kakaotest.Scenario{Cut: true}, nil},
		"500 twice":        {kakaotest.Scenario{Status: 500, Times: 2}, kakao.ErrUnavailable},
		"maintenance":      {kakaotest.Scenario{Code: "-9798", Times: 2}, kakao.ErrUnavailable},
		"quota":            {kakaotest.Scenario{Code: "-10"}, kakao.ErrRateLimited},
		"a web page once":  {kakaotest.Scenario{Body: "<html>", Type: "text/html"}, nil},
		"a web page twice": {kakaotest.Scenario{Body: "<html>", Type: "text/html", Times: 2}, kakao.ErrUnavailable},
		"wrong type":       {kakaotest.Scenario{Body: `{"id":3141592653589}`, Type: "text/html"}, kakao.ErrMalformed},
		"truncated JSON":   {kakaotest.Scenario{Body: `{"id":31`}, kakao.ErrMalformed},
		"no id":            {kakaotest.Scenario{RemoveJSON: []string{"id"}}, kakao.ErrMalformed},
		"two ids":          {kakaotest.Scenario{DoubleJSON: map[string]any{"id": 2}}, kakao.ErrMalformed},
		"huge":             {kakaotest.Scenario{Pad: 2 << 20}, kakao.ErrMalformed},
		"compression bomb": {kakaotest.Scenario{Pad: 256 << 20, Gzip: true}, kakao.ErrMalformed},
		"redirect": {kakaotest.Scenario{
			Status: 302, Header: map[string]string{"Location": "http://other.example/"},
		}, kakao.ErrMalformed},
		"caller's address": {kakaotest.Scenario{
			Code: "-401", Message: "ip mismatched! callerIp=192.0.2.7. check out registered ips.",
		}, kakao.ErrCallerRefused},
		"dormant":         {kakaotest.Scenario{Code: "-103"}, nil},
		"missing consent": {kakaotest.Scenario{Code: "-402"}, kakao.ErrConsentRequired},
	} {
		tt.s.Endpoint = "user/me"
		if err := w.emu.Script(tt.s); err != nil {
			t.Fatal(err)
		}
		_, err := w.c.UserMe(t.Context(), tok.AccessToken, kakao.UserMeOptions{})
		if name == "dormant" {
			var e *kakao.Error
			if !errors.As(err, &e) || e.Code != "-103" {
				t.Errorf("%s: %v", name, err)
			}
		} else if tt.want == nil && err != nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
		w.emu.ClearScenarios()
		w.c = clientFor(t, w.emu, w.emu.App()) // with a closed circuit breaker
	}
}
