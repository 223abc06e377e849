package e2e_test

import (
	"database/sql"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// replicas are several processes on one PostgreSQL behind one address. next selects the one that gets the next
// request.
type replicas struct {
	place
	ports []string
	up    []*process
	next  atomic.Int32
	keys  string
	dsn   string
}

// One login goes through three processes: started at one, finished at another, read at a third, ended at any. Then
// one is killed, and all are restarted one by one with a new key.
func TestThreeReplicas(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	r := newReplicas(t, bin, emptyPostgres(t))
	ann := newPerson(t)
	r.meet(0)
	_, kakao := ann.get(r.url() + "/oauth/kakao?login_hint=" + kakaotest.PersonaRyan)
	_, ann.callback = ann.get(kakao)
	r.meet(1)
	if status, to := ann.get(ann.callback); status != http.StatusSeeOther || to != "/" {
		t.Fatalf("the callback at another replica: %d to %q: %s", status, to, r.up[1].out)
	}
	for i := range r.up {
		r.meet(i)
		if got := ann.status(r.url()); got != "active" {
			t.Errorf("replica %d: %q", i, got)
		}
	}
	// The same callback at the third replica: no second exchange, the same response.
	r.meet(2)
	if status, to := ann.get(ann.callback); status != http.StatusSeeOther || to != "/" {
		t.Errorf("repeated callback: %d to %q", status, to)
	}
	r.signOutReachesEveryReplica(t)
	r.survivesAKill(t)
	r.survivesANewKey(t, ann)
	r.commandsReachEveryReplica(t)
}

// databases counts the databases that this process has created.
var databases atomic.Int64

// freshDatabase creates an empty database and returns its address.
func freshDatabase(t *testing.T, admin string) string {
	t.Helper()
	return databaseFrom(t, admin, "template0")
}

// databaseFrom creates a copy of a database that nothing is connected to and returns its address.
func databaseFrom(t *testing.T, admin, template string) string {
	t.Helper()
	db, err := sql.Open("pgx", admin)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name := fmt.Sprintf("norang_e2e_%d_%d", os.Getpid(), databases.Add(1))
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // many rounds would fill the disk
		db, err := sql.Open("pgx", admin)
		if err != nil {
			return
		}
		defer db.Close()
		_, _ = db.Exec("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)") // the server may be gone too
	})
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func newReplicas(t *testing.T, bin, dsn string) *replicas {
	r := &replicas{place: place{t: t, bin: bin, dir: t.TempDir(), k: kakaotest.Start(t)}, dsn: dsn}
	r.keys = filepath.Join(r.dir, "keys")
	r.command("keyring", "init", r.keys)
	front := &http.Server{Handler: &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(&url.URL{Scheme: "http", Host: "127.0.0.1:" + r.ports[r.next.Load()]})
		p.Out.Host = p.In.Host
	}}}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, r.port, _ = net.SplitHostPort(ln.Addr().String())
	go front.Serve(ln) // returns after Close
	t.Cleanup(func() { front.Close() })
	r.k.AddRedirectURI(r.url() + "/oauth/kakao/callback")
	if err := r.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto = true }); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		r.ports = append(r.ports, freeport.Pick(t))
	}
	for i := range r.ports {
		r.up = append(r.up, r.run(i))
	}
	return r
}

func (r *replicas) meet(i int) { r.next.Store(int32(i)) }

func (r *replicas) command(args ...string) {
	r.t.Helper()
	cmd := exec.Command(r.bin, args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"),
		"HOME=" + r.dir,
	} // NORANG_TEST_ variables are no settings of norang
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// run starts one replica.
func (r *replicas) run(i int) *process {
	r.t.Helper()
	return r.serveWith(r.ports[i], "NORANG_DATABASE="+r.dsn, "NORANG_KEYS="+r.keys, "NORANG_AGE=off")
}

// signOutReachesEveryReplica signs a user out at one replica and checks the others.
func (r *replicas) signOutReachesEveryReplica(t *testing.T) {
	bob := newPerson(t)
	r.meet(0)
	if err := bob.login(r.url()); err != nil {
		t.Fatal(err)
	}
	thief := newPerson(t) // a copy of the cookie
	u, _ := url.Parse(r.url())
	thief.http.Jar.SetCookies(u, bob.http.Jar.Cookies(u))
	for i := range r.up {
		r.meet(i)
		thief.status(r.url()) // now every replica has it in its cache
	}
	r.meet(0)
	bob.signOut(r.url())
	for i := range r.up {
		r.meet(i)
		await(
			t,
			func() bool { return thief.status(r.url()) == "" },
			func() string { return fmt.Sprintf("the ended session still works at %d", i) },
		)
	}
}

func (r *replicas) survivesAKill(t *testing.T) {
	r.up[1].kill()
	eve := newPerson(t)
	r.meet(2)
	if err := eve.login(r.url()); err != nil {
		t.Errorf("with one of three killed: %v", err)
	}
	r.up[1] = r.run(1)
	r.meet(1)
	if got := eve.status(r.url()); got != "active" {
		t.Errorf("at the one that came back: %q", got)
	}
}

// survivesANewKey restarts the replicas one after the other with a new primary key: no session is lost.
func (r *replicas) survivesANewKey(t *testing.T, signedIn *person) {
	r.command("keyring", "rotate", r.keys)
	for i := range r.up {
		r.up[i].kill()
		r.up[i] = r.run(i)
		for j := range r.up {
			r.meet(j)
			if got := signedIn.status(r.url()); got != "active" {
				t.Errorf("replica %d restarted, asked at %d: %q", i, j, got)
			}
		}
	}
}

func (p *person) signOut(service string) {
	p.t.Helper()
	if err := p.trySignOut(service); err != nil {
		p.t.Fatal(err)
	}
}
