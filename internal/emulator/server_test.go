package emulator

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

var banner = Text{"에뮬레이터", "An emulator"}

// sample is an emulator with one page and one call.
func sample(t *testing.T, change func(*Config)) *Server {
	t.Helper()
	cfg := Config{
		Name: "sampletest", BrowserURL: "http://op.test:9",
		Error: func(_ *Call, status int, code string, message Text) Answer {
			return OAuthError(max(status, 400), code, message[1], message)
		},
		Console: func(*Call) Page { return Page{Banner: banner, Title: Text{"콘솔", "Console"}} },
		Reset:   func() {},
		Endpoints: []Endpoint{
			{"token", "/token", false, false, func(c *Call) Answer {
				header, claims := c.Changed(nil, map[string]any{"sub": "u1"})
				return JSON(200, map[string]any{"id_token": RSAKey("sample").Sign(header, claims), "expires_in": 1})
			}},
			{"authorize", "/authorize", true, false, func(c *Call) Answer {
				if c.Get("response_mode") == "form_post" {
					return c.FormPost(banner, c.Get("redirect_uri"), url.Values{"code": {`a"b`}, "state": {"s"}})
				}
				return c.Page(200, Page{
					Banner: banner, Title: Text{"로그인", "Sign in"}, Keep: url.Values{"tx": {"1"}}, Path: "/login",
					Forms: []Form{{
						Title: Text{"누구", "Who"}, Action: "/login", Hidden: url.Values{"tx": {"1"}},
						Accounts: []AccountButton{{"ryan", "<라이언>", Text{"보통", "ordinary"}}},
						Items:    []Item{{ID: "email", Name: Text{"이메일", "E-mail"}}}, Buttons: []Button{Cancel},
					}},
				})
			}},
		},
	}
	if change != nil {
		change(&cfg)
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func do(s *Server, method, target, contentType, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Host = "op.test:9"
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestPagesAreWrittenInBothLanguages(t *testing.T) {
	t.Parallel()
	s := sample(t, nil)
	ko, en := do(s, "GET", "/authorize", "", "").Body.String(), do(s, "GET", "/authorize?lang=en", "", "").Body.String()
	for text, page := range map[string]string{
		`lang="ko"`: ko, "로그인": ko, `href="/login?lang=en&amp;tx=1"`: ko, `action="/login?lang=ko"`: ko, "&lt;라이언&gt;": ko,
		`lang="en"`: en, "Sign in": en, "ordinary": en, "optional": en, `name="tx" value="1"`: en, ">Cancel<": en,
	} {
		if !strings.Contains(page, text) {
			t.Errorf("no %s in %s", text, page)
		}
	}
}

func TestFormPostSubmitsItselfAndNothingElse(t *testing.T) {
	t.Parallel()
	w := do(sample(t, nil), "GET", "/authorize?response_mode=form_post&redirect_uri=http://localhost:1/cb", "", "")
	body := w.Body.String()
	_, script, _ := strings.Cut(body, "<script>")
	script, _, _ = strings.Cut(script, "</script>")
	sum := sha256.Sum256([]byte(script))
	want := "script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	if csp := w.Header().Get("Content-Security-Policy"); script != submit || !strings.Contains(csp, want) {
		t.Errorf("script %q with %s", script, csp)
	}
	for _, text := range []string{
		`action="http://localhost:1/cb"`, `name="code" value="a&#34;b"`, `name="state" value="s"`, ">계속<",
	} {
		if !strings.Contains(body, text) {
			t.Errorf("no %s in %s", text, body)
		}
	}
	if strings.Contains(body, `name="lang"`) || w.Header().Get("Referrer-Policy") == "no-referrer" {
		t.Error("the form sends more than asked, or no Origin")
	}
}

func TestScenariosChangeAnswersAndTokens(t *testing.T) {
	t.Parallel()
	s := sample(t, nil)
	if err := s.Script(
		Scenario{Code: "invalid_grant"}, Scenario{Skip: 1, Endpoint: "token", Claims: map[string]any{"sub": nil, "x": 1}},
		Scenario{Set: map[string]any{"expires_in": "1"}, Remove: []string{"id_token"}, Times: -1},
	); err != nil {
		t.Fatal(err)
	}
	w := do(s, "POST", "/token", formType, "code=1")
	if w.Code != 400 || !strings.Contains(w.Body.String(), "invalid_grant") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := do(s, "POST", "/token", formType, ""); w.Body.String() != `{"expires_in":"1"}` {
		t.Error(w.Body.String())
	}
	var got struct {
		Token string `json:"id_token"`
	}
	w = do(s, "POST", "/token", formType, "")
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(got.Token, ".")[1])
	if err != nil || string(payload) != `{"x":1}` {
		t.Errorf("%s, %v", payload, err)
	}
	if w := do(s, "GET", "/authorize", "", ""); w.Code != 200 {
		t.Error("a scenario without an endpoint changed a page")
	}
	for _, c := range []struct {
		bad  Scenario
		name string
	}{
		{Scenario{}, "does nothing"}, {Scenario{Endpoint: "x", Cut: true}, `endpoint "x"`}, {Scenario{Status: 99}, "status"},
		{Scenario{Status: 600}, "status"}, {Scenario{Cut: true, Times: -2}, "times"}, {Scenario{Cut: true, Skip: -1}, "skip"},
		{Scenario{Code: " "}, "code"}, {Scenario{Header: map[string]string{"": "x"}}, `header: ""`},
		{Scenario{Header: map[string]string{"X Y": "x"}}, `header: "X Y"`},
		{Scenario{Header: map[string]string{"이름": "x"}}, `header: "이름"`},
		{Scenario{Header: map[string]string{"X": "a\r\nb"}}, "header: X"},
		{Scenario{Header: map[string]string{"etag": "a", "ETag": "b"}}, `"ETag" and "etag"`},
		{Scenario{Set: map[string]any{"": 1}}, `set: ""`}, {Scenario{Set: map[string]any{"a..b": 1}}, `set: "a..b"`},
		{Scenario{Remove: []string{"a."}}, `remove: "a."`}, {Scenario{Claims: map[string]any{"": 1}}, "claims"},
		{Scenario{TokenHeader: map[string]any{"": 1}}, "token_header"},
	} {
		if err := s.Script(c.bad); err == nil || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%+v: %v", c.bad, err)
		}
	}
	if w := do(s, "GET", "/-/api/requests?endpoint=tokens", "", ""); w.Code != 400 {
		t.Errorf("an unknown endpoint selects from the request log: %d %s", w.Code, w.Body)
	}
	if all := s.Requests(); len(all) != 4 || all[0].Code != "invalid_grant" || all[0].Params["code"] != "(1 characters)" {
		t.Errorf("%+v", all)
	}
	if len(s.Scenarios()) != 1 {
		t.Error("the scenario for every call is gone")
	}
	s.Reset()
	if len(s.Scenarios())+len(s.Requests()) != 0 {
		t.Error("still there after the reset")
	}
}

