package norang_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/testkit/pgtest"
	"github.com/norang-login/norang/internal/testkit/skipped"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/norangtest"
)

// accesses lists the access records of a database, the oldest first, as "actor kind outcome".
func accesses(t *testing.T, database string) []string {
	t.Helper()
	o, err := app.OpenOperator(t.Context(), app.OperatorConfig{
		Database: database, Actor: audit.Operator("reader", "", audit.Client{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	entries, _, err := o.Use.Log.Read(t.Context(), operator.LogFilter{Class: audit.AccessLog, Limit: 500}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Actor+" "+string(e.Kind)+" "+string(e.Outcome))
	}
	slices.Reverse(all)
	return all
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestUsers(t *testing.T) {
	t.Parallel()
	database := filepath.Join(t.TempDir(), "norang.db")
	svc := norangtest.New(t, norang.Config{
		Database: database,
		Terms:    []norang.Term{{Tag: "service", Version: "1", TitleEn: "Terms", TitleKo: "약관", Required: true}},
	})
	ryan := norangtest.SignIn(t, svc, kakaotest.PersonaRyan)
	apeach := norangtest.SignIn(t, svc, kakaotest.PersonaApeach)
	ctx, users := t.Context(), svc.Users().As(norang.Actor{
		Account: "kim@example.com", Reason: "ticket 7", Request: httptest.NewRequest("POST", "/admin", nil),
	})

	u := must[*norang.Account](t)(users.Get(ctx, "id:"+ryan.ID))
	i := u.Identities[0]
	if u.ID != ryan.ID || u.Status != norang.StatusActive || u.Sessions != 1 || u.JoinedAt.IsZero() ||
		i.Provider != "kakao" || i.Subject != ryan.Subject || i.Nickname != "라이언" || i.Email != "ryan@example.com" {
		t.Errorf("%+v", u)
	}
	if err := users.SetRef(ctx, ryan.ID, "10482"); err != nil {
		t.Fatal(err)
	}
	patch := norang.UserChange{Meta: json.RawMessage(`{"plan":"gold","b":1}`)}
	must[*norang.Account](t)(users.Update(ctx, "ref:10482", patch))
	patch.Meta = json.RawMessage(`{"b":null}`)
	u = must[*norang.Account](t)(users.Update(ctx, "kakao:"+ryan.Subject, patch))
	if string(u.Meta) != `{"plan":"gold"}` || u.Ref != "10482" || u.Identities != nil {
		t.Errorf("%+v", u)
	}

	batch := must[[]*norang.Account](t)(users.Batch(ctx, []string{"ref:none", apeach.ID, "ref:10482", apeach.ID}))
	if len(batch) != 4 || batch[0] != nil || batch[1].ID != apeach.ID || batch[2].ID != ryan.ID || batch[3] == nil {
		t.Errorf("%+v", batch)
	}
	var seen []string
	for f := (norang.UserFilter{Limit: 1}); ; {
		p := must[*norang.UserPage](t)(users.List(ctx, f))
		for _, u := range p.Users {
			seen = append(seen, u.ID)
		}
		if f.After = p.Next; !p.HasMore {
			break
		}
	}
	if !slices.Equal(seen, []string{apeach.ID, ryan.ID}) {
		t.Errorf("listed %q", seen)
	}
	p := must[*norang.UserPage](t)(users.ByEmail(ctx, "ryan@example.com", norang.PageFilter{}))
	if len(p.Users) != 1 || p.Users[0].ID != ryan.ID || p.HasMore || p.Next != "" {
		t.Errorf("%+v", p)
	}
	consents, more, err := users.Consents(ctx, ryan.ID, 0, 0)
	if err != nil || more || len(consents) < 2 || !slices.ContainsFunc(consents, func(l norang.ConsentLine) bool {
		return l.Kind == "terms" && l.Tag == "service" && l.Version == "1" && l.Agreed && l.Place == "join"
	}) {
		t.Errorf("%+v, %v", consents, err)
	}
	var export strings.Builder
	if err := users.Export(ctx, ryan.ID, &export); err != nil || !strings.Contains(export.String(), ryan.Subject) {
		t.Errorf("%v: %s", err, export.String())
	}
	ticket := must[norang.LinkTicket](t)(users.LinkTicket(ctx, "777"))
	if link, err := url.Parse(ticket.URL); err != nil || !strings.HasPrefix(ticket.URL, norangtest.URL+"/auth/link/") ||
		len(link.Path) < 50 || ticket.ExpiresAt.IsZero() {
		t.Errorf("%+v", ticket)
	}

	signedIn := func(s *norangtest.Session) (ok bool) {
		t.Helper()
		app := func(_ http.ResponseWriter, r *http.Request) { _, ok = norang.UserFrom(r.Context()) }
		must[*http.Response](t)(s.Client(svc.Optional(http.HandlerFunc(app))).Get("/"))
		return ok
	}
	sessions := must[[]norang.SessionInfo](t)(users.Sessions(ctx, ryan.ID))
	if s := sessions[0]; len(sessions) != 1 || s.ID != ryan.SessionID || s.Address == "" || s.ExpiresAt.IsZero() {
		t.Errorf("%+v", sessions)
	}
	if err := users.RevokeSession(ctx, sessions[0].ID); err != nil || signedIn(ryan) {
		t.Errorf("%v, or still signed in", err)
	}
	if n, err := users.RevokeSessions(ctx, apeach.ID); n != 1 || err != nil || signedIn(apeach) {
		t.Errorf("%d sessions, %v, or still signed in", n, err)
	}
	again := norangtest.SignIn(t, svc, kakaotest.PersonaApeach)
	if err := users.Disable(ctx, apeach.ID); err != nil || signedIn(again) {
		t.Errorf("%v, or still signed in", err)
	}
	if p = must[*norang.UserPage](t)(users.List(ctx, norang.UserFilter{Status: "disabled"})); len(p.Users) != 1 {
		t.Errorf("%+v", p)
	}
	if err := users.Merge(ctx, ryan.ID, apeach.ID); !errors.Is(err, norang.ErrNotMergeable) {
		t.Errorf("a disabled account is merged: %v", err)
	}
	if err := users.Enable(ctx, apeach.ID); err != nil {
		t.Error(err)
	}
	if err := users.Merge(ctx, ryan.ID, apeach.ID); err != nil {
		t.Error(err)
	}
	if u = must[*norang.Account](t)(users.Get(ctx, "kakao:"+apeach.Subject)); u.ID != ryan.ID || len(u.Identities) != 2 {
		t.Errorf("%+v", u)
	}
	if err := users.Withdraw(ctx, ryan.ID); err != nil {
		t.Error(err)
	}
	if err := users.Disable(ctx, ryan.ID); !errors.Is(err, norang.ErrUserWithdrawn) {
		t.Errorf("a withdrawn user is disabled: %v", err)
	}

	for _, c := range []struct {
		want error
		call func() error
	}{
		{norang.ErrNoSuchUser, func() error { return users.Disable(ctx, "ref:none") }},
		{norang.ErrSelector, func() error { return users.Enable(ctx, ":") }},
		{norang.ErrSelector, func() error { _, err := users.Batch(ctx, []string{"id:x"}); return err }},
		{norang.ErrBatch, func() error { _, err := users.Batch(ctx, nil); return err }},
		{norang.ErrLimit, func() error { _, err := users.List(ctx, norang.UserFilter{Limit: 501}); return err }},
		{norang.ErrLimit, func() error { _, _, err := users.Consents(ctx, ryan.ID, 0, 201); return err }},
		{norang.ErrEmail, func() error { _, err := users.ByEmail(ctx, "", norang.PageFilter{}); return err }},
		{norang.ErrStatus, func() error { _, err := users.List(ctx, norang.UserFilter{Status: "Active"}); return err }},
		{norang.ErrAfter, func() error { _, err := users.List(ctx, norang.UserFilter{After: "zzz"}); return err }},
		{norang.ErrAfter, func() error { _, err := users.List(ctx, norang.UserFilter{After: "0"}); return err }},
		{norang.ErrAfter, func() error {
			_, err := users.ByEmail(ctx, "a@example.com", norang.PageFilter{After: "zzz"})
			return err
		}},
		{norang.ErrAfter, func() error { _, _, err := users.Consents(ctx, ryan.ID, -5, 0); return err }},
		{norang.ErrInvalidRef, func() error { _, err := users.LinkTicket(ctx, "a\x00"); return err }},
		{norang.ErrNoSession, func() error { return users.RevokeSession(ctx, "none") }},
		{norang.ErrNoReason, func() error { return svc.Users().Export(ctx, ryan.ID, &export) }},
		{norang.ErrNoReason, func() error {
			return svc.Users().As(norang.Actor{Reason: " \t\n"}).Export(ctx, ryan.ID, &export)
		}},
		{norang.ErrActor, func() error {
			return svc.Users().As(norang.Actor{Reason: "\xff"}).Export(ctx, ryan.ID, &export)
		}},
		{norang.ErrActor, func() error {
			_, err := svc.Users().As(norang.Actor{Account: "a b"}).RevokeSessions(ctx, ryan.ID)
			return err
		}},
	} {
		if err := c.call(); !errors.Is(err, c.want) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}

	records := accesses(t, database)
	for _, want := range []string{
		"access.user.show done", "access.user.update done", "access.user.list done", "access.user.consents done",
		"access.user.export done", "access.user.link_ticket done", "access.session.list done",
		"access.session.revoke done", "access.user.disable done", "access.user.enable done", "access.user.merge done",
		"access.user.merge failed", "access.user.withdraw done", "access.user.disable unchanged",
		"access.user.disable not_found",
	} {
		found := slices.ContainsFunc(records, func(r string) bool {
			return strings.TrimSpace(strings.TrimPrefix(r, "operator:kim@example.com ")) == want
		})
		if !found {
			t.Errorf("no record %q in %q", want, records)
		}
	}
}

func TestFollowHandlesEachEventAndResumes(t *testing.T) {
	t.Parallel()
	svc := norangtest.New(t, norang.Config{Age: "off"})
	ryan := norangtest.SignIn(t, svc, kakaotest.PersonaRyan)
	for _, ref := range []string{"1", "2"} {
		if err := svc.Users().SetRef(t.Context(), ryan.ID, ref); err != nil {
			t.Fatal(err)
		}
	}
	full := errors.New("disk full")
	var kinds []norang.EventKind
	cursor, err := svc.Follow(t.Context(), 0, func(_ context.Context, e norang.Event) error {
		if len(kinds) == 2 {
			return full
		}
		kinds = append(kinds, e.Kind)
		return nil
	})
	want := []norang.EventKind{norang.UserCreated, norang.UserUpdated}
	if !errors.Is(err, full) || cursor == 0 || !slices.Equal(kinds, want) {
		t.Fatalf("%d, %v, %q", cursor, err, kinds)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var resumed []norang.Event
	last, err := svc.Follow(ctx, cursor, func(_ context.Context, e norang.Event) error {
		if resumed = append(resumed, e); len(resumed) == 1 { // the next one happens while it waits
			return svc.Users().Disable(ctx, ryan.ID)
		}
		if e.Kind == norang.UserDisabled {
			stop()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || last != resumed[len(resumed)-1].Position || last <= cursor {
		t.Fatalf("%d after %d, %v", last, cursor, err)
	}
	if resumed[0].Kind != norang.UserUpdated || resumed[0].UserID != ryan.ID || resumed[0].Position <= cursor {
		t.Errorf("%+v", resumed)
	}
	ignore := func(context.Context, norang.Event) error { return nil }
	if _, err := svc.Follow(t.Context(), 1<<40, ignore); !errors.Is(err, norang.ErrCursor) {
		t.Errorf("a cursor of another feed: %v", err)
	}
}

// TestUsersOnPostgres is the same API on the other database: package storetest has the rest.
func TestUsersOnPostgres(t *testing.T) {
	t.Parallel()
	svc := norangtest.New(t, norang.Config{Database: postgresDatabase(t), Age: "off"}) // with keys of its own
	ryan := norangtest.SignIn(t, svc, kakaotest.PersonaRyan)
	if err := svc.Users().SetRef(t.Context(), ryan.ID, "10482"); err != nil {
		t.Fatal(err)
	}
	if err := svc.Users().Disable(t.Context(), "ref:10482"); err != nil {
		t.Fatal(err)
	}
	if u := must[*norang.Account](t)(svc.Users().Get(t.Context(), ryan.ID)); u.Status != norang.StatusDisabled {
		t.Errorf("%+v", u)
	}
	stop := errors.New("enough")
	_, err := svc.Follow(t.Context(), 0, func(_ context.Context, e norang.Event) error {
		if e.Kind == norang.UserDisabled {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) {
		t.Error(err)
	}
}

// postgresDatabase is the address of an empty database.
func postgresDatabase(t *testing.T) string {
	t.Helper()
	admin := os.Getenv("NORANG_TEST_POSTGRES")
	if admin == "" {
		own, err := pgtest.New()
		if err == nil {
			t.Cleanup(own.Remove)
			err = own.Start("-c", "fsync=off")
		}
		if err != nil {
			skipped.Skip(t, fmt.Sprintf("no PostgreSQL (%v); install one or set NORANG_TEST_POSTGRES", err))
		}
		return own.DSN("postgres")
	}
	name := fmt.Sprintf("norang_root_%d", os.Getpid())
	exec := func(query string) error {
		db, err := sql.Open("pgx", admin)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Exec(query)
		return err
	}
	if err := exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}
