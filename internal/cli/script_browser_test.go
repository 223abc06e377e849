package cli

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"regexp"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// browserOf is a client with cookies, one for each name.
func browserOf(ts *testscript.TestScript, name string) *http.Client {
	all := ts.Value("browsers").(map[string]*http.Client)
	if all[name] == nil {
		jar, err := cookiejar.New(nil)
		ts.Check(err)
		all[name] = &http.Client{Jar: jar, Timeout: patience}
		ts.Defer(all[name].CloseIdleConnections)
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

// login BROWSER URL PERSONA STATUS [REGEXP]: signs in at an emulator that approves by itself, and ends with this answer.
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

// until BROWSER URL REGEXP: visits again and again until the answer has it. That it takes no longer than a second is for
// other tests to see.
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
