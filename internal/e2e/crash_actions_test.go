package e2e_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/norang-login/norang/internal/testkit/freeport"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// What is left of everything else that a person or Kakao does when the process is killed in the middle of it (ST-01): the
// real program again, on each database, killed at each step, started, looked at, and asked for the same once more.

// walk is a person at a service that will be killed.
type walk struct {
	place
	person  *person
	other   *person // on another device
	number  int64   // the person's at Kakao
	user    string  // theirs here
	running *served
	more    []string // settings
}

// deed is something that somebody does, which is done as a whole or not at all.
type deed struct {
	name     string
	settings []string
	ready    func(*walk) error // at a service that lives
	do       func(*walk) error // its answer may never come
	done     func(*walk) bool  // what the person sees
	// dies are the places at which the process is killed, and whether it is done then.
	dies map[string]bool
	// lost gets, at a service that lives again, the answer of what was written; nil if it was but "done".
	lost func(*walk) error
	end  func(*walk) // what must come of it in the end, by itself
}

const linksPath = "/auth/account/links"

var deeds = []deed{{
	name: "sign out",
	do:   func(w *walk) error { return w.person.trySignOut(w.url()) },
	done: func(w *walk) bool { return w.person.status(w.url()) == "" },
	dies: map[string]bool{"end.before_commit": false, "end.after_commit": true},
}, {
	name:  "sign out everywhere",
	ready: (*walk).elsewhere,
	do: func(w *walk) error {
		_, err := w.person.submit(w.url()+"/auth/signout", url.Values{"everywhere": {"1"}})
		return err
	},
	done: func(w *walk) bool { return w.all(w.person.status(w.url()) == "", w.other.status(w.url()) == "") },
	dies: map[string]bool{"end.before_commit": false, "end.after_commit": true},
}, {
	name:  "sign out of the other devices",
	ready: (*walk).elsewhere,
	do: func(w *walk) error {
		page, err := w.person.page(w.url() + "/auth/account/sessions")
		if err == nil {
			_, err = w.person.submit(w.url()+"/auth/account/sessions", url.Values{"csrf": {hidden(page, "csrf")}, "action": {"others"}})
		}
		return err
	},
	done: func(w *walk) bool { return w.other.status(w.url()) == "" },
	dies: map[string]bool{"end.before_commit": false, "end.after_commit": true},
	// In this browser as well, if it was written: its session has a new token, and the answer with it is lost.
	end: func(w *walk) { w.signsInAs(kakaotest.PersonaRyan) },
}, {
	name: "sign out with the Kakao account",
	do: func(w *walk) error {
		_, err := w.person.submit(w.url()+"/oauth/kakao/signout", nil)
		return err
	},
	done: func(w *walk) bool { return w.person.status(w.url()) == "" },
	dies: map[string]bool{"end.before_commit": false, "end.after_commit": true},
}, {
	name:  "link a second account",
	ready: (*walk).prove,
	do: func(w *walk) error {
		_, err := w.person.round(w.url()+linksPath+"/add", kakaotest.PersonaApeach)
		return err
	},
	done: func(w *walk) bool { return w.identities() == 2 },
	dies: map[string]bool{
		"claim.before_commit": false, "claim.after_commit": false, "login.before_exchange": false, "login.after_exchange": false,
		"finish.before_commit": false, "finish.after_commit": true, "callback.before_answer": true,
	},
	// Its session has a new token: without the answer the browser would be signed out.
	lost: func(w *walk) error {
		next, err := w.person.step(w.person.callback)
		if got := w.person.who(w.url()); err == nil && (next != linksPath+"?notice=link_added" || got.User.ID != w.user) {
			err = fmt.Errorf("sent to %s as %+v", next, got)
		}
		return err
	},
	end: func(w *walk) {
		if first, second := w.linked(kakaotest.PersonaRyan), w.linked(kakaotest.PersonaApeach); !first || !second {
			w.t.Errorf("linked at Kakao: %v and %v", first, second)
		}
		w.signsInAs(kakaotest.PersonaApeach)
	},
}, {
	name: "unlink one of two",
	ready: func(w *walk) error {
		if err := w.prove(); err != nil {
			return err
		}
		_, err := w.person.round(w.url()+linksPath+"/add", kakaotest.PersonaApeach)
		return err
	},
	do: func(w *walk) error {
		page, err := w.person.page(w.url() + linksPath)
		if err != nil {
			return err
		}
		_, row, _ := strings.Cut(page, "<code>"+strconv.FormatInt(w.subject(kakaotest.PersonaApeach), 10)+"</code>")
		_, err = w.person.submit(w.url()+linksPath, url.Values{"csrf": {hidden(row, "csrf")}, "id": {hidden(row, "id")}, "action": {"unlink"}})
		return err
	},
	done: func(w *walk) bool { return w.identities() == 1 },
	dies: map[string]bool{
		"detach.before_commit": false, "detach.after_commit": true, "unlink.before_call": true, "unlink.after_call": true,
	},
	end: func(w *walk) {
		w.unlinked(kakaotest.PersonaApeach)
		if !w.linked(kakaotest.PersonaRyan) {
			w.t.Error("the other link ended as well")
		}
		w.signsInAs(kakaotest.PersonaRyan)
	},
}, {
	name: "merge",
	ready: func(w *walk) error {
		w.other = newPerson(w.t)
		if err := errors.Join(w.other.loginAs(w.url(), kakaotest.PersonaApeach), w.prove()); err != nil {
			return err
		}
		_, err := w.person.round(w.url()+linksPath+"/add", kakaotest.PersonaApeach)
		if want := unexpected(http.StatusConflict); !errors.Is(err, want) {
			return fmt.Errorf("linked what is another member's: %w", err)
		}
		return nil
	},
	do: func(w *walk) error {
		page, err := w.person.page(w.url() + "/auth/account/merge")
		if err == nil {
			_, err = w.person.submit(w.url()+"/auth/account/merge", url.Values{"csrf": {hidden(page, "csrf")}, "user": {hidden(page, "user")}})
		}
		return err
	},
	done: func(w *walk) bool {
		return w.all(w.other.status(w.url()) == "", w.identities() == 2, w.members() == 1)
	},
	dies: map[string]bool{"merge.before_commit": false, "merge.after_commit": true},
	end:  func(w *walk) { w.signsInAs(kakaotest.PersonaApeach); w.signsInAs(kakaotest.PersonaRyan) },
}, {
	name:  "withdraw",
	ready: (*walk).elsewhere,
	do: func(w *walk) error {
		page, err := w.person.page(w.url() + "/auth/account/withdraw")
		if err == nil {
			_, err = w.person.submit(w.url()+"/auth/account/withdraw", url.Values{"csrf": {hidden(page, "csrf")}, "user": {hidden(page, "user")}})
		}
		return err
	},
	done: func(w *walk) bool {
		return w.all(w.person.status(w.url()) == "", w.other.status(w.url()) == "", w.members() == 0)
	},
	dies: map[string]bool{
		"withdraw.before_commit": false, "withdraw.after_commit": true, "unlink.before_call": true, "unlink.after_call": true,
	},
	end: (*walk).isGone,
}, {
	name:     "not join after all",
	settings: []string{"NORANG_AGE=declare"},
	do: func(w *walk) error {
		page, err := w.person.page(w.url() + "/auth/join")
		if err == nil {
			_, err = w.person.submit(w.url()+"/auth/join", url.Values{"csrf": {hidden(page, "csrf")}, "action": {"cancel"}})
		}
		return err
	},
	done: func(w *walk) bool {
		return w.all(w.person.status(w.url()) == "", w.count("SELECT COUNT(*) FROM users") == 0)
	},
	dies: map[string]bool{"discard.before_commit": false, "unlink.before_call": true, "unlink.after_call": true},
	end:  (*walk).isGone,
}, {
	name: "webhook",
	ready: func(w *walk) error {
		if !w.k.Unlink(0, kakaotest.PersonaRyan, "") {
			return errors.New("was not linked")
		}
		return w.k.UpdateApp(0, func(a *kakaotest.App) {
			a.UnlinkWebhook = kakaotest.UnlinkWebhook{URL: w.url() + "/auth/webhooks/kakao/unlink", Method: http.MethodPost}
		})
	},
	do: func(w *walk) error {
		if err := w.k.SendUnlinkWebhook(0, w.number, "", kakaotest.WebhookSend{}); err != nil {
			return err
		}
		return w.k.WaitWebhooks(w.t.Context())
	},
	done: func(w *walk) bool { return w.person.status(w.url()) == "" },
	dies: map[string]bool{
		"webhook.before_store": false, "webhook.after_store": true, "notice.before_commit": true, "notice.after_commit": true,
	},
	end: (*walk).isGone,
}}

