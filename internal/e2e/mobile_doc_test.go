package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestDocumentedPhoneSignsIn runs the commands of docs/mobile.md in their order, with the built program and tokens of
// the emulator's native key. A browser does what the page describes in words.
func TestDocumentedPhoneSignsIn(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "curl", "openssl"} {
		skipped.Command(t, tool)
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "mobile.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) != 6 {
		t.Fatalf("%d blocks of commands, want 6", len(blocks))
	}
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	d := &phoneDoc{t: t, env: map[string]string{"DEVICE": "a-device-0123456789"}}
	d.place = &place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t), k: kakaotest.Start(t)}
	d.k.AddRedirectURI(d.url() + "/oauth/kakao/callback")
	err = d.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto, a.AndroidKeyHashes = true, []string{"hash="} })
	if err != nil {
		t.Fatal(err)
	}
	d.serveWith(d.port, "NORANG_DATABASE="+filepath.Join(d.dir, "norang.db"), "NORANG_AGE=off",
		"KAKAO_NATIVE_APP_KEY="+d.k.App().NativeKey, "NORANG_APP_LINKS=com.example.app:/signed-in")

	for i, way := range []string{"ID token", "access token"} {
		d.env["NONCE"] = field(t, d.sh(blocks[0][1]), "nonce")
		d.sdk()
		signedIn := d.sh(blocks[1+i][1])
		if d.env["SESSION"] = field(t, signedIn, "session"); !strings.Contains(signedIn, `"status":"active"`) {
			t.Errorf("%s: %s", way, signedIn)
		}
	}
	opened := field(t, d.sh(blocks[4][1]+"\n"+`printf '{"verifier":"%s"}' "$VERIFIER" > verifier.json`), "url")
	verifier, err := os.ReadFile(filepath.Join(d.dir, "verifier.json"))
	if err != nil {
		t.Fatal(err)
	}
	d.env["VERIFIER"] = field(t, string(verifier), "verifier")
	view := d.browser()
	resp, err := view.PostForm(opened, url.Values{"code_verifier": {d.env["VERIFIER"]}, "return_to": {"/board"}})
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != "/board" || len(resp.Cookies()) == 0 {
		t.Errorf("web view: %s %v", resp.Status, resp.Header)
	}

	// The web view's browser is signed in, so that the hand-off to an app only asks.
	shell := "printf %s \"$VERIFIER\" | openssl dgst -sha256 -binary | openssl base64 | tr '+/' '-_' | tr -d '='"
	start := d.url() + "/auth/handoff?" + url.Values{
		"return_to": {"com.example.app:/signed-in"}, "code_challenge": {strings.TrimSpace(d.sh(shell))},
	}.Encode()
	code := regexp.MustCompile(`href="com\.example\.app:/signed-in\?norang_code=([^"]+)"`).FindStringSubmatch(
		d.page(view, start))
	if code == nil {
		t.Fatal("the page does not lead to the app")
	}
	d.env["CODE"] = code[1]
	d.env["SESSION"] = field(t, d.sh(blocks[5][1]), "session")
	if out := d.sh(blocks[3][1]); !strings.Contains(out, `"signed_in":true`) {
		t.Errorf("%s", out)
	}
	if out := d.sh(blocks[3][1]); !strings.Contains(out, `"signed_in":false`) {
		t.Errorf("after the sign-out: %s", out)
	}
	example, err := os.ReadFile(filepath.Join("..", "..", "examples", "mobile", "sdk.sh"))
	if err != nil {
		t.Fatal(err)
	}
	d.env["NORANG"], d.env["EMULATOR"] = d.url(), d.k.URL()
	if out := d.sh(string(example)); !strings.Contains(out, `"status":"active"`) || field(t, out, "session") == "" {
		t.Errorf("%s", out)
	}
}

type phoneDoc struct {
	*place
	t   *testing.T
	env map[string]string
}

// sh runs commands of the page and returns what they print.
func (d *phoneDoc) sh(commands string) string {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), "sh", "-eu", "-c",
		strings.ReplaceAll(commands, "https://login.example.com", d.url()))
	cmd.Dir, cmd.Env = d.dir, os.Environ()
	for name, value := range d.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Fatalf("%s: %v\n%s", commands, err, out)
	}
	return string(out)
}

func (d *phoneDoc) browser() *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), d.k.URL()) {
			return nil
		}
		return http.ErrUseLastResponse
	}}
}

// page is a page in a browser.
func (d *phoneDoc) page(browser *http.Client, address string) string {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	resp, err := browser.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		d.t.Fatalf("%s: %s %v", address, resp.Status, err)
	}
	return string(body)
}

// sdk signs in at Kakao as the SDK does.
func (d *phoneDoc) sdk() {
	d.t.Helper()
	key := d.k.App().NativeKey
	redirect := "kakao" + key + "://oauth"
	resp, err := d.browser().Get(d.k.AuthURL() + "/oauth/authorize?" + url.Values{
		"client_id": {key}, "redirect_uri": {redirect}, "response_type": {"code"}, "nonce": {d.env["NONCE"]},
		"login_hint": {kakaotest.PersonaRyan},
	}.Encode())
	if err != nil {
		d.t.Fatal(err)
	}
	_ = resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil {
		d.t.Fatal(err)
	}
	resp, err = http.PostForm(d.k.AuthURL()+"/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {key}, "redirect_uri": {redirect},
		"code": {back.Query().Get("code")}, "android_key_hash": {"hash="},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	var tokens struct {
		ID     string `json:"id_token"`
		Access string `json:"access_token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&tokens); err != nil || tokens.ID == "" {
		d.t.Fatalf("%v: %s", err, resp.Status)
	}
	d.env["ID_TOKEN"], d.env["ACCESS_TOKEN"] = tokens.ID, tokens.Access
}

// field is a text of a JSON object.
func field(t *testing.T, body, name string) string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	text, _ := all[name].(string)
	if text == "" {
		t.Fatalf("no %s in %s", name, body)
	}
	return text
}