func TestControlAPIIsGuarded(t *testing.T) {
	t.Parallel()
	s := sample(t, func(c *Config) {
		c.Control = []ControlRoute{{"GET who/{id}", func(r *http.Request) (any, error) {
			if r.PathValue("id") == "x" {
				return nil, ErrNotFound
			}
			return r.PathValue("id"), nil
		}}}
	})
	for target, want := range map[string]int{
		"GET /-/api/who/a": 200, "GET /-/api/who/x": 404, "GET /-/api/state": 200, "GET /-/api/nothing": 404,
		"POST /-/api/clock/advance": 400, "GET /-/": 200, "GET /-/healthz": 200, "GET /elsewhere": 404,
	} {
		method, path, _ := strings.Cut(target, " ")
		if w := do(s, method, path, "application/json", ""); w.Code != want {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	before := s.Now()
	if w := do(s, "POST", "/-/api/clock/advance", "application/json", `{"by":"1h"}`); w.Code != 200 {
		t.Error(w.Body.String())
	}
	if s.Now().Sub(before) < time.Hour {
		t.Error("the clock did not move")
	}
	if w := do(s, "POST", "/-/api/reset", "text/plain", ""); w.Code != 200 {
		t.Error(w.Body.String())
	}
	if w := do(s, "POST", "/-/api/scenarios", "text/plain", `{"cut":true}`); w.Code != 400 {
		t.Error("a body that needs no preflight was accepted")
	}
	r := httptest.NewRequest("GET", "/-/api/state", nil)
	r.Host = "evil.test"
	w := httptest.NewRecorder()
	if s.ServeHTTP(w, r); w.Code != 403 {
		t.Errorf("foreign host: %d", w.Code)
	}
}

func TestLanguageOfARequest(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ query, header, want string }{
		{"", "", "ko"}, {"", "en", "en"}, {"", "en-US,en;q=0.9,ko;q=0.8", "en"}, {"", "ko-KR", "ko"}, {"", "EN;q=0.5", "en"},
		{"", "fr, en;q=0.9", "en"}, {"", "fr;q=1, ko;q=0.9, en;q=0.8", "ko"}, {"", "kok, fr", "ko"},
		{"?lang=en", "ko", "en"}, {"?lang=fr", "en", "en"},
	} {
		r := httptest.NewRequest("GET", "/"+tc.query, nil)
		r.Header.Set("Accept-Language", tc.header)
		if got := Language(r); got != tc.want {
			t.Errorf("%q, %q: %s, want %s", tc.query, tc.header, got, tc.want)
		}
	}
}

func TestTableDropsTakenAndExpiredValues(t *testing.T) {
	t.Parallel()
	s := sample(t, nil)
	table := NewTable[int](s, time.Minute)
	a, b := table.Put(1), table.Put(2)
	if v, ok := table.Take(a); !ok || v != 1 {
		t.Error("Take")
	}
	if _, ok := table.Get(a); ok {
		t.Error("taken twice")
	}
	s.Advance(time.Hour)
	if _, ok := table.Get(b); ok {
		t.Error("expired")
	}
	table.Each(func(string, int) bool { t.Error("expired, in Each"); return true })
}

func TestNoticesAreLogged(t *testing.T) {
	t.Parallel()
	got := make(chan string, 1)
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- r.Header.Get("Content-Type") + " " + string(b)
		w.WriteHeader(http.StatusAccepted)
	}))
	t.Cleanup(target.Close)
	s := sample(t, nil)
	d := s.Post(t.Context(), Delivery{What: "x", URL: target.URL}, "application/secevent+jwt", "j", 202)
	if text := <-got; text != "application/secevent+jwt j" || !d.Accept {
		t.Errorf("%s, %+v", text, d)
	}
	d = s.Post(t.Context(), Delivery{What: "x"}, "", "", 202)
	if d.Accept || d.Problem == "" || len(s.Deliveries()) != 2 {
		t.Errorf("%+v", d)
	}
}

