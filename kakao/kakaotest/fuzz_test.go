package kakaotest_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// fuzzServer is an emulator without a listener, with a small log and little state.
func fuzzServer(f *testing.F) (*kakaotest.Server, string) {
	f.Helper()
	s, err := kakaotest.New(kakaotest.Config{RequestLog: 10,
		Apps: []kakaotest.App{{Auto: true, TokenLimitOff: true, RedirectURIs: []string{callback},
			LogoutRedirectURIs: []string{signedOut},
			Terms:              []kakaotest.Term{{Tag: "use", Required: true}}, UserProperties: []string{"color"},
			ConsentItems: []kakaotest.ConsentItem{{ID: "profile_nickname", Step: "required"},
				{ID: "shipping_address", Step: "optional"}, {ID: "talk_message", Step: "in_use"}}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	a, err := s.Approve(kakaotest.Approval{Account: kakaotest.PersonaFull})
	if err != nil || a.Code == "" {
		f.Fatalf("%+v %v", a, err)
	}
	w := post(s, "/oauth/token", url.Values{"grant_type": {"authorization_code"}, "client_id": {s.App().RESTKey},
		"client_secret": {s.App().ClientSecret}, "redirect_uri": {callback}, "code": {a.Code}}.Encode(), "")
	_, rest, _ := strings.Cut(w.Body.String(), `"access_token":"`)
	token, _, _ := strings.Cut(rest, `"`)
	return s, token
}

func post(s *kakaotest.Server, path, body, auth string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if auth != "" {
		r.Header.Set("Authorization", auth)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// FuzzAuthorize: the browser is redirected to the registered address or not at all, for any query.
func FuzzAuthorize(f *testing.F) {
	s, _ := fuzzServer(f)
	key := s.App().RESTKey
	f.Add("client_id=" + key + "&redirect_uri=" + url.QueryEscape(callback) + "&response_type=code&state=x")
	f.Add("client_id=" + key + "&redirect_uri=" + url.QueryEscape(callback) +
		"&response_type=code&scope=talk_message,openid&prompt=none&service_terms=")
	f.Add("client_id=" + key + "&redirect_uri=" + url.QueryEscape(callback) +
		"%0d%0ax&response_type=code&prompt=login%20none")
	f.Add("client_id=" + key + "&redirect_uri=" + url.QueryEscape(callback) +
		"&response_type=code&login_hint=declines&code_challenge=a&code_challenge_method=S256&nonce=%ff")
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest("GET", "/oauth/authorize", nil)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		switch to := w.Header().Get("Location"); {
		case w.Code == http.StatusFound && !strings.HasPrefix(to, callback+"?") &&
			!strings.HasPrefix(to, "/login?tx=") && !strings.HasPrefix(to, "/oauth/consent?tx=") &&
			!strings.HasPrefix(to, "kakao"+s.App().NativeKey+"://oauth?"):
			t.Errorf("%q sent the browser to %q", query, to)
		case w.Code != http.StatusFound && w.Code != http.StatusBadRequest:
			t.Errorf("%q: %d", query, w.Code)
		}
	})
}

// FuzzToken: only the right parameters give a token, and every error has its three members.
func FuzzToken(f *testing.F) {
	s, _ := fuzzServer(f)
	app := s.App()
	client := "client_id=" + app.RESTKey + "&client_secret=" + app.ClientSecret
	f.Add("grant_type=authorization_code&" + client + "&code=x&redirect_uri=y")
	f.Add("grant_type=refresh_token&" + client + "&refresh_token=x")
	f.Add("grant_type=x&" + client)
	f.Add("client_id=" + app.NativeKey + "&android_key_hash=x&%zz")
	f.Fuzz(func(t *testing.T, body string) {
		w := post(s, "/oauth/token", body, "")
		if w.Code == http.StatusOK || w.Code >= 500 || !strings.Contains(w.Body.String(), `"error_code":"KOE`) {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
	})
}

// FuzzAPI: every call of kapi with a valid token and any parameters gets JSON and no server error.
func FuzzAPI(f *testing.F) {
	s, token := fuzzServer(f)
	paths := []string{"/v2/user/me", "/v1/oidc/userinfo", "/v1/user/shipping_address", "/v2/user/scopes",
		"/v2/user/service_terms", "/v1/user/access_token_info",
		"/v1/user/update_profile", "/v1/user/signup", "/v2/user/revoke/scopes", "/v2/user/upgrade/service_terms",
		"/v2/user/revoke/service_terms", "/v2/app/users", "/v1/user/ids", "/v1/system/ips", "/oauth/tokeninfo"}
	for i := range paths {
		f.Add(byte(i), true, `property_keys=["kakao_account."]&scopes=["talk_message"]&tags=use&`+
			`properties={"color":"x"}&page_size=2&limit=3&order=desc`)
		f.Add(byte(i), false,
			`target_id_type=user_id&target_id=3141592603&target_ids=[3141592603]`+
				`&from_id=9&rule_type=inbound&result=app_service_terms&secure_resource=true`)
	}
	f.Fuzz(func(t *testing.T, which byte, bearer bool, params string) {
		path := paths[int(which)%len(paths)]
		auth := "KakaoAK " + s.App().AdminKey
		if bearer {
			auth = "Bearer " + token
		}
		for _, w := range []*httptest.ResponseRecorder{post(s, path, params, auth), fetch(s, path, params, auth)} {
			if w.Code >= 500 || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
				t.Errorf("%s %q: %d %s", path, params, w.Code, w.Body)
			}
		}
	})
}

func fetch(s *kakaotest.Server, path, query, auth string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.URL.RawQuery = query
	r.Header.Set("Authorization", auth)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// FuzzPages: the forms of the pages and the control API accept any input without a server error.
func FuzzPages(f *testing.F) {
	s, _ := fuzzServer(f)
	paths := []string{"/login", "/oauth/consent", "/oauth/logout", "/-/do", "/-/connected", "/-/api/apps",
		"/-/api/approve", "/-/api/scenarios", "/-/api/webhooks/account"}
	f.Add(byte(0), "tx=x&persona=ryan")
	f.Add(byte(2), "client_id="+s.App().RESTKey+"&logout_with_kakao=true&logout_redirect_uri="+url.QueryEscape(signedOut))
	f.Add(byte(3), "do=scenario&code=KOE320&times=2&delay=1s")
	f.Add(byte(3), "do=app&app_id=7&redirect_uris=http://x/%0ahttp://y/&oidc_off=&oidc_off=1&terms=[]")
	f.Add(byte(3), "do=account&id=x&linked_to=1000001&addresses=[{}]&user_id=5&under_14=1")
	f.Add(byte(3), "do=approve&account=ryan&agree=account_email&params={}")
	f.Add(byte(3), "do=webhook&app=1000001&user_id=1&event=token-issued&token.alg=none&times=2&extra={}")
	f.Add(byte(3), "do=scenario&id_token.claims={}&set_json={}&header={}&status=200&delay=1d")
	f.Add(byte(3), "do=chaos&seed=1&fail=0.5&max_delay=1s")
	f.Add(byte(3), "do=remove_app&app=7")
	f.Add(byte(3), "do=scenario&code.x=1&id_token=x&.=&id_token.=1")
	f.Add(byte(4), "app=1000001&account=full&revoke=shipping_address")
	f.Add(byte(6), `{"account":"ryan","params":{"scope":"openid"}}`)
	f.Add(byte(7), `{"endpoint":"oauth/token","id_token":{"alg":"none"}}`)
	f.Fuzz(func(t *testing.T, which byte, body string) {
		path := paths[int(which)%len(paths)]
		r := httptest.NewRequest("POST", "http://localhost"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if strings.HasPrefix(path, "/-/api/") {
			r.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		s.ClearScenarios()
		if w.Code >= 500 {
			t.Errorf("%s %q: %d %s", path, body, w.Code, w.Body)
		}
	})
}

// FuzzConfig: a configuration file is accepted or refused, without a panic.
func FuzzConfig(f *testing.F) {
	f.Add([]byte(kakaotest.ExampleConfig()), false)
	f.Add([]byte(`{"apps":[{"app_id":5}]}`), true)
	f.Fuzz(func(t *testing.T, b []byte, isJSON bool) {
		file, err := kakaotest.ParseConfig(b, isJSON)
		if err != nil {
			return
		}
		if s, err := kakaotest.FromFile(file); err == nil {
			s.Close()
		}
	})
}
