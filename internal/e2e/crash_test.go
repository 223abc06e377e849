package e2e_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/internal/testkit/disktest"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/internal/testkit/npmtest"
	"github.com/norang-login/norang/internal/testkit/soak"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// ST-01 for the sign-in: the program, built with failpoints, is killed with SIGKILL at each of them, restarted and
// checked. NORANG_ROUNDS repeats it.

// timeout bounds every wait. It is long for slow machines; no result depends on it, and only failing tests wait
// that long.
const timeout = time.Minute

// await polls until so returns true, and fails the test with message after a minute.
func await(t *testing.T, so func() bool, message func() string) {
	t.Helper()
	pause := 5 * time.Millisecond
	for began := time.Now(); !so(); pause = min(2*pause, 50*time.Millisecond) {
		if time.Since(began) > timeout {
			t.Fatal(message())
		}
		time.Sleep(pause)
	}
}

// places are the failpoints of a sign-in in the order in which they are passed.
var places = []string{
	"claim.before_commit", "claim.after_commit", "login.before_exchange", "login.after_exchange",
	"finish.before_commit", "finish.after_commit", "callback.before_answer", "join.before_commit", "join.after_commit",
}

// programDir is the directory of the program that was built, or empty.
var programDir string

// program builds norang with failpoints at the first call.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "norang-crash-")
	if err != nil {
		return "", err
	}
	programDir = dir
	bin := filepath.Join(dir, "norang")
	build := exec.Command(
		"go", "run", "-exec", "cp", // a copy of the program that go run keeps linked
		"-tags", "failpoints,nopgxregisterdefaulttypes", "github.com/norang-login/norang/cmd/norang", bin,
	)
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as the release, with whose packages it is linked
	out, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	flag.Parse()
	if !slices.ContainsFunc(os.Args, func(arg string) bool { return strings.Contains(arg, "test.parallel") }) {
		_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0))) // most tests wait for a process
	}
	browsertest.PreferShell()
	code := browsertest.Main(m)
	npmtest.Remove()
	if programDir != "" {
		os.RemoveAll(programDir)
	}
	os.Exit(code)
}

func TestST01_KilledAtEveryStepOfASignIn(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for round := range soak.Rounds(1) {
		for _, place := range places {
			t.Run(fmt.Sprintf("%s/%d", place, round), func(t *testing.T) {
				t.Parallel()
				crashAt(t, bin, place)
			})
		}
	}
}

// process is a running norang.
type process struct {
	cmd *exec.Cmd
	out *transcript
	end chan struct{}
	up  bool // it has answered a request

	began time.Time
}

// place is what a service keeps across restarts.
type place struct {
	t    *testing.T
	bin  string
	dir  string
	port string
	k    *kakaotest.Server
	dsn  string  // of a PostgreSQL database, or empty for a file in dir
	open *sql.DB // that database, or nil to connect for each query

	files  []*os.File // that the process inherits
	stderr *os.File   // of the process; default its transcript
}

func (p *place) url() string { return "http://localhost:" + p.port }

// serve starts the program and waits until it answers.
func (p *place) serve(failpoint string) *process {
	p.t.Helper()
	return p.serveWith(p.port, "FAILPOINT="+failpoint, "NORANG_DATABASE="+filepath.Join(p.dir, "norang.db"))
}

// serveWith is serve with a port and further variables.
func (p *place) serveWith(port string, more ...string) *process {
	p.t.Helper()
	s := p.start(port, more...)
	if !s.up {
		p.t.Fatalf("the service did not start: %s", s.out)
	}
	return s
}

