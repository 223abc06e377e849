package navertest

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/testkit/untimed"
)

const back = "http://localhost:5000/oauth/naver/callback"

func startTest(t *testing.T, app App) *Server {
	t.Helper()
	if app.CallbackURLs == nil {
		app.CallbackURLs = []string{back}
	}
	return StartWith(t, Config{App: app, Transport: untimed.Transport{}})
}

// post posts a form and returns status and JSON object.
func post(t *testing.T, address string, form url.Values) (int, map[string]any) {
	t.Helper()
	res, err := http.PostForm(address, form)
	if err != nil {
		t.Fatal(err)
	}
	return readJSON(t, res)
}

func readJSON(t *testing.T, res *http.Response) (int, map[string]any) {
	t.Helper()
	defer res.Body.Close()
	var v map[string]any
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
	}
	return res.StatusCode, v
}

func api(t *testing.T, address, auth string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if auth != "" {
		r.Header.Set("Authorization", auth)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return readJSON(t, res)
}

const state = "0123456789abcdef"

func (s *Server) code(t *testing.T, p Approval) string {
	t.Helper()
	if p.Params == nil {
		p.Params = map[string]string{}
	}
	p.Params["state"] = state
	got, err := s.Approve(p)
	if err != nil || got.Code == "" {
		t.Fatalf("%+v, %v", got, err)
	}
	return got.Code
}

func (s *Server) tokenForm(more url.Values) url.Values {
	app := s.App()
	form := url.Values{"client_id": {app.ClientID}, "client_secret": {app.ClientSecret}}
	maps.Copy(form, more)
	return form
}

func (s *Server) tokens(t *testing.T, account string) map[string]any {
	t.Helper()
	code := s.code(t, Approval{Account: account})
	status, body := post(t, s.APIURL()+"/oauth2.0/token", s.tokenForm(url.Values{
		"grant_type": {"authorization_code"}, "code": {code}, "state": {state},
	}))
	if status != 200 {
		t.Fatalf("%d %v", status, body)
	}
	return body
}

func documented(t *testing.T, name string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// shape replaces values by their types.
func shape(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, member := range v {
			out[name] = shape(member)
		}
		return out
	case string:
		return "text"
	case float64:
		return "number"
	}
	return v
}

// Every answer has the members, and their types, of Naver's documents.
func TestAnswersHaveTheDocumentedMembers(t *testing.T) {
	t.Parallel()
	var all []Item
	for _, id := range itemIDs {
		all = append(all, Item{ID: id, Required: true})
	}
	s := startTest(t, App{Items: all})
	token := s.tokens(t, PersonaBoseong)
	bearer := "Bearer " + token["access_token"].(string)
	_, refreshed := post(t, s.APIURL()+"/oauth2.0/token", s.tokenForm(url.Values{
		"grant_type": {"refresh_token"}, "refresh_token": {token["refresh_token"].(string)},
	}))
	status, old := api(t, s.APIURL()+"/v1/nid/me", bearer)
	if status != 401 {
		t.Errorf("the access token outlives its refresh: %d", status)
	}
	bearer = "Bearer " + refreshed["access_token"].(string)
	_, profile := api(t, s.APIURL()+"/v1/nid/me", bearer)
	_, verified := api(t, s.APIURL()+"/v1/nid/verify?info=true", bearer)
	_, noHeader := api(t, s.APIURL()+"/v1/nid/me", "")
	wrong := s.tokenForm(url.Values{"token": {"x"}})
	wrong.Set("client_secret", "wrong")
	revokeStatus, revoked := post(t, s.APIURL()+"/oauth2.0/revoke", wrong)
	_, bad := post(t, s.APIURL()+"/oauth2.0/token", s.tokenForm(url.Values{
		"grant_type": {"authorization_code"}, "code": {"x"}, "state": {state},
	}))
	if revokeStatus != 401 {
		t.Errorf("revocation with a wrong secret: %d", revokeStatus)
	}
	for name, got := range map[string]map[string]any{
		"token.json": token, "token_refresh.json": refreshed, "profile.json": profile, "verify.json": verified,
		"profile_024.json": old, "profile_028.json": noHeader, "revoke_error.json": revoked, "token_error.json": bad,
	} {
		if d := cmp.Diff(shape(documented(t, name)), shape(got)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
	if err := s.UpdateApp(func(a *App) { a.CommonErrors = true }); err != nil {
		t.Fatal(err)
	}
	if _, got := api(t, s.APIURL()+"/v1/nid/me", "Bearer x"); cmp.Diff(
		shape(documented(t, "profile_024_common.json")), shape(got)) != "" {
		t.Errorf("common errors: %v", got)
	}
	if !regexp.MustCompile(`[+].*/.*=$|[/+].*==$`).MatchString(token["access_token"].(string)) {
		t.Errorf("access token without + / =: %s", token["access_token"])
	}
}

func TestCodeWorksOnceForItsRequest(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{Switches: Switches{Strict: true}})
	exchange := func(path string, more url.Values) (int, string) {
		form := s.tokenForm(url.Values{"grant_type": {"authorization_code"}, "state": {state}})
		maps.Copy(form, more)
		status, body := post(t, s.APIURL()+path, form)
		code, _ := body["error"].(string)
		return status, code
	}
	used := s.code(t, Approval{})
	if status, _ := exchange("/oauth2.0/token", url.Values{"code": {used}}); status != 200 {
		t.Errorf("first use: %d", status)
	}
	openID := Approval{OpenID: true, Params: map[string]string{"scope": "openid"}}
	fresh := func() []string { return []string{s.code(t, Approval{})} }
	for name, tc := range map[string]struct {
		path string
		more url.Values
		want string
	}{
		"used":          {"/oauth2.0/token", url.Values{"code": {used}}, "invalid_request"},
		"wrong state":   {"/oauth2.0/token", url.Values{"code": fresh(), "state": {"x"}}, "invalid_request"},
		"no state":      {"/oauth2.0/token", url.Values{"code": fresh(), "state": {}}, "invalid_request"},
		"other address": {"/oauth2.0/token", url.Values{"code": fresh(), "redirect_uri": {"x"}}, "invalid_request"},
		"other set":     {"/oauth2/token", url.Values{"code": fresh()}, "invalid_request"},
		"other set 2":   {"/oauth2.0/token", url.Values{"code": {s.code(t, openID)}}, "invalid_request"},
		"wrong secret":  {"/oauth2.0/token", url.Values{"code": fresh(), "client_secret": {"x"}}, "invalid_client"},
		"delete":        {"/oauth2.0/token", url.Values{"grant_type": {"delete"}}, "invalid_request"},
	} {
		if status, code := exchange(tc.path, tc.more); status < 400 || code != tc.want {
			t.Errorf("%s: %d %s", name, status, code)
		}
	}
	old := s.code(t, Approval{})
	s.Advance(codeLife)
	if status, _ := exchange("/oauth2.0/token", url.Values{"code": {old}}); status != 400 {
		t.Errorf("expired: %d", status)
	}
	if res, err := http.Get(s.APIURL() + "/oauth2/token"); err != nil || res.StatusCode != 405 {
		t.Errorf("GET in the OpenID Connect set: %v", err)
	} else {
		res.Body.Close()
	}
	if err := s.UpdateApp(func(a *App) { a.ErrorsAsOK, a.Strict, a.NumericExpiry = true, false, true }); err != nil {
		t.Fatal(err)
	}
	status, code := exchange("/oauth2.0/token", url.Values{"code": {used}})
	if status != 200 || code != "invalid_request" {
		t.Errorf("errors as 200: %d %s", status, code)
	}
	_, body := post(t, s.APIURL()+"/oauth2.0/token", s.tokenForm(url.Values{
		"grant_type": {"authorization_code"}, "code": {s.code(t, Approval{})},
	}))
	if body["expires_in"] != float64(3600) {
		t.Errorf("numeric expiry without state: %v", body)
	}
}

func TestRevocationEndsBothTokensAndTheLink(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	token := s.tokens(t, PersonaBoseong)
	all := []string{"nickname", "email", "profile_image"}
	if links := s.Links(); len(links) != 1 || !slices.Equal(links[0].Agreed, all) {
		t.Fatalf("links %+v", links)
	}
	for range 2 { // again is a success
		form := s.tokenForm(url.Values{"token": {token["refresh_token"].(string)}})
		status, body := post(t, s.APIURL()+"/oauth2.0/revoke", form)
		if status != 200 || body != nil {
			t.Errorf("%d %v", status, body)
		}
	}
	if status, _ := api(t, s.APIURL()+"/v1/nid/me", "Bearer "+token["access_token"].(string)); status != 401 {
		t.Errorf("the access token lives: %d", status)
	}
	if len(s.Links()) != 0 || len(s.Deliveries()) != 0 {
		t.Errorf("links %v, notices %v", s.Links(), s.Deliveries())
	}
}

// browse follows links and forms of the pages as a browser without scripts does.
func TestPagesLogInAndAskForConsent(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), back) {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	hidden := regexp.MustCompile(`name="tx" value="([^"]+)"`)
	open := func(more url.Values) (string, *http.Response) {
		q := url.Values{
			"client_id": {s.App().ClientID}, "response_type": {"code"}, "redirect_uri": {back}, "state": {state},
		}
		maps.Copy(q, more)
		res, err := client.Get(s.URL() + "/oauth2.0/authorize?" + q.Encode())
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(res.Body)
		res.Body.Close()
		return string(raw), res
	}
	submit := func(path, page string, form url.Values) (string, *http.Response) {
		m := hidden.FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("no form in %s", page)
		}
		form.Set("tx", m[1])
		res, err := client.PostForm(s.URL()+path, form)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := io.ReadAll(res.Body)
		res.Body.Close()
		return string(raw), res
	}
	page, _ := open(nil)
	page, _ = submit("/login", page, url.Values{"persona": {PersonaHadong}})
	if !strings.Contains(page, "하동") || !strings.Contains(page, "연락처 이메일 주소") {
		t.Fatalf("no consent page: %s", page)
	}
	_, res := submit("/consent", page, url.Values{"action": {"agree"}, "item": {"profile_image"}})
	if loc, _ := res.Location(); loc == nil || loc.Query().Get("code") == "" || loc.Query().Get("state") != state {
		t.Fatalf("no code: %v", loc)
	}
	if links := s.Links(); len(links) != 1 || !slices.Equal(links[0].Agreed, []string{"nickname", "profile_image"}) {
		t.Errorf("links %+v", links)
	}
	if _, res = open(nil); res.Header.Get("Location") == "" {
		t.Error("a second login of the same browser shows a page")
	}
	if page, _ = open(url.Values{"auth_type": {"reprompt"}}); !strings.Contains(page, "/consent") {
		t.Error("reprompt shows no consent page")
	}
	if page, _ = open(url.Values{"auth_type": {"reauthenticate"}}); !strings.Contains(page, "/login") {
		t.Error("reauthenticate shows no login page")
	}
	_, res = submit("/login", page, url.Values{"action": {"cancel"}})
	if loc, _ := res.Location(); loc == nil || loc.Query().Get("error") != "access_denied" {
		t.Errorf("cancel: %v", loc)
	}
	for name, more := range map[string]url.Values{
		"client": {"client_id": {"x"}}, "callback": {"redirect_uri": {back + "/"}},
	} {
		if page, res = open(more); res.StatusCode != 400 || !strings.Contains(page, "서비스로 돌아가지 않습니다") {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
	_, res = open(url.Values{"auth_type": {"autologin"}})
	if loc, _ := res.Location(); loc == nil ||
		loc.Query().Get("error_description") != "unsupported browser environment." {
		t.Errorf("autologin outside the app: %v", loc)
	}
	if err := s.UpdateApp(func(a *App) { a.InDevelopment, a.Members = true, []string{PersonaBoseong} }); err != nil {
		t.Fatal(err)
	}
	if page, res = open(nil); res.StatusCode != 400 || !strings.Contains(page, "검수") {
		t.Errorf("before the review: %d", res.StatusCode)
	}
}

func TestNoticeIsSentOnce(t *testing.T) {
	t.Parallel()
	var got []*http.Request
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r)
		w.WriteHeader(500)
	}))
	defer receiver.Close()
	s := startTest(t, App{UnlinkURL: receiver.URL + "/hook"})
	s.tokens(t, PersonaOddID)
	if !s.Unlink(t.Context(), PersonaOddID) || s.Unlink(t.Context(), PersonaOddID) {
		t.Error("Unlink")
	}
	if len(got) != 1 || got[0].URL.Query().Get("clientId") != DefaultClientID || got[0].Method != "POST" {
		t.Fatalf("%d notices", len(got))
	}
	if d := s.Deliveries(); len(d) != 1 || d[0].Accept || d[0].Status != 500 || d[0].Problem == "" {
		t.Errorf("%+v", d)
	}
}

