package cli

import (
	"bufio"
	"cmp"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/google/googletest"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/line/linetest"
	"github.com/norang-login/norang/naver/navertest"
	"github.com/norang-login/norang/oidc/oidctest"
)

// tried is a provider with its emulator, which signs personas in without pages.
type tried struct {
	name     string // as for --provider
	emulator func(emulatorSetup) (*providerEmulator, error)
	redirect string // variable of its callback address
	become   func(emulatorServer, string) error
	personas [2]string
	says     []string // about the first and the second
	environ  []string
}

func triedProviders() []tried {
	oidcBecome := func(s emulatorServer, persona string) error {
		return s.(*oidctest.Server).UpdateApp(func(a *oidctest.App) { a.Auto, a.AutoPersona = true, persona })
	}
	return []tried{
		{
			name: "naver", emulator: newNaverEmulator, redirect: "NAVER_REDIRECT_URI",
			become: func(s emulatorServer, persona string) error {
				return s.(*navertest.Server).UpdateApp(func(a *navertest.App) { a.Auto, a.AutoPersona = true, persona })
			},
			personas: [2]string{navertest.PersonaBoseong, navertest.PersonaNoEmail},
			says:     []string{"sent to Naver", "nickname: given", "e-mail: none"},
		},
		{
			name: "google", emulator: newGoogleEmulator, redirect: "GOOGLE_REDIRECT_URI",
			become: func(s emulatorServer, persona string) error {
				return s.(*googletest.Server).UpdateApp(func(a *googletest.App) { a.Auto, a.AutoPersona = true, persona })
			},
			personas: [2]string{googletest.PersonaMinji, googletest.PersonaNoPicture},
			says:     []string{"sent to Google", "picture: given", "picture: given | none"},
		},
		{
			name: "apple", emulator: newAppleEmulator, redirect: "APPLE_REDIRECT_URI",
			become: func(s emulatorServer, persona string) error {
				return s.(*appletest.Server).UpdateTeam(func(a *appletest.Team) { a.Auto, a.AutoPersona = true, persona })
			},
			personas: [2]string{appletest.PersonaJeju, appletest.PersonaManaged},
			says: []string{
				"sent to Apple", "e-mail: given, verified", "sends the name at the first sign-in only", "verified | none",
			},
		},
		{
			name: "line", emulator: newLINEEmulator, redirect: "LINE_REDIRECT_URI",
			become: func(s emulatorServer, persona string) error {
				return s.(*linetest.Server).UpdateChannel(func(a *linetest.Channel) { a.Auto, a.AutoPersona = true, persona })
			},
			personas: [2]string{linetest.PersonaHana, linetest.PersonaNoPicture},
			says:     []string{"sent to LINE", "picture: given", "picture: given | none"},
		},
		{
			name: "emulator", emulator: newOIDCEmulator, redirect: "OIDC_EMULATOR_REDIRECT_URI", become: oidcBecome,
			personas: [2]string{oidctest.PersonaJeju, oidctest.PersonaNoEmail},
			says:     []string{"sent to emulator", "e-mail: given, verified", "verified | none"},
		},
		{
			name: "emulator", emulator: newOIDCEmulator, redirect: "OIDC_EMULATOR_REDIRECT_URI", become: oidcBecome,
			personas: [2]string{oidctest.PersonaUnverified, oidctest.PersonaUnverified},
			says:     []string{"Both sign-ins were by the same account"}, environ: []string{"OIDC_EMULATOR_FORM_POST=1"},
		},
	}
}

// postedForm is a page that posts itself, as a provider answers with response_mode=form_post.
var (
	postedForm  = regexp.MustCompile(`<form[^>]* action="([^"]+)"`)
	postedField = regexp.MustCompile(`<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"`)
)

// TestTryEveryProvider signs two accounts in at each provider's emulator and compares them, also where the provider
// comes back by POST.
func TestTryEveryProvider(t *testing.T) {
	t.Parallel()
	for _, p := range triedProviders() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.try(t)
		})
	}
}

func (p tried) try(t *testing.T) {
	port := freeport.Pick(t)
	own := "http://localhost:" + port
	emulated, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	emu, err := p.emulator(emulatorSetup{
		browserURL: "http://" + emulated.Addr().String(),
		environ:    []string{p.redirect + "=" + own + "/oauth/" + p.name + "/callback"},
	})
	if err != nil {
		t.Fatal(err)
	}
	emu.server.Serve(emulated)
	defer emu.server.Close()
	environ := append([]string{
		"NORANG_URL=" + own, "NORANG_LISTEN=127.0.0.1:" + port, "NORANG_ALLOW_EMULATOR=1",
		"NORANG_DATABASE=" + filepath.Join(t.TempDir(), "norang.db"),
	}, p.environ...)
	for _, s := range emu.settings {
		environ = append(environ, s.name+"="+s.value)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, w := io.Pipe()
	var errs strings.Builder
	ended := make(chan int, 1)
	go func() {
		args := []string{"try", "--provider", p.name, "--accounts", "2", "--lang", "en"}
		ended <- Run(ctx, args, environ, nil, w, &errs)
		w.Close()
	}()
	lines := bufio.NewScanner(r)
	said, address := "", ""
	for address == "" || !strings.Contains(said, "▀") { // the QR code follows the address
		if !lines.Scan() {
			t.Fatalf("status %d: %s%s", <-ended, said, errs.String())
		}
		said += lines.Text() + "\n"
		address = cmp.Or(address, tryAddress.FindString(lines.Text()))
	}
	read := make(chan struct{})
	go func() { // the program writes while it answers
		defer close(read)
		for lines.Scan() {
			said += lines.Text() + "\n"
		}
	}()
	for _, persona := range p.personas {
		if err := p.become(emu.server, persona); err != nil {
			t.Fatal(err)
		}
		if status, body := visitAndPost(t, address); status != http.StatusOK {
			t.Errorf("%s: %d %s", persona, status, body)
		}
	}
	if got := <-ended; got != statusDone {
		t.Errorf("status %d: %s", got, errs.String())
	}
	<-read
	for _, want := range append(p.says, "signed in, user number …") {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in:\n%s", want, said)
		}
	}
	if strings.Contains(said, "@") || strings.Contains(said, "OpenID Connect on") {
		t.Errorf("an address, or advice about Kakao, is in:\n%s", said)
	}
}

// visitAndPost opens an address as a browser does, which posts the form of a provider that comes back by POST: from
// another site, and so without cookies.
func visitAndPost(t *testing.T, address string) (int, string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	read := func(resp *http.Response, err error) (int, string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	browser := &http.Client{Jar: jar}
	status, body := read(browser.Get(address))
	form := postedForm.FindStringSubmatch(body)
	if form == nil {
		return status, body
	}
	fields := url.Values{}
	for _, f := range postedField.FindAllStringSubmatch(body, -1) {
		fields.Set(f[1], strings.NewReplacer("&#34;", `"`, "&amp;", "&", "&#43;", "+").Replace(f[2]))
	}
	other := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := other.PostForm(form[1], fields)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	to, err := resp.Location()
	if err != nil {
		t.Fatalf("%s: %v", resp.Status, err)
	}
	return read(browser.Get(to.String()))
}
