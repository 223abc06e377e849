package e2e_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/norang-login/norang/internal/testkit/soak"
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
		"claim.before_commit": false, "claim.after_commit": false, "login.before_exchange": false,
		"login.after_exchange": false,
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
		"detach.before_commit": false, "detach.after_commit": true, "unlink.before_call": true,
		"unlink.after_call": true,
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
		"withdraw.before_commit": false, "withdraw.after_commit": true, "unlink.before_call": true,
		"unlink.after_call": true,
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
		"webhook.before_store": false, "webhook.after_store": true, "notice.before_commit": true,
		"notice.after_commit": true,
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
		template := freshDatabase(t, admin)
		migrate := exec.Command(bin, "db", "migrate")
		migrate.Env = []string{"NORANG_DATABASE=" + template}
		if out, err := migrate.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		u, err := url.Parse(template)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(u.Path, "/")
		killedDuringActions(t, bin, func(t *testing.T) string { return databaseFrom(t, admin, name) })
	})
}

func killedDuringActions(t *testing.T, bin string, postgres func(*testing.T) (dsn string)) {
	for round := range soak.Rounds(1) {
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
