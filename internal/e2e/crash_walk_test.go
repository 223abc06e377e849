package e2e_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/norang-login/norang/internal/testkit/disktest"
	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// prepared returns a directory with what every walk begins with, made once: a key ring, and an SQLite database with the
// schema and no users.
var prepared = sync.OnceValues(func() (string, error) {
	bin, err := program()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(filepath.Dir(bin), "prepared")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	for _, args := range [][]string{
		{"keyring", "init", filepath.Join(dir, "keys")},
		{"db", "migrate", "--database", filepath.Join(dir, "norang.db")},
	} {
		cmd := exec.Command(bin, args...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir}
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w: %s", args, err, out)
		}
	}
	return dir, nil
})

// newWalk starts on the PostgreSQL database at dsn, or on a file if dsn is empty.
func newWalk(t *testing.T, bin, dsn string, settings []string) *walk {
	w := &walk{
		place:  place{t: t, bin: bin, dir: disktest.Memory(t), port: freeport.Pick(t), dsn: dsn, k: kakaotest.Start(t)},
		person: newPerson(t),
	}
	w.k.AddRedirectURI(w.url() + "/oauth/kakao/callback")
	w.k.AddLogoutRedirectURI(w.url() + "/oauth/kakao/signout/callback")
	if err := w.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto, a.TokenLimitOff = true, true }); err != nil {
		t.Fatal(err)
	}
	address := filepath.Join(w.dir, "norang.db")
	if dsn != "" {
		// One user needs few connections, and a new one costs the server as much as many queries.
		address = withParameter(t, dsn, "pool_max_conns", "4")
		w.open = w.database()
		t.Cleanup(func() { w.open.Close() })
	}
	keys := filepath.Join(w.dir, "keys")
	from, err := prepared()
	if err == nil {
		err = copyFile(filepath.Join(from, "keys"), keys)
	}
	if err == nil && dsn == "" {
		err = copyFile(filepath.Join(from, "norang.db"), address)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.more = append([]string{
		"NORANG_AGE=off", "NORANG_DATABASE=" + address, "NORANG_KEYS=" + keys, "NORANG_NEW_DATABASE=1",
	}, settings...)
	return w
}

