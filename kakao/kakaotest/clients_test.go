package kakaotest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

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

// TestExampleWithRequests runs the Python example that needs requests.
func TestExampleWithRequests(t *testing.T) {
	t.Parallel()
	python := skipped.Command(t, "python3")
	if exec.CommandContext(t.Context(), python, "-c", "import requests").Run() != nil {
		skipped.Skip(t, "Python's requests is not installed")
	}
	emu := kakaotest.Start(t)
	cmd := exec.CommandContext(t.Context(), python, "-B", "requests_login.py")
	cmd.Dir = filepath.Join("..", "..", "examples", "emulator", "python")
	cmd.Env = append(os.Environ(), "EMULATOR="+emu.URL())
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "OK") {
		t.Errorf("%v\n%.3000s", err, out)
	}
}

// TestExampleInPlaywright runs the browser example with playwright-core from npm and the machine's Chromium.
func TestExampleInPlaywright(t *testing.T) {
	t.Parallel()
	chromium := skipped.Command(t, "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
	runNpmExample(t, "browser.mjs", kakaotest.Start(t), "CHROMIUM="+chromium)
}

// TestExampleWithAuthJS runs the Auth.js example.
func TestExampleWithAuthJS(t *testing.T) {
	t.Parallel()
	app := kakaotest.App{OIDCOff: true, RedirectURIs: []string{"http://localhost:3000/auth/callback/kakao"}}
	runNpmExample(t, "authjs.mjs", kakaotest.StartWith(t, kakaotest.Config{Apps: []kakaotest.App{app}}))
}

// runNpmExample runs a program of examples/emulator/node that imports packages from npm.
func runNpmExample(t *testing.T, script string, emu *kakaotest.Server, environ ...string) {
	t.Helper()
	dir := npmClients(t)
	// The script imports from node_modules in its own directory.
	b, err := os.ReadFile(filepath.Join("..", "..", "examples", "emulator", "node", script))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, script), b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), skipped.Command(t, "node"), script)
	cmd.Dir = dir
	cmd.Env = append(append(os.Environ(), "EMULATOR="+emu.URL()), environ...)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "OK") {
		t.Errorf("%v\n%.3000s", err, out)
	}
}
