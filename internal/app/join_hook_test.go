package app_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// gate is an app with a join hook.
type gate struct {
	*httptest.Server
	mu     sync.Mutex
	answer http.HandlerFunc
	asked  []question
}

type question struct {
	id    string
	trace string
	Type  string            `json:"type"`
	Data  map[string]string `json:"data"`
}

func newGate(t *testing.T, answer http.HandlerFunc) *gate {
	t.Helper()
	g := &gate{answer: answer}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		defer g.mu.Unlock()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		q := question{id: r.Header.Get("webhook-id"), trace: r.Header.Get("traceparent")}
		key, _ := base64.StdEncoding.DecodeString(receiverSecret[6:])
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, q.id+"."+r.Header.Get("webhook-timestamp")+"."+string(body))
		if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); r.Header.Get("webhook-signature") != want {
			t.Errorf("the signature of request %s does not verify", q.id)
		}
		if err := json.Unmarshal(body, &q); err != nil {
			t.Error(err)
		}
		g.asked = append(g.asked, q)
		g.answer(w, r)
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *gate) Config(c *app.Config) {
	c.JoinHookURL, c.EventsSecrets, c.AllowPrivateHooks = g.URL+"/join", []string{receiverSecret}, true
}

func (g *gate) questions() []question {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.asked
}

func (g *gate) set(answer http.HandlerFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answer = answer
}

// says responds with JSON.
func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = io.WriteString(w, body)
	}
}

// ref returns the app's number of the signed-in user, "" if there is none.
func (b *browser) ref() string {
	b.w.t.Helper()
	var who struct{ User struct{ Ref *string } }
	if err := json.Unmarshal([]byte(b.get("/auth/session").body), &who); err != nil {
		b.w.t.Fatal(err)
	}
	if who.User.Ref == nil {
		return ""
	}
	return *who.User.Ref
}

// If the user has nothing to agree to, the app alone decides, and allowing adds no page.
func TestJoinHookAllows(t *testing.T) {
	t.Parallel()
	g := newGate(t, says(`{"allow":true,"ref":"10482"}`))
	w := newWorld(t, g.Config)
	b := w.browser()
	a := b.signIn(kakaotest.PersonaRyan, "/board")
	if a.StatusCode != http.StatusSeeOther || a.Header.Get("Location") != "/board" {
		t.Fatalf("sign-in ends in %s %q: %s", a.Status, a.Header.Get("Location"), a.body)
	}
	who := b.whoami()
	if who.Status != "active" || b.ref() != "10482" || *who.User.Nickname == "" {
		t.Errorf("then %+v with ref %q", who, b.ref())
	}
	asked := g.questions()
	if len(asked) != 1 {
		t.Fatalf("%d requests", len(asked))
	}
	q := asked[0]
	want := map[string]string{
		"user_id": who.User.ID, "provider": "kakao", "app": w.appID(), "subject": who.Identity.Subject, "lang": "en",
	}
	if q.Type != "join.requested" || !strings.HasPrefix(q.id, "join_") || len(q.Data) != len(want) {
		t.Errorf("the request was %+v", q)
	}
	for name, value := range want {
		if q.Data[name] != value {
			t.Errorf("the request has %s %q, want %q", name, q.Data[name], value)
		}
	}
	// The app is not asked about existing members.
	w.browser().signIn(kakaotest.PersonaRyan, "")
	if n := len(g.questions()); n != 1 {
		t.Errorf("%d requests about a member", n)
	}
}