func TestScenariosBreakAnswers(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	bearer := "Bearer " + s.tokens(t, PersonaBoseong)["access_token"].(string)
	err := s.Script(
		Scenario{Endpoint: "nid/me", Code: "429", Header: map[string]string{"Retry-After": "3"}},
		Scenario{Endpoint: "nid/me", Set: map[string]any{"response.nickname": "ab***"}, Remove: []string{"response.email"}},
		Scenario{Endpoint: "nid/me", Status: 200, Body: `{"resultcode":"024"}`},
	)
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := api(t, s.APIURL()+"/v1/nid/me", bearer); status != 429 {
		t.Errorf("first: %d", status)
	}
	_, body := api(t, s.APIURL()+"/v1/nid/me", bearer)
	response, _ := body["response"].(map[string]any)
	if response["nickname"] != "ab***" || response["email"] != nil {
		t.Errorf("second: %v", body)
	}
	if status, body := api(t, s.APIURL()+"/v1/nid/me", bearer); status != 200 || body["resultcode"] != "024" {
		t.Errorf("third: %d %v", status, body)
	}
	if status, _ := api(t, s.APIURL()+"/v1/nid/me", bearer); status != 200 || len(s.Scenarios()) != 0 {
		t.Errorf("used up: %d", status)
	}
	for _, sc := range []Scenario{{}, {Endpoint: "x", Code: "1"}, {Status: 99}} {
		if s.Script(sc) == nil {
			t.Errorf("accepted %+v", sc)
		}
	}
}

