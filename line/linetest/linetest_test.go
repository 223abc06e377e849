package linetest_test

import (
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

	"github.com/norang-login/norang/line/linetest"
)

const (
	back  = "https://login.example.com/oauth/line/callback"
	state = "0123456789abcdef"
)

func start(t *testing.T, channel linetest.Channel) *linetest.Server {
	t.Helper()
	channel.CallbackURLs = []string{back}
	return linetest.StartWith(t, linetest.Config{Channel: channel})
}

// params is an authorize request with changes; "-" leaves a parameter out.
func params(change map[string]string) map[string]string {
	all := map[string]string{"state": state, "scope": "openid profile email", "nonce": "n"}
	maps.Copy(all, change)
	for name, value := range all {
		if value == "-" {
			all[name] = ""
		}
	}
	return all
}

func TestInvalidRequestsAreRedirectedOrEndOnAPage(t *testing.T) {
	t.Parallel()
	emu := start(t, linetest.Channel{Switches: linetest.Switches{Strict: true}})
	for name, row := range map[string]struct {
		change map[string]string
		want   string
	}{
		"other channel":      {map[string]string{"client_id": "1"}, "page"},
		"other callback":     {map[string]string{"redirect_uri": "https://evil.example/"}, "page"},
		"query added":        {map[string]string{"redirect_uri": back + "?a=1"}, ""},
		"no state":           {map[string]string{"state": "-"}, "INVALID_REQUEST"},
		"state with a dash":  {map[string]string{"state": "ab-cd"}, "INVALID_REQUEST"},
		"token":              {map[string]string{"response_type": "token"}, "UNSUPPORTED_RESPONSE_TYPE"},
		"unknown scope":      {map[string]string{"scope": "openid phone"}, "INVALID_SCOPE"},
		"e-mail alone":       {map[string]string{"scope": "email"}, "INVALID_SCOPE"},
		"plain challenge":    {map[string]string{"code_challenge": "x", "code_challenge_method": "plain"}, "INVALID_REQUEST"},
		"odd prompt":         {map[string]string{"prompt": "select_account"}, "INVALID_REQUEST"},
		"odd age":            {map[string]string{"max_age": "soon"}, "INVALID_REQUEST"},
		"signed answer":      {map[string]string{"response_mode": "jwt"}, "INVALID_REQUEST"},
		"none":               {map[string]string{"prompt": "none"}, "LOGIN_REQUIRED"},
		"unknown parameters": {map[string]string{"anything": "1"}, ""},
	} {
		got, err := emu.Approve(linetest.Approval{Params: params(row.change)})
		if err != nil || got.Error != row.want || (got.Code != "") != (row.want == "") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if got, err := emu.Approve(linetest.Approval{Params: params(nil), Cancel: true}); err != nil ||
		got.Error != "ACCESS_DENIED" || !strings.Contains(got.Location, "state="+state) {
		t.Errorf("cancel: %+v, %v", got, err)
	}
	for name, change := range map[string]func(*linetest.Channel){
		"INVALID_SCOPE": func(c *linetest.Channel) { c.NoEmail = true },
		"page":          func(c *linetest.Channel) { c.NoEmail, c.Developing = false, true },
	} {
		if err := emu.UpdateChannel(change); err != nil {
			t.Fatal(err)
		}
		if got, err := emu.Approve(linetest.Approval{Params: params(nil)}); err != nil || got.Error != name {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// call makes a request and decodes the answer.
func call(t *testing.T, method, address string, form url.Values, bearer string) (int, map[string]any) {
	t.Helper()
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(form.Encode())
	} else if form != nil {
		address += "?" + form.Encode()
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatalf("%s: %s", address, raw)
		}
	}
	return res.StatusCode, out
}

// members compares the members of an answer with those of a documented one.
func members(t *testing.T, got map[string]any, name string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]any
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("%s: %s", name, diff)
	}
}

