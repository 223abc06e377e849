package kakaotest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/norang-login/norang/kakao/kakaotest"
)

// control calls the control API.
func control(t testing.TB, emu *kakaotest.Server, method, path, body string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, emu.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return send(t, r)
}

// TestLoginByControlAPI: a login over HTTP alone, as Playwright, pytest or Jest would do it.
func TestLoginByControlAPI(t *testing.T) {
	t.Parallel()
	emu := kakaotest.Start(t)
	app := control(t, emu, "POST", "/-/api/apps", `{"name":"worker 3","redirect_uris":["http://localhost:5000/cb"]}`)
	if app.status != 200 || !strings.HasPrefix(app.text("rest_key"), "emu") {
		t.Fatalf("new app: %d %s", app.status, app.body)
	}
	if r := control(t, emu, "POST", "/-/api/accounts",
		`{"id":"mina","nickname":"미나","email":"mina@example.com"}`); r.status != 200 {
		t.Fatalf("new account: %s", r.body)
	}
	r := control(t, emu, "POST", "/-/api/approve",
		fmt.Sprintf(`{"account":"mina","params":{"client_id":%q,"state":"s","nonce":"n"}}`, app.text("rest_key")))
	if r.text("code") == "" || !strings.HasPrefix(r.text("location"), "http://localhost:5000/cb?code=") {
		t.Fatalf("approve: %s", r.body)
	}
	tok := exchange(t, emu, r.text("code"), "client_id", app.text("rest_key"), "client_secret",
		app.text("client_secret"), "redirect_uri", "http://localhost:5000/cb")
	if tok.status != 200 || claims(t, tok.text("id_token"))["nonce"] != "n" {
		t.Fatalf("token: %s", tok.body)
	}
	log := control(t, emu, "GET", "/-/api/requests?endpoint=oauth/token", "")
	var list []kakaotest.Request
	if err := json.Unmarshal([]byte(log.body), &list); err != nil || len(list) != 1 || list[0].Account != "mina" ||
		list[0].Status != 200 {
		t.Errorf("log: %v %s", err, log.body)
	}
	if strings.Contains(log.body, app.text("client_secret")) || strings.Contains(log.body, r.text("code")) {
		t.Error("the log holds a secret")
	}
	if r := control(t, emu, "POST", "/-/api/approve",
		`{"account":"ryan","params":{"redirect_uri":"https://x.test/"}}`); r.text("error_page") != "KOE006" {
		t.Errorf("approve with a wrong address: %s", r.body)
	}
	path := fmt.Sprintf("/-/api/apps/%.0f", app.json["app_id"].(float64))
	if r := control(t, emu, "PATCH", path, `{"auto":true}`); r.json["auto"] != true || r.text("name") != "worker 3" {
		t.Errorf("patch: %s", r.body)
	}
	if r := control(t, emu, "POST", path+"/links/mina/unlink",
		`{"referrer_type":"ACCOUNT_DELETE"}`); r.status != 200 {
		t.Errorf("unlink: %s", r.body)
	}
	api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil).wants(t, 401, "-401")
}

func TestEveryControlCall(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	login(t, emu, kakaotest.PersonaRyan)
	for _, tc := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/-/api/state", "", 200, `"oauth/token"`},
		{"GET", "/-/api/apps", "", 200, `"app_id":1000001`},
		{"GET", "/-/api/apps/default", "", 200, `"rest_key"`},
		{"GET", "/-/api/apps/5", "", 404, "no"},
		{"GET", "/-/api/apps/x", "", 400, "invalid app id"},
		{"POST", "/-/api/apps", `{"type":"nonsense"}`, 400, "nonsense"},
		{"POST", "/-/api/apps", `{"app_id":1000001}`, 400, "duplicate app id"},
		{"POST", "/-/api/apps", `{"nmae":"x"}`, 400, "nmae"},
		{"GET", "/-/api/accounts", "", 200, `"under-14"`},
		{"PATCH", "/-/api/accounts/ryan", `{"email":"new@example.com"}`, 200, "new@example.com"},
		{"PATCH", "/-/api/accounts/ryan", `{"id":"other"}`, 400, "id"},
		{"PATCH", "/-/api/accounts/nobody", `{}`, 404, "nobody"},
		{"POST", "/-/api/accounts", `{"id":"BAD ID"}`, 400, "id"},
		{"GET", "/-/api/links?account=ryan", "", 200, `"user_id":3141592601`},
		{"GET", "/-/api/sessions", "", 200, `"account":"ryan"`},
		{"GET", "/-/api/tokens", "", 200, `"state":"valid"`},
		{"GET", "/-/api/requests?after=x", "", 400, "numbers"},
		{"POST", "/-/api/webhooks/unlink", `{"user_id":1}`, 400, "no unlink webhook"},
		{"POST", "/-/api/webhooks/account", `{"event":"tokens-revoked","account":"ryan"}`, 400, "no account webhook"},
		{"POST", "/-/api/webhooks/account", `{"event":"nothing"}`, 400, "unknown event"},
		{"POST", "/-/api/webhooks/hold", "", 200, "true"},
		{"POST", "/-/api/webhooks/release", `{"reverse":true}`, 200, "true"},
		{"POST", "/-/api/webhooks/wait", "", 200, "[]"},
		{"GET", "/-/api/webhooks", "", 200, "[]"},
		{"POST", "/-/api/scenarios", `{"endpoint":"oauth/token","code":"KOE320"}`, 200, "true"},
		{"POST", "/-/api/scenarios", `{"scenarios":[{"code":"-1","delay":"1ms"},{"code":"x"}]}`, 400, "scenario 2"},
		{"GET", "/-/api/scenarios", "", 200, "KOE320"},
		{"DELETE", "/-/api/scenarios", "", 200, "true"},
		{"PUT", "/-/api/chaos", `{"seed":3,"fail":0.5}`, 200, "0.5"},
		{"PUT", "/-/api/chaos", `{"seed":3,"fail":5}`, 400, "at most 1"},
		{"PUT", "/-/api/chaos", `{}`, 200, "0"},
		{"GET", "/-/api/clock", "", 200, "now"},
		{"POST", "/-/api/clock/advance", `{"by":"1h"}`, 200, "now"},
		{"POST", "/-/api/clock/advance", `{"by":"7d"}`, 200, "now"},
		{"POST", "/-/api/clock/advance", `{"by":"7x"}`, 400, "7x"},
		{"POST", "/-/api/clock/advance", `{"by":"-1h"}`, 400, "duration"},
		{"POST", "/-/api/keys/rotate", "", 200, "true"},
		{"GET", "/-/openapi.json", "", 200, `"3.1.0"`},
		{"DELETE", "/-/api/requests", "", 200, "true"},
		{"POST", "/-/api/reset", "", 200, "true"},
		{"GET", "/-/api/links", "", 200, `"state":"none"`},
		{"GET", "/-/api/nothing", "", 404, "openapi"},
		{"GET", "/-/healthz", "", 200, "ok"},
	} {
		if r := control(t, emu, tc.method, tc.path, tc.body); r.status != tc.status ||
			!strings.Contains(r.body, tc.want) {
			t.Errorf("%s %s %s: %d %.300s, want %d with %q", tc.method, tc.path, tc.body, r.status, r.body, tc.status,
				tc.want)
		}
	}
}

