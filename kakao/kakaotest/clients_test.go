package kakaotest_test

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestNpmClients: clients from npm log in unchanged, by base URL, by discovery or with Kakao's hosts built in.
func TestNpmClients(t *testing.T) {
	t.Parallel()
	dir := npmClients(t)
	node := skipped.Command(t, "node")
	for script, back := range map[string]string{
		"openid-client": callback, "oauth4webapi": callback, "simple-oauth2": callback,
		"arctic": callback, "passport-kakao": callback, "auth-core": "http://localhost:5000/auth/callback/kakao",
	} {
		t.Run(script, func(t *testing.T) {
			t.Parallel()
			// Auth.js's Kakao provider is plain OAuth and refuses any ID token in the response ("unexpected iss"), so
			// its users leave OpenID Connect off.
			app := kakaotest.App{Auto: true, RedirectURIs: []string{back}, OIDCOff: script == "auth-core"}
			cmd := exec.CommandContext(t.Context(), node, script+".mjs")
			cmd.Dir = dir
			var emu *kakaotest.Server
			if script == "arctic" || script == "passport-kakao" || script == "auth-core" {
				var ca *kakaotest.Authority
				emu, ca = kakaotest.StartTLS(t, kakaotest.Config{BrowserURL: "https://kauth.kakao.com",
					Apps: []kakaotest.App{app}})
				file := filepath.Join(t.TempDir(), "ca.pem")
				if err := os.WriteFile(file, []byte(ca.PEM()), 0o600); err != nil {
					t.Fatal(err)
				}
				cmd.Args = []string{node, "--require", filepath.Join(dir, "map-hosts.cjs"), script + ".mjs"}
				cmd.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+file, "EMULATOR_ADDRESS="+emu.Addr())
			} else {
				emu = kakaotest.StartWith(t, kakaotest.Config{Apps: []kakaotest.App{app}})
				cmd.Env = os.Environ()
			}
			cmd.Env = append(cmd.Env, "EMULATOR="+emu.URL(), "CALLBACK="+back, "CLIENT_ID="+emu.App().RESTKey,
				"CLIENT_SECRET="+emu.App().ClientSecret, "EXPECT=3141592601")
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "ok") {
				t.Errorf("%v\n%.3000s", err, out)
				for _, r := range emu.Requests() {
					t.Logf("%s %s %d %s %s", r.Method, r.Endpoint, r.Status, r.Code, r.Message)
				}
			}
		})
	}
}

// TestExamples runs the programs in examples/emulator.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, dir, want string
		needs           []string
		args            []string
	}{
		{"shell", "shell", `"has_email":false`, []string{"sh", "curl"}, []string{"sh", "token.sh", "no-email"}},
		{"python", "python", "OK", []string{"python3"}, []string{"python3", "-B", "-m", "unittest", "test_login"}},
		{"node", "node", "# fail 0", []string{"node"},
			[]string{"node", "--test", "--test-reporter=tap", "login.test.mjs"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, n := range tc.needs {
				skipped.Command(t, n)
			}
			emu := kakaotest.Start(t)
			cmd := exec.CommandContext(t.Context(), tc.args[0], tc.args[1:]...)
			cmd.Dir = filepath.Join("..", "..", "examples", "emulator", tc.dir)
			cmd.Env = append(os.Environ(), "EMULATOR="+emu.URL())
			if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), tc.want) {
				t.Errorf("%v\n%.3000s", err, out)
			}
		})
	}
}

// TestExampleWithPytest runs the Python example for pytest.
func TestExampleWithPytest(t *testing.T) {
	t.Parallel()
	python := skipped.Command(t, "/usr/bin/python3", "python3")
	if exec.CommandContext(t.Context(), python, "-c", "import pytest, requests").Run() != nil {
		skipped.Skip(t, "Python's pytest or requests is not installed")
	}
	emu := kakaotest.Start(t)
	cmd := exec.CommandContext(t.Context(), python, "-B", "-m", "pytest", "-p", "no:cacheprovider", "test_pytest.py")
	cmd.Dir = filepath.Join("..", "..", "examples", "emulator", "python")
	cmd.Env = append(os.Environ(), "EMULATOR="+emu.URL())
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "5 passed") {
		t.Errorf("%v\n%.3000s", err, out)
	}
}

// TestExampleWithAuthJS starts the Auth.js example together with the emulator, with the environment of
// docs/emulator.md, and runs its Playwright test with the machine's Chromium.
func TestExampleWithAuthJS(t *testing.T) {
	t.Parallel()
	chromium := browsertest.Chromium(t)
	dir, port := npmClients(t), freeport.Pick(t)
	// The programs import from node_modules in their own directory.
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "examples", "emulator", "node"))); err != nil {
		t.Fatal(err)
	}
	service := "http://localhost:" + port
	emu := kakaotest.StartWith(t, kakaotest.Config{Apps: []kakaotest.App{
		{OIDCOff: true, RedirectURIs: []string{service + "/auth/callback/kakao"}},
	}})
	node := skipped.Command(t, "node")
	app := exec.CommandContext(t.Context(), node, "authjs.mjs")
	app.Dir = dir
	app.Env = append(os.Environ(), "PORT="+port, "AUTH_SECRET=secret", "AUTH_TRUST_HOST=true", "KAKAO_EMULATOR="+emu.URL(),
		"AUTH_KAKAO_ID="+emu.App().RESTKey, "AUTH_KAKAO_SECRET="+emu.App().ClientSecret)
	var said bytes.Buffer
	app.Stdout, app.Stderr = &said, &said
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = app.Wait(); close(ended) }()
	t.Cleanup(func() { _ = app.Process.Kill(); <-ended })
	for !answers(service) {
		select {
		case <-ended:
			t.Fatalf("authjs.mjs: %s", &said)
		case <-time.After(50 * time.Millisecond):
		}
	}
	cmd := exec.CommandContext(t.Context(), node, "--test", "--test-reporter=tap", "authjs.test.mjs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "SERVICE="+service, "CHROMIUM="+chromium)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "# pass 2") {
		t.Errorf("%v\n%.3000s", err, out)
	}
}

// answers reports whether a server answers.
func answers(url string) bool {
	res, err := http.Get(url)
	if err != nil {
		return false
	}
	return res.Body.Close() == nil
}