func TestAnswersHaveTheDocumentedMembers(t *testing.T) {
	t.Parallel()
	emu := start(t, linetest.Channel{})
	client := url.Values{"client_id": {emu.Channel().ID}, "client_secret": {emu.Channel().Secret}}
	with := func(pairs ...string) url.Values {
		v := maps.Clone(client)
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	got, err := emu.Approve(linetest.Approval{Params: params(nil)})
	if err != nil {
		t.Fatal(err)
	}
	exchange := with("grant_type", "authorization_code", "code", got.Code, "redirect_uri", back)
	_, token := call(t, "POST", emu.URL()+"/oauth2/v2.1/token", exchange, "")
	members(t, token, "token.json")
	if status, again := call(t, "POST", emu.URL()+"/oauth2/v2.1/token", exchange, ""); status != 400 ||
		again["error"] != "invalid_grant" {
		t.Errorf("code used twice: %d %v", status, again)
	}
	access, refresh := token["access_token"].(string), token["refresh_token"].(string)
	_, verified := call(t, "GET", emu.URL()+"/oauth2/v2.1/verify", url.Values{"access_token": {access}}, "")
	members(t, verified, "verify.json")
	check := url.Values{"id_token": {token["id_token"].(string)}, "client_id": {emu.Channel().ID}, "nonce": {"n"}}
	_, id := call(t, "POST", emu.URL()+"/oauth2/v2.1/verify", check, "")
	members(t, id, "verify_id_token.json")
	for name, value := range map[string]string{"nonce": "m", "client_id": "9", "user_id": "U0", "id_token": "a.b.c"} {
		bad := maps.Clone(check)
		bad.Set(name, value)
		if status, body := call(t, "POST", emu.URL()+"/oauth2/v2.1/verify", bad, ""); status != 400 {
			t.Errorf("%s: %d %v", name, status, body)
		}
	}
	_, info := call(t, "GET", emu.URL()+"/oauth2/v2.1/userinfo", nil, access)
	members(t, info, "userinfo.json")
	_, profile := call(t, "GET", emu.URL()+"/v2/profile", nil, access)
	members(t, profile, "profile.json")
	renew := with("grant_type", "refresh_token", "refresh_token", refresh)
	_, again := call(t, "POST", emu.URL()+"/oauth2/v2.1/token", renew, "")
	members(t, again, "token_refresh.json")
	_, channel := call(t, "POST", emu.URL()+"/oauth2/v3/token", with("grant_type", "client_credentials"), "")
	members(t, channel, "channel_token.json")
	emu.Unlink(linetest.PersonaHana)
	_, dead := call(t, "POST", emu.URL()+"/oauth2/v2.1/token", renew, "")
	members(t, dead, "token_refresh_error.json")
	_, expired := call(t, "GET", emu.URL()+"/oauth2/v2.1/verify", url.Values{"access_token": {access}}, "")
	members(t, expired, "verify_error.json")
	_, discovery := call(t, "GET", emu.URL()+"/.well-known/openid-configuration", nil, "")
	if diff := cmp.Diff([]any{"ES256"}, discovery["id_token_signing_alg_values_supported"]); diff != "" {
		t.Error(diff)
	}
	status, body := call(t, "POST", emu.URL()+"/oauth2/v2.1/token", url.Values{"grant_type": {"refresh_token"}}, "")
	if status != 400 || body["error"] != "invalid_client" {
		t.Errorf("no secret: %d %v", status, body)
	}
}

// browser is a client with cookies that follows no redirects.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Jar: jar, CheckRedirect: stay}
}

