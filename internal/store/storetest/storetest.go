// Package storetest owns the contract of package store, as tests that every database must pass.
//
// What only one database has (pragmas, lock files, restarts) is tested in package store.
package storetest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/alert"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/export"
	"github.com/norang-login/norang/internal/failures"
	"github.com/norang-login/norang/internal/figures"
	"github.com/norang-login/norang/internal/handoff"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/join"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/privacy"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

// Store is the interface under test.
type Store interface {
	session.Store
	login.Store
	handoff.Store
	join.Store
	consent.Store
	MarketingDue(ctx context.Context, before time.Time, limit int) ([]account.Consent, error)
	UserByID(context.Context, account.ID) (*account.User, error)
	SetDisabled(context.Context, account.StatusChange) error
	SetRef(ctx context.Context, id account.ID, ref string, at time.Time) error
	Sweep(ctx context.Context, now time.Time, limit int) (int, error)
	leaving
	devices
	linkStore
	merging
	ticketing
	operators
	providertoken.Store
	providertoken.EndingStore
	providertoken.SealingStore
	providertoken.HintStore
	outbox
	starting
	moving
	apiKeeping
	previewing
	figures.Store
	failures.Store
	alert.Store
	console.Store
	console.Roles
}

// starting is what is checked before the service starts.
type starting interface {
	Namespaces(context.Context) ([]account.Key, error)
}

// leaving tests withdrawals and their jobs.
type leaving interface {
	jobs.Store
	withdrawal.Store
	withdrawal.ReconcileStore
	withdrawal.UnlinkJobs
	export.Store
	returning
	DeadJobs(ctx context.Context, limit int) ([]jobs.DeadJob, error)
	CountJobs(ctx context.Context) (jobs.Counts, error)
	Replay(ctx context.Context, at time.Time) (int, error)
	Erasures(ctx context.Context, from, to time.Time) ([]privacy.Erasure, error)
}

// devices is what users see of their sessions.
type devices interface {
	SessionsOf(ctx context.Context, id account.ID, at time.Time, limit int) ([]session.Session, error)
	History(ctx context.Context, id account.ID, offset, limit int) ([]audit.Event, error)
}

// Subject is a fresh, empty database.
type Subject struct {
	Store Store
	// Other is a second process's view of the same database.
	Other Store
	// Query reads rows by SQL, past the store; every value as text, NULL as "NULL".
	Query func(t *testing.T, query string) [][]string
	// Exec changes rows past the store.
	Exec func(query string) error
	// Members is the name of the stable view.
	Members string
}

// Run tests a database against the contract. open makes a new one for each test and closes it with t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	groups := []struct {
		name  string
		tests []test
	}{
		{"Attempts", attemptTests},
		{"Handoff", handoffTests},
		{"Finish", finishTests},
		{"Sessions", sessionTests},
		{"Devices", deviceTests},
		{"Changes", changesTests},
		{"Join", joinTests},
		{"Users", userTests},
		{"Text", textTests},
		{"Sweep", sweepTests},
		{"Jobs", jobTests},
		{"Withdrawals", withdrawalTests},
		{"Links", linkTests},
		{"Erasures", erasedTests},
		{"Merges", mergeTests},
		{"Tickets", ticketTests},
		{"Notices", noticeTests},
		{"Operator", operatorTests},
		{"Directory", directoryTests},
		{"APIKeys", apiKeyTests},
		{"PreviewOrigins", previewTests},
		{"Figures", figureTests},
		{"Failures", failureTests},
		{"Alerts", alertTests},
		{"Console", consoleTests},
		{"Listings", listingTests},
		{"Consents", consentTests},
		{"ProviderTokens", grantTests},
		{"SignOutHint", hintTests},
		{"Unlink", unlinkTests},
		{"UnlinkReturn", unlinkReturnTests},
		{"Events", eventTests},
		{"Export", exportTests},
		{"Rejoin", rejoinTests},
		{"Delivery", deliveryTests},
		{"Imports", importTests},
	}
	for _, g := range groups {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			for _, c := range g.tests {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(t, world{Subject: open(t)})
				})
			}
		})
	}
}

type test struct {
	name string
	run  func(*testing.T, world)
}

// world is a database with helpers.
type world struct{ Subject }

// replica returns the store that the ith of several callers uses: Store and Other in turn.
func replica(w world, i int) Store {
	if i%2 == 1 {
		return w.Other
	}
	return w.Store
}

// noon is a moment with milliseconds and with more than that, in a zone that is not UTC.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 123_456_789, time.FixedZone("KST", 9*3600))

