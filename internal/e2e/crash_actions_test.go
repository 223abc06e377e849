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

// ST-01 for everything but the sign-in: the program is killed at each step of an action of a user or of Kakao, on
// each database, then restarted and checked, and the action is repeated.

// walk is a user of a service that will be killed.
type walk struct {
	place
	person  *person
	other   *person // on another device
	number  int64   // the user's number at Kakao
	user    string  // the user's id
	running *process
	more    []string // settings
}

// action is an action that must take effect completely or not at all.
type action struct {
	name     string
	settings []string
	ready    func(*walk) error // prepares the running service
	do       func(*walk) error // the response may never arrive
	done     func(*walk) bool  // whether the effect is visible to the user
	// failpoints maps the failpoints to whether the action has taken effect when the process is killed there.
	failpoints map[string]bool
	// lost requests the response of a completed action again after the restart; nil if there is nothing to request.
	lost func(*walk) error
	end  func(*walk) // checks the final state
}

const linksPath = "/auth/account/links"

var actions = []action{{
	name:       "sign out",
	do:         func(w *walk) error { return w.person.trySignOut(w.url()) },
	done:       func(w *walk) bool { return w.person.status(w.url()) == "" },
	failpoints: map[string]bool{"end.before_commit": false, "end.after_commit": true},
}, {
	name:  "sign out everywhere",
	ready: (*walk).elsewhere,
	do: func(w *walk) error {
		_, err := w.person.submit(w.url()+"/auth/signout", url.Values{"everywhere": {"1"}})
		return err
	},
	done:       func(w *walk) bool { return w.all(w.person.status(w.url()) == "", w.other.status(w.url()) == "") },
	failpoints: map[string]bool{"end.before_commit": false, "end.after_commit": true},
}, {
	name:  "sign out of the other devices",
	ready: (*walk).elsewhere,
	do: func(w *walk) error {
		page, err := w.person.page(w.url() + "/auth/account/sessions")
		if err == nil {
			_, err = w.person.submit(
				w.url()+"/auth/account/sessions",
				url.Values{"csrf": {hidden(page, "csrf")}, "action": {"others"}},
			)
		}
		return err
	},
	done:       func(w *walk) bool { return w.other.status(w.url()) == "" },
	failpoints: map[string]bool{"end.before_commit": false, "end.after_commit": true},
	// If it was written, this browser is signed out too: its new token was in the lost response.
	end: func(w *walk) { w.signsInAs(kakaotest.PersonaRyan) },
}, {
	name: "sign out with the Kakao account",
	do: func(w *walk) error {
		_, err := w.person.submit(w.url()+"/oauth/kakao/signout", nil)
		return err
	},
	done:       func(w *walk) bool { return w.person.status(w.url()) == "" },
	failpoints: map[string]bool{"end.before_commit": false, "end.after_commit": true},
}, {
	name:  "link a second account",
	ready: (*walk).prove,
	do: func(w *walk) error {
		_, err := w.person.round(w.url()+linksPath+"/add", kakaotest.PersonaApeach)
		return err
	},
	done: func(w *walk) bool { return w.identities() == 2 },
	failpoints: map[string]bool{
		"claim.before_commit": false, "claim.after_commit": false, "login.before_exchange": false, "login.after_exchange": false,
		"finish.before_commit": false, "finish.after_commit": true, "callback.before_answer": true,
	},
	// The session has a new token; without the response the browser would be signed out.
	lost: func(w *walk) error {
		next, err := w.person.step(w.person.callback)
		if got := w.person.who(w.url()); err == nil &&
			(next != linksPath+"?notice=link_added" || got.User.ID != w.user) {
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
		_, err = w.person.submit(
			w.url()+linksPath,
			url.Values{"csrf": {hidden(row, "csrf")}, "id": {hidden(row, "id")}, "action": {"unlink"}},
		)
		return err
	},
	done: func(w *walk) bool { return w.identities() == 1 },
	failpoints: map[string]bool{
		"detach.before_commit": false, "detach.after_commit": true, "unlink.before_call": true, "unlink.after_call": true,
	},
	end: func(w *walk) {
		w.unlinked(kakaotest.PersonaApeach)
		if !w.linked(kakaotest.PersonaRyan) {
			w.t.Error("the other link was ended too")
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
			return fmt.Errorf("linked the account of another user: %w", err)
		}
		return nil
	},
	do: func(w *walk) error {
		page, err := w.person.page(w.url() + "/auth/account/merge")
		if err == nil {
			_, err = w.person.submit(
				w.url()+"/auth/account/merge",
				url.Values{"csrf": {hidden(page, "csrf")}, "user": {hidden(page, "user")}},
			)
		}
		return err
	},
	done: func(w *walk) bool {
		return w.all(w.other.status(w.url()) == "", w.identities() == 2, w.members() == 1)
	},
	failpoints: map[string]bool{"merge.before_commit": false, "merge.after_commit": true},
	end:        func(w *walk) { w.signsInAs(kakaotest.PersonaApeach); w.signsInAs(kakaotest.PersonaRyan) },
}, {
	name:  "withdraw",
	ready: (*walk).elsewhere,
	do: func(w *walk) error {
		page, err := w.person.page(w.url() + "/auth/account/withdraw")
		if err == nil {
			_, err = w.person.submit(
				w.url()+"/auth/account/withdraw",
				url.Values{"csrf": {hidden(page, "csrf")}, "user": {hidden(page, "user")}},
			)
		}
		return err
	},
	done: func(w *walk) bool {
		return w.all(w.person.status(w.url()) == "", w.other.status(w.url()) == "", w.members() == 0)
	},
	failpoints: map[string]bool{
		"withdraw.before_commit": false, "withdraw.after_commit": true, "unlink.before_call": true, "unlink.after_call": true,
	},
	end: (*walk).isWithdrawn,
}, {
	name:     "decline to join",
	settings: []string{"NORANG_AGE=declare"},
	do: func(w *walk) error {
		page, err := w.person.page(w.url() + "/auth/join")
		if err == nil {
			_, err = w.person.submit(
				w.url()+"/auth/join",
				url.Values{"csrf": {hidden(page, "csrf")}, "action": {"cancel"}},
			)
		}
		return err
	},
	done: func(w *walk) bool {
		return w.all(w.person.status(w.url()) == "", w.count("SELECT COUNT(*) FROM users") == 0)
	},
	failpoints: map[string]bool{"discard.before_commit": false, "unlink.before_call": true, "unlink.after_call": true},
	end:        (*walk).isWithdrawn,
}, {
	name: "webhook",
	ready: func(w *walk) error {
		if !w.k.Unlink(0, kakaotest.PersonaRyan, "") {
			return errors.New("was not linked")
		}
		return w.k.UpdateApp(0, func(a *kakaotest.App) {
			a.UnlinkWebhook = kakaotest.UnlinkWebhook{
				URL:    w.url() + "/auth/webhooks/kakao/unlink",
				Method: http.MethodPost,
			}
		})
	},
	do: func(w *walk) error {
		if err := w.k.SendUnlinkWebhook(0, w.number, "", kakaotest.WebhookSend{}); err != nil {
			return err
		}
		return w.k.WaitWebhooks(w.t.Context())
	},
	done: func(w *walk) bool { return w.person.status(w.url()) == "" },
	failpoints: map[string]bool{
		"webhook.before_store": false, "webhook.after_store": true, "notice.before_commit": true, "notice.after_commit": true,
	},
	end: (*walk).isWithdrawn,
}}

func TestST01_KilledAtEveryStepOfAnAction(t *testing.T) {
	t.Parallel()
	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	t.Run(
		"sqlite",
		func(t *testing.T) { t.Parallel(); killedDuringActions(t, bin, func(*testing.T) string { return "" }) },
	)
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		admin := os.Getenv("NORANG_TEST_POSTGRES")
		if admin == "" {
			admin = ownPostgres(t).DSN("postgres")
		}
		killedDuringActions(t, bin, func(t *testing.T) string { return freshDatabase(t, admin) })
	})
}

