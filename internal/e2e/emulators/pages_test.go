package emulators

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/google/googletest"
	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/line/linetest"
	"github.com/norang-login/norang/naver/navertest"
	"github.com/norang-login/norang/oidc/oidctest"
)

func TestMain(m *testing.M) {
	browsertest.PreferShell()
	os.Exit(browsertest.Main(m))
}

// page is a page of an emulator and a word of it in each language, which also shows that the right one has been opened.
type page struct {
	name, address string
	ko, en        string
	agent         string // User-Agent, if it is another browser's
}

// service is a callback that leaves the browser on the page that submits to it.
func service(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(s.Close)
	return strings.Replace(s.URL, "127.0.0.1", "localhost", 1) + "/a/callback/whose/path/is/longer/than/a/phone/is/wide"
}

// walker opens pages as a browser without scripts does.
type walker struct {
	t    *testing.T
	base string
}

var (
	language = regexp.MustCompile(`<a href="([^"]+)" hreflang`)
	hidden   = regexp.MustCompile(`name="tx" value="([^"]+)"`)
)

// get returns a page and its address, which is that of its other language.
func (w walker) get(path string) (address, body string) {
	w.t.Helper()
	res, err := http.Get(w.base + path)
	return w.read(res, err)
}

// submit sends the form of a page.
func (w walker) submit(path, body string, pairs ...string) (address, next string) {
	w.t.Helper()
	m := hidden.FindStringSubmatch(body)
	if m == nil {
		w.t.Fatalf("no form in %s", body)
	}
	form := url.Values{"tx": {m[1]}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	res, err := http.PostForm(w.base+path, form)
	return w.read(res, err)
}

func (w walker) read(res *http.Response, err error) (address, body string) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if m := language.FindStringSubmatch(string(raw)); m != nil {
		address = w.base + strings.ReplaceAll(m[1], "&amp;", "&")
	}
	return address, string(raw)
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func query(pairs ...string) string {
	q := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		q.Set(pairs[i], pairs[i+1])
	}
	return "?" + q.Encode()
}

const state = "0123456789abcdef"

func naverPages(t *testing.T) []page {
	back := service(t)
	emu := navertest.StartWith(t, navertest.Config{App: navertest.App{
		CallbackURLs: []string{back}, InDevelopment: true, Members: []string{navertest.PersonaBoseong},
		Items: []navertest.Item{
			{ID: "nickname", Required: true}, {ID: "email"}, {ID: "mobile"}, {ID: "birthyear"}, {ID: "profile_image"},
		},
	}})
	w := walker{t, emu.URL()}
	authorize := func(to string) string {
		return "/oauth2.0/authorize" + query("client_id", emu.App().ClientID, "response_type", "code", "state", state,
			"redirect_uri", to)
	}
	login, _ := w.get(authorize(back))
	_, body := w.get(authorize(back))
	consent, _ := w.submit("/login", body, "persona", navertest.PersonaBoseong)
	_, err := emu.Approve(navertest.Approval{Params: map[string]string{"state": state}})
	must(t, err)
	emu.SendNotice(t.Context(), navertest.PersonaBoseong, navertest.NoticeSend{})
	return []page{
		{"login", login, "누구로 로그인할까요?", "Who logs in?", ""},
		{"consent", consent, "정보 제공 동의", "Consent", ""},
		{"callback", emu.URL() + authorize(back+"/"), "글자까지 같지 않습니다", "does not equal", ""},
		{"lost", emu.URL() + "/login?tx=gone", "이미 제출되었습니다", "submitted before", ""},
		{"console", emu.URL() + "/-/", "연결된 계정", "Linked accounts", ""},
	}
}

