package appletest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/internal/testkit/untimed"
)

const back = "http://localhost:5000/oauth/apple/callback"

func start(t *testing.T) *appletest.Server {
	t.Helper()
	clients := []appletest.Client{
		{ID: appletest.DefaultServicesID, ReturnURLs: []string{back, "https://login.example.com/cb"}},
		{ID: appletest.DefaultBundleID, App: true},
	}
	return appletest.StartWith(t, appletest.Config{
		Transport: untimed.Transport{}, Team: appletest.Team{Clients: clients},
	})
}

// visitor is a browser that runs no scripts.
type visitor struct {
	t     *testing.T
	c     *http.Client
	agent string
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, c: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

func (v *visitor) do(method, address string, form url.Values) (int, string) {
	v.t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept-Language", "en")
	r.Header.Set("User-Agent", v.agent)
	a, err := v.c.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return a.StatusCode, string(b) + a.Header.Get("Location")
}

var field = regexp.MustCompile(`name="([a-z_]+)" value="([^"]*)"`)

func (v *visitor) tx(page string) string {
	v.t.Helper()
	for _, m := range field.FindAllStringSubmatch(page, -1) {
		if m[1] == "tx" {
			return m[2]
		}
	}
	v.t.Fatalf("no form in %s", page)
	return ""
}

func query(change ...string) string {
	q := map[string]string{
		"client_id": appletest.DefaultServicesID, "redirect_uri": url.QueryEscape(back), "response_type": "code",
		"response_mode": "form_post", "scope": "name%20email", "state": "s1", "nonce": "n1",
	}
	for i := 0; i < len(change); i += 2 {
		q[change[i]] = change[i+1]
	}
	var parts []string
	for name, value := range q {
		if value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	return "/auth/authorize?" + strings.Join(parts, "&")
}

func TestInvalidRequestsEndOnAPage(t *testing.T) {
	t.Parallel()
	emu := start(t)
	v := newVisitor(t)
	for text, address := range map[string]string{
		"no registered Services ID": query("client_id", "com.example.other"),
		"A bundle id":               query("client_id", appletest.DefaultBundleID),
		"a registered return URL":   query("redirect_uri", url.QueryEscape(back+"/")),
		"must be code":              query("response_type", "token"),
		"the only scopes":           query("scope", "openid%20profile"),
		"must be form_post":         query("response_mode", "query"),
		"fragment or form_post":     query("response_mode", "query", "response_type", "code%20id_token", "scope", ""),
		"form_post with the scope":  query("response_mode", "fragment", "scope", "name"),
	} {
		status, page := v.do("GET", emu.URL()+address, nil)
		if status != http.StatusBadRequest || !strings.Contains(page, text) {
			t.Errorf("%s: %d %s", text, status, page)
		}
	}
	status, page := v.do("GET", emu.URL()+query(), nil)
	if status != 200 || !strings.Contains(page, "Apple refuses this return URL") {
		t.Errorf("localhost: %d %s", status, page)
	}
	public := query("redirect_uri", url.QueryEscape("https://login.example.com/cb"))
	if status, page := v.do("GET", emu.URL()+public, nil); status != 200 || strings.Contains(page, "Apple refuses") {
		t.Errorf("public: %d %s", status, page)
	}
	without := query("response_mode", "query", "scope", "")
	if err := emu.UpdateTeam(func(t *appletest.Team) { t.Auto = true }); err != nil {
		t.Fatal(err)
	}
	status, to := v.do("GET", emu.URL()+without, nil)
	if status != http.StatusFound || !strings.HasPrefix(to, back+"?code=c") {
		t.Errorf("without a scope: %d %s", status, to)
	}
}

func TestResponseIsPosted(t *testing.T) {
	t.Parallel()
	emu := start(t)
	v := newVisitor(t)
	_, page := v.do("GET", emu.URL()+query(), nil)
	_, page = v.do("POST", emu.URL()+"/login", url.Values{"tx": {v.tx(page)}, "persona": {appletest.PersonaSeorak}})
	if !strings.Contains(page, "Hide my email") || !strings.Contains(page, "Share my email") {
		t.Fatal(page)
	}
	_, page = v.do("POST", emu.URL()+"/confirm", url.Values{"tx": {v.tx(page)}, "action": {"hide"}})
	for _, want := range []string{
		`action="` + back + `"`, `name="code" value="c`, `name="state" value="s1"`, `name="user"`,
		"document.forms[0].submit()", "privaterelay.appleid.com",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in %s", want, page)
		}
	}
	// The session is kept, and the user confirms all the same. The name is not sent again.
	_, page = v.do("GET", emu.URL()+query("response_type", "code%20id_token"), nil)
	if strings.Contains(page, "Hide my email") || !strings.Contains(page, ">Continue<") {
		t.Fatal(page)
	}
	_, page = v.do("POST", emu.URL()+"/confirm", url.Values{"tx": {v.tx(page)}, "action": {"continue"}})
	if strings.Contains(page, `name="user"`) || !strings.Contains(page, `name="id_token"`) {
		t.Error(page)
	}
	_, page = v.do("GET", emu.URL()+query(), nil)
	_, page = v.do("POST", emu.URL()+"/confirm", url.Values{"tx": {v.tx(page)}, "action": {"cancel"}})
	if !strings.Contains(page, `value="user_cancelled_authorize"`) {
		t.Error(page)
	}
	if status, page := v.do("POST", emu.URL()+"/confirm", url.Values{"tx": {"x"}}); status != 400 {
		t.Errorf("%d %s", status, page)
	}
}

func TestConsoleActsForTheUser(t *testing.T) {
	t.Parallel()
	var kinds []string
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body struct{ Payload string }
		if err := json.NewDecoder(r.Body).Decode(&body); err == nil && strings.Count(body.Payload, ".") == 2 {
			kinds = append(kinds, r.Header.Get("Content-Type"))
		}
	}))
	defer hook.Close()
	emu := start(t)
	if err := emu.UpdateTeam(func(t *appletest.Team) { t.NoticeURL = hook.URL }); err != nil {
		t.Fatal(err)
	}
	if _, err := emu.Native(appletest.NativeSignIn{Account: appletest.PersonaSeorak, Nonce: "n"}); err != nil {
		t.Fatal(err)
	}
	v := newVisitor(t)
	account := url.Values{"account": {appletest.PersonaSeorak}}
	if _, page := v.do("GET", emu.URL()+"/-/", nil); !strings.Contains(page, emu.Subject(appletest.PersonaSeorak)) {
		t.Error(page)
	}
	for _, action := range []string{"forwarding", "forwarding", "forget"} {
		status, to := v.do("POST", emu.URL()+"/-/"+action, account)
		if status != http.StatusSeeOther || !strings.Contains(to, "done=1") {
			t.Errorf("%s: %d %s", action, status, to)
		}
	}
	if len(emu.Links()) != 0 || len(kinds) != 3 {
		t.Errorf("links %v, notices %v", emu.Links(), kinds)
	}
	if _, to := v.do("POST", emu.URL()+"/-/delete", account); strings.Contains(to, "done=1") {
		t.Error("deleted without a link")
	}
}

