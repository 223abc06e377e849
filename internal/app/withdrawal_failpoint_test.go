//go:build failpoints

package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
	kakaoprovider "github.com/norang-login/norang/internal/provider/kakao"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/internal/withdrawal"
	"github.com/norang-login/norang/kakao"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// withdrawalInput is the input of the child process.
type withdrawalInput struct {
	Database, AuthURL, APIURL, ClientID, AdminKey string
	AppID                                         int64
	User                                          account.ID
	Key                                           account.Key
	ByWebhook                                     bool
}

// TestWithdrawalChild is the process that is killed. It withdraws one user, from the request to the unlink call.
func TestWithdrawalChild(t *testing.T) {
	text := os.Getenv("NORANG_APP_TEST_LEAVE")
	if text == "" {
		t.Skip("runs only as a child of TestST01_KilledDuringWithdrawal")
	}
	var c withdrawalInput
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	db, err := store.Open(ctx, store.Config{DSN: c.Database})
	if err != nil {
		t.Fatal(err)
	}
	client, err := kakao.New(kakao.Config{
		ClientID: c.ClientID, AppID: c.AppID, AdminKeys: []kakao.Secret{kakao.Secret(c.AdminKey)}, AuthURL: c.AuthURL,
		APIURL: c.APIURL,
	})
	if err != nil {
		t.Fatal(err)
	}
	kk, err := kakaoprovider.New(
		kakaoprovider.Config{Client: client, AppID: c.AppID, SignOutRedirectURI: "https://own.test/out"},
	)
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := session.New(session.Config{Store: db})
	if err != nil {
		t.Fatal(err)
	}
	providers, err := provider.NewSet(kk)
	if err != nil {
		t.Fatal(err)
	}
	l, err := withdrawal.New(withdrawal.Config{Store: db, Sessions: sessions, Providers: providers})
	if err != nil {
		t.Fatal(err)
	}
	if c.ByWebhook {
		err = l.Receive(
			ctx,
			&provider.Notice{
				ID:      "n1",
				Key:     c.Key,
				Changes: []provider.Change{provider.LinkEnded},
				What:    "UNLINK_FROM_APPS",
			},
		)
	} else {
		err = db.Withdraw(ctx, withdrawal.Request{
			UserID: c.User,
			At:     time.Now(),
			Actor:  audit.User(c.User, audit.Client{}),
			Reason: "withdrawn",
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	r, err := jobs.NewRunner(jobs.Config{Store: db, Handlers: l.Handlers()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r.Run(ctx) // is killed here
}

// Wherever the process is killed, the user either still has the account and the session, or is gone here at once and
// unlinked at Kakao soon after.
func TestST01_KilledDuringWithdrawal(t *testing.T) {
	t.Parallel()
	for point, c := range map[string]struct{ webhook, stays bool }{
		"withdraw.before_commit": {false, true},
		"withdraw.after_commit":  {false, false},
		"unlink.before_call":     {false, false},
		"unlink.after_call":      {false, false},
		"notice.before_commit":   {true, false}, // stored, and therefore processed
		"notice.after_commit":    {true, false},
	} {
		t.Run(point, func(t *testing.T) {
			w := newWorld(t)
			b, id := w.signedIn(kakaotest.PersonaRyan)
			who := b.whoami()
			w.stop()
			if c.webhook {
				w.kakao.Unlink(0, kakaotest.PersonaRyan, "UNLINK_FROM_APPS")
			}
			k := w.kakao.App()
			text, err := json.Marshal(withdrawalInput{
				Database: filepath.Join(w.dir, "norang.db"), AuthURL: w.kakao.AuthURL(), APIURL: w.kakao.APIURL(),
				ClientID: k.RESTKey, AdminKey: k.AdminKey, AppID: k.AppID, User: account.ID(who.User.ID),
				ByWebhook: c.webhook,
				Key: account.Key{
					Provider:  "kakao",
					Namespace: strconv.FormatInt(k.AppID, 10),
					Subject:   strconv.FormatInt(id, 10),
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestWithdrawalChild$")
			cmd.Env = append(os.Environ(), "NORANG_APP_TEST_LEAVE="+string(text), "FAILPOINT="+point)
			var exit *exec.ExitError
			if out, err := cmd.CombinedOutput(); !errors.As(err, &exit) || exit.Exited() {
				t.Fatalf("the child was not killed: %v\n%s", err, out)
			}
			w.clock.advance(2 * time.Minute) // the lease of the killed process expires
			w.restart()
			if c.stays {
				if !b.whoami().SignedIn {
					t.Fatal("partly withdrawn")
				}
				b.withdraw() // the user tries again
			}
			eventually(t, "the link is ended", func() bool { return !w.linked(kakaotest.PersonaRyan) })
			b.out(t)
			w.settled() // a running job would end the link that the next sign-in creates
			again, _ := w.signedIn(kakaotest.PersonaRyan)
			if now := again.whoami(); !now.SignedIn || now.User.ID == who.User.ID {
				t.Errorf("signed in again as %+v", now)
			}
		})
	}
}