func TestST01_KilledAtEveryStepOfADeed(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); killedInDeeds(t, bin, func(*testing.T) string { return "" }) })
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		admin := os.Getenv("NORANG_TEST_POSTGRES")
		if admin == "" {
			admin = ownPostgres(t).DSN("postgres")
		}
		killedInDeeds(t, bin, func(t *testing.T) string { return freshDatabase(t, admin) })
	})
}

func killedInDeeds(t *testing.T, bin string, postgres func(*testing.T) (dsn string)) {
	for round := range roundsOf(1) {
		for _, d := range deeds {
			for _, at := range slices.Sorted(maps.Keys(d.dies)) {
				t.Run(fmt.Sprintf("%s/%s/%d", strings.ReplaceAll(d.name, " ", "_"), at, round), func(t *testing.T) {
					t.Parallel()
					newWalk(t, bin, postgres(t), d.settings).dies(d, at)
				})
			}
		}
	}
}

// newWalk is on the PostgreSQL that dsn names, "" for a file.
func newWalk(t *testing.T, bin, dsn string, settings []string) *walk {
	w := &walk{place: place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t), dsn: dsn, k: kakaotest.Start(t)}, person: newPerson(t)}
	w.k.AddRedirectURI(w.url() + "/oauth/kakao/callback")
	w.k.AddLogoutRedirectURI(w.url() + "/oauth/kakao/signout/callback")
	if err := w.k.UpdateApp(0, func(a *kakaotest.App) { a.Auto, a.TokenLimitOff = true, true }); err != nil {
		t.Fatal(err)
	}
	address := cmp.Or(dsn, filepath.Join(w.dir, "norang.db"))
	keys := filepath.Join(w.dir, "keys")
	r := &replicas{place: w.place}
	r.command("keyring", "init", keys)
	w.more = append([]string{"NORANG_AGE=off", "NORANG_DATABASE=" + address, "NORANG_KEYS=" + keys}, settings...)
	return w
}