func killedDuringActions(t *testing.T, bin string, postgres func(*testing.T) (dsn string)) {
	for round := range roundsOf(1) {
		for _, d := range actions {
			for _, at := range slices.Sorted(maps.Keys(d.failpoints)) {
				t.Run(fmt.Sprintf("%s/%s/%d", strings.ReplaceAll(d.name, " ", "_"), at, round), func(t *testing.T) {
					t.Parallel()
					newWalk(t, bin, postgres(t), d.settings).killedAt(d, at)
				})
			}
		}
	}
}

// newWalk starts on the PostgreSQL database at dsn, or on a file if dsn is empty.
func newWalk(t *testing.T, bin, dsn string, settings []string) *walk {
	w := &walk{
		place:  place{t: t, bin: bin, dir: t.TempDir(), port: freeport.Pick(t), dsn: dsn, k: kakaotest.Start(t)},
		person: newPerson(t),
	}
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
		t.Fatal("in effect before the action")
	}

	w.again(at)
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
			func() string { return "written but not in effect: " + w.running.last(2000) },
		)
	} else {
		if d.done(w) {
			t.Error("in effect but not written")
		}
		if err := d.do(w); err != nil {
			t.Errorf("repeated action: %v", err)
		}
		await(t, func() bool { return d.done(w) }, func() string { return "repeated without effect: " + w.running.last(2000) })
	}
	await(t, func() bool { return w.count("SELECT COUNT(*) FROM jobs WHERE state = 'open'") == 0 },
		func() string { return "open jobs remain: " + w.running.last(2000) })
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
	for what, query := range map[string]string{
		"users without an identity":       `SELECT COUNT(*) FROM users u WHERE u.status IN ('active', 'pending') AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.user_id = u.id)`,
		"identities without a user":       `SELECT COUNT(*) FROM identities i WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = i.user_id)`,
		"sessions without a user":         `SELECT COUNT(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = s.user_id AND u.status IN ('active', 'pending'))`,
		"sessions without their identity": `SELECT COUNT(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM identities i WHERE i.id = s.identity_id AND i.user_id = s.user_id)`,
	} {
		if n := w.count(query); n != 0 {
			w.t.Errorf("%s: %d %s", when, n, what)
		}
	}
}

// leasesEnd expires the leases of the killed process, which last a minute.
func (w *walk) leasesEnd() {
	w.t.Helper()
	db := w.database()
	defer db.Close()
	if _, err := db.ExecContext(w.t.Context(), "UPDATE jobs SET run_at = 1 WHERE state = 'open'"); err != nil {
		w.t.Fatal(err)
	}
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
		func() string { return "still linked at Kakao: " + w.running.last(2000) },
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