func googlePages(t *testing.T) []page {
	back := service(t)
	emu := googletest.StartWith(t, googletest.Config{App: googletest.App{
		RedirectURIs: []string{back}, EventsURL: "http://127.0.0.1:1/",
	}})
	w := walker{t, emu.URL()}
	authorize := func(client, to string) string {
		return "/o/oauth2/v2/auth" + query("client_id", client, "response_type", "code", "state", state, "redirect_uri", to,
			"scope", "openid email profile")
	}
	client := emu.App().ClientID
	login, _ := w.get(authorize(client, back))
	_, body := w.get(authorize(client, back))
	consent, _ := w.submit("/login", body, "persona", googletest.PersonaMinji)
	_, err := emu.Approve(googletest.Approval{Params: map[string]string{"state": state}})
	must(t, err)
	emu.SendEvent(t.Context(), googletest.PersonaMinji, googletest.EventSend{Type: googletest.SessionsRevoked})
	return []page{
		{"login", login, "계정 선택", "Choose an account", ""},
		{"consent", consent, "이름과 프로필 사진", "Name and profile picture", ""},
		{"redirect-uri-mismatch", emu.URL() + authorize(client, back+"/"), "글자까지 같지 않습니다", "does not equal", ""},
		{"disallowed-useragent", emu.URL() + authorize(client, back), "웹뷰", "web view", "KAKAOTALK/25.1.0"},
		{"invalid-client", emu.URL() + authorize("x", back), "액세스 차단됨", "Access blocked", ""},
		{"console", emu.URL() + "/-/", "연결된 계정", "Accounts with access", ""},
	}
}

func applePages(t *testing.T) []page {
	back := service(t)
	emu := appletest.StartWith(t, appletest.Config{Team: appletest.Team{
		Clients: []appletest.Client{
			{ID: appletest.DefaultServicesID, ReturnURLs: []string{back}}, {ID: appletest.DefaultBundleID, App: true},
		},
		NoticeURL: "http://127.0.0.1:1/",
	}})
	w := walker{t, emu.URL()}
	authorize := func(scope, to string) string {
		return "/auth/authorize?client_id=" + appletest.DefaultServicesID + "&response_type=code&response_mode=form_post" +
			"&scope=" + scope + "&state=" + state + "&redirect_uri=" + url.QueryEscape(to)
	}
	login, _ := w.get(authorize("name+email", back))
	_, body := w.get(authorize("name%20email", back))
	confirm, _ := w.submit("/login", body, "persona", appletest.PersonaAda)
	_, err := emu.Native(appletest.NativeSignIn{Account: appletest.PersonaSeorak})
	must(t, err)
	_, body = w.get(authorize("name%20email", back))
	again, _ := w.submit("/login", body, "persona", appletest.PersonaSeorak)
	emu.SendNotice(t.Context(), appletest.PersonaSeorak, "email-disabled", appletest.NoticeSend{})
	auto := appletest.StartWith(t, appletest.Config{Team: emu.Team()})
	must(t, auto.UpdateTeam(func(t *appletest.Team) { t.Auto = true }))
	return []page{
		{"login", login, "Return URL", "Apple refuses this return URL", ""},
		{"confirm", confirm, "내 이메일 가리기", "Hide my email", ""},
		{"confirm-again", again, "계속", "Continue", ""},
		{"redirect-uri", emu.URL() + authorize("name", back+"/"), "글자까지 같지 않습니다", "does not equal", ""},
		{"returning", auto.URL() + authorize("name", back), "서비스로 돌아가는 중", "Returning to the service", ""},
		{"console", emu.URL() + "/-/", "전달 켜기", "Switch forwarding", ""},
	}
}

func linePages(t *testing.T) []page {
	back := service(t)
	emu := linetest.StartWith(t, linetest.Config{Channel: linetest.Channel{CallbackURLs: []string{back}}})
	w := walker{t, emu.URL()}
	authorize := func(to string) string {
		return "/oauth2/v2.1/authorize" + query("client_id", emu.Channel().ID, "response_type", "code", "state", state,
			"redirect_uri", to, "scope", "openid profile email")
	}
	login, _ := w.get(authorize(back))
	_, body := w.get(authorize(back))
	consent, _ := w.submit("/login", body, "persona", linetest.PersonaHana)
	_, err := emu.Approve(linetest.Approval{Params: map[string]string{
		"state": state, "scope": "openid profile email",
	}})
	must(t, err)
	return []page{
		{"login", login, "누구로 로그인할까요?", "Who logs in?", ""},
		{"consent", consent, "이메일 주소", "E-mail address", ""},
		{"callback", emu.URL() + authorize(back+"/"), "등록한 Callback URL이 아닙니다", "not a registered callback URL", ""},
		{"console", emu.URL() + "/-/", "연결된 계정", "Linked accounts", ""},
	}
}