// again kills the service and starts it, to be killed once more at a failpoint if one is named.
func (w *walk) again(failpoint string) {
	w.t.Helper()
	if w.running != nil {
		w.running.kill()
	}
	w.running = w.serveWith(w.port, append([]string{"FAILPOINT=" + failpoint}, w.more...)...)
}

// dies has the process killed at one step of a deed.
func (w *walk) dies(d deed, at string) {
	t := w.t
	t.Helper()
	w.again("")
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
		t.Fatal("done before it was begun")
	}

	w.again(at)
	_ = d.do(w) // dies in it, or in what follows
	w.running.gone(t)
	w.whole(at + ": what the kill left behind")

	w.leasesEnd()
	w.again("")
	if d.dies[at] {
		if d.lost != nil {
			if err := d.lost(w); err != nil {
				t.Errorf("the lost answer: %v", err)
			}
		}
		await(t, func() bool { return d.done(w) }, func() string { return "not done, though it was written: " + w.running.last(2000) })
	} else {
		if d.done(w) {
			t.Error("done, though it was not written")
		}
		if err := d.do(w); err != nil {
			t.Errorf("the same once more: %v", err)
		}
		await(t, func() bool { return d.done(w) }, func() string { return "done again, without effect: " + w.running.last(2000) })
	}
	await(t, func() bool { return w.count("SELECT COUNT(*) FROM jobs WHERE state = 'open'") == 0 },
		func() string { return "jobs are left: " + w.running.last(2000) })
	if d.end != nil {
		d.end(w)
	}
	w.whole(at + ": at the end")
	if dead := w.count("SELECT COUNT(*) FROM jobs WHERE state = 'dead'"); dead != 0 {
		t.Errorf("%d jobs were given up", dead)
	}
}