func TestControlAPI(t *testing.T) {
	t.Parallel()
	emu := start(t)
	call := func(method, path, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequest(method, emu.URL()+"/-/api/"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		b, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		return a.StatusCode, string(b)
	}
	for _, c := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "team", "", 200, `"team_id":"EMUTEAM001"`},
		{"PATCH", "team", `{"event_form":"object"}`, 200, `"event_form":"object"`},
		{"PATCH", "team", `{"event_form":"xml"}`, 400, "event_form must be"},
		{"PATCH", "team", `{"team_id":"EMUTEAM009"}`, 400, "by a transfer only"},
		{"POST", "accounts", `{"id":"new","first_name":"새","email":"new@icloud.com"}`, 200, "true"},
		{"POST", "accounts", `{"id":"a b"}`, 400, "id has 1 to 64"},
		{"GET", "accounts", "", 200, `"new@icloud.com"`},
		{"POST", "native", `{"account":"new","nonce":"n"}`, 200, `"id_token":"ey`},
		{"POST", "native", `{"account":"nobody"}`, 404, "no link"},
		{"GET", "links", "", 200, `"account":"new"`},
		{"POST", "notices/new/consent-revoked", `{}`, 200, "no address is registered"},
		{"POST", "links/new/forwarding/off", "", 404, "no link"},
		{"POST", "links/new/forget", "", 200, "true"},
		{"POST", "links/new/forget", "", 404, "no link"},
		{"POST", "team/transfer", `{"team_id":"EMUTEAM002","key_id":"EMUKEY0002"}`, 200, "true"},
		{"POST", "team/transfer", `{"team_id":"x"}`, 400, "10 capital letters"},
		{"POST", "approve", `{"url":"` + emu.URL() + `/auth/authorize"}`, 200, "invalid_client"},
		{"POST", "reset", "", 200, "true"},
		{"GET", "team", "", 200, `"team_id":"EMUTEAM001"`},
	} {
		if status, body := call(c.method, c.path, c.body); status != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, status, body)
		}
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]appletest.Config{
		"team":    {Team: appletest.Team{TeamID: "short"}},
		"key":     {Team: appletest.Team{PrivateKey: "no PEM"}},
		"clients": {Team: appletest.Team{Clients: []appletest.Client{{ID: "a"}, {ID: "a"}}}},
		"url":     {Team: appletest.Team{Clients: []appletest.Client{{ID: "a", ReturnURLs: []string{"ftp://x"}}}}},
		"base":    {BrowserURL: "localhost"},
		"account": {Accounts: []appletest.Account{{ID: "a"}, {ID: "a"}}},
	} {
		if _, err := appletest.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	c, err := appletest.Environment(appletest.Config{}, []string{
		"APPLE_SERVICES_ID=com.example.web", "APPLE_BUNDLE_IDS=com.example.a,com.example.b", "APPLE_REDIRECT_URI=" + back,
		"APPLE_TEAM_ID=ABCDE12345", "APPLE_EMULATOR_AUTO=true", "APPLE_EMULATOR_NOTICE_URL=",
	})
	if err != nil || len(c.Team.Clients) != 3 || c.Team.ServicesID() != "com.example.web" || !c.Team.Auto ||
		c.Team.Clients[0].ReturnURLs[0] != back || c.Team.TeamID != "ABCDE12345" {
		t.Errorf("%+v, %v", c.Team, err)
	}
	if _, err := appletest.Environment(appletest.Config{}, []string{"APPLE_EMULATOR_AUTO=maybe"}); err == nil {
		t.Error("accepted a value that is no bool")
	}
	const section = `{"builtin_accounts":false,"accounts":[{"id":"one"}],"team":{"key_id":"ABCDE12345"}}`
	f, err := appletest.ParseFile([]byte(section))
	if err != nil || len(f.Config().Accounts) != 1 || f.Config().Team.KeyID != "ABCDE12345" {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := appletest.ParseFile([]byte(`{"teams":{}}`)); err == nil {
		t.Error("accepted an unknown member")
	}
}