var counter atomic.Int64

func newID(t *testing.T) string {
	t.Helper()
	id, err := account.NewUUID(noon, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func newKey(t *testing.T) session.Key {
	t.Helper()
	tok, err := session.Mint(noon, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return tok.Key()
}

func newAttempt() login.AttemptKey {
	return sha256.Sum256([]byte("state " + strconv.FormatInt(counter.Add(1), 10)))
}

var origin = audit.Client{Address: "203.0.113.7", UserAgent: "Mozilla/5.0 (시험)", RequestID: "req-1"}

// newSession is a session without a user.
func newSession(t *testing.T, at time.Time) session.Session {
	t.Helper()
	return session.Session{
		ID: newID(t), Key: newKey(t), CreatedAt: at, AuthTime: at.Add(-time.Second), SeenAt: at,
		IdleExpiresAt: at.Add(14 * 24 * time.Hour), ExpiresAt: at.Add(90 * 24 * time.Hour), Remember: true, Client: origin,
	}
}

// completion is a successful callback, with a claimed attempt.
func (w world) completion(t *testing.T, subject string) login.Completion {
	t.Helper()
	c := login.Completion{
		Attempt: newAttempt(), At: noon,
		Key: account.Key{Provider: "kakao", Namespace: "123456", Subject: subject},
		Profile: account.Profile{Nickname: "라이언", Picture: "https://k.example/p.jpg", Email: "ryan@example.com",
			EmailState: account.EmailVerified},
		UserID: account.ID(newID(t)), IdentityID: newID(t), Session: newSession(t, noon), PendingUntil: noon.Add(time.Hour),
	}
	w.claim(t, c.Attempt)
	return c
}

func (w world) claim(t *testing.T, k login.AttemptKey) {
	t.Helper()
	r, err := w.Store.Claim(t.Context(), k, noon, noon.Add(20*time.Minute))
	if err != nil || r != (login.Record{}) {
		t.Fatalf("Claim = %+v, %v", r, err)
	}
}

func (w world) finish(t *testing.T, c login.Completion) login.Outcome {
	t.Helper()
	out, err := w.Store.Finish(t.Context(), c)
	if err != nil {
		t.Fatalf("Finish: %v", err)
	}
	return out
}

// finishAll completes sign-ins at the same time, on both replicas.
func finishAll(t *testing.T, w world, all []login.Completion) []login.Outcome {
	t.Helper()
	outcomes := make([]login.Outcome, len(all))
	var wg sync.WaitGroup
	for i, c := range all {
		wg.Go(func() {
			var err error
			if outcomes[i], err = replica(w, i).Finish(t.Context(), c); err != nil {
				t.Errorf("Finish: %v", err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return outcomes
}

// signIn signs a user in who need not join.
func (w world) signIn(t *testing.T, subject string) *session.Principal {
	t.Helper()
	return w.finish(t, w.completion(t, subject)).Principal
}

// signInPending signs a user in who has to join.
func (w world) signInPending(t *testing.T, subject string) *session.Principal {
	t.Helper()
	c := w.completion(t, subject)
	c.JoinRequired = true
	return w.finish(t, c).Principal
}

func (w world) principal(t *testing.T, k session.Key) *session.Principal {
	t.Helper()
	p, err := w.Store.Principal(t.Context(), k)
	if err != nil {
		t.Fatalf("Principal: %v", err)
	}
	return p
}

// gone checks that a session has ended.
func (w world) gone(t *testing.T, name string, k session.Key) {
	t.Helper()
	if _, err := w.Other.Principal(t.Context(), k); !errors.Is(err, session.ErrNone) {
		t.Errorf("%s: %v, want session.ErrNone", name, err)
	}
}

// events reads the audit log: kind, user, session, reason, oldest first.
func (w world) events(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, r := range w.Query(t, "SELECT kind, user_id, session_id, reason FROM audit_log ORDER BY id") {
		all = append(all, fmt.Sprintf("%s user=%s session=%s reason=%s", r[0], r[1], r[2], r[3]))
	}
	return all
}

func (w world) count(t *testing.T, what string) int {
	t.Helper()
	n, err := strconv.Atoi(w.Query(t, "SELECT COUNT(*) FROM "+what)[0][0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (w world) disable(t *testing.T, id account.ID) {
	t.Helper()
	err := w.Store.SetDisabled(t.Context(), account.StatusChange{UserID: id, Disabled: true, At: noon,
		Actor: audit.Operator("test", "", audit.Client{}), Reason: "abuse"})
	if err != nil {
		t.Fatalf("SetDisabled: %v", err)
	}
}
