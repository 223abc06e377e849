package e2e_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/npmtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// example is an app of examples/ that runs behind `norang dev --upstream`.
type example struct {
	// run starts the app on 127.0.0.1:port.
	run func(t *testing.T, port string)
	// own is whether the app has an ordinary login too.
	own bool
}

// examples are the apps by directory. Each shows the user's name in an element #user, the link to sign in with Kakao
// to strangers, and a form that signs out.
func examples() map[string]example {
	return map[string]example{
		"flask": {own: true, run: func(t *testing.T, port string) {
			python := skipped.Command(t, "python3")
			if out, err := exec.Command(python, "-c", "import flask").CombinedOutput(); err != nil {
				skipped.Skip(t, "no Flask: "+string(out))
			}
			runApp(t, port, "flask", nil, python, "app.py")
		}},
		"express": {run: func(t *testing.T, port string) {
			dir := npmtest.Install(t, filepath.Join("..", "..", "examples", "express"))
			runIn(t, port, dir, nil, skipped.Command(t, "node"), "app.js")
		}},
		"php": {run: func(t *testing.T, port string) {
			runApp(t, port, "php", nil, skipped.Command(t, "php"), "-S", "127.0.0.1:"+port, "index.php")
		}},
	}
}

// runApp starts a program in a copy of examples/dir and waits until it listens.
func runApp(t *testing.T, port, dir string, env []string, program string, args ...string) {
	t.Helper()
	work := t.TempDir()
	if err := os.CopyFS(work, os.DirFS(filepath.Join("..", "..", "examples", dir))); err != nil {
		t.Fatal(err)
	}
	runIn(t, port, work, env, program, args...)
}

// runIn starts a program in a directory and waits until it listens.
func runIn(t *testing.T, port, dir string, env []string, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "PORT="+port, "PYTHONDONTWRITEBYTECODE=1"), env...)
	startChild(t, cmd)
	waitListening(t, port)
}

// startChild starts a program that the end of the test kills.
func startChild(t *testing.T, cmd *exec.Cmd) *transcript {
	t.Helper()
	out := &transcript{}
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("output of %s:\n%s", cmd.Path, out)
		}
	})
	return out
}

func waitListening(t *testing.T, port string) {
	t.Helper()
	await(t, func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
		}
		return err == nil
	}, func() string { return "nothing listens on port " + port })
}

// devBefore runs `norang dev --upstream` in front of an app. It returns the URL of the service and the directory of
// its data.
func devBefore(t *testing.T, appPort string, args ...string) (service, data string) {
	t.Helper()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	data = t.TempDir()
	cmd := exec.Command(bin, append([]string{
		"dev", "--upstream", "http://127.0.0.1:" + appPort, "--port", freeport.Pick(t), "--data", data, "--lang", "en",
	}, args...)...)
	cmd.Dir = data
	out := startChild(t, cmd)
	url := regexp.MustCompile(`(?m)^  Service +(http://\S+)`)
	await(t, func() bool {
		if found := url.FindStringSubmatch(out.all()); found != nil {
			service = found[1]
		}
		return service != ""
	}, func() string { return "no banner: " + out.String() })
	await(t, func() bool {
		resp, err := http.Get(service + "/auth/healthz")
		if err == nil {
			resp.Body.Close()
		}
		return err == nil
	}, func() string { return "the service does not respond: " + out.String() })
	return service, data
}

// Two people use one browser one after the other, and the second is disabled: the app shows who is signed in now,
// and no user who is not (FA-29). The app's own login still works.
func TestFA29_ExamplesFollowTheSignedInUser(t *testing.T) {
	t.Parallel()
	axe := browsertest.Axe(t)
	browser := browsertest.Start(t)
	for dir, app := range examples() {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			port := freeport.Pick(t)
			app.run(t, port)
			service, data := devBefore(t, port, "--public-paths", "/*")
			walkExample(t, browser, axe, dir, service, data, app.own)
		})
	}
}

// The same with norang inside a Go service.
func TestFA29_GoExamplesFollowTheSignedInUser(t *testing.T) {
	t.Parallel()
	axe := browsertest.Axe(t)
	browser := browsertest.Start(t)
	for _, dir := range []string{"go", "chi"} {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			bin := buildExample(t, dir)
			port := freeport.Pick(t)
			service := "http://localhost:" + port
			k := kakaotest.Start(t)
			k.AddRedirectURI(service + "/oauth/kakao/callback")
			k.AddLogoutRedirectURI(service + "/oauth/kakao/signout/callback")
			app := k.App()
			data := t.TempDir()
			runIn(t, port, data, []string{
				"NORANG_URL=" + service, "KAKAO_ADMIN_KEY=" + app.AdminKey, "KAKAO_CLIENT_ID=" + app.RESTKey,
				"KAKAO_CLIENT_SECRET=" + app.ClientSecret, "KAKAO_APP_ID=" + fmt.Sprint(app.AppID),
				"KAKAO_AUTH_URL=" + k.AuthURL(), "KAKAO_API_URL=" + k.APIURL(), "KAKAO_ISSUER=" + k.Issuer(),
			}, bin)
			walkExample(t, browser, axe, dir, service, data, false)
		})
	}
}

