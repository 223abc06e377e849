package googletest

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
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

const (
	back     = "http://localhost:5000/oauth/google/callback"
	state    = "0123456789abcdef"
	verifier = "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv"
	s256     = "7w_YNF9DSfIdPf_pRjSq646_kPr-2-o9NAl16JGghdM"
)

func startTest(t *testing.T, app App) *Server {
	t.Helper()
	if app.RedirectURIs == nil {
		app.RedirectURIs = []string{back}
	}
	return StartWith(t, Config{App: app, Transport: untimed.Transport{}})
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

func (s *Server) post(t *testing.T, path string, form url.Values) (int, map[string]any) {
	t.Helper()
	res, err := http.PostForm(s.APIURL()+path, form)
	if err != nil {
		t.Fatal(err)
	}
	return readJSON(t, res)
}

func (s *Server) approve(t *testing.T, account string, params map[string]string) Approved {
	t.Helper()
	all := map[string]string{"state": state}
	maps.Copy(all, params)
	got, err := s.Approve(Approval{Account: account, Params: all})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (s *Server) exchange(t *testing.T, code string, more url.Values) (int, map[string]any) {
	t.Helper()
	form := url.Values{
		"client_id": {s.App().ClientID}, "client_secret": {s.App().ClientSecret}, "grant_type": {"authorization_code"},
		"code": {code}, "redirect_uri": {back},
	}
	maps.Copy(form, more)
	return s.post(t, "/token", form)
}

// claims reads an ID token without verifying it.
func claims(t *testing.T, token any) map[string]any {
	t.Helper()
	text, _ := token.(string)
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		t.Fatalf("no ID token: %v", token)
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func names(v map[string]any) []string { return slices.Sorted(maps.Keys(v)) }

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

func TestAnswersHaveTheDocumentedMembers(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	offline := map[string]string{"access_type": "offline", "nonce": "n-0123456789"}
	status, first := s.exchange(t, s.approve(t, PersonaMinji, offline).Code, nil)
	_, again := s.exchange(t, s.approve(t, PersonaMinji, offline).Code, nil)
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first["refresh_token"].(string)}, "code": nil}
	_, refreshed := s.exchange(t, "", refresh)
	if status != 200 {
		t.Fatalf("%d %v", status, first)
	}
	for file, got := range map[string]map[string]any{
		"token.json": first, "token_again.json": again, "token_refresh.json": refreshed,
		"id_token.json": claims(t, first["id_token"]),
	} {
		if diff := cmp.Diff(names(documented(t, file)), names(got)); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
	}
	for file, how := range map[string]EventSend{
		"event_sessions_revoked.json": {Type: SessionsRevoked, Expired: true},
		"event_token_revoked.json":    {Type: TokenRevoked},
		"event_tokens_revoked.json":   {Type: TokensRevoked, ClaimsSubject: true},
		"event_verification.json":     {Type: Verification},
		"event_disabled.json":         {Type: AccountDisabled, Reason: "hijacking"},
	} {
		want, got := documented(t, file), claims(t, s.EventToken(PersonaMinji, how))
		if diff := cmp.Diff(names(want), names(got)); diff != "" {
			t.Errorf("%s: %s", file, diff)
		}
		shape := func(v map[string]any) string {
			for uri, body := range v["events"].(map[string]any) {
				b := body.(map[string]any)
				if subject, ok := b["subject"].(map[string]any); ok {
					return uri + strings.Join(names(b), " ") + strings.Join(names(subject), " ")
				}
				return uri + strings.Join(names(b), " ")
			}
			return ""
		}
		if shape(want) != shape(got) {
			t.Errorf("%s: %s, want %s", file, shape(got), shape(want))
		}
	}
	_, got := s.post(t, "/revoke", url.Values{"token": {"x"}})
	if diff := cmp.Diff(documented(t, "revoke_error.json"), got); diff != "" {
		t.Errorf("revoke: %s", diff)
	}
}

func TestCodeIsStrict(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	pkce := map[string]string{"code_challenge": s256, "code_challenge_method": "S256"}
	for name, tc := range map[string]struct {
		params map[string]string
		form   url.Values
		after  time.Duration
		want   string
	}{
		"good":           {pkce, url.Values{"code_verifier": {verifier}}, 0, ""},
		"no verifier":    {pkce, nil, 0, "invalid_grant"},
		"wrong verifier": {pkce, url.Values{"code_verifier": {verifier + "x"}}, 0, "invalid_grant"},
		"no challenge":   {nil, url.Values{"code_verifier": {verifier}}, 0, "invalid_grant"},
		"redirect":       {nil, url.Values{"redirect_uri": {back + "/"}}, 0, "redirect_uri_mismatch"},
		"secret":         {nil, url.Values{"client_secret": {"x"}}, 0, "invalid_client"},
		"grant type":     {nil, url.Values{"grant_type": {"password"}}, 0, "unsupported_grant_type"},
		"late":           {nil, nil, 11 * time.Minute, "invalid_grant"},
	} {
		got := s.approve(t, PersonaMinji, tc.params)
		s.Advance(tc.after)
		_, body := s.exchange(t, got.Code, tc.form)
		if code, _ := body["error"].(string); code != tc.want {
			t.Errorf("%s: %v", name, body)
		}
	}
	code := s.approve(t, PersonaMinji, nil).Code
	s.exchange(t, code, nil)
	if _, body := s.exchange(t, code, nil); body["error"] != "invalid_grant" {
		t.Errorf("used twice: %v", body)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.APIURL()+"/token", strings.NewReader(url.Values{
		"grant_type": {"authorization_code"}, "code": {s.approve(t, PersonaMinji, nil).Code}, "redirect_uri": {back},
	}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(s.App().ClientID, s.App().ClientSecret)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := readJSON(t, res); status != 200 {
		t.Errorf("Basic: %d %v", status, body)
	}
}

func TestInvalidRequestsEndOnAPage(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	for want, params := range map[string]map[string]string{
		"invalid_client": {"client_id": "x"}, "redirect_uri_mismatch": {"redirect_uri": back + "/"},
		"unsupported_response_type": {"response_type": "token"}, "invalid_scope": {"scope": "openid calendar"},
		"invalid_request": {"prompt": "bogus"},
	} {
		if got := s.approve(t, PersonaMinji, params); !got.Page || got.Error != want {
			t.Errorf("%s: %+v", want, got)
		}
	}
	for params, ok := range map[string]bool{
		"prompt=login": true, "prompt=none consent": false, "access_type=x": false, "max_age=0": true,
		"code_challenge=short": false, "prompt=select_account": true,
	} {
		name, value, _ := strings.Cut(params, "=")
		if got := s.approve(t, PersonaMinji, map[string]string{name: value}); (got.Code != "") != ok {
			t.Errorf("%s: %+v", params, got)
		}
	}
	for _, tc := range []struct {
		want   string
		change func(*App)
	}{
		{"access_denied", func(a *App) { a.Testing, a.TestUsers = true, []string{PersonaJunho} }},
		{"org_internal", func(a *App) { a.Organization = "corp.example" }},
		{"deleted_client", func(a *App) { a.Deleted = true }},
	} {
		s.Reset()
		if err := s.UpdateApp(tc.change); err != nil {
			t.Fatal(err)
		}
		if got := s.approve(t, PersonaMinji, nil); !got.Page || got.Error != tc.want {
			t.Errorf("%s: %+v", tc.want, got)
		}
	}
	s.Reset()
	if err := s.UpdateApp(func(a *App) { a.Organization = "corp.example" }); err != nil {
		t.Fatal(err)
	}
	if got := s.approve(t, PersonaWorkspace, nil); got.Code == "" || !strings.Contains(got.Location, "hd=corp.example") {
		t.Errorf("%+v", got)
	}
}

func TestPR21_WebViewsGetThe403Page(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	const (
		iPhone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
		android = "Mozilla/5.0 (Linux; "
	)
	for agent, refused := range map[string]bool{
		android + "Android 14; SM-S918N; wv) Chrome/126.0 Mobile Safari/537.36":                                    true,
		android + "Android 14) Chrome/126.0 Mobile Safari/537.36 KAKAOTALK/25.1.0":                                 true,
		iPhone + "NAVER(inapp; search; 2000; 12.8.0)":                                                              true,
		iPhone + "Mobile/15E148 Safari Line/14.1.0":                                                                true,
		iPhone + "Mobile/15E148 Instagram 330.0.0":                                                                 true,
		iPhone + "Version/17.5 Mobile/15E148 Safari/604.1":                                                         false,
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36": false,
	} {
		got, err := s.Approve(Approval{UserAgent: agent, Params: map[string]string{"state": state}})
		if err != nil || (got.Error == "disallowed_useragent") != refused || (got.Code != "") == refused {
			t.Errorf("%s: %+v, %v", agent, got, err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+"/o/oauth2/v2/auth", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("User-Agent", "KAKAOTALK/1")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode != 403 || !strings.Contains(string(body), "disallowed_useragent") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
}

func TestPR20_AuthTimeNeedsRequestAndSwitch(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	asked := map[string]string{"claims": `{"id_token":{"auth_time":{"essential":true}}}`}
	for _, on := range []bool{false, true} {
		if err := s.UpdateApp(func(a *App) { a.SessionAgeClaims = on }); err != nil {
			t.Fatal(err)
		}
		for _, params := range []map[string]string{nil, asked} {
			_, body := s.exchange(t, s.approve(t, PersonaMinji, params).Code, nil)
			if _, has := claims(t, body["id_token"])["auth_time"]; has != (on && params != nil) {
				t.Errorf("switch %v, asked %v: auth_time %v", on, params != nil, has)
			}
		}
	}
}

func TestEmailChangesAfterTheFirstSignIn(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	var emails, subs []any
	for range 2 {
		_, body := s.exchange(t, s.approve(t, PersonaChangedEmail, nil).Code, nil)
		c := claims(t, body["id_token"])
		emails, subs = append(emails, c["email"]), append(subs, c["sub"])
	}
	if emails[0] == emails[1] || subs[0] != subs[1] {
		t.Errorf("%v %v", emails, subs)
	}
}

func TestRedirectURIsAreThoseThatGoogleRegisters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"https://login.example.com/cb": true, "http://localhost:5000/cb": true, "http://127.0.0.1/cb": true,
		"http://[::1]:5000/cb": true, "http://login.example.com/cb": false, "https://192.168.0.7/cb": false,
		"http://192.168.0.7:5000/cb": false, "https://login/cb": false, "https://*.example.com/cb": false,
		"https://a@example.com/cb": false, "https://example.com/cb#x": false, "app:/cb": false,
	} {
		if _, err := New(Config{App: App{RedirectURIs: []string{text}}}); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	loose := App{RedirectURIs: []string{"http://192.168.0.7:5000/cb"}, Switches: Switches{InsecureRedirects: true}}
	if _, err := New(Config{App: loose}); err != nil {
		t.Error(err)
	}
}

// surfer is a browser that follows no redirects.
type surfer struct {
	t      *testing.T
	client *http.Client
}

func newSurfer(t *testing.T) surfer {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return surfer{t, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}}
}

func (b surfer) read(res *http.Response, err error) (int, string, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return res.StatusCode, string(body), res.Header.Get("Location")
}

var hidden = regexp.MustCompile(`name="tx" value="([^"]+)"`)

func tx(t *testing.T, body string) string {
	t.Helper()
	m := hidden.FindStringSubmatch(body)
	if m == nil {
		t.Fatal(body)
	}
	return m[1]
}

func TestSignInWithPages(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	b := newSurfer(t)
	authorize := func(more string) (int, string, string) {
		return b.read(b.client.Get(s.URL() + "/o/oauth2/v2/auth?response_type=code&scope=openid+email+profile" +
			"&state=" + state + "&client_id=" + s.App().ClientID + "&redirect_uri=" + url.QueryEscape(back) + more))
	}
	if _, _, to := authorize("&prompt=none"); !strings.Contains(to, "error=login_required") {
		t.Errorf("silent, no session: %s", to)
	}
	status, page, _ := authorize("&lang=en")
	if status != 200 || !strings.Contains(page, "Choose an account") || !strings.Contains(page, "김민지") {
		t.Fatalf("%d %s", status, page)
	}
	if _, korean, _ := authorize("&lang=ko"); !strings.Contains(korean, "계정 선택") {
		t.Error(korean)
	}
	pick := func(page, persona string) (int, string, string) {
		form := url.Values{"tx": {tx(t, page)}, "persona": {persona}}
		return b.read(b.client.PostForm(s.URL()+"/login?lang=en", form))
	}
	_, consent, _ := pick(page, PersonaMinji)
	if !strings.Contains(consent, "Name and profile picture") {
		t.Fatal(consent)
	}
	if _, _, to := authorize("&prompt=none"); !strings.Contains(to, "error=consent_required") {
		t.Errorf("silent, no consent: %s", to)
	}
	agree := url.Values{"tx": {tx(t, consent)}, "action": {"agree"}}
	status, _, to := b.read(b.client.PostForm(s.URL()+"/consent", agree))
	if status != 302 || !strings.HasPrefix(to, back+"?") || !strings.Contains(to, "code=") ||
		!strings.Contains(to, "state="+state) || !strings.Contains(to, "authuser=0") {
		t.Fatalf("%d %s", status, to)
	}
	if status, body, _ := b.read(b.client.PostForm(s.URL()+"/consent", agree)); status != 400 {
		t.Errorf("submitted twice: %d %s", status, body)
	}
	// The session answers, also to prompt=login.
	for _, more := range []string{"", "&prompt=login", "&prompt=none", "&max_age=0"} {
		if status, _, to := authorize(more); status != 302 || !strings.Contains(to, "code=") {
			t.Errorf("%s: %d %s", more, status, to)
		}
	}
	_, page, _ = authorize("&prompt=select_account")
	_, consent, _ = pick(page, PersonaJunho)
	b.read(b.client.PostForm(s.URL()+"/consent", url.Values{"tx": {tx(t, consent)}, "action": {"agree"}}))
	if _, _, to := authorize("&prompt=none"); !strings.Contains(to, "error=account_selection_required") {
		t.Errorf("silent, two accounts: %s", to)
	}
	if _, _, to := authorize("&prompt=none&login_hint=" + s.Subject(PersonaJunho)); !strings.Contains(to, "code=") {
		t.Errorf("silent, with a hint: %s", to)
	}
	_, page, _ = authorize("")
	cancel := url.Values{"tx": {tx(t, page)}, "action": {"cancel"}}
	if _, _, to := b.read(b.client.PostForm(s.URL()+"/login", cancel)); !strings.Contains(to, "error=access_denied") {
		t.Errorf("cancelled: %s", to)
	}
}

func TestControlAPI(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	send := func(method, path, body string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if body != "" {
			r.Header.Set("Content-Type", "application/json")
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
		{"GET", "/-/api/state", "", 200, `"events":["sessions-revoked"`},
		{"PATCH", "/-/api/app", `{"short_issuer":true}`, 200, `"short_issuer":true`},
		{"PATCH", "/-/api/app", `{"redirect_uris":["https://10.0.0.1/"]}`, 400, "IP address"},
		{"GET", "/-/api/accounts", "", 200, `"id":"minji"`},
		{"POST", "/-/api/accounts", `{"id":"new","name":"New","email":"new@gmail.com"}`, 200, `"ok":true`},
		{"POST", "/-/api/approve", `{"account":"new","params":{"state":"0123456789abcdef"}}`, 200, `"code":"4/0emu`},
		{"GET", "/-/api/grants", "", 200, `"account":"new"`},
		{"POST", "/-/api/events/new", `{"type":"sessions-revoked"}`, 200, "no receiver"},
		{"POST", "/-/api/events/new", `{"type":"odd"}`, 400, "unknown event type"},
		{"GET", "/-/api/events", "", 200, `"type":"sessions-revoked"`},
		{"POST", "/-/api/grants/new/unlink", "", 200, `"ok":true`},
		{"POST", "/-/api/grants/new/unlink", "", 404, "no grant"},
		{"POST", "/-/api/keys/rotate", "", 200, `"ok":true`},
		{"POST", "/-/api/scenarios", `{"endpoint":"token","code":"invalid_grant"}`, 200, `"ok":true`},
		{"POST", "/-/api/scenarios", `{"endpoint":"odd","cut":true}`, 400, "unknown endpoint"},
		{"GET", "/-/api/scenarios", "", 200, `"code":"invalid_grant"`},
		{"DELETE", "/-/api/scenarios", "", 200, `"ok":true`},
		{"POST", "/-/api/clock/advance", `{"by":"24h"}`, 200, `"now"`},
		{"POST", "/-/api/clock/advance", `{"by":"x"}`, 400, "duration"},
		{"GET", "/-/api/requests", "", 200, `[]`},
		{"DELETE", "/-/api/requests", "", 200, `"ok":true`},
		{"POST", "/-/api/reset", "", 200, `"ok":true`},
		{"GET", "/-/api/odd", "", 404, "not found"},
		{"GET", "/-/", "", 200, "GOOGLE_CLIENT_ID"},
		{"GET", "/-/healthz", "", 200, "ok"},
		{"GET", "/.well-known/risc-configuration", "", 200, `"issuer":"` + s.URL() + `/"`},
	} {
		status, body := send(tc.method, tc.path, tc.body)
		if status != tc.status || !strings.Contains(body, tc.want) {
			t.Errorf("%s %s: %d %.300s", tc.method, tc.path, status, body)
		}
	}
}

func TestScenariosBreakAnswers(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	if err := s.Script(Scenario{Endpoint: "token", Code: "invalid_grant"},
		Scenario{Endpoint: "token", Set: map[string]any{"expires_in": "x"}, Remove: []string{"id_token"}},
		Scenario{Endpoint: "certs", Status: 503}); err != nil {
		t.Fatal(err)
	}
	status, body := s.exchange(t, s.approve(t, PersonaMinji, nil).Code, nil)
	if status != 400 || body["error"] != "invalid_grant" {
		t.Errorf("%d %v", status, body)
	}
	_, body = s.exchange(t, s.approve(t, PersonaMinji, nil).Code, nil)
	if body["expires_in"] != "x" || body["id_token"] != nil {
		t.Errorf("%v", body)
	}
	res, err := http.Get(s.APIURL() + "/oauth2/v3/certs")
	if err != nil || res.StatusCode != 503 {
		t.Errorf("%v", err)
	}
	res.Body.Close()
	for _, r := range s.Requests() {
		for name, v := range r.Params {
			if slices.Contains(secretParams, name) && !strings.HasPrefix(v, "(") {
				t.Errorf("%s in the log: %s", name, v)
			}
		}
	}
}

func TestUnusedRefreshTokensExpire(t *testing.T) {
	t.Parallel()
	s := startTest(t, App{})
	_, body := s.exchange(t, s.approve(t, PersonaMinji, map[string]string{"access_type": "offline"}).Code, nil)
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {body["refresh_token"].(string)}, "code": nil}
	s.Advance(100 * 24 * time.Hour)
	if status, got := s.exchange(t, "", refresh); status != 200 {
		t.Fatalf("%d %v", status, got)
	}
	s.Advance(181 * 24 * time.Hour)
	if _, got := s.exchange(t, "", refresh); got["error"] != "invalid_grant" {
		t.Error(got)
	}
}

func TestEnvironmentConfiguresTheEmulator(t *testing.T) {
	t.Parallel()
	c, err := Environment(Config{}, []string{
		"GOOGLE_CLIENT_ID=a", "GOOGLE_CLIENT_SECRET=b", "GOOGLE_REDIRECT_URI=" + back + ", http://localhost/cb",
		"GOOGLE_EMULATOR_TESTING=true", "GOOGLE_EMULATOR_EVENTS_URL=http://localhost/e", "GOOGLE_EMULATOR_LISTEN=x",
		"OTHER=1",
	})
	if err != nil || c.App.ClientID != "a" || c.App.ClientSecret != "b" || len(c.App.RedirectURIs) != 2 ||
		!c.App.Testing || c.App.EventsURL != "http://localhost/e" {
		t.Errorf("%+v, %v", c.App, err)
	}
	_, err = Environment(Config{}, []string{"GOOGLE_EMULATOR_AUTO=perhaps", "GOOGLE_EMULATOR_ODD=1"})
	for _, want := range []string{"GOOGLE_EMULATOR_AUTO", "GOOGLE_EMULATOR_ODD"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestTextsAreInBothLanguages(t *testing.T) {
	t.Parallel()
	for key, text := range texts {
		if text[0] == "" || text[1] == "" {
			t.Error(key)
		}
	}
}
