package cli

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"regexp"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptWorld is the emulator of cmdService: two people, and no pages to click through.
const scriptWorld = `builtin_accounts = false
[[apps]]
app_id = 1000001
auto = true
  [[apps.consent_items]]
  id = "profile_nickname"
  step = "required"
  [[apps.consent_items]]
  id = "account_email"
  step = "required"
[[accounts]]
id = "one"
nickname = "라이언"
email = "ryan@example.com"
[[accounts]]
id = "two"
nickname = "무지"
`

// service: starts an emulator as "emu" and a service as "one", which knows it; $URL is where the service is. The
// settings stay in the environment, so that the script can start it again.
func cmdService(ts *testscript.TestScript, _ bool, _ []string) {
	cmdFree(ts, false, []string{"P"})
	cmdFree(ts, false, []string{"E"})
	own, kakao := "http://localhost:"+ts.Getenv("P"), "http://127.0.0.1:"+ts.Getenv("E")
	ts.Check(os.WriteFile(ts.MkAbs("emulator.toml"), []byte(scriptWorld), 0o600))
	cmdStart(ts, false, []string{
		"emu", "norang", "emulator", "--listen", "127.0.0.1:" + ts.Getenv("E"), "--browser-url", kakao,
		"--config", "emulator.toml", "--redirect-uri", own + "/oauth/kakao/callback",
	})
	for _, name := range []string{"KAKAO_CLIENT_ID", "KAKAO_CLIENT_SECRET", "KAKAO_ADMIN_KEY", "KAKAO_APP_ID"} {
		cmdAwait(ts, false, []string{"emu.out", name + "=(.+)", name})
	}
	for name, value := range map[string]string{
		"URL": own, "NORANG_URL": own, "KAKAO_AUTH_URL": kakao, "KAKAO_API_URL": kakao, "KAKAO_ISSUER": kakao,
		"NORANG_ALLOW_EMULATOR": "1",
		"NORANG_LISTEN":         "localhost:" + ts.Getenv("P"), "NORANG_OPS_LISTEN": "127.0.0.1:0", "NORANG_AGE": "off",
	} {
		ts.Setenv(name, value)
	}
	cmdStart(ts, false, []string{"one", "norang", "serve"})
	cmdAwait(ts, false, []string{"one.err", `"msg":"serving"`})
	// The emulator has made its keys. The service would give up after five seconds.
	cmdGet(ts, false, []string{kakao + "/.well-known/jwks.json", "200"})
}

// browserOf is a client with cookies, one for each name.
func browserOf(ts *testscript.TestScript, name string) *http.Client {
	all := ts.Value("browsers").(map[string]*http.Client)
	if all[name] == nil {
		jar, err := cookiejar.New(nil)
		ts.Check(err)
		// An idle connection would hold up the end of the service by its drain time.
		all[name] = &http.Client{Jar: jar, Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	}
	return all[name]
}

func visit(ts *testscript.TestScript, name, address string) (status int, body string) {
	res, err := browserOf(ts, name).Get(address)
	ts.Check(err)
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	ts.Check(err)
	return res.StatusCode, string(b)
}

// login BROWSER URL PERSONA STATUS [REGEXP]: signs in at an emulator that approves by itself, and ends with this
// answer.
func cmdLogin(ts *testscript.TestScript, _ bool, args []string) {
	cmdVisit(ts, false, append([]string{args[0], args[1] + "/oauth/kakao?login_hint=" + args[2]}, args[3:]...))
}

// visit BROWSER URL STATUS [REGEXP]: as a browser with its cookies, following redirects.
func cmdVisit(ts *testscript.TestScript, _ bool, args []string) {
	status, body := visit(ts, args[0], args[1])
	if strconv.Itoa(status) != args[2] {
		ts.Fatalf("status %d, want %s\n%s", status, args[2], body)
	}
	if len(args) > 3 && !regexp.MustCompile(args[3]).MatchString(body) {
		ts.Fatalf("%q is not in:\n%s", args[3], body)
	}
}

// until BROWSER URL REGEXP: visits again and again until the answer has it. That it takes no longer than a second is
// for other tests to see.
func cmdUntil(ts *testscript.TestScript, _ bool, args []string) {
	re := regexp.MustCompile(args[2])
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		_, body := visit(ts, args[0], args[1])
		if re.MatchString(body) {
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("%q did not come:\n%s", args[2], body)
		}
	}
}

// capture VAR REGEXP: the first group of what the last command wrote to standard output.
func cmdCapture(ts *testscript.TestScript, _ bool, args []string) {
	text := ts.ReadFile("stdout")
	m := regexp.MustCompile(`(?m)` + args[1]).FindStringSubmatch(text)
	if m == nil {
		ts.Fatalf("%q is not in:\n%s", args[1], text)
	}
	ts.Setenv(args[0], m[1])
}