func TestControlAPI(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	do := func(method, path, body string, change func(*http.Request)) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		if change != nil {
			change(r)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		raw, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(raw)
	}
	for _, tc := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/-/api/state", "", 200, "oauth2.0/token"},
		{"PATCH", "/-/api/app", `{"in_development":true}`, 200, `"in_development":true`},
		{"PATCH", "/-/api/app", `{"in_development":false,"items":[{"id":"odd"}]}`, 400, "unknown item"},
		{"PATCH", "/-/api/app", `{"oddly":1}`, 400, "oddly"},
		{"PATCH", "/-/api/app", `{"in_development":false}`, 200, "client_id"},
		{"POST", "/-/api/accounts", `{"id":"mine","nickname":"내것"}`, 200, "true"},
		{"GET", "/-/api/accounts", "", 200, "내것"},
		{"POST", "/-/api/approve", `{"account":"mine","params":{"state":"0123456789abcdef"}}`, 200, `"code":"`},
		{"POST", "/-/api/approve", `{"account":"nobody"}`, 400, "unknown account"},
		{"GET", "/-/api/links", "", 200, `"account":"mine"`},
		{"POST", "/-/api/links/mine/unlink", "", 200, "true"},
		{"POST", "/-/api/links/mine/unlink", "", 404, "no link"},
		{"GET", "/-/api/notices", "", 200, "no unlink URL"},
		{"POST", "/-/api/notices/mine", "{}", 200, "no unlink URL"},
		{"POST", "/-/api/scenarios", `{"endpoint":"nid/me","code":"024"}`, 200, "true"},
		{"GET", "/-/api/scenarios", "", 200, "nid/me"},
		{"DELETE", "/-/api/scenarios", "", 200, "true"},
		{"POST", "/-/api/clock/advance", `{"by":"24h"}`, 200, "now"},
		{"POST", "/-/api/clock/advance", `{"by":"7d"}`, 200, "now"},
		{"POST", "/-/api/clock/advance", `{"by":"-1h"}`, 400, "by must"},
		{"POST", "/-/api/clock/advance", `{"by":"soon"}`, 400, "by must"},
		{"GET", "/-/api/requests?endpoint=nid/me", "", 200, "[]"},
		{"DELETE", "/-/api/requests", "", 200, "true"},
		{"GET", "/-/", "", 200, "NAVER_CLIENT_ID"},
		{"GET", "/-/?lang=en", "", 200, "Linked accounts"},
		{"GET", "/-/healthz", "", 200, "ok"},
		{"GET", "/-/nothing", "", 404, "not found"},
		{"POST", "/-/api/reset", "", 200, "true"},
	} {
		if status, body := do(tc.method, tc.path, tc.body, nil); status != tc.status || !strings.Contains(body, tc.want) {
			t.Errorf("%s %s: %d %.300s", tc.method, tc.path, status, body)
		}
	}
	for name, change := range map[string]func(*http.Request){
		"host":   func(r *http.Request) { r.Host = "evil.test" },
		"origin": func(r *http.Request) { r.Header.Set("Origin", "https://evil.test") },
		"site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
	} {
		if status, _ := do("POST", "/-/api/reset", "", change); status != 403 {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _ := do("POST", "/-/api/accounts", `{"id":"x"}`, func(r *http.Request) {
		r.Header.Set("Content-Type", "text/plain")
	}); status != 400 {
		t.Errorf("a body of another type: %d", status)
	}
}

func TestEnvironmentConfiguresTheApplication(t *testing.T) {
	t.Parallel()
	c, err := Environment(Config{}, []string{
		"NAVER_CLIENT_ID=a", "NAVER_CLIENT_SECRET=b", "NAVER_REDIRECT_URI=http://x/1,http://x/2",
		"NAVER_EMULATOR_AUTO=1", "NAVER_EMULATOR_UNLINK_URL=http://x/u", "HOME=/", "NAVER_EMULATOR_LISTEN=localhost:1",
	})
	if err != nil || c.App.ClientID != "a" || c.App.ClientSecret != "b" || len(c.App.CallbackURLs) != 2 || !c.App.Auto ||
		c.App.UnlinkURL != "http://x/u" {
		t.Errorf("%+v, %v", c.App, err)
	}
	_, err = Environment(Config{}, []string{"NAVER_EMULATOR_AUTO=maybe", "NAVER_EMULATOR_ODD=1"})
	if err == nil || !strings.Contains(err.Error(), "NAVER_EMULATOR_ODD") || !strings.Contains(err.Error(), "maybe") {
		t.Error(err)
	}
	wrong := Config{App: App{CallbackURLs: []string{"no"}}, BrowserURL: "x", Accounts: []Account{{}, {ID: "a b"}}}
	if _, err := New(wrong); err == nil {
		t.Error("accepted a wrong configuration")
	}
}

func TestEveryTextHasBothLanguages(t *testing.T) {
	t.Parallel()
	for key, text := range texts {
		if text[0] == "" || text[1] == "" {
			t.Errorf("%s: text missing", key)
		}
	}
	ids := map[string]bool{}
	for _, a := range Personas() {
		if ids[a.ID] || a.Label == "" || a.LabelEN == "" {
			t.Errorf("persona %s: twice or without label", a.ID)
		}
		ids[a.ID] = true
	}
	if s, err := New(Config{}); err != nil || s.Now().IsZero() || time.Since(s.Now()) > time.Minute {
		t.Errorf("zero configuration: %v", err)
	}
}