// whole looks into the database for something that is half done.
func (w *walk) whole(when string) {
	w.t.Helper()
	for what, query := range map[string]string{
		"members without an identity":            `SELECT COUNT(*) FROM users u WHERE u.status IN ('active', 'pending') AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id)`,
		"identities of nobody":                   `SELECT COUNT(*) FROM identities i WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = i.user_id)`,
		"sessions of nobody":                     `SELECT COUNT(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = s.user_id AND u.status IN ('active', 'pending'))`,
		"sessions with an identity that is gone": `SELECT COUNT(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.id = s.identity_id AND i.user_id = s.user_id)`,
	} {
		if n := w.count(query); n != 0 {
			w.t.Errorf("%s: %d %s", when, n, what)
		}
	}
}

// leasesEnd is the minute for which a dead process has its jobs.
func (w *walk) leasesEnd() {
	w.t.Helper()
	db := w.database()
	defer db.Close()
	if _, err := db.ExecContext(w.t.Context(), "UPDATE jobs SET run_at = 1 WHERE state = 'open'"); err != nil {
		w.t.Fatal(err)
	}
}

// all are true or false together, or something is half done.
func (w *walk) all(parts ...bool) bool {
	w.t.Helper()
	for _, p := range parts {
		if p != parts[0] {
			w.t.Errorf("half done: %v", parts)
		}
	}
	return parts[0]
}

func (w *walk) identities() int {
	return w.count("SELECT COUNT(*) FROM identities WHERE user_id = '" + w.user + "'")
}

func (w *walk) members() int { return w.count("SELECT COUNT(*) FROM users WHERE status = 'active'") }

// elsewhere signs the person in on another device.
func (w *walk) elsewhere() error {
	w.other = newPerson(w.t)
	return w.other.loginAs(w.url(), kakaotest.PersonaRyan)
}

// prove has the person show once more that it is them.
func (w *walk) prove() error {
	_, err := w.person.round(w.url()+linksPath+"/confirm", kakaotest.PersonaRyan)
	return err
}

// round goes through Kakao and back from one of our pages, as the persona.
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

// link is what Kakao knows of the persona and the service, if anything.
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

// unlinked waits until Kakao has been told.
func (w *walk) unlinked(persona string) {
	w.t.Helper()
	await(w.t, func() bool { return !w.linked(persona) }, func() string { return "still linked at Kakao: " + w.running.last(2000) })
}

// signsInAs goes the usual way in, which must lead to the person.
func (w *walk) signsInAs(persona string) {
	w.t.Helper()
	p := newPerson(w.t)
	if err := p.loginAs(w.url(), persona); err != nil {
		w.t.Errorf("sign-in as %s: %v", persona, err)
	} else if got := p.who(w.url()); got.User.ID != w.user {
		w.t.Errorf("signed in as %s: %+v, want %s", persona, got, w.user)
	}
}

// isGone: here and at Kakao; and whoever comes back is somebody new.
func (w *walk) isGone() {
	w.t.Helper()
	w.unlinked(kakaotest.PersonaRyan)
	p := newPerson(w.t)
	if err := p.loginAs(w.url(), kakaotest.PersonaRyan); err != nil {
		w.t.Errorf("sign-in of somebody who had gone: %v", err)
	} else if got := p.who(w.url()); got.Status == "" || got.User.ID == w.user {
		w.t.Errorf("came back as %+v", got)
	}
}
