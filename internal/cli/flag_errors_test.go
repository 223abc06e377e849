package cli

import (
	"bytes"
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/bounded"
	"github.com/norang-login/norang/internal/testkit/freeport"
)

// An unusable value of a flag is an error of that flag, also where a setting's check finds it. The user may never have
// set the variable.
func TestErrorsNameTheFlagOfTheValue(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("secret", []byte("two words"), 0o600); err != nil {
		t.Fatal(err)
	}
	database := []string{"NORANG_DATABASE=none.db"}
	app := []string{
		"--url", "http://localhost:5000", "--kakao-client-id", "aaaabbbbccccddddeeeeffff00001111", "--kakao-app-id", "1",
		"--kakao-client-secret-file", "secret", "--kakao-admin-key-file", "secret",
	}
	for _, tt := range []struct {
		args    []string
		environ []string
		want    string // in both languages
	}{
		{[]string{"dev", "--upstream", "ftp://a"}, nil, "norang: --upstream: "},
		{[]string{"dev", "--upstream", "http://u:hush@localhost:1/x"}, nil, "norang: --upstream: "},
		{[]string{"dev", "--public-paths", "/a"}, nil, "norang: --public-paths: "},
		{[]string{"dev", "--upstream", "http://localhost:1", "--public-paths", "a b"}, nil, "norang: --public-paths: "},
		{[]string{"dev", "--origins", "x"}, nil, "norang: --origins: "},
		{[]string{"dev", "--audiences", "a b"}, nil, "norang: --audiences: "},
		{[]string{"dev", "--app-links", "x"}, nil, "norang: --app-links: "},
		{[]string{"dev", "--port", "0"}, nil, "norang: --port "},
		{[]string{"events", "tail", "--forward", "ftp://a"}, database, "norang: --forward: "},
		{[]string{"events", "send", "user.created", "--url", "ftp://a"}, database, "norang: --url: "},
		{[]string{"events", "replay", "--since", "1h", "--url", "a"}, database, "norang: --url: "},
		{[]string{"events", "replay", "--since", "x"}, database, "norang: --since "},
		{[]string{"audit", "--review", "2026-13"}, database, "norang: --review "},
		{[]string{"privacy", "review", "2026-13"}, database, "norang: MONTH "},
		{[]string{"privacy", "erasures", "2026-13"}, database, "norang: MONTH "},
		{slices.Concat([]string{"init", "--url", "ftp://a"}, app[2:]), nil, "NORANG_URL (--url): "},
		{slices.Concat([]string{"init"}, app), nil, "KAKAO_CLIENT_SECRET (--kakao-client-secret-file): "},
		{[]string{"proxy", "test", "ftp://a"}, nil, "  URL: "},
		{[]string{"proxy", "nginx", "--url", "ftp://a"}, nil, "NORANG_URL (--url): "},
		{[]string{"emulator", "--browser-url", "ftp://a"}, nil, "norang: --browser-url "},
		{[]string{"emulator", "--server-url", "http://a/b"}, nil, "norang: --server-url "},
		{[]string{"emulator", "--redirect-uri", "a"}, nil, "norang: --redirect-uri "},
		{[]string{"emulator", "--logout-redirect-uri", "http://a#b"}, nil, "norang: --logout-redirect-uri "},
		{[]string{"serve", "--check", "--upstream", "ftp://a"}, nil, "NORANG_UPSTREAM (--upstream): "},
		{[]string{"init", "--url", "http://localhost:5000", "--providers", "oidc", "--oidc-name", "corp", "--oidc-issuer",
			"http://a", "--oidc-client-id", "a b"}, nil, "OIDC_CORP_ISSUER (--oidc-issuer): "},
	} {
		for _, lang := range []string{"ko", "en"} {
			args := append([]string{"--lang", lang}, tt.args...)
			var out, errs bytes.Buffer
			status := Run(bounded.Context(t), args, tt.environ, nil, &out, &errs)
			said := errs.String()
			if status != statusUsage || !strings.Contains(said, tt.want) || strings.Contains(said, "hush") ||
				strings.HasPrefix(tt.want, "norang: --") && strings.Contains(said, "NORANG_") {
				t.Errorf("%q: status %d, %q is missing: %s", args, status, tt.want, said)
			}
			checked := strings.HasPrefix(tt.want, "norang: --") && strings.HasSuffix(tt.want, ": ")
			if checked && (!strings.Contains(said, "norang "+tt.args[0]) || strings.Contains(said, "norang serve")) {
				t.Errorf("%q: no hint at the command's help: %s", args, said)
			}
		}
	}
}

