package norangtest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/norang-login/norang"
)

// Session is a signed-in user.
type Session struct {
	norang.User
	// Origin is scheme and host of Config.URL: the address under which the cookies are valid.
	Origin string
	jar    *cookiejar.Jar
}

// Cookies are the cookies that the user's browser has for the service, for a request or a browser of the test's own.
func (s *Session) Cookies() []*http.Cookie { return s.jar.Cookies(s.url("/")) }

// Client returns a client that calls h, usually Service.Wrap of the app, with the user's cookies. Paths suffice as
// addresses: Get("/my/orders"). It calls h in this process, without a port; a response is returned when it is
// complete, so event streams and WebSockets need a server. Other hosts are reached over the network. Cookies are kept,
// redirects are followed up to ten times, and changes are sent as a browser sends those of the service's own pages. All
// clients of a Session share their cookies: after a sign-out with one of them, none is signed in. Client panics if h is
// nil.
func (s *Session) Client(h http.Handler) *http.Client {
	if h == nil {
		panic("norangtest: Session.Client: nil handler")
	}
	return &http.Client{Transport: &browser{origin: s.url(""), handler: h, jar: s.jar}}
}

func (s *Session) url(path string) *url.URL {
	u, _ := url.Parse(s.Origin + path) // an address that New has checked
	return u
}

// SignIn signs a persona of the emulator in (kakaotest.PersonaRyan or the id of another account) and returns the
// session. A new user joins and agrees to what is required, and to nothing else. It makes the requests of a browser to
// svc in this process, and calls the emulator, which may run anywhere; several users may sign in at the same time.
//
// The test ends if the user cannot sign in, for example because the persona cancels, or if Config.Kakao is not an
// emulator's.
func SignIn(t testing.TB, svc *norang.Service, persona string) *Session {
	t.Helper()
	return SignInAt(t, svc, "kakao", persona)
}

// SignInAt is [SignIn] at another provider, by its name in routes. The configuration has to have the keys and addresses
// of that provider's emulator, at which the callback is registered:
//
//	emu := navertest.StartWith(t, navertest.Config{App: navertest.App{
//		CallbackURLs: []string{norangtest.URL + "/oauth/naver/callback"},
//	}})
//	svc := norangtest.New(t, norang.Config{Naver: norang.Naver{
//		ClientID: emu.App().ClientID, ClientSecret: emu.App().ClientSecret, AuthURL: emu.URL(), APIURL: emu.APIURL(),
//	}})
//	s := norangtest.SignInAt(t, svc, "naver", navertest.PersonaBoseong)
func SignInAt(t testing.TB, svc *norang.Service, provider, persona string) *Session {
	t.Helper()
	s, err := signIn(svc, provider, persona)
	if err != nil {
		t.Fatalf("norangtest: sign in %s: %v", persona, err)
	}
	return s
}

func signIn(svc *norang.Service, provider, persona string) (*Session, error) {
	login, err := svc.LoginURL("")
	if err != nil {
		return nil, err
	}
	start, err := svc.ProviderURL(provider, "/")
	if err != nil {
		return nil, err
	}
	own, err := url.Parse(login)
	if err != nil {
		return nil, err
	}
	s := &Session{Origin: own.Scheme + "://" + own.Host}
	if s.jar, err = cookiejar.New(nil); err != nil {
		return nil, err
	}
	v := visit{client: s.Client(svc.Routes()), origin: s.Origin, prefix: strings.TrimSuffix(own.Path, "/login")}
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	authorize, err := v.location(http.MethodGet, start, nil)
	if err != nil {
		return nil, err
	}
	back, err := approve(authorize, persona, provider)
	if err != nil {
		return nil, err
	}
	arrived, err := v.callback(back)
	if err != nil {
		return nil, err
	}
	if arrived, err = v.join(arrived); err != nil {
		return nil, err
	}
	ok := false
	seen := svc.Optional(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s.User, ok = norang.UserFrom(r.Context())
	}))
	res, err := s.Client(seen).Get("/")
	if err != nil {
		return nil, err
	}
	res.Body.Close()
	if !ok {
		return nil, fmt.Errorf("the browser was led to %s without a session", arrived)
	}
	return s, nil
}