func TestControlAddressesRefuseOtherSites(t *testing.T) {
	t.Parallel()
	emu := kakaotest.StartWith(t, kakaotest.Config{AllowedHosts: []string{"kakao"}})
	try := func(method, path, body string, headers ...string) int {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, emu.URL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		for i := 0; i < len(headers); i += 2 {
			if headers[i] == "Host" {
				r.Host = headers[i+1]
			} else {
				r.Header.Set(headers[i], headers[i+1])
			}
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res.StatusCode
	}
	for name, got := range map[string]int{
		"a rebound name":                  try("GET", "/-/api/apps", "", "Host", "evil.test"),
		"a rebound name on the console":   try("GET", "/-/", "", "Host", "evil.test:5001"),
		"another origin":                  try("POST", "/-/api/reset", "{}", "Origin", "https://evil.test"),
		"a null origin":                   try("POST", "/-/api/reset", "{}", "Origin", "null"),
		"another port of localhost":       try("POST", "/-/api/reset", "{}", "Origin", "http://localhost:5000"),
		"a cross-site form":               try("POST", "/-/do", "", "Sec-Fetch-Site", "cross-site"),
		"a same-site form (another port)": try("POST", "/-/connected", "", "Sec-Fetch-Site", "same-site"),
		"a look-alike of an allowed host": try("GET", "/-/api/apps", "", "Host", "kakao.evil.test"),
		"a look-alike of a loopback name": try("GET", "/-/api/apps", "", "Host", "localhost.evil.test"),
		"an address that is not loopback": try("GET", "/-/api/apps", "", "Host", "192.0.2.1:5001"),
	} {
		if got != 403 {
			t.Errorf("%s: %d, want 403", name, got)
		}
	}
	if got := try("POST", "/-/api/reset", "{}", "Content-Type", "text/plain"); got != 400 {
		t.Errorf("a simple request: %d, want 400", got)
	}
	for _, host := range []string{"localhost:9", "127.0.0.1", "[::1]:80", "kakao:5001", "x.localhost"} {
		if got := try("GET", "/-/api/apps", "", "Host", host); got != 200 {
			t.Errorf("Host %s: %d", host, got)
		}
	}
	if got := try("POST", "/-/api/reset", "{}", "Origin", emu.URL(), "Sec-Fetch-Site", "same-origin"); got != 200 {
		t.Errorf("the emulator's own page: %d", got)
	}
}

func TestConnectedServices(t *testing.T) {
	t.Parallel()
	emu := auto(t)
	tok := login(t, emu, kakaotest.PersonaRyan)
	v := newVisitor(t, emu)
	l := v.get("/-/connected", url.Values{"account": {"ryan"}})
	if !strings.Contains(l.body, "norang 예제") || !strings.Contains(l.body, `value="account_email"`) ||
		strings.Contains(l.body, `value="profile_nickname"`) {
		t.Errorf("connected services: %s", l.body)
	}
	v.post("/-/connected", url.Values{"app": {"1000001"}, "account": {"ryan"}, "revoke": {"account_email"}})
	if me := api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil); strings.Contains(me.body, "ryan@example.com") {
		t.Error("the consent was not withdrawn")
	}
	if l = v.post("/-/connected", url.Values{"app": {"1000001"}, "account": {"ryan"}}); strings.Contains(l.body,
		"norang 예제") {
		t.Error("still connected")
	}
	api(t, emu, "GET", "/v2/user/me", tok.bearer(), nil).wants(t, 401, "-401")
}