// buildExample builds a Go example, which may be a module of its own with further dependencies.
func buildExample(t *testing.T, dir string) string {
	t.Helper()
	source := filepath.Join("..", "..", "examples", dir)
	env := append(os.Environ(), "CGO_ENABLED=0") // as the release, with whose packages it is linked
	if _, err := os.Stat(filepath.Join(source, "go.mod")); err == nil {
		download := exec.Command("go", "mod", "download")
		download.Dir = source
		if out, err := download.CombinedOutput(); err != nil {
			skipped.Skip(t, "modules of examples/"+dir+" not downloaded: "+string(out))
		}
		env = withWorkspace(t, source, env)
	}
	bin := filepath.Join(t.TempDir(), dir)
	goIn(t, source, env, "build", "-ldflags", "-s -w", "-o", bin, ".") // linked in half the time
	return bin
}

// withWorkspace adds a workspace of the example's module and norang's to the environment, if the example is then made
// of the same versions as by its own go.mod. As a dependency, all of norang would be compiled once more.
func withWorkspace(t *testing.T, source string, env []string) []string {
	t.Helper()
	module, err := filepath.Abs(source)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	work := append(env[:len(env):len(env)], "GOWORK="+filepath.Join(dir, "go.work"))
	goIn(t, dir, work, "work", "init", filepath.Dir(filepath.Dir(module)), module)
	versions := []string{"list", "-deps", "-f", `{{.ImportPath}}{{with .Module}}{{if ne .Path ` +
		`"github.com/norang-login/norang"}} {{.Version}}{{end}}{{end}}`}
	if own := goIn(t, source, env, versions...); goIn(t, source, work, versions...) != own {
		t.Logf("%s has other versions than norang", source)
		return env
	}
	return work
}

// goIn runs the go command in a directory and returns its output.
func goIn(t *testing.T, dir string, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = dir, env
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go %s: %v\n%s", args[0], err, problems.String())
	}
	return string(out)
}

// walkExample walks through a running example.
func walkExample(t *testing.T, browser context.Context, axe, name, service, data string, own bool) {
	t.Helper()
	j := &journey{
		t: t, url: service, axe: axe, tab: browsertest.Tab(t, browser), lang: "example-" + name,
		screens: browsertest.Screens()[:1],
	}
	browsertest.Show(t, j.tab, j.screens[0])
	w := &exampleWalk{journey: j}
	w.strangerAt("/")
	j.look("1-stranger")
	w.signIn(kakaotest.PersonaRyan, "라이언")
	j.look("2-signed-in")
	w.signOut()
	w.signIn(kakaotest.PersonaRyan, "라이언")
	w.signOutAtKakao()
	w.signIn(kakaotest.PersonaApeach, "어피치")
	if own {
		w.ownLogin()
		w.signIn(kakaotest.PersonaApeach, "어피치")
	}
	w.disable(data)
}

type exampleWalk struct {
	*journey
}

// strangerAt sees the home page without a user.
func (w *exampleWalk) strangerAt(path string) {
	w.t.Helper()
	browsertest.Open(w.t, w.tab, w.url+path)
	w.see(`a[href^="/oauth/kakao?"]`)
	if w.has("#user") {
		w.t.Fatalf("a stranger is shown as %s", w.text("#user"))
	}
}

func (w *exampleWalk) has(selector string) bool {
	v := ""
	w.until(`document.querySelector('`+selector+`') ? "yes" : "no"`, func(got string) bool { v = got; return true })
	return v == "yes"
}

// signIn goes through Kakao as a persona; Kakao asks for consent and norang for the join page the first time only.
func (w *exampleWalk) signIn(persona, name string) {
	w.t.Helper()
	w.click(`a[href^="/oauth/kakao?"]`)
	for {
		w.until(`document.readyState === "complete" && document.querySelector('`+
			strings.Join([]string{"#user", `button[value="` + persona + `"]`, `button[value="agree"]`,
				`button[value="join"]`}, ",")+`') ? "yes" : ""`, func(v string) bool { return v == "yes" })
		switch {
		case w.has("#user"):
			if got := w.text("#user"); !strings.Contains(got, name) {
				w.t.Fatalf("the app shows %q, want %s", got, name)
			}
			return
		case w.has(`button[value="` + persona + `"]`):
			w.click(`button[value="` + persona + `"]`)
		case w.has(`button[value="agree"]`):
			w.click(`button[value="agree"]`)
		default:
			w.tick("#age")
			w.click(`button[value="join"]`)
		}
	}
}

// signOut presses the app's button: the session at Kakao goes on.
func (w *exampleWalk) signOut() {
	w.t.Helper()
	w.click(`form[action="/auth/signout"] button`)
	w.strangerAt("/")
}

