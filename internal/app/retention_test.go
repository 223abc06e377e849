package app_test

import (
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/store"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// PV-03: records kept after a withdrawal are kept apart, each log for its own time: sign-in records here for 40
// days, access records for two years.
func TestPV03_RecordsAreKeptForTheirTime(t *testing.T) {
	t.Parallel()
	keep := func(c *app.Config) { c.LogKeep = 40 * 24 * time.Hour }
	w := newWorld(t, keep)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	id := account.ID(b.whoami().User.ID)
	page := b.get("/auth/account/withdraw")
	if !strings.Contains(page.body, "2 months") {
		t.Errorf("the page lacks the retention of sign-in records: %s", page.body)
	}
	b.post(
		"/auth/account/withdraw",
		url.Values{"csrf": {hidden(t, page.body, "csrf")}, "user": {hidden(t, page.body, "user")}},
	)
	if _, err := w.operator(t).Use.Users.Show(t.Context(), operator.Selector{ID: id}, operator.Masked); err != nil {
		t.Fatal(err) // leaves an access record
	}
	count := func(class audit.Class) int {
		t.Helper()
		lines, err := w.store(t).Entries(t.Context(), operator.LogFilter{UserID: id, Class: class, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return len(lines)
	}
	members, access := count(audit.UserLog), count(audit.AccessLog)
	if members < 3 || access == 0 {
		t.Fatalf("%d sign-in records and %d access records", members, access)
	}
	for _, step := range []struct {
		after                       time.Duration
		wantMembers, wantAccessMore int
	}{
		{39 * 24 * time.Hour, members, access}, {2 * 24 * time.Hour, 0, access}, {2 * 365 * 24 * time.Hour, 0, 0},
	} {
		w.clock.advance(step.after)
		w.restart(keep) // deletes expired records at once
		eventually(t, "expired records are deleted", func() bool {
			return count(audit.UserLog) == step.wantMembers && count(audit.AccessLog) == step.wantAccessMore
		})
	}
	if a := w.browser().signIn(kakaotest.PersonaRyan, ""); a.StatusCode != http.StatusSeeOther {
		t.Errorf("signing in again: %s", a.Status)
	}
}

// store opens the database while the service is running.
func (w *world) store(t *testing.T) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{DSN: w.config().Database, Now: w.clock.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // nothing was written
	return db
}

// operator returns an operator on the database of the running service.
func (w *world) operator(t testing.TB) *app.Operator {
	t.Helper()
	d, err := app.OpenOperator(t.Context(), app.OperatorConfig{
		Database: w.config().Database, Now: w.clock.now, Actor: audit.Operator("test", "a test", audit.Client{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() }) // committed records are durable
	return d
}

// ST-07: all sessions are lost. Every user is signed out, and signing in again finds the same user.
func TestST07_LostSessionsSignUsersOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	type person struct {
		*browser
		persona, id string
	}
	var people []person
	for _, persona := range []string{kakaotest.PersonaRyan, kakaotest.PersonaApeach} {
		b := w.browser()
		b.signIn(persona, "")
		people = append(people, person{b, persona, b.whoami().User.ID})
	}
	w.stop()
	db, err := sql.Open("sqlite", "file:"+w.config().Database)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(t.Context(), "DELETE FROM sessions")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	w.restart()
	for _, p := range people {
		if v := p.get("/auth/verify"); v.StatusCode != http.StatusUnauthorized || p.whoami().SignedIn {
			t.Errorf("%s is still signed in: %s", p.persona, v.Status)
		}
	}
	for _, p := range people {
		p.signIn(p.persona, "")
		if who := p.whoami(); who.User.ID != p.id {
			t.Errorf("%s was %s and is %+v", p.persona, p.id, who.User)
		}
	}
}