// approved is what an emulator answers: an address of the callback, or the form that it POSTs there.
type approved struct {
	Location    string     `json:"location"`
	ErrorPage   string     `json:"error_page"`
	Error       string     `json:"error"`
	RedirectURI string     `json:"redirect_uri"`
	Fields      url.Values `json:"fields"`
}

// approve lets the emulator decide about an authorize request.
func approve(authorize, persona, provider string) (back approved, err error) {
	u, err := url.Parse(authorize)
	if err != nil {
		return back, err
	}
	if host := u.Hostname(); host == "kakao.com" || strings.HasSuffix(host, ".kakao.com") {
		return back, errors.New("Config.Kakao has the addresses of the real Kakao; use those of kakaotest " +
			"(norangtest.Emulate)")
	}
	if u.Scheme == "https" {
		return back, fmt.Errorf("%s leads to %s, which is no emulator", provider, u.Host)
	}
	params := map[string]string{}
	for name, values := range u.Query() {
		params[name] = values[0]
	}
	request := map[string]any{"account": persona, "params": params}
	if provider == "apple" { // whose emulator checks how the address is encoded
		request = map[string]any{"account": persona, "url": authorize}
	}
	body, err := json.Marshal(request)
	if err != nil {
		return back, err
	}
	res, err := http.Post(u.Scheme+"://"+u.Host+"/-/api/approve", "application/json", bytes.NewReader(body))
	if err != nil {
		return back, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		return back, err
	}
	if err := json.Unmarshal(answer, &back); err != nil || res.StatusCode != http.StatusOK {
		return back, fmt.Errorf("the emulator answers %s: %s", res.Status, answer)
	}
	if back.Location == "" && back.RedirectURI == "" {
		return back, fmt.Errorf("the emulator shows %s; norang explain %[1]s", cmp.Or(back.ErrorPage, back.Error))
	}
	return back, nil
}

// visit is a browser on its way through a sign-in.
type visit struct {
	client         *http.Client
	origin, prefix string
}

// do makes a request and reads its answer.
func (v visit) do(method, address string, form url.Values) (*http.Response, string, error) {
	r, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("Accept", "text/html")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	res, err := v.client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}

// callback returns to the service as the emulator says, and reports where that leads.
func (v visit) callback(back approved) (string, error) {
	if back.RedirectURI == "" {
		return v.location(http.MethodGet, back.Location, nil)
	}
	step, err := v.location(http.MethodPost, back.RedirectURI, back.Fields)
	if err != nil {
		return "", err
	}
	return v.location(http.MethodGet, step, nil)
}

// location makes a request and returns where it leads.
func (v visit) location(method, address string, form url.Values) (string, error) {
	res, body, err := v.do(method, address, form)
	if err != nil {
		return "", err
	}
	to, err := res.Location()
	if err != nil {
		return "", fmt.Errorf("%s %s is answered %s%s", method, res.Request.URL.Path, res.Status, problemIn(body))
	}
	return to.String(), nil
}

var codeOnPage = regexp.MustCompile(`<code>([a-z_]+\.[A-Za-z_0-9.-]+)</code>`)

// problemIn is the problem code on an error page.
func problemIn(page string) string {
	if m := codeOnPage.FindStringSubmatch(page); m != nil {
		return " with problem " + m[1]
	}
	return ""
}

var (
	inputTag  = regexp.MustCompile(`<input [^>]*>`)
	attribute = regexp.MustCompile(`([a-z-]+)="([^"]*)"`)
)

// join sends the form of the join page if that is where a new user was led, with the boxes that are required.
func (v visit) join(arrived string) (string, error) {
	page := v.origin + v.prefix + "/join"
	if to, _, _ := strings.Cut(arrived, "?"); to != page {
		return arrived, nil
	}
	res, body, err := v.do(http.MethodGet, arrived, nil)
	if err != nil {
		return "", err
	}
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the join page is answered %s%s", res.Status, problemIn(body))
	}
	form := url.Values{"action": {"join"}}
	for _, tag := range inputTag.FindAllString(body, -1) {
		a := map[string]string{}
		for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
			a[m[1]] = html.UnescapeString(m[2])
		}
		if a["name"] != "" && (a["type"] == "hidden" || a["aria-required"] == "true") {
			form.Set(a["name"], a["value"])
		}
	}
	return v.location(http.MethodPost, page, form)
}
