package e2e_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/norangtest"
)

// The admin page in Flask lists, disables, enables and signs out a user over the server API of a running service, and
// refuses strangers, other users and forms of other sites. The test sends the identity header as norang does.
func TestFlaskAdminPage(t *testing.T) {
	t.Parallel()
	python := skipped.Command(t, "python3")
	if out, err := exec.Command(python, "-c", "import flask").CombinedOutput(); err != nil {
		skipped.Skip(t, "no Flask: "+string(out))
	}
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	database := filepath.Join(t.TempDir(), "norang.db")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	service := "http://" + listener.Addr().String()
	svc := norangtest.New(t, norang.Config{URL: service, Database: database, Age: "off"})
	server := &http.Server{Handler: svc.Routes(), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	key := createKey(t, bin, database)
	admin := norangtest.SignIn(t, svc, kakaotest.PersonaRyan)
	user := norangtest.SignIn(t, svc, kakaotest.PersonaApeach)
	port := freeport.Pick(t)
	own := "http://127.0.0.1:" + port
	runApp(t, port, "admin-flask", []string{
		"ADMINS=" + admin.ID, "NORANG_KEY=" + key, "NORANG_URL=" + own, "NORANG_API=" + service + "/auth/api/v1",
	}, python, "app.py")

	target := user.ID
	send := func(method, id, origin, action string) (int, string) {
		t.Helper()
		form := url.Values{"id": {target}, "action": {action}, "reason": {"신고 3건"}}
		r, err := http.NewRequest(method, own+"/admin", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Remote-User", id)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	look := func() *norang.Account {
		t.Helper()
		u, err := svc.Users().Get(t.Context(), "id:"+user.ID)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}

	if code, body := send("GET", admin.ID, "", ""); code != http.StatusOK || !strings.Contains(body, "라이언") ||
		!strings.Contains(body, user.ID) {
		t.Fatalf("%d %s", code, body)
	}
	for name, code := range map[string]int{
		"a stranger":                   first(send("GET", "", "", "")),
		"another user":                 first(send("GET", user.ID, "", "")),
		"another user's form":          first(send("POST", user.ID, own, "disable")),
		"a form of another site":       first(send("POST", admin.ID, "https://evil.example", "disable")),
		"a form of an unknown site":    first(send("POST", admin.ID, "", "disable")),
		"a form of an opaque document": first(send("POST", admin.ID, "null", "disable")),
	} {
		if code != http.StatusForbidden {
			t.Errorf("%s: %d", name, code)
		}
	}
	if code, _ := send("POST", admin.ID, own, "withdraw"); code != http.StatusBadRequest {
		t.Errorf("an unknown action: %d", code)
	}
	if u := look(); u.Status != norang.StatusActive || u.Sessions != 1 {
		t.Fatalf("something was done: %+v", u)
	}
	if code, _ := send("POST", admin.ID, own, "signout"); code != http.StatusSeeOther || look().Sessions != 0 {
		t.Errorf("sign out: %d, %+v", code, look())
	}
	if code, _ := send("POST", admin.ID, own, "disable"); code != http.StatusSeeOther ||
		look().Status != norang.StatusDisabled {
		t.Errorf("disable: %d, %+v", code, look())
	}
	if _, body := send("GET", admin.ID, "", ""); !strings.Contains(body, `value="enable"`) {
		t.Errorf("the list shows no disabled user: %s", body)
	}
	if code, _ := send("POST", admin.ID, own, "enable"); code != http.StatusSeeOther ||
		look().Status != norang.StatusActive {
		t.Errorf("enable: %d, %+v", code, look())
	}
	target = "01932b1c-0000-7000-8000-000000000000"
	if code, _ := send("POST", admin.ID, own, "disable"); code != http.StatusNotFound {
		t.Errorf("an unknown user: %d", code)
	}
}

func first(code int, _ string) int { return code }

// createKey creates an API key as the example asks for.
func createKey(t *testing.T, bin, database string) string {
	t.Helper()
	cmd := exec.Command(bin, "key", "create", "admin", "--scope", "read", "--scope", "write", "--as", "test", "--json")
	cmd.Env = []string{"NORANG_DATABASE=" + database}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("norang key create: %v", err)
	}
	var made struct{ Key string }
	if err := json.Unmarshal(out, &made); err != nil || made.Key == "" {
		t.Fatalf("norang key create: %s: %v", out, err)
	}
	return made.Key
}