func read(t *testing.T, res *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var hidden = regexp.MustCompile(`name="tx" value="([^"]+)"`)

func TestPagesLogInInBothLanguages(t *testing.T) {
	t.Parallel()
	emu := start(t, linetest.Channel{})
	for lang, texts := range map[string][2]string{
		"ko": {"누구로 로그인할까요?", "이메일 주소"}, "en": {"Who logs in?", "E-mail address"},
	} {
		c := browser(t)
		q := url.Values{"client_id": {emu.Channel().ID}, "response_type": {"code"}, "redirect_uri": {back}, "lang": {lang}}
		for name, value := range params(nil) {
			q.Set(name, value)
		}
		authorize := emu.URL() + "/oauth2/v2.1/authorize?" + q.Encode()
		res, err := c.Get(authorize)
		page := read(t, res, err)
		if !strings.Contains(page, texts[0]) || !strings.Contains(page, linetest.PersonaKenta) {
			t.Fatalf("%s: %s", lang, page)
		}
		tx := hidden.FindStringSubmatch(page)[1]
		res, err = c.PostForm(emu.URL()+"/login?lang="+lang, url.Values{"tx": {tx}, "persona": {linetest.PersonaHana}})
		page = read(t, res, err)
		if lang == "ko" && !strings.Contains(page, texts[1]) {
			t.Fatalf("%s: %s", lang, page)
		}
		if m := hidden.FindStringSubmatch(page); m != nil {
			// Without the e-mail address.
			res, err = c.PostForm(emu.URL()+"/consent?lang="+lang, url.Values{"tx": {m[1]}, "action": {"agree"}})
			read(t, res, err)
		}
		if to := res.Header.Get("Location"); !strings.HasPrefix(to, back+"?code=") {
			t.Errorf("%s: %s %s", lang, res.Status, to)
		}
		// The session goes on; the consent does not cover the e-mail address.
		for prompt, want := range map[string]string{"none": "error=INTERACTION_REQUIRED", "": ""} {
			q.Set("prompt", prompt)
			res, err = c.Get(emu.URL() + "/oauth2/v2.1/authorize?" + q.Encode())
			read(t, res, err)
			if to := res.Header.Get("Location"); want != "" && !strings.Contains(to, want) || want == "" && to != "" {
				t.Errorf("%s, prompt %q: %s %s", lang, prompt, res.Status, to)
			}
		}
		q.Set("scope", "openid profile")
		q.Set("prompt", "none")
		res, err = c.Get(emu.URL() + "/oauth2/v2.1/authorize?" + q.Encode())
		read(t, res, err)
		if to := res.Header.Get("Location"); !strings.Contains(to, "code=") {
			t.Errorf("%s, silent: %s %s", lang, res.Status, to)
		}
		emu.Unlink(linetest.PersonaHana)
	}
	res, err := browser(t).Get(emu.URL() + "/-/?lang=en")
	if page := read(t, res, err); !strings.Contains(page, "LINE_CHANNEL_ID") || !strings.Contains(page, "hana") {
		t.Error(page)
	}
}

func TestAutoLoginReturnsInTheOtherBrowser(t *testing.T) {
	t.Parallel()
	emu := start(t, linetest.Channel{Bot: true, Switches: linetest.Switches{OtherBrowser: "other.example.com"}})
	to := func(change map[string]string) *url.URL {
		t.Helper()
		got, err := emu.Approve(linetest.Approval{Params: params(change)})
		if err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(got.Location)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	disabled := map[string]string{"disable_auto_login": "true", "bot_prompt": "normal"}
	for i, want := range []string{"other.example.com", "login.example.com"} {
		if u := to(nil); u.Host != want {
			t.Errorf("login %d: %s", i, u)
		}
		if u := to(disabled); u.Host != want || u.Query().Get("friendship_status_changed") != "true" {
			t.Errorf("login %d, disabled: %s", i, u)
		}
	}
	if err := emu.UpdateChannel(func(c *linetest.Channel) { c.OtherBrowser, c.BrokenAutoLogin = "", true }); err != nil {
		t.Fatal(err)
	}
	if u := to(nil); u.Query().Get("state") == state || u.Query().Get("code") == "" {
		t.Errorf("broken: %s", u)
	}
	if u := to(disabled); u.Query().Get("state") != state {
		t.Errorf("broken, disabled: %s", u)
	}
}

func TestChannelBelongsToAProvider(t *testing.T) {
	t.Parallel()
	a, b := start(t, linetest.Channel{ID: "1"}), start(t, linetest.Channel{ID: "2"})
	other := start(t, linetest.Channel{ProviderID: "999"})
	id := a.UserID(linetest.PersonaHana)
	if id != b.UserID(linetest.PersonaHana) || id == other.UserID(linetest.PersonaHana) {
		t.Error("user ids are not per provider")
	}
}

func TestConfigurationIsChecked(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]linetest.Config{
		"callback": {Channel: linetest.Channel{CallbackURLs: []string{"x"}}},
		"host":     {Channel: linetest.Channel{Switches: linetest.Switches{OtherBrowser: "a/b"}}},
		"account":  {Accounts: []linetest.Account{{ID: "a b"}}},
		"user id":  {Accounts: []linetest.Account{{ID: "a", UserID: "12"}}},
		"twice":    {Accounts: []linetest.Account{{ID: "a"}, {ID: "a"}}},
		"base":     {BrowserURL: "http://h/path"},
		"channel":  {Channel: linetest.Channel{ID: "my channel"}},
		"provider": {Channel: linetest.Channel{ProviderID: "acme"}},
		"same ids": {Channel: linetest.Channel{ID: "12", ProviderID: "12"}},
	} {
		if _, err := linetest.New(cfg); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	wrong := []string{"LINE_EMULATOR_AUTO=perhaps", "LINE_EMULATOR_ODD=1"}
	if _, err := linetest.Environment(linetest.Config{}, wrong); err == nil ||
		!strings.Contains(err.Error(), "LINE_EMULATOR_ODD") || !strings.Contains(err.Error(), "perhaps") {
		t.Error(err)
	}
	cfg, err := linetest.Environment(linetest.Config{}, []string{
		"LINE_CHANNEL_ID=7", "LINE_REDIRECT_URI=" + back, "LINE_EMULATOR_AUTO=1", "LINE_EMULATOR_LISTEN=localhost:0",
	})
	if err != nil || cfg.Channel.ID != "7" || !cfg.Channel.Auto || len(cfg.Channel.CallbackURLs) != 1 {
		t.Errorf("%+v, %v", cfg.Channel, err)
	}
	if _, err := linetest.ParseFile(json.RawMessage(`{"chanel":{}}`)); err == nil ||
		!strings.Contains(err.Error(), "channel") {
		t.Error(err)
	}
	f, err := linetest.ParseFile(json.RawMessage(
		`{"channel":{"name":"x"},"accounts":[{"id":"mina","name":"미나"},{"id":"hana","name":"다른 하나"}]}`))
	if err != nil || len(f.Config().Accounts) != len(linetest.Personas())+1 {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestControlAPIDrivesTheEmulator(t *testing.T) {
	t.Parallel()
	emu := start(t, linetest.Channel{})
	control := func(method, path, body string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, emu.URL()+"/-/api/"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(r)
		text := read(t, res, err)
		return res.StatusCode, text
	}
	for _, row := range []struct{ method, path, body, want string }{
		{"PATCH", "channel", `{"auto":true}`, `"auto":true`},
		{"GET", "channel", "", `"auto":true`},
		{"POST", "accounts", `{"id":"mina","name":"미나"}`, `"ok":true`},
		{"GET", "accounts", "", "mina"},
		{"POST", "approve", `{"account":"mina","params":{"state":"abc"}}`, `"code"`},
		{"GET", "links", "", `"account":"mina"`},
		{"POST", "native", `{"account":"mina","nonce":"n"}`, `"id_token"`},
		{"POST", "links/mina/unlink", "", `"ok":true`},
		{"POST", "links/mina/unlink", "", "not found"},
		{"POST", "scenarios", `{"endpoint":"token","code":"invalid_grant"}`, `"ok":true`},
		{"POST", "scenarios", `{"endpoint":"odd","code":"x"}`, "unknown endpoint"},
		{"POST", "clock/advance", `{"by":"24h"}`, `"now"`},
		{"POST", "reset", "", `"ok":true`},
		{"GET", "links", "", "[]"},
	} {
		if _, got := control(row.method, row.path, row.body); !strings.Contains(got, row.want) {
			t.Errorf("%s %s: %s", row.method, row.path, got)
		}
	}
	if time.Until(emu.Now()) > time.Hour {
		t.Error("reset leaves the clock")
	}
}
