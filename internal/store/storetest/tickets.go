package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
)

// ticketing stores link tickets.
type ticketing interface {
	PutTicket(context.Context, account.TicketIssue) error
	TicketRef(context.Context, account.TicketHash, time.Time) (string, error)
}

var ticketTests = []test{
	{"NewUserGetsTheRef", ticketCreates},
	{"PendingUserGetsTheRef", ticketPending},
	{"UserWithoutARefGetsIt", ticketSetsRef},
	{"IdentityIsAddedToTheUserWithTheRef", ticketLinks},
	{"PendingUserIsDiscardedForTheRef", ticketDisplaces},
	{"NothingMovesBetweenUsers", ticketConflicts},
	{"AL15_DisabledUsersAreRefused", ticketDisabled},
	{"UsedExpiredAndReplacedTicketsAreRefused", ticketEnds},
	{"TicketIsUsedOnce", ticketRace},
	{"OnlyTheHashOfATicketIsStored", ticketHashed},
	{"ExpiredTicketsAreSwept", ticketSwept},
}

// ticket stores one for a ref.
func (w world) ticket(t *testing.T, ref string) account.TicketHash {
	t.Helper()
	c, err := account.NewTicketCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	err = w.Store.PutTicket(t.Context(), account.TicketIssue{
		Hash: c.Hash(), Ref: ref, At: noon, ExpiresAt: noon.Add(account.TicketLife), Actor: audit.Operator("kim",
			"moving in", origin),
	})
	if err != nil {
		t.Fatalf("PutTicket: %v", err)
	}
	return c.Hash()
}

// ticketCompletion is a callback with a ticket.
func ticketCompletion(t *testing.T, w world, h account.TicketHash, subject string) login.Completion {
	t.Helper()
	c := w.completion(t, subject)
	c.Purpose, c.Detail, c.At = login.Ticket, h.String(), noon.Add(time.Minute)
	return c
}

func refOf(t *testing.T, w world, id account.ID) string {
	t.Helper()
	u, err := w.Other.UserByID(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return u.Ref
}

func signInWithRef(t *testing.T, w world, subject, ref string) *session.Principal {
	t.Helper()
	p := w.signIn(t, subject)
	if err := w.Store.SetRef(t.Context(), p.User.ID, ref, noon); err != nil {
		t.Fatal(err)
	}
	return p
}

func ticketCreates(t *testing.T, w world) {
	h := w.ticket(t, "10482")
	if ref, err := w.Other.TicketRef(t.Context(), h, noon.Add(time.Minute)); err != nil || ref != "10482" {
		t.Errorf("TicketRef = %q, %v", ref, err)
	}
	out := w.finish(t, ticketCompletion(t, w, h, "1"))
	if !out.New || out.Principal.User.Ref != "10482" || refOf(t, w, out.Principal.User.ID) != "10482" {
		t.Errorf("%+v", out)
	}
	if got := w.principal(t, out.Principal.Session.Key); got.User.Ref != "10482" {
		t.Errorf("the session's user is %+v", got.User)
	}
	if want := "user.ticket_used user=" + string(out.Principal.User.ID) +
		" session=NULL reason=NULL"; !contains(w.events(t), want) {
		t.Errorf("no %q in %q", want, w.events(t))
	}
	diff(t, w.Query(t, "SELECT kind, user_id, reason, detail FROM audit_log WHERE class = 'access'"),
		[][]string{{"access.user.link_ticket", "NULL", "moving in", "ref=10482"}})
}

func ticketPending(t *testing.T, w world) {
	c := ticketCompletion(t, w, w.ticket(t, "7"), "1")
	c.JoinRequired = true
	out := w.finish(t, c)
	if out.Principal.User.Status != account.Pending {
		t.Fatalf("%+v", out)
	}
	p, err := w.Store.Join(t.Context(), activationOf(t, w, out.Principal))
	if err != nil || p.User.Ref != "7" {
		t.Errorf("joined as %+v, %v", p, err)
	}
}

func ticketSetsRef(t *testing.T, w world) {
	p := w.signIn(t, "1")
	out := w.finish(t, ticketCompletion(t, w, w.ticket(t, "7"), "1"))
	if out.New || out.Principal.User.ID != p.User.ID || refOf(t, w, p.User.ID) != "7" {
		t.Errorf("%+v", out)
	}
	// A ticket for their own ref is a plain sign-in, and is used up.
	h := w.ticket(t, "7")
	if again := w.finish(t, ticketCompletion(t, w, h, "1")); again.Decision.Verdict != account.SignIn ||
		again.Principal.User.ID != p.User.ID {
		t.Errorf("%+v", again)
	}
	if _, err := w.Other.TicketRef(t.Context(), h, noon); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("after its use: %v", err)
	}
}

func ticketLinks(t *testing.T, w world) {
	p := signInWithRef(t, w, "1", "7")
	out := w.finish(t, ticketCompletion(t, w, w.ticket(t, "7"), "2"))
	if out.Decision.Verdict != account.Link || out.New || out.Principal.User.ID != p.User.ID ||
		out.Principal.Identity.Subject != "2" || out.Principal.User.Ref != "7" {
		t.Errorf("%+v", out)
	}
	diff(t, subjects(w.identitiesOf(t, p.User.ID)), []string{"1", "2"})
	if got := w.principal(t, out.Principal.Session.Key); got.Identity.Subject != "2" {
		t.Errorf("%+v", got)
	}
	w.gone(t, "AL-20: another device", p.Session.Key)
}