// An app at an address of dev's own would get every request of its pages again.
func TestDevRefusesItselfAsTheApp(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, host := range []string{"localhost", "127.0.0.1", "[::1]", "0.0.0.0", "app.localhost", "emulator"} {
		for lang, want := range map[string]string{
			"en": "norang: --upstream must not be where norang dev itself listens, got \"URL\"",
			"ko": "norang: --upstream \"URL\": norang dev 자신이 받는 주소입니다",
		} {
			status, said, upstream := devWithItselfAsTheApp(t, host, lang)
			if status != statusUsage || !strings.Contains(said, strings.Replace(want, "URL", upstream, 1)) ||
				!strings.Contains(said, "--port") {
				t.Errorf("%s, %s: status %d: %s", upstream, lang, status, said)
			}
		}
	}
}

// devWithItselfAsTheApp runs dev with its own port on the host as its app, or with its emulator. It takes another port
// if another program has that one, since dev listens elsewhere then and serves.
func devWithItselfAsTheApp(t *testing.T, host, lang string) (status int, said, upstream string) {
	t.Helper()
	for range 10 {
		port, err := strconv.Atoi(freeport.Pick(t))
		if err != nil {
			t.Fatal(err)
		}
		upstream = "http://" + host + ":" + strconv.Itoa(port)
		if host == "emulator" {
			upstream = "http://127.0.0.1:" + strconv.Itoa(port+1)
		}
		var served bool
		status, said, served = runUnlessItServes(t,
			"--lang", lang, "dev", "--port", strconv.Itoa(port), "--upstream", upstream)
		if !served {
			break
		}
	}
	return status, said, upstream
}

// The operations listener and the further emulators leave the app's port to the app.
func TestDevLeavesThePortOfTheAppFree(t *testing.T) {
	t.Parallel()
	d := &devCmd{Port: defaultPort, Upstream: "http://127.0.0.1:5002"}
	if got := d.unlessUpstream(d.opsPort(defaultPort)); got != 0 {
		t.Errorf("operations at port %d", got)
	}
	for _, p := range furtherProviders {
		d.Upstream = "http://localhost:" + strconv.Itoa(p.port)
		if got := d.furtherPort(p, defaultPort); got != 0 {
			t.Errorf("%s at port %d", p.name, got)
		}
	}
}

// runFailing runs a command that is to fail, and returns its status and what it says on standard error.
func runFailing(t *testing.T, args ...string) (status int, said string) {
	t.Helper()
	status, said, served := runUnlessItServes(t, args...)
	if served {
		t.Errorf("%s serves", strings.Join(args, " "))
	}
	return status, said
}

// runUnlessItServes runs a command that prints nothing but errors unless it serves. If it does, it is stopped.
func runUnlessItServes(t *testing.T, args ...string) (status int, said string, served bool) {
	t.Helper()
	ctx, stop := context.WithCancel(bounded.Context(t))
	defer stop()
	var errs bytes.Buffer
	status = Run(ctx, args, nil, nil, stopper(stop), &errs)
	return status, errs.String(), ctx.Err() != nil
}

// stopper is standard output of a command that is to print nothing there: it calls the function at the first output.
type stopper func()

func (s stopper) Write(p []byte) (int, error) {
	s()
	return len(p), nil
}