// signOutAtKakao follows the app's link, so that the next person is asked for an account.
func (w *exampleWalk) signOutAtKakao() {
	w.t.Helper()
	w.click(`a[href^="/oauth/kakao/signout"]`)
	w.click(`button[value="true"]`)
	w.strangerAt("/")
}

func (w *exampleWalk) fill(selector, value string) {
	w.t.Helper()
	if err := chromedp.Do(w.tab, chromedp.SendKeys(chromedp.CSS(selector), value)); err != nil {
		w.t.Fatal(err)
	}
}

// ownLogin signs an ordinary user in after the Kakao user has signed out, and out again.
func (w *exampleWalk) ownLogin() {
	w.t.Helper()
	w.signOut()
	w.fill("#login", "sunny")
	w.fill("#password", "a long password")
	w.click(`form[action="/login"] button`)
	w.see("#user")
	if got := w.text("#user"); !strings.Contains(got, "sunny") {
		w.t.Errorf("the app shows %q, want the ordinary user", got)
	}
	w.click(`form[action="/logout"] button`)
	w.strangerAt("/")
}

// disable disables the signed-in user: the app must not show them any more.
func (w *exampleWalk) disable(data string) {
	w.t.Helper()
	id := userID(w.json("/auth/session"))
	bin, err := program()
	if err != nil {
		w.t.Fatal(err)
	}
	cmd := exec.Command(bin, "user", "disable", id, "--reason", "test", "--lang", "en")
	cmd.Dir, cmd.Env = data, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + data}
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("user disable: %v\n%s", err, out)
	}
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		browsertest.Open(w.t, w.tab, w.url+"/")
		if !w.has("#user") {
			return
		}
		if time.Since(began) > timeout {
			w.t.Fatalf("a disabled user is shown as %s", w.text("#user"))
		}
	}
}

// The integration guides show snippets of the examples that the tests above run, word for word.
func TestIntegrationGuidesQuoteTheExamples(t *testing.T) {
	t.Parallel()
	quote := regexp.MustCompile("(?s)\\]\\(\\.\\./(examples/[^)]+)\\)[^`]*(?:`[^`\n]+`[^`]*)*\n\n```[a-z]+\n(.*?)```")
	var seen [2]int
	for i, name := range []string{"integrate.md", "integrate.ko.md"} {
		guide, err := os.ReadFile(filepath.Join("..", "..", "docs", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range quote.FindAllStringSubmatch(string(guide), -1) {
			seen[i]++
			source, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(found[1])))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(unindented(string(source)), unindented(found[2])) {
				t.Errorf("docs/%s: not in %s:\n%s", name, found[1], found[2])
			}
		}
	}
	if seen != [2]int{5, 5} {
		t.Errorf("%v snippets, want 5 in each guide", seen)
	}
}

// unindented removes the leading white space of each line.
func unindented(s string) string {
	return regexp.MustCompile(`(?m)^[ \t]+`).ReplaceAllString(s, "")
}

// The Flask example on a phone and a desktop: its own pages and norang's, in both languages. They are light: axe-core
// takes the background of a dark page without colours of its own for white. norang's pages, which internal/page shows
// on both, are checked on the phone.
func TestFlaskExampleOnPhoneAndDesktop(t *testing.T) {
	t.Parallel()
	axe := browsertest.Axe(t)
	browser := browsertest.Start(t)
	port := freeport.Pick(t)
	examples()["flask"].run(t, port)
	service, _ := devBefore(t, port, "--public-paths", "/*")
	for i, lang := range []string{"ko", "en"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			j := &journey{
				t: t, url: service, axe: axe, tab: browsertest.Tab(t, browser), lang: "flask-" + lang, screens: devices()[0],
			}
			browsertest.Show(t, j.tab, j.screens[0])
			w := &exampleWalk{journey: j}
			browsertest.Open(t, j.tab, j.url+"/auth/login?return_to=/my&lang="+lang)
			j.look("1-sign-in")
			persona := []string{kakaotest.PersonaRyan, kakaotest.PersonaApeach}[i]
			w.click("a.provider")
			w.see(`button[value="` + persona + `"]`)
			w.click(`button[value="` + persona + `"]`)
			w.click(`button[value="agree"]`)
			w.at(j.url, "/auth/join")
			j.look("2-join")
			w.tick("#age")
			w.click(`button[value="join"]`)
			w.at(j.url, "/my")
			j.lookEverywhere("3-app-my")
			browsertest.Open(t, j.tab, j.url+"/")
			j.lookEverywhere("4-app-home")
			w.click(`a[href="/auth/account"]`)
			w.at(j.url, "/auth/account")
			j.look("5-account")
			if now := run[string](w.script(), "document.documentElement.lang"); now != lang {
				t.Errorf("norang's pages are in %s, want %s", now, lang)
			}
			w.click(`form[action="/auth/signout"] button`)
			w.see(`[role="status"]`)
			j.look("6-signed-out")
		})
	}
}