func ticketDisplaces(t *testing.T, w world) {
	p, pending := signInWithRef(t, w, "1", "7"), w.signInPending(t, "2")
	c := ticketCompletion(t, w, w.ticket(t, "7"), "2")
	c.JoinRequired = true
	if out := w.finish(t, c); out.Principal.User.ID != p.User.ID || out.Principal.User.Status != account.Active {
		t.Errorf("%+v", out)
	}
	if _, err := w.Other.UserByID(t.Context(), pending.User.ID); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("who was joining: %v", err)
	}
	if n := len(unlinkJobs(t, w)); n != 0 {
		t.Errorf("%d jobs to unlink", n)
	}
}

func ticketConflicts(t *testing.T, w world) {
	one, two, none := signInWithRef(t, w, "1", "7"), signInWithRef(t, w, "2", "8"), w.signIn(t, "3")
	for subject, ref := range map[string]string{"1": "8", "2": "9", "3": "7"} {
		h := w.ticket(t, ref)
		c := ticketCompletion(t, w, h, subject)
		if out := w.finish(t, c); out.Decision.Reason != account.ReasonRefConflict || out.Principal != nil {
			t.Errorf("%s with a ticket for %s: %+v", subject, ref, out)
		}
		w.ended(t, c.Attempt, problem.LinkRefConflict)
		// After the wrong account the ticket is still valid.
		if _, err := w.Other.TicketRef(t.Context(), h, noon); err != nil {
			t.Errorf("a refused ticket is spent: %v", err)
		}
	}
	for p, want := range map[*session.Principal]string{one: "7", two: "8", none: ""} {
		if got := refOf(t, w, p.User.ID); got != want {
			t.Errorf("%s has %q, before %q", p.Identity.Subject, got, want)
		}
	}
}

func ticketDisabled(t *testing.T, w world) {
	owner, known := signInWithRef(t, w, "1", "7"), w.signIn(t, "2")
	w.disable(t, owner.User.ID)
	w.disable(t, known.User.ID)
	for subject, ref := range map[string]string{"3": "7", "1": "7", "2": "8"} {
		if out := w.finish(t, ticketCompletion(t, w, w.ticket(t, ref),
			subject)); out.Decision.Reason != account.ReasonDisabled {
			t.Errorf("%s with a ticket for %s: %+v", subject, ref, out)
		}
	}
	if n := w.count(t, "identities"); n != 2 {
		t.Errorf("%d identities", n)
	}
}

func ticketEnds(t *testing.T, w world) {
	refused := func(name string, c login.Completion) {
		t.Helper()
		if out := w.finish(t, c); out.Decision.Reason != account.ReasonTicket || out.Principal != nil {
			t.Errorf("%s: %+v", name, out)
		}
		w.ended(t, c.Attempt, problem.LinkTicket)
	}
	h := w.ticket(t, "7")
	w.finish(t, ticketCompletion(t, w, h, "1"))
	refused("spent", ticketCompletion(t, w, h, "1"))
	expired := ticketCompletion(t, w, w.ticket(t, "8"), "2")
	expired.At = noon.Add(account.TicketLife)
	refused("expired", expired)
	h = w.ticket(t, "9")
	w.ticket(t, "9")
	refused("replaced by a newer one", ticketCompletion(t, w, h, "3"))
	var never account.TicketHash
	refused("never there", ticketCompletion(t, w, never, "4"))
	none := ticketCompletion(t, w, never, "5")
	none.Detail = "x"
	refused("no ticket at all", none)
	for name, i := range map[string]account.TicketIssue{
		"no number":    {At: noon, ExpiresAt: noon.Add(time.Minute)},
		"an odd one":   {Ref: "a\x00", At: noon, ExpiresAt: noon.Add(time.Minute)},
		"a long one":   {Ref: strings.Repeat("1", 256), At: noon, ExpiresAt: noon.Add(time.Minute)},
		"over already": {Ref: "1", At: noon, ExpiresAt: noon},
	} {
		if err := w.Store.PutTicket(t.Context(), i); err == nil {
			t.Errorf("%s: kept", name)
		}
	}
}

// Ten users hold one ticket: one gets the ref.
func ticketRace(t *testing.T, w world) {
	const people = 10
	h := w.ticket(t, "7")
	var all []login.Completion
	for i := range people {
		all = append(all, ticketCompletion(t, w, h, string(rune('a'+i))))
	}
	got := map[account.Reason]int{}
	for _, out := range finishAll(t, w, all) {
		got[out.Decision.Reason]++
	}
	diff(t, got, map[account.Reason]int{"": 1, account.ReasonTicket: people - 1})
	if n := w.count(t, "users"); n != 1 {
		t.Errorf("%d users", n)
	}
}

func ticketHashed(t *testing.T, w world) {
	c, err := account.NewTicketCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Store.PutTicket(t.Context(), account.TicketIssue{Hash: c.Hash(), Ref: "7", At: noon,
		ExpiresAt: noon.Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	// The ticket itself is not stored.
	if own, ok := account.ParseTicketHash(c.Reveal()); !ok {
		t.Fatal("not of the same form")
	} else if _, err := w.Other.TicketRef(t.Context(), own, noon); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("found by the ticket itself: %v", err)
	}
}

func ticketSwept(t *testing.T, w world) {
	w.ticket(t, "7")
	sweepAll(t, w, noon.Add(account.TicketLife), 10)
	if n := w.count(t, "link_tickets"); n != 1 {
		t.Errorf("%d tickets before the slack is over", n)
	}
	sweepAll(t, w, noon.Add(account.TicketLife+2*time.Hour), 10)
	if n := w.count(t, "link_tickets"); n != 0 {
		t.Errorf("%d tickets", n)
	}
}