func TestKeysSignWhatTheyPublish(t *testing.T) {
	t.Parallel()
	if same := RSAKey("a"); same != RSAKey("a") || same.ID == RSAKey("b").ID {
		t.Error("keys are not those of their names")
	}
	for alg, token := range map[string]string{
		"RS256": RSAKey("a").Sign(nil, nil), "ES256": ECKey("a").Sign(nil, nil), "HS256": SignSecret("s", nil, nil),
		"none": RSAKey("a").Sign(map[string]any{"alg": "none"}, nil),
	} {
		parts := strings.Split(token, ".")
		head, err := base64.RawURLEncoding.DecodeString(parts[0])
		if err != nil || !strings.Contains(string(head), `"alg":"`+alg+`"`) || (parts[2] == "") != (alg == "none") {
			t.Errorf("%s: %s, %v", alg, head, err)
		}
	}
	type c struct {
		Secret string
		Flag   bool
		List   []string
	}
	variables := []Variable[c]{
		TextVariable("S", func(c *c) *string { return &c.Secret }), FlagVariable("F", func(c *c) *bool { return &c.Flag }),
		ListVariable("L", func(c *c) *[]string { return &c.List }),
	}
	environ := []string{"S=s", "F=true", "L=a,b c", "X_LISTEN=:1", "Y=1", "X_EMPTY="}
	got, err := Environment(c{}, "X_", variables, environ)
	if err != nil || got.Secret != "s" || !got.Flag || len(got.List) != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Environment(c{}, "X_", variables, []string{"F=maybe", "X_OTHER=1"}); err == nil ||
		!strings.Contains(err.Error(), "X_OTHER") || !strings.Contains(err.Error(), "F: ") {
		t.Error(err)
	}
}

