package e2e_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/internal/testkit/databasetest"
	"github.com/norang-login/norang/internal/testkit/soak"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// The journey through a whole sign-in in a real browser: home, Kakao, consent, join page, account, sign-out with the
// Kakao account, and a second sign-in. axe-core checks every page. NORANG_SHOTS names a directory for screenshots.
//
// internal/page and kakaotest run axe-core on each of these pages with sample data, in both languages and on the four
// screens. What only a journey shows is a page as the running service and emulator fill it in, and how one leads to the
// next, which depends neither on the language nor on the screen. So a journey is walked in Korean on a phone and in
// English on a desktop: see everyCombination.

// TestJourneyThroughASignIn runs in two languages, in light colours on a phone and in dark ones on a desktop. The
// emulator has another host name than the service, so that SameSite errors show.
func TestJourneyThroughASignIn(t *testing.T) {
	t.Parallel()
	journeys(t, (*journey).walk)
}

// journeys walks on a phone and on a desktop, in one language on each or in both.
func journeys(t *testing.T, walk func(*journey), changes ...func(*norang.Config)) {
	axe := browsertest.Axe(t)
	browser := browsertest.Start(t)
	for _, screens := range devices() {
		for _, lang := range []string{"ko", "en"} {
			usual := screens[0].Phone == (lang == "ko")
			if !usual && !everyCombination() {
				continue
			}
			t.Run(screens[0].Name+"-"+lang, func(t *testing.T) {
				t.Parallel()
				source := axe
				if !usual {
					source = ""
				}
				walk(newJourney(t, browser, screens, lang, source, changes...))
			})
		}
	}
}

// everyCombination reports whether journeys are walked in each language on each device: for screenshots, and in
// "make soak". Otherwise the devices, or the providers, share the languages.
func everyCombination() bool { return soak.Rounds(1) > 1 || os.Getenv("NORANG_SHOTS") != "" }

// devices are a phone and a desktop in light colours, and a desktop and a phone in dark ones. A change of the scheme in
// a page would start transitions.
func devices() [][]browsertest.Screen {
	s := browsertest.Screens()
	return [][]browsertest.Screen{{s[0], s[2]}, {s[3], s[1]}}
}

type journey struct {
	t       *testing.T
	tab     context.Context
	url     string
	kakao   *kakaotest.Server
	axe     string               // "": only screenshots
	lang    string               // or another end of the names of directories with screenshots
	screens []browsertest.Screen // the journey is on the first; screenshots show all
}

func newJourney(
	t *testing.T,
	browser context.Context,
	screens []browsertest.Screen,
	lang, axe string,
	changes ...func(*norang.Config),
) *journey {
	j := &journey{t: t, axe: axe, lang: lang, screens: screens}
	j.url, j.kakao = serve(t, changes...)
	j.tab = browsertest.Tab(t, browser)
	browsertest.Show(t, j.tab, screens[0])
	browsertest.Open(t, j.tab, j.url+"/?lang="+lang)
	return j
}

// serve runs a service at http://localhost and an emulator at http://127.0.0.1.
func serve(t *testing.T, changes ...func(*norang.Config)) (string, *kakaotest.Server) {
	t.Helper()
	return serveWith(t, func(h http.Handler) http.Handler { return h }, changes...)
}