// start is serveWith for a service that may fail to start.
func (p *place) start(port string, more ...string) *process {
	p.t.Helper()
	app := p.k.App()
	s := &process{cmd: exec.Command(p.bin, "serve"), out: &transcript{}, end: make(chan struct{}), began: time.Now()}
	s.cmd.Dir, s.cmd.ExtraFiles = p.dir, p.files
	s.cmd.Stdout, s.cmd.Stderr = s.out, s.out
	if p.stderr != nil {
		s.cmd.Stderr = p.stderr
	}
	s.cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir,
		"NORANG_URL=" + p.url(), "NORANG_LISTEN=127.0.0.1:" + port, "NORANG_OPS_LISTEN=127.0.0.1:0",
		"NORANG_ALLOW_EMULATOR=1", "KAKAO_ADMIN_KEY=" + app.AdminKey,
		"KAKAO_CLIENT_ID=" + app.RESTKey, "KAKAO_CLIENT_SECRET=" + app.ClientSecret, "KAKAO_APP_ID=" + fmt.Sprint(app.AppID),
		"KAKAO_AUTH_URL=" + p.k.AuthURL(), "KAKAO_API_URL=" + p.k.APIURL(), "KAKAO_ISSUER=" + p.k.Issuer(),
	}, more...) // the last of several values counts
	if err := s.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() { _ = s.cmd.Wait(); close(s.end) }()
	p.t.Cleanup(func() {
		s.kill()
		if p.t.Failed() {
			p.t.Logf("service on port %s: %s", port, s.out)
		}
	})
	probing := &http.Client{Timeout: timeout / 4}
	for time.Since(s.began) < timeout {
		resp, err := probing.Get("http://127.0.0.1:" + port + "/auth/healthz")
		if err == nil {
			resp.Body.Close()
			s.up = true
			return s
		}
		select {
		case <-s.end:
			return s
		case <-time.After(5 * time.Millisecond):
		}
	}
	p.t.Fatalf("the service does not answer: %s", s.out)
	return nil
}

func (s *process) kill() {
	_ = s.cmd.Process.Kill()
	<-s.end
}

// waitKilled waits for a process that is killed at its failpoint.
func (s *process) waitKilled(t *testing.T) {
	t.Helper()
	select {
	case <-s.end:
	case <-time.After(timeout):
		t.Fatalf("the failpoint was not reached: %s", s.out)
	}
}

func crashAt(t *testing.T, bin, at string) {
	dir := disktest.Memory(t) // it outlives a process, and only processes are killed
	p := &place{t: t, bin: bin, dir: dir, port: freeport.Pick(t), k: kakaotest.Start(t)}
	p.k.AddRedirectURI(p.url() + "/oauth/kakao/callback")
	if err := p.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	first := p.serve(at)
	person := newPerson(t)
	person.login(p.url()) // killed on the way
	first.waitKilled(t)
	p.check(at + ": after the kill")

	p.serve("")
	switch at {
	case "finish.after_commit", "callback.before_answer":
		// The sign-in was written and only the response was lost; requesting the callback again returns it.
		if status, loc := person.get(person.callback); status != http.StatusSeeOther ||
			!strings.HasPrefix(loc, "/auth/join") {
			t.Errorf("repeated callback: %d to %q", status, loc)
		}
	case "join.after_commit":
		// The user has joined, but the browser has the previous token; signing in again finds a member.
	}
	if err := person.login(p.url()); err != nil {
		t.Errorf("the next login: %v", err)
	}
	if got := person.status(p.url()); got != "active" {
		t.Errorf("after the next login: %q", got)
	}
	p.check(at + ": at the end")
	if n := p.count(`SELECT count(*) FROM users WHERE status = 'active'`); n != 1 {
		t.Errorf("%d members, want 1", n)
	}
}

// check looks for partly written sign-ins in the database.
func (p *place) check(when string) {
	p.t.Helper()
	p.none(when, map[string]string{
		"users without an identity": `SELECT count(*) FROM users u
			WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id)`,
		"identities without a user": `SELECT count(*) FROM identities i
			WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = i.user_id)`,
		"sessions without a user": `SELECT count(*) FROM sessions s
			WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = s.user_id)`,
		"users beyond the first": `SELECT max(count(*) - 1, 0) FROM users`,
		"members without a declaration": `SELECT count(*) FROM users u
			WHERE u.status = 'active' AND NOT EXISTS (SELECT 1 FROM consents c WHERE c.user_id = u.id)`,
		"declarations of users who have not joined": `SELECT count(*) FROM consents c JOIN users u ON u.id = c.user_id
			WHERE u.status <> 'active'`,
	})
}