// withParameter adds a parameter to the address of a database.
func withParameter(t *testing.T, dsn, name, value string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// again restarts the service, to be killed at a failpoint if one is named.
func (w *walk) again(failpoint string) {
	w.t.Helper()
	if w.running != nil {
		w.running.kill()
	}
	w.running = w.serveWith(w.port, append([]string{"FAILPOINT=" + failpoint}, w.more...)...)
}

// killedAt kills the process at one step of an action and checks the outcome.
func (w *walk) killedAt(d action, at string) {
	t := w.t
	t.Helper()
	// A failpoint that a sign-in passes is set once the user is signed in, by a restart. The others are set at once, so
	// that the session is in the memory of the process that is killed.
	before := at
	if slices.Contains(places, at) {
		before = ""
	}
	w.again(before)
	if err := w.person.loginAs(w.url(), kakaotest.PersonaRyan); err != nil {
		t.Fatal(err)
	}
	is := w.person.who(w.url())
	w.number, w.user = w.subject(kakaotest.PersonaRyan), is.User.ID
	if is.Status == "" || is.Identity.Subject != "" && is.Identity.Subject != strconv.FormatInt(w.number, 10) {
		t.Fatalf("signed in as %+v, at Kakao %d", is, w.number)
	}
	if d.ready != nil {
		if err := d.ready(w); err != nil {
			t.Fatal(err)
		}
	}
	if d.done(w) {
		t.Fatal("in effect before the action")
	}

	if before == "" {
		w.again(at)
	}
	_ = d.do(w) // killed during the action or the jobs that follow
	w.running.waitKilled(t)
	w.consistent(at + ": after the kill")

	w.leasesEnd()
	w.again("")
	if d.failpoints[at] {
		if d.lost != nil {
			if err := d.lost(w); err != nil {
				t.Errorf("the lost response: %v", err)
			}
		}
		await(
			t,
			func() bool { return d.done(w) },
			func() string { return "written but not in effect: " + w.running.out.String() },
		)
	} else {
		if d.done(w) {
			t.Error("in effect but not written")
		}
		if err := d.do(w); err != nil {
			t.Errorf("repeated action: %v", err)
		}
		await(
			t,
			func() bool { return d.done(w) },
			func() string { return "repeated without effect: " + w.running.out.String() },
		)
	}
	await(t, func() bool { return w.count("SELECT COUNT(*) FROM jobs WHERE state = 'open'") == 0 },
		func() string { return "open jobs remain: " + w.running.out.String() })
	if d.end != nil {
		d.end(w)
	}
	w.consistent(at + ": at the end")
	if dead := w.count("SELECT COUNT(*) FROM jobs WHERE state = 'dead'"); dead != 0 {
		t.Errorf("%d jobs failed for good", dead)
	}
}

// consistent checks the database for partial writes.
func (w *walk) consistent(when string) {
	w.t.Helper()
	w.none(when, map[string]string{
		"users without an identity": `SELECT COUNT(*) FROM users u
			WHERE u.status IN ('active', 'pending') AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id)`,
		"identities without a user": `SELECT COUNT(*) FROM identities i
			WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = i.user_id)`,
		"sessions without a user": `SELECT COUNT(*) FROM sessions s
			WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = s.user_id AND u.status IN ('active', 'pending'))`,
		"sessions without their identity": `SELECT COUNT(*) FROM sessions s
			WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.id = s.identity_id AND i.user_id = s.user_id)`,
	})
}

// leasesEnd expires the leases of the killed process, which last a minute.
func (w *walk) leasesEnd() {
	w.t.Helper()
	w.with(func(db *sql.DB) error {
		_, err := db.ExecContext(w.t.Context(), "UPDATE jobs SET run_at = 1 WHERE state = 'open'")
		return err
	})
}

// all returns the parts' common value and fails the test if they differ.
func (w *walk) all(parts ...bool) bool {
	w.t.Helper()
	for _, p := range parts {
		if p != parts[0] {
			w.t.Errorf("partly done: %v", parts)
		}
	}
	return parts[0]
}

func (w *walk) identities() int {
	return w.count("SELECT COUNT(*) FROM identities WHERE user_id = '" + w.user + "'")
}

func (w *walk) members() int { return w.count("SELECT COUNT(*) FROM users WHERE status = 'active'") }

// elsewhere signs the user in on another device.
func (w *walk) elsewhere() error {
	w.other = newPerson(w.t)
	return w.other.loginAs(w.url(), kakaotest.PersonaRyan)
}

// prove has the user prove their identity again.
func (w *walk) prove() error {
	_, err := w.person.round(w.url()+linksPath+"/confirm", kakaotest.PersonaRyan)
	return err
}

// round follows one of our pages through Kakao and back, as the persona.
func (p *person) round(address, persona string) (next string, err error) {
	kakao, err := p.step(address)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(kakao)
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Set("login_hint", persona)
	u.RawQuery = q.Encode()
	if p.callback, err = p.step(u.String()); err != nil {
		return "", err
	}
	return p.step(p.callback)
}

// link returns the emulator's link of the persona, or an empty one.
func (w *walk) link(persona string) (l kakaotest.Link) {
	for _, l = range w.k.Links() {
		if l.Account == persona {
			return l
		}
	}
	return kakaotest.Link{}
}

func (w *walk) subject(persona string) int64 { return w.link(persona).UserID }

func (w *walk) linked(persona string) bool { return w.link(persona).State == "linked" }

// unlinked waits until the link at Kakao is ended.
func (w *walk) unlinked(persona string) {
	w.t.Helper()
	await(
		w.t,
		func() bool { return !w.linked(persona) },
		func() string { return "still linked at Kakao: " + w.running.out.String() },
	)
}

// signsInAs signs in as the persona, which must lead to the same user.
func (w *walk) signsInAs(persona string) {
	w.t.Helper()
	p := newPerson(w.t)
	if err := p.loginAs(w.url(), persona); err != nil {
		w.t.Errorf("sign-in as %s: %v", persona, err)
	} else if got := p.who(w.url()); got.User.ID != w.user {
		w.t.Errorf("signed in as %s: %+v, want %s", persona, got, w.user)
	}
}

// isWithdrawn checks that the user is withdrawn here and at Kakao, and that the next sign-in creates a new user.
func (w *walk) isWithdrawn() {
	w.t.Helper()
	w.unlinked(kakaotest.PersonaRyan)
	p := newPerson(w.t)
	if err := p.loginAs(w.url(), kakaotest.PersonaRyan); err != nil {
		w.t.Errorf("sign-in after the withdrawal: %v", err)
	} else if got := p.who(w.url()); got.Status == "" || got.User.ID == w.user {
		w.t.Errorf("signed in again as %+v", got)
	}
}
