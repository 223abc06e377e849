package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/kakao/kakaotest"
)

var tryAddress = regexp.MustCompile(`http://localhost:\d+/auth/try/\w+`)

// TestTryComparesTwoAccounts signs two accounts in through the emulator. It shows what each gave without personal data,
// and writes nothing.
func TestTryComparesTwoAccounts(t *testing.T) {
	t.Parallel()
	port := freeport.Pick(t)
	ln, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	own := "http://localhost:" + port
	dir := t.TempDir()
	emu := kakaotest.Start(t)
	emu.AddRedirectURI(own + "/oauth/kakao/callback")
	emulated := emu.App()
	become := func(persona string) {
		t.Helper()
		err := emu.UpdateApp(emulated.AppID, func(a *kakaotest.App) { a.Auto, a.AutoPersona = true, persona })
		if err != nil {
			t.Fatal(err)
		}
	}
	environ := []string{
		"NORANG_URL=" + own, "NORANG_LISTEN=127.0.0.1:" + port, "NORANG_ALLOW_EMULATOR=1",
		"NORANG_DATABASE=" + filepath.Join(dir, "norang.db"), fmt.Sprintf("KAKAO_APP_ID=%d", emulated.AppID),
		"KAKAO_CLIENT_ID=" + emulated.RESTKey, "KAKAO_CLIENT_SECRET=" + emulated.ClientSecret,
		"KAKAO_ADMIN_KEY=" + emulated.AdminKey,
		"KAKAO_AUTH_URL=" + emu.URL(), "KAKAO_API_URL=" + emu.URL(), "KAKAO_ISSUER=" + emu.URL(),
	}
	var refused bytes.Buffer
	got := Run(bounded.Context(t), []string{"try", "--lang", "en"}, environ, nil, io.Discard, &refused)
	if got != statusFailed || !strings.Contains(refused.String(), "If norang serve runs, stop it") {
		t.Errorf("status %d on a port in use: %s", got, refused.String())
	}
	if err := ln.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, w := io.Pipe()
	var errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- Run(ctx, []string{"try", "--accounts", "2", "--lang", "en"}, environ, nil, w, &errs)
		w.Close()
	}()
	lines := bufio.NewScanner(r)
	said, address := "", ""
	until := func(sign string) {
		t.Helper()
		for lines.Scan() {
			said += lines.Text() + "\n"
			address = cmp.Or(tryAddress.FindString(lines.Text()), address)
			if strings.Contains(lines.Text(), sign) {
				return
			}
		}
		t.Fatalf("%q was not said, status %d: %s%s", sign, <-ended, said, errs.String())
	}
	until("▀") // the QR code follows the address
	get := func(address string) (int, string) {
		t.Helper()
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&http.Client{Jar: jar}).Get(address)
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
	read := make(chan struct{})
	visits := make(chan string, 8)
	go func() { // the program writes while it answers
		defer close(read)
		for lines.Scan() {
			said += lines.Text() + "\n"
		}
	}()
	visit := func(address string) {
		t.Helper()
		status, body := get(address)
		visits <- fmt.Sprintf("%d %s", status, body)
	}
	visit(own + "/auth/try/guessed")
	visit(own + "/oauth/kakao/callback?code=stolen&state=stolen")
	become(kakaotest.PersonaRyan)
	visit(address)
	become("no-email")
	visit(address)
	for _, want := range []string{"404 ", "400 ", "200 ", "200 "} {
		if got := <-visits; !strings.HasPrefix(got, want) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := <-ended; got != statusDone {
		t.Errorf("status %d: %s", got, errs.String())
	}
	<-read
	for _, want := range []string{
		"→ sent to Kakao\n← came back", "signed in, user number …", "e-mail: given, verified\n", "e-mail: none\n",
		"time of the sign-in (auth_time): given\n", "Nothing to correct.", " differ in:\n  ",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in:\n%s", want, said)
		}
	}
	for _, never := range []string{emulated.ClientSecret, emulated.AdminKey, "@", "라이언"} {
		if strings.Contains(said, never) {
			t.Errorf("%q is in:\n%s", never, said)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("written: %v, %v", files, err)
	}
}