func oidcPages(t *testing.T) []page {
	back := service(t)
	emu := oidctest.StartWith(t, oidctest.Config{App: oidctest.App{
		RedirectURIs: []string{back}, PostLogoutRedirectURIs: []string{back}, BackChannelURL: "http://127.0.0.1:1/",
	}})
	w := walker{t, emu.URL()}
	authorize := func(to string) string {
		return "/authorize" + query("client_id", emu.App().ClientID, "response_type", "code", "state", state,
			"redirect_uri", to, "scope", "openid profile email offline_access")
	}
	login, _ := w.get(authorize(back))
	_, body := w.get(authorize(back))
	consent, _ := w.submit("/login", body, "persona", oidctest.PersonaJeju)
	_, err := emu.Approve(oidctest.Approval{Params: map[string]string{"state": state}})
	must(t, err)
	emu.SendLogout(t.Context(), oidctest.PersonaJeju, oidctest.LogoutSend{})
	return []page{
		{"login", login, "누구로 로그인할까요?", "Who signs in?", ""},
		{"consent", consent, "로그인하지 않을 때의 접근", "Access while you are away", ""},
		{"redirect-uri", emu.URL() + authorize(back+"/"), "글자까지 같지 않습니다", "does not equal", ""},
		{"sign-out", emu.URL() + "/logout", "정말 로그아웃할까요?", "Do you want to sign out?", ""},
		{"console", emu.URL() + "/-/", "제공자에서 로그아웃", "Sign out at the provider", ""},
	}
}

// TestPagesAreAccessible opens the pages of every emulator but Kakao's, which has such a test of its own, in both
// languages, on a phone and a desktop, light and dark. axe-core finds nothing, no page is wider than the screen, and
// none loads anything from elsewhere. With NORANG_SHOTS, screenshots are written to that directory.
func TestPagesAreAccessible(t *testing.T) {
	t.Parallel()
	source, browser := browsertest.Axe(t), browsertest.Start(t)
	for name, pages := range map[string]func(*testing.T) []page{
		"naver": naverPages, "google": googlePages, "apple": applePages, "line": linePages, "oidc": oidcPages,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tab := browsertest.Tab(t, browser)
			if os.Getenv(shots) == "" {
				browsertest.Hide(t, tab)
			}
			browsertest.PreloadAxe(t, tab, source)
			for _, p := range pages(t) {
				t.Run(p.name, func(t *testing.T) { p.check(t, tab) })
			}
		})
	}
}

// check opens a page in both languages and on every screen.
func (p page) check(t *testing.T, tab context.Context) {
	if p.address == "" {
		t.Fatal("the page has no link to its other language")
	}
	address, err := url.Parse(p.address)
	must(t, err)
	q := address.Query()
	for lang, word := range map[string]string{"ko": p.ko, "en": p.en} {
		q.Set("lang", lang)
		address.RawQuery = q.Encode()
		first := browsertest.Screens()[0]
		browsertest.Show(t, tab, first)
		actAs(t, tab, p.agent)
		browsertest.Open(t, tab, address.String())
		browsertest.CheckScreens(t, tab, lang+"-", browsertest.Screens(), func(t *testing.T, screen browsertest.Screen) {
			if screen == first {
				p.shows(t, tab, lang, word)
			}
			shoot(t, tab)
		})
	}
}

// shows checks that the page is the expected one, in a language.
func (p page) shows(t *testing.T, tab context.Context, lang, word string) {
	t.Helper()
	got, err := chromedp.Run(tab, chromedp.Evaluate[[3]string](`[document.documentElement.lang, document.body.innerText,
		performance.getEntriesByType("resource").map(e => e.name).filter(n => !n.startsWith(location.origin)).join(" ")]`))
	if err != nil || got[0] != lang || !strings.Contains(got[1], word) || got[2] != "" {
		t.Errorf("language %s, from elsewhere %q, want %q in %s (%v)", got[0], got[2], word, got[1], err)
	}
}

// actAs makes the tab send a User-Agent; "" is the browser's own.
func actAs(t *testing.T, tab context.Context, agent string) {
	t.Helper()
	_, err := chromedp.Call(tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent})
	must(t, err)
}

// shots is the setting that names a directory for screenshots.
const shots = "NORANG_SHOTS"

func shoot(t *testing.T, tab context.Context) {
	t.Helper()
	if dir := os.Getenv(shots); dir != "" {
		name := strings.ReplaceAll(strings.TrimPrefix(t.Name(), "TestPagesAreAccessible/"), "/", ".")
		browsertest.Screenshot(t, tab, filepath.Join(dir, name+".png"))
	}
}