// none checks that none of the queries counts anything.
func (p *place) none(when string, queries map[string]string) {
	p.t.Helper()
	p.with(func(db *sql.DB) error {
		for what, query := range queries {
			var n int
			if err := db.QueryRowContext(p.t.Context(), query).Scan(&n); err != nil {
				return err
			}
			if n != 0 {
				p.t.Errorf("%s: %d %s", when, n, what)
			}
		}
		return nil
	})
}

// database opens the service's database directly.
func (p *place) database() *sql.DB {
	p.t.Helper()
	driver, dsn := "sqlite", "file:"+filepath.Join(p.dir, "norang.db")+"?_pragma=busy_timeout(60000)"
	if p.dsn != "" {
		driver, dsn = "pgx", p.dsn
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		p.t.Fatal(err)
	}
	return db
}

// with passes the service's database to do. A file is open only for this call, because the service must find it after a
// kill as the kill left it.
func (p *place) with(do func(*sql.DB) error) {
	p.t.Helper()
	db := p.open
	if db == nil {
		db = p.database()
		defer db.Close()
	}
	if err := do(db); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) count(query string) (n int) {
	p.t.Helper()
	p.with(func(db *sql.DB) error { return db.QueryRowContext(p.t.Context(), query).Scan(&n) })
	return n
}

// person is a user's HTTP client.
type person struct {
	t        *testing.T
	http     *http.Client
	callback string // the last callback URL
}

func newPerson(t *testing.T) *person {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &person{t: t, http: &http.Client{
		Jar: jar, Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func (p *person) send(r *http.Request) (status int, location, body string, err error) {
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Mode", "navigate")
	resp, err := p.http.Do(r)
	if err != nil {
		return 0, "", "", err
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header.Get("Location"), string(raw), err
}

func (p *person) get(address string) (int, string) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	status, loc, _, _ := p.send(r)
	return status, loc
}

// login runs a whole sign-in with the join page, and stops at the first failure.
func (p *person) login(service string) error {
	_, kakao := p.get(service + "/oauth/kakao?login_hint=" + kakaotest.PersonaRyan)
	if kakao == "" {
		return errors.New("not redirected to Kakao")
	}
	_, p.callback = p.get(kakao)
	status, next := p.get(p.callback)
	if status != http.StatusSeeOther {
		return fmt.Errorf("callback: %d", status)
	}
	if !strings.HasPrefix(next, "/auth/join") {
		return nil
	}
	page, err := p.page(service + next)
	if err != nil {
		return err
	}
	_, err = p.submit(
		service+"/auth/join",
		url.Values{"csrf": {hidden(page, "csrf")}, "action": {"join"}, "age": {"1"}},
	)
	return err
}

// page requests a page and fails on any other response.
func (p *person) page(address string) (string, error) {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	status, _, body, err := p.send(r)
	if err == nil && status != http.StatusOK {
		err = unexpected(status)
	}
	return body, err
}

// hidden returns the value of the first hidden field of a name.
func hidden(page, name string) string {
	_, rest, _ := strings.Cut(page, `name="`+name+`" value="`)
	value, _, _ := strings.Cut(rest, `"`)
	return value
}

// submit sends a form of one of our pages; the response must redirect.
func (p *person) submit(address string, form url.Values) (next string, err error) {
	r, err := http.NewRequestWithContext(
		context.Background(),
		http.MethodPost,
		address,
		strings.NewReader(form.Encode()),
	)
	if err != nil {
		return "", err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	status, next, _, err := p.send(r)
	if err == nil && status != http.StatusSeeOther {
		err = unexpected(status)
	}
	return next, err
}

func (p *person) status(service string) string { return p.who(service).Status }

// who is the part of /auth/session that the tests read.
type who struct {
	Status   string `json:"status"`
	User     struct{ ID string }
	Identity struct{ Subject string }
}

func (p *person) who(service string) (w who) {
	p.t.Helper()
	resp, err := p.http.Get(service + "/auth/session")
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if err := json.Unmarshal(body, &w); err != nil {
		p.t.Fatalf("%s: %s: %v", resp.Status, body, err)
	}
	return w
}