// serveWith is serve with a handler around the service's own.
func serveWith(
	t *testing.T, around func(http.Handler) http.Handler, changes ...func(*norang.Config),
) (string, *kakaotest.Server) {
	t.Helper()
	k := kakaotest.Start(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	url := "http://localhost:" + port
	k.AddRedirectURI(url + "/oauth/kakao/callback")
	k.AddLogoutRedirectURI(url + "/oauth/kakao/signout/callback")
	kakao := k.App()
	database := filepath.Join(t.TempDir(), "norang.db")
	databasetest.WriteFile(t, database)
	cfg := norang.Config{
		URL: url, Dev: true, AllowEmulator: true, Database: database,
		Brand: norang.Brand{Name: "노랑 상점", Color: "#1d4ed8", SupportURL: "/help", PrivacyURL: "/privacy"},
		Terms: []norang.Term{
			{
				Tag:      "service",
				Version:  "1",
				TitleKo:  "이용약관",
				TitleEn:  "Terms of service",
				URL:      "/terms",
				Required: true,
			},
			{Tag: "news", Version: "1", TitleKo: "혜택 소식을 받을게요", TitleEn: "Send me news", Marketing: true},
		},
		Kakao: norang.Kakao{
			ClientID: kakao.RESTKey, ClientSecret: kakao.ClientSecret, AppID: kakao.AppID,
			AdminKeys: []string{kakao.AdminKey},
			AuthURL:   k.AuthURL(), APIURL: k.APIURL(), Issuer: k.Issuer(),
		},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	for _, change := range changes {
		change(&cfg)
	}
	svc, err := norang.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := &httptest.Server{Listener: ln, Config: &http.Server{Handler: around(svc.Routes())}}
	srv.Start()
	t.Cleanup(func() {
		srv.Close()
		if err := svc.Close(); err != nil {
			t.Error(err)
		}
	})
	return url, k
}

// walk runs the journey.
func (j *journey) walk() {
	j.at(j.url, "/?lang=")
	j.look("1-home")
	j.click(`a.provider`)
	j.at(j.kakao.URL(), "login")
	j.look("2-kakao-login")
	j.click(`button[value="` + kakaotest.PersonaRyan + `"]`)
	j.at(j.kakao.URL(), "consent")
	j.look("3-kakao-consent")
	j.tick(`input[value="account_email"]`)
	j.click(`button[value="agree"]`)
	j.at(j.url, "/auth/join")
	j.look("4-join")
	j.click(`button[value="join"]`)
	j.see(`[aria-invalid="true"]`)
	j.look("5-join-incomplete")
	j.tick(`#age`)
	j.tick(`#term-service`)
	j.click(`button[value="join"]`)
	j.see(`a[href="/auth/account"]`)
	j.look("6-home-signed-in")
	if !strings.Contains(j.text("main"), "라이언") {
		j.t.Errorf("the home page lacks the user's name: %s", j.text("main"))
	}
	j.click(`a[href="/auth/account"]`)
	j.at(j.url, "/auth/account")
	j.look("7-account")
	if !strings.Contains(j.text("main"), "ryan@") {
		j.t.Errorf("the account page lacks the email: %s", j.text("main"))
	}
	first := j.json("/auth/session")
	browsertest.Open(j.t, j.tab, j.url+"/auth/account")
	j.tick(`section summary`)
	j.click(`a[href="/oauth/kakao/signout"]`)
	j.at(j.kakao.URL(), "logout")
	j.look("8-kakao-logout")
	j.click(`button[value="true"]`)
	j.at(j.url, "/?notice=signed_out")
	j.look("9-signed-out")
	j.again(first)
	j.cancel()
	browsertest.Open(j.t, j.tab, j.url+"/oauth/kakao/callback?state=x&code=y")
	j.look("c-problem")
	browsertest.Open(j.t, j.tab, j.url+"/oauth/kakao/signout")
	j.look("d-signout-button")
}

// again signs the same user in a second time: Kakao asks for the account, because its session has ended, but not for
// consent, and there is no join page.
func (j *journey) again(first string) {
	browsertest.Open(j.t, j.tab, j.url+"/auth/login?return_to=%2Fauth%2Faccount")
	j.look("a-sign-in")
	j.click(`.kept a.provider`)
	j.at(j.kakao.URL(), "login")
	j.click(`button[value="` + kakaotest.PersonaRyan + `"]`)
	j.at(j.url, "/auth/account")
	if again := j.json("/auth/session"); userID(first) == "" || userID(again) != userID(first) {
		j.t.Errorf("before %s, now %s", first, again)
	}
	browsertest.Open(j.t, j.tab, j.url+"/auth/account")
	j.click(`form[action="/auth/signout"] button`)
	j.at(j.url, "/?notice=signed_out")
}

func (j *journey) cancel() {
	browsertest.Open(j.t, j.tab, j.url+"/oauth/kakao?prompt=select_account&return_to=%2Fauth%2Faccount")
	j.at(j.kakao.URL(), "login")
	j.click(`button[value="` + kakaotest.PersonaApeach + `"]`)
	j.at(j.kakao.URL(), "consent")
	j.click(`button[value="cancel"]`)
	j.at(j.url, "/auth/login?notice=cancelled")
	j.look("b-cancelled")
}

func userID(session string) string {
	_, rest, _ := strings.Cut(session, `"user":{"id":"`)
	id, _, _ := strings.Cut(rest, `"`)
	return id
}

// look checks the page with axe-core on the journey's screen, and takes screenshots on all.
func (j *journey) look(name string) {
	j.t.Helper()
	j.lookOn(name, 1)
}

// lookEverywhere is look with axe-core on every screen, for pages that no other test checks.
func (j *journey) lookEverywhere(name string) {
	j.t.Helper()
	j.lookOn(name, len(j.screens))
}

// lookOn checks the page with axe-core on so many screens, and takes screenshots on all.
func (j *journey) lookOn(name string, checked int) {
	j.t.Helper()
	shots := os.Getenv("NORANG_SHOTS")
	if j.axe == "" {
		checked = 0
	} else {
		browsertest.LoadAxe(j.t, j.tab, j.axe)
	}
	for i, screen := range j.screens {
		if i >= checked && shots == "" {
			break
		}
		if i > 0 {
			browsertest.Show(j.t, j.tab, screen)
			defer browsertest.Show(j.t, j.tab, j.screens[0])
		}
		browsertest.FinishTransitions(j.t, j.tab) // of the change of screens
		if i < checked {
			browsertest.RunAxe(j.t, j.tab)
		}
		if shots == "" {
			continue
		}
		dir := filepath.Join(shots, screen.Name+"-"+j.lang)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			j.t.Fatal(err)
		}
		browsertest.Screenshot(j.t, j.tab, filepath.Join(dir, name+".png"))
	}
}

// leftMark is on a page that the browser is to leave.
const leftMark = `document.documentElement.dataset.left`

// click presses what leads to another page, and waits until the browser has left this one: whatever looks next would
// else find the old page and take it for the new one. The mark is only put on a page that has the element, not on one
// that leads to it by itself.
func (j *journey) click(selector string) {
	j.t.Helper()
	j.until("document.querySelector(`"+selector+"`) ? "+leftMark+` = "not yet" : ""`,
		func(v string) bool { return v != "" })
	j.tick(selector)
	j.until(leftMark+` ? "" : "left"`, func(v string) bool { return v == "left" })
}

// tick presses what stays on the page.
func (j *journey) tick(selector string) {
	j.t.Helper()
	ctx, stop := context.WithTimeout(j.tab, timeout)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS(selector))); err != nil {
		j.t.Fatalf("click %s: %v; at %s: %s", selector, err, j.where(), j.text("body"))
	}
}