func TestStartServesUntilTheEnd(t *testing.T) {
	t.Parallel()
	var s *Server
	Start(t, "sampletest", "", func(browser string) (*Server, error) {
		s = sample(t, func(c *Config) { c.BrowserURL = browser })
		return s, nil
	})
	res, err := http.Get(s.URL() + "/-/healthz")
	if err != nil || res.StatusCode != 200 || s.Addr() == "" {
		t.Fatal(res, err)
	}
	res.Body.Close()
	if _, err := New(Config{BrowserURL: "ftp://x"}); err == nil {
		t.Error("accepted a BrowserURL without http")
	}
}

// A key is made before the request that needs it: before Start returns, because a test signs in at once, and from the
// first request or Serve on, in the background.
func TestKeysAreMadeBeforeTheyAreNeeded(t *testing.T) {
	t.Parallel()
	made := make(chan struct{}, 10)
	withKeys := func(c *Config) { c.Keys = func() { made <- struct{}{} } }
	Start(t, "sampletest", "", func(string) (*Server, error) { return sample(t, withKeys), nil })
	if len(made) != 1 {
		t.Fatalf("Start: made %d times", len(made))
	}
	<-made
	mounted := sample(t, withKeys)
	do(mounted, "GET", "/authorize", "", "")
	do(mounted, "GET", "/authorize", "", "")
	<-made
	served := sample(t, withKeys)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served.Serve(ln)
	defer served.Close()
	<-made
	if len(made) != 0 {
		t.Error("made again")
	}
}

func TestMakingAKeyDelaysNoOther(t *testing.T) {
	t.Parallel()
	other := RSAKey("ready")
	named("slow", func() *Key {
		done := make(chan *Key)
		go func() { done <- RSAKey("ready") }()
		return <-done
	})
	if got := RSAKey("ready"); got != other {
		t.Error("another key")
	}
}

// A body that is no form explains an error in the request log, with its content type, except where JSON is expected.
func TestIgnoredBodiesAreNamedInTheLog(t *testing.T) {
	t.Parallel()
	refuse := func(*Call) Answer { return OAuthError(401, "invalid_client", "", WhyCredential) }
	s := sample(t, func(c *Config) {
		c.Endpoints = append(c.Endpoints,
			Endpoint{Name: "form", Path: "POST /form", Answer: refuse},
			Endpoint{Name: "json", Path: "POST /json", JSON: true, Answer: refuse})
	})
	credential := WhyCredential[1]
	for _, tc := range []struct{ path, kind, body, want string }{
		{"/form", "application/json", `{"client_id":"a"}`, "The body (application/json) was ignored."},
		{"/form", "multipart/form-data; boundary=x", "--x--", "The body (multipart/form-data; boundary=x) was ignored."},
		{"/form", "", "client_id=a", "The body (no Content-Type) was ignored."},
		{"/form", "application/x-www-form-urlencoded", "client_id=a", credential},
		{"/form", "Application/X-WWW-Form-URLEncoded;charset=UTF-8", "client_id=a", credential},
		{"/form", "application/json", "", credential},
		{"/json", "application/json", `{"a":1}`, credential},
	} {
		do(s, "POST", tc.path, tc.kind, tc.body)
		logged := s.Requests()
		if got := logged[len(logged)-1].Why; !strings.HasPrefix(got, tc.want) || !strings.HasSuffix(got, credential) {
			t.Errorf("%s with %q: %q, want %q", tc.path, tc.kind, got, tc.want)
		}
	}
}