// The text of the app is escaped, and nothing of the user is stored.
func TestJoinHookRefuses(t *testing.T) {
	t.Parallel()
	g := newGate(t, says(`{"allow":false,"message":{"ko":"직원만 가입할 수 있어요.","en":"Staff <b>only</b> & friends."}}`))
	e := newReceiver(t)
	w := newWorld(t, g.Config, e.Config)
	b := w.browser()
	a := b.signIn(kakaotest.PersonaRyan, "/board")
	if a.StatusCode != http.StatusForbidden ||
		!strings.Contains(a.body, "Staff &lt;b&gt;only&lt;/b&gt; &amp; friends.") ||
		!strings.Contains(a.body, "join.refused") {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	if b.in() {
		t.Error("signed in")
	}
	w.settled() // unlinking included
	if n := w.count("SELECT COUNT(*) FROM users"); n != 0 {
		t.Errorf("%d users are left", n)
	}
	if got := e.types(); len(got) != 0 {
		t.Errorf("events about a user who never joined: %q", got)
	}
	korean := w.browser()
	page := korean.do(func() *http.Request {
		r := korean.request("GET", korean.toCallback(kakaotest.PersonaRyan, ""), nil)
		r.Header.Set("Accept-Language", "ko")
		return r
	}())
	if !strings.Contains(page.body, "직원만 가입할 수 있어요.") || !strings.Contains(page.body, "지금은 가입할 수 없어요") {
		t.Errorf("in Korean: %s", page.body)
	}
	w.settled() // a running unlink job would end the next link
	g.set(says(`{"allow":false}`))
	if a := w.browser().signIn(kakaotest.PersonaRyan, ""); a.StatusCode != http.StatusForbidden ||
		!strings.Contains(a.body, "did not accept the sign-up") {
		t.Errorf("without a text of the app: %s %s", a.Status, a.body)
	}
}

func TestJoinHookRedirects(t *testing.T) {
	t.Parallel()
	g := newGate(t, says(`{"link":"https://app.example.test/login?next=link"}`))
	w := newWorld(t, g.Config)
	b := w.browser()
	if a := b.signIn(kakaotest.PersonaRyan, "/board"); a.StatusCode != http.StatusSeeOther ||
		a.Header.Get("Location") != "https://app.example.test/login?next=link" {
		t.Fatalf("%s %q", a.Status, a.Header.Get("Location"))
	}
	if who := b.whoami(); who.Status != "pending" {
		t.Errorf("then %+v", who)
	}
	g.set(says(`{"allow":true,"ref":"1"}`)) // the user proved the account there and came back
	page := b.get("/auth/join?return_to=/board")
	if a := b.post("/auth/join", url.Values{
		"csrf":      {hidden(t, page.body, "csrf")},
		"action":    {"join"},
		"return_to": {"/board"},
	}); a.Header.Get(
		"Location",
	) != "/board" ||
		b.ref() != "1" {
		t.Errorf("afterwards: %s %q, ref %q", a.Status, a.Header.Get("Location"), b.ref())
	}
	asked := g.questions()
	if len(asked) != 2 || asked[0].id != asked[1].id {
		t.Errorf("one attempt has two ids: %+v", asked)
	}
}

// Anything but a clear yes refuses, and the user can try again when the app is well.
func TestJoinHookFailsClosed(t *testing.T) {
	t.Parallel()
	var elsewhere sync.Once
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		elsewhere.Do(func() { t.Error("a redirect was followed") })
	}))
	defer other.Close()
	g := newGate(t, says(`{}`))
	w := newWorld(t, g.Config)
	b := w.browser()
	a := b.signIn(kakaotest.PersonaRyan, "/board")
	try := func(name string) {
		t.Helper()
		if a.StatusCode != http.StatusServiceUnavailable || !strings.Contains(a.body, "join.unavailable") ||
			b.whoami().Status != "pending" {
			t.Errorf("%s: %s, %+v", name, a.Status, b.whoami())
		}
	}
	try("an empty decision")
	page := b.get("/auth/join")
	form := url.Values{"csrf": {hidden(t, page.body, "csrf")}, "action": {"join"}}
	for name, answer := range map[string]http.HandlerFunc{
		"status 500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) },
		"yes with 201": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(201)
			says(`{"allow":true}`)(w, r)
		},
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		},
		"text": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"allow":true}`)
		},
		"twice":                 says(`{"allow":false,"allow":true}`),
		"upper case":            says(`{"ALLOW":true}`),
		"too long":              says(`{"allow":true,` + strings.Repeat(" ", 20<<10) + `"ref":"1"}`),
		"a stranger's":          says(`{"link":"https://evil.example/"}`),
		"no answer in 2 s":      func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"closes the connection": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		g.set(answer)
		began := time.Now()
		a = b.post("/auth/join", form)
		try(name)
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: the user waited %v", name, took)
		}
	}
	g.set(says(`{"allow":true}`))
	if a := b.post("/auth/join", form); a.StatusCode != http.StatusSeeOther || b.whoami().Status != "active" {
		t.Errorf("after the app recovered: %s", a.Status)
	}
}

func TestJoinHookRefOfAnotherUserIsRefused(t *testing.T) {
	t.Parallel()
	g := newGate(t, says(`{"allow":true,"ref":"10482"}`))
	w := newWorld(t, g.Config)
	w.browser().signIn(kakaotest.PersonaRyan, "")
	b := w.browser()
	a := b.signIn(kakaotest.PersonaApeach, "")
	if a.StatusCode != http.StatusConflict || !strings.Contains(a.body, "join.ref_taken") ||
		b.whoami().Status != "pending" {
		t.Errorf("%s, %+v: %s", a.Status, b.whoami(), a.body)
	}
	if n := w.count("SELECT COUNT(*) FROM users WHERE ref IS NOT NULL"); n != 1 {
		t.Errorf("%d users have the number", n)
	}
}

// With a join page the app is asked only after the user has agreed. The same holds for a Go function, which may
// panic.
func TestJoinHookAsAGoFunction(t *testing.T) {
	t.Parallel()
	var asked []app.JoinRequest
	decide := func() (app.JoinDecision, error) { panic("a bug") }
	w := newWorld(t, func(c *app.Config) {
		c.Age = "declare"
		c.JoinHook = func(_ context.Context, q app.JoinRequest) (app.JoinDecision, error) {
			asked = append(asked, q)
			return decide()
		}
	})
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "/board")
	page := b.get("/auth/join?return_to=/board")
	form := url.Values{"csrf": {hidden(t, page.body, "csrf")}, "action": {"join"}, "return_to": {"/board"}}
	if a := b.post("/auth/join", form); a.StatusCode != http.StatusUnprocessableEntity || len(asked) != 0 {
		t.Errorf("without the declaration: %s, %d requests", a.Status, len(asked))
	}
	form.Set("age", "1")
	if a := b.post("/auth/join", form); a.StatusCode != http.StatusServiceUnavailable ||
		strings.Contains(a.body, "a bug") {
		t.Errorf("panic: %s", a.Status)
	}
	w.loggedStack(t, "join_hook_test.go:")
	if n := w.count("SELECT COUNT(*) FROM consents"); n != 0 {
		t.Errorf("%d ledger entries of a user who did not join", n)
	}
	decide = func() (app.JoinDecision, error) { return app.JoinDecision{Allow: true, Ref: "7"}, nil }
	if a := b.post("/auth/join", form); a.Header.Get("Location") != "/board" || b.ref() != "7" {
		t.Errorf("yes: %s, ref %q", a.Status, b.ref())
	}
	if len(asked) != 2 || asked[0] != asked[1] {
		t.Errorf("the request was %+v", asked)
	}
}

func TestJoinHookSettings(t *testing.T) {
	t.Parallel()
	hook := func(context.Context, app.JoinRequest) (app.JoinDecision, error) { return app.JoinDecision{}, nil }
	for name, c := range map[string]struct {
		change func(*app.Config)
		field  string
	}{
		"both": {func(c *app.Config) {
			c.JoinHook, c.JoinHookURL, c.EventsSecrets = hook, "https://app.example.com/", []string{receiverSecret}
		}, "JoinHookURL"},
		"no secret": {func(c *app.Config) { c.JoinHookURL = "https://app.example.com/join" }, "EventsSecrets"},
		"http": {func(c *app.Config) {
			c.JoinHookURL, c.EventsSecrets = "http://app.example.com/", []string{receiverSecret}
		}, "JoinHookURL"},
	} {
		cfg := app.Config{
			URL:   "https://login.example.com",
			Kakao: app.Kakao{ClientID: "id", ClientSecret: "s", AppID: 1, AdminKeys: []string{"a"}},
		}
		c.change(&cfg)
		if faults := app.ConfigErrors(app.Check(cfg)); len(faults) != 1 || faults[0].Field != c.field {
			t.Errorf("%s: %v", name, faults)
		}
	}
}