// see waits until an element exists and the page is loaded.
func (j *journey) see(selector string) {
	j.t.Helper()
	j.until(
		`document.readyState === "complete" && document.querySelector('`+selector+`') ? "yes" : ""`,
		func(v string) bool { return v == "yes" },
	)
}

// at waits until the browser is at a URL of the origin that starts with what, if that is a path, or contains it. A
// path in a return parameter does not count.
func (j *journey) at(origin, what string) {
	j.t.Helper()
	j.until(`document.readyState === "complete" ? location.href : ""`, func(href string) bool {
		rest, ours := strings.CutPrefix(href, origin)
		return ours && (strings.HasPrefix(rest, what) || !strings.HasPrefix(what, "/") && strings.Contains(rest, what))
	})
}

// until polls the page, less and less often, until good accepts the value of the expression.
func (j *journey) until(expression string, good func(string) bool) {
	j.t.Helper()
	pause := 10 * time.Millisecond
	for began := time.Now(); time.Since(began) < timeout; pause = min(2*pause, 100*time.Millisecond) {
		// An error means that the page is changing: try again.
		if v, err := chromedp.Run(j.tab, chromedp.Evaluate[string](expression)); err == nil && good(v) {
			return
		}
		time.Sleep(pause)
	}
	j.t.Fatalf("timed out waiting for %s; at %s: %s", expression, j.where(), j.text("body"))
}

func (j *journey) where() string {
	s, _ := chromedp.Run(j.tab, chromedp.Location())
	return s
}

func (j *journey) text(selector string) string {
	s, _ := chromedp.Run(j.tab, chromedp.Text(chromedp.CSS(selector)))
	return s
}

// json opens a URL in the tab, because the pages' policy forbids fetch.
func (j *journey) json(path string) string {
	j.t.Helper()
	browsertest.Open(j.t, j.tab, j.url+path)
	var body string
	j.until(`document.readyState === "complete" ? document.body.innerText : ""`, func(v string) bool {
		body = v
		return strings.Contains(v, "{")
	})
	return body
}
