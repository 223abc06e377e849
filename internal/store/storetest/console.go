package storetest

import (
	"crypto/sha256"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/console"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

var consoleTests = []test{
	{"RolesGrantedAndRevoked", rolesGranted},
	{"RolesOfActiveUsersOnly", rolesOfActive},
	{"LastOperatorKept", lastOperator},
	{"LastTwoOperatorsAtOnce", lastTwoOperators},
	{"SessionsBeginAndEnd", consoleSessions},
	{"CodesWorkOnce", consoleCodes},
	{"SessionReplaced", consoleReplaced},
	{"FactorWritten", factorWritten},
	{"FactorReset", factorReset},
	{"RolesEndWithTheirUser", rolesEnd},
	{"SessionsEndWithThoseOfTheService", consoleEnds},
	{"SweepKeepsRoleRecords", roleRecordsKept},
}

var consoleActor = audit.Operator("admin", "team", audit.Client{Address: "203.0.113.9"})

func roleChange(id account.ID, role console.Role, keep bool) console.Change {
	return console.Change{UserID: id, Role: role, Keep: keep, At: noon, Actor: consoleActor}
}

func grantRole(t *testing.T, w world, id account.ID, role console.Role) {
	t.Helper()
	if err := w.Store.GrantRole(t.Context(), roleChange(id, role, false)); err != nil {
		t.Fatalf("GrantRole: %v", err)
	}
}

// newOperator signs a user in and grants the role.
func newOperator(t *testing.T, w world, subject string) account.ID {
	t.Helper()
	id := w.signIn(t, subject).User.ID
	grantRole(t, w, id, console.Operator)
	return id
}

// membersOf lists who holds a role, as the other process sees it.
func membersOf(t *testing.T, w world) []console.Member {
	t.Helper()
	all, err := w.Other.Members(t.Context(), "")
	if err != nil {
		t.Fatalf("Members: %v", err)
	}
	return all
}

func millisOf(at time.Time) time.Time { return at.UTC().Truncate(time.Millisecond) }

// entry is a session that begins now.
func entry(t *testing.T, id account.ID, at time.Time) console.Entry {
	t.Helper()
	k := newKey(t)
	return console.Entry{
		Session: console.Session{
			Key: k, ID: newID(t), UserID: id, CreatedAt: at, SeenAt: at, ExpiresAt: at.Add(console.Life),
			AuthTime: at.Add(-time.Minute), Client: origin,
		},
		Code: sha256.Sum256(k[:]), CodeEnds: at.Add(console.CodeLife),
	}
}

func enterConsole(t *testing.T, w world, e console.Entry) *console.Principal {
	t.Helper()
	if err := w.Store.Enter(t.Context(), e); err != nil {
		t.Fatalf("Enter: %v", err)
	}
	p, err := w.Other.ConsoleSession(t.Context(), e.Session.Key)
	if err != nil {
		t.Fatalf("ConsoleSession: %v", err)
	}
	return p
}

func notInConsole(t *testing.T, w world, name string, k session.Key) {
	t.Helper()
	if _, err := w.Other.ConsoleSession(t.Context(), k); !errors.Is(err, console.ErrNone) {
		t.Errorf("%s: %v, want console.ErrNone", name, err)
	}
}

func rolesGranted(t *testing.T, w world) {
	one, two := w.signIn(t, "1").User.ID, w.signIn(t, "2").User.ID
	grantRole(t, w, one, console.Viewer)
	grantRole(t, w, two, console.Operator)
	grantRole(t, w, one, console.Operator) // another role
	row := func(id account.ID) console.Member {
		return console.Member{UserID: id, Status: account.Active, Nickname: "라이언", Role: console.Operator,
			GrantedAt: millisOf(noon), GrantedBy: consoleActor.String()}
	}
	want := []console.Member{row(one), row(two)}
	if one > two {
		want = []console.Member{row(two), row(one)}
	}
	if diff := cmp.Diff(want, membersOf(t, w)); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if got, err := w.Other.Members(t.Context(), two); err != nil || len(got) != 1 || got[0].UserID != two {
		t.Errorf("one member: %v, %v", got, err)
	}
	if err := w.Store.RevokeRole(t.Context(), roleChange(two, "", false)); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.RevokeRole(t.Context(), roleChange(two, "", false)); !errors.Is(err, console.ErrNoMember) {
		t.Errorf("revoked twice: %v", err)
	}
	if got := membersOf(t, w); len(got) != 1 || got[0].UserID != one {
		t.Errorf("after the revocation: %+v", got)
	}
	if n := w.count(t, "audit_log WHERE kind LIKE 'access.admin.%'"); n != 4 {
		t.Errorf("%d records of 4 changes", n)
	}
}

func rolesOfActive(t *testing.T, w world) {
	id := w.signIn(t, "1").User.ID
	w.disable(t, id)
	pending := w.signInPending(t, "2").User.ID
	for _, id := range []account.ID{id, pending} {
		err := w.Store.GrantRole(t.Context(), roleChange(id, console.Viewer, false))
		if !errors.Is(err, console.ErrNotActive) {
			t.Errorf("%s: %v", id, err)
		}
	}
	err := w.Store.GrantRole(t.Context(), roleChange(account.ID(newID(t)), console.Viewer, false))
	if !errors.Is(err, account.ErrNotFound) {
		t.Errorf("unknown user: %v", err)
	}
	if got := membersOf(t, w); len(got) != 0 {
		t.Errorf("members %+v", got)
	}
}

func lastOperator(t *testing.T, w world) {
	one := newOperator(t, w, "1")
	ctx := t.Context()
	refused := func(name string, err error) {
		t.Helper()
		if !errors.Is(err, account.ErrLastOperator) {
			t.Errorf("%s: %v, want ErrLastOperator", name, err)
		}
	}
	refused("revoke", w.Store.RevokeRole(ctx, roleChange(one, "", true)))
	refused("viewer", w.Store.GrantRole(ctx, roleChange(one, console.Viewer, true)))
	two := newOperator(t, w, "2")
	w.disable(t, two)
	refused("beside a disabled one", w.Store.RevokeRole(ctx, roleChange(one, "", true)))
	newOperator(t, w, "3")
	if err := w.Store.RevokeRole(ctx, roleChange(one, "", true)); err != nil {
		t.Errorf("one of two: %v", err)
	}
}

// Two who take each other's role at once leave one.
func lastTwoOperators(t *testing.T, w world) {
	both := []account.ID{newOperator(t, w, "1"), newOperator(t, w, "2")}
	stores, errs := []Store{w.Store, w.Other}, make([]error, 2)
	var all sync.WaitGroup
	for i := range both {
		all.Go(func() { errs[i] = stores[i].RevokeRole(t.Context(), roleChange(both[i], "", true)) })
	}
	all.Wait()
	refused := 0
	for _, err := range errs {
		if errors.Is(err, account.ErrLastOperator) {
			refused++
		} else if err != nil {
			t.Error(err)
		}
	}
	if left := membersOf(t, w); refused != 1 || len(left) != 1 {
		t.Errorf("%d refused, %d left", refused, len(left))
	}
}

func consoleSessions(t *testing.T, w world) {
	id := newOperator(t, w, "1")
	e := entry(t, id, noon)
	p := enterConsole(t, w, e)
	want := e.Session
	want.CreatedAt, want.SeenAt, want.ExpiresAt = millisOf(want.CreatedAt), millisOf(want.SeenAt), millisOf(want.ExpiresAt)
	want.AuthTime, want.Client.RequestID = millisOf(want.AuthTime), ""
	if diff := cmp.Diff(want, p.Session); diff != "" {
		t.Errorf("session (-want +got):\n%s", diff)
	}
	if p.Member.UserID != id || p.Member.Role != console.Operator || p.Factor != (console.Factor{}) {
		t.Errorf("member %+v, factor %+v", p.Member, p.Factor)
	}
	later := noon.Add(time.Minute)
	for _, at := range []time.Time{later, noon} { // an earlier use changes nothing
		if err := w.Store.TouchConsole(t.Context(), e.Session.Key, at); err != nil {
			t.Fatal(err)
		}
	}
	if all := membersOf(t, w); len(all) != 1 || !all[0].SeenAt.Equal(millisOf(later)) {
		t.Errorf("last use %+v", all)
	}
	for range 2 { // again changes nothing
		if err := w.Store.LeaveConsole(t.Context(), p, consoleActor, later); err != nil {
			t.Fatal(err)
		}
	}
	notInConsole(t, w, "left", e.Session.Key)
	if n := w.count(t, "audit_log WHERE kind = 'access.console.leave'"); n != 1 {
		t.Errorf("%d records of leaving", n)
	}
}

func consoleCodes(t *testing.T, w world) {
	id := newOperator(t, w, "1")
	e := entry(t, id, noon)
	enterConsole(t, w, e)
	again := entry(t, id, noon)
	again.Code = e.Code
	if err := w.Other.Enter(t.Context(), again); !errors.Is(err, console.ErrHandoff) {
		t.Errorf("a used code: %v", err)
	}
	notInConsole(t, w, "a used code", again.Session.Key)
	stranger := entry(t, w.signIn(t, "2").User.ID, noon)
	if err := w.Store.Enter(t.Context(), stranger); !errors.Is(err, console.ErrNone) {
		t.Errorf("without a role: %v", err)
	}
	w.disable(t, id)
	if err := w.Store.Enter(t.Context(), entry(t, id, noon)); !errors.Is(err, console.ErrNone) {
		t.Errorf("disabled: %v", err)
	}
}

func confirmFactor(t *testing.T, w world, id account.ID, k session.Key, at time.Time) {
	t.Helper()
	err := w.Store.ChangeFactor(t.Context(),
		console.FactorChange{UserID: id, Session: k, Confirms: true, At: at, Actor: consoleActor},
		func(console.Factor) (console.Factor, error) {
			return console.Factor{Sealed: "sealed", ConfirmedAt: at, Step: 7}, nil
		})
	if err != nil {
		t.Fatalf("ChangeFactor: %v", err)
	}
}

func consoleReplaced(t *testing.T, w world) {
	id := newOperator(t, w, "1")
	first := entry(t, id, noon)
	enterConsole(t, w, first)
	confirmFactor(t, w, id, first.Session.Key, noon)
	second := entry(t, id, noon.Add(10*time.Minute))
	second.Replaces = &first.Session.Key
	p := enterConsole(t, w, second)
	notInConsole(t, w, "replaced", first.Session.Key)
	if !p.Session.FactorAt.Equal(millisOf(noon)) || !p.Session.ExpiresAt.Equal(millisOf(first.Session.ExpiresAt)) {
		t.Errorf("the new session %+v", p.Session)
	}
	third := entry(t, newOperator(t, w, "2"), noon.Add(11*time.Minute))
	third.Replaces = &second.Session.Key
	if p := enterConsole(t, w, third); !p.Session.FactorAt.IsZero() {
		t.Errorf("another member's second factor counts: %+v", p.Session)
	}
	notInConsole(t, w, "replaced by another member's", second.Session.Key)
}

func factorWritten(t *testing.T, w world) {
	id := newOperator(t, w, "1")
	e := entry(t, id, noon)
	enterConsole(t, w, e)
	change := console.FactorChange{UserID: id, Session: e.Session.Key, Confirms: true, At: noon, Actor: consoleActor}
	wrong := console.Factor{Sealed: "sealed", Failures: 1, FailedAt: millisOf(noon)}
	err := w.Store.ChangeFactor(t.Context(), change, func(f console.Factor) (console.Factor, error) {
		if f != (console.Factor{}) {
			t.Errorf("the first factor %+v", f)
		}
		return wrong, console.ErrCode
	})
	p, findErr := w.Other.ConsoleSession(t.Context(), e.Session.Key)
	if !errors.Is(err, console.ErrCode) || findErr != nil || p.Factor != wrong || !p.Session.FactorAt.IsZero() {
		t.Errorf("a wrong code: %v, %v, %+v", err, findErr, p)
	}
	confirmFactor(t, w, id, e.Session.Key, noon)
	p, err = w.Other.ConsoleSession(t.Context(), e.Session.Key)
	right := console.Factor{Sealed: "sealed", ConfirmedAt: millisOf(noon), Step: 7}
	if err != nil || p.Factor != right || !p.Session.FactorAt.Equal(millisOf(noon)) {
		t.Errorf("a right code: %v, %+v", err, p)
	}
	if all := membersOf(t, w); len(all) != 1 || !all[0].FactorAt.Equal(millisOf(noon)) {
		t.Errorf("members %+v", all)
	}
	if n := w.count(t, "audit_log WHERE kind = 'access.console.code'"); n != 2 {
		t.Errorf("%d records of two codes", n)
	}
}

func factorReset(t *testing.T, w world) {
	id := newOperator(t, w, "1")
	e := entry(t, id, noon)
	enterConsole(t, w, e)
	confirmFactor(t, w, id, e.Session.Key, noon)
	if err := w.Store.ResetFactor(t.Context(), roleChange(id, "", false)); err != nil {
		t.Fatal(err)
	}
	notInConsole(t, w, "reset", e.Session.Key)
	if p := enterConsole(t, w, entry(t, id, noon)); p.Factor != (console.Factor{}) {
		t.Errorf("factor %+v", p.Factor)
	}
	err := w.Store.ResetFactor(t.Context(), roleChange(w.signIn(t, "2").User.ID, "", false))
	if !errors.Is(err, console.ErrNoMember) {
		t.Errorf("without a role: %v", err)
	}
}

func rolesEnd(t *testing.T, w world) {
	newOperator(t, w, "1")
	p := w.signIn(t, "2")
	grantRole(t, w, p.User.ID, console.Operator)
	e := entry(t, p.User.ID, noon)
	enterConsole(t, w, e)
	w.withdraw(t, p)
	notInConsole(t, w, "withdrawn", e.Session.Key)
	if all := membersOf(t, w); len(all) != 1 || all[0].UserID == p.User.ID {
		t.Errorf("members %+v", all)
	}
}

// A session of the console is not left to whom the sessions of the service were taken from.
func consoleEnds(t *testing.T, w world) {
	end := func(p *session.Principal, change func(*session.Revocation)) func(*testing.T) {
		return func(t *testing.T) {
			e := session.Revocation{UserID: p.User.ID, At: noon, Actor: audit.User(p.User.ID, origin), Reason: "test"}
			change(&e)
			if _, err := w.Store.End(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
	}
	ways := []struct {
		name string
		ends bool
		end  func(*session.Principal) func(*testing.T)
	}{
		{"everywhere", true, func(p *session.Principal) func(*testing.T) { return end(p, func(*session.Revocation) {}) }},
		{"all other devices", true, func(p *session.Principal) func(*testing.T) {
			return end(p, func(e *session.Revocation) { e.Except = &p.Session.Key })
		}},
		{"one device", false, func(p *session.Principal) func(*testing.T) {
			return end(p, func(e *session.Revocation) { e.ID = p.Session.ID })
		}},
		{"here", false, func(p *session.Principal) func(*testing.T) {
			return end(p, func(e *session.Revocation) { e.UserID, e.Key = "", &p.Session.Key })
		}},
		{"the provider reports a theft", true, func(p *session.Principal) func(*testing.T) {
			return func(t *testing.T) {
				applyNotice(t, w, w.notice(t, p.Identity.Key, noon.Add(time.Hour), provider.SessionsEnd))
			}
		}},
		{"an older theft", false, func(p *session.Principal) func(*testing.T) {
			return func(t *testing.T) {
				n := w.notice(t, p.Identity.Key, noon.Add(time.Hour), provider.SessionsEnd)
				n.OccurredAt, n.Link = noon.Add(-10*time.Minute), withdrawal.LinkUnknown
				applyNotice(t, w, n)
			}
		}},
		{"the provider ends the session there", true, func(p *session.Principal) func(*testing.T) {
			c := w.completion(t, p.Identity.Key.Subject)
			c.ProviderSession = provider.SessionDigest(c.Key, "tablet")
			w.finish(t, c)
			return func(t *testing.T) {
				n := w.notice(t, p.Identity.Key, noon.Add(time.Hour), provider.SessionsEnd)
				n.Key.Subject, n.Session = "", c.ProviderSession
				applyNotice(t, w, n)
			}
		}},
		{"the provider ends a session that was signed out here", true, func(p *session.Principal) func(*testing.T) {
			return func(t *testing.T) {
				n := w.notice(t, p.Identity.Key, noon.Add(time.Hour), provider.SessionsEnd)
				n.Session = provider.SessionDigest(p.Identity.Key, "gone")
				if done := applyNotice(t, w, n); done.Outcome != withdrawal.NoticeSessions {
					t.Errorf("%+v", done)
				}
			}
		}},
		{"the provider ends an earlier session", false, func(p *session.Principal) func(*testing.T) {
			return func(t *testing.T) {
				n := w.notice(t, p.Identity.Key, noon.Add(-time.Minute), provider.SessionsEnd)
				n.Session = provider.SessionDigest(p.Identity.Key, "gone")
				applyNotice(t, w, n)
			}
		}},
		{"an identity is linked", true, func(p *session.Principal) func(*testing.T) {
			return func(t *testing.T) { w.link(t, p, "linked") }
		}},
		{"the provider ends one of two links", true, func(p *session.Principal) func(*testing.T) {
			w.link(t, p, "second")
			key := p.Identity.Key
			key.Subject = "second"
			return func(t *testing.T) {
				applyNotice(t, w, w.notice(t, key, noon.Add(time.Hour), provider.LinkEnded))
			}
		}},
	}
	newOperator(t, w, "last")
	for _, way := range ways {
		p := w.signIn(t, way.name)
		grantRole(t, w, p.User.ID, console.Operator)
		act := way.end(p)
		e := entry(t, p.User.ID, noon)
		enterConsole(t, w, e)
		act(t)
		_, err := w.Other.ConsoleSession(t.Context(), e.Session.Key)
		if ended := errors.Is(err, console.ErrNone); err != nil && !ended || ended != way.ends {
			t.Errorf("%s: %v, want an end: %t", way.name, err, way.ends)
		}
	}
}

// The history of roles is kept for three years, longer than other access records.
func roleRecordsKept(t *testing.T, w world) {
	id := newOperator(t, w, "1")
	enterConsole(t, w, entry(t, id, noon))
	const roles, entries = "audit_log WHERE kind LIKE 'access.admin.%'", "audit_log WHERE kind = 'access.console.enter'"
	sweepAll(t, w, noon.AddDate(2, 0, 2), 100)
	if n, m := w.count(t, roles), w.count(t, entries); n != 1 || m != 0 {
		t.Errorf("after two years: %d records of roles, %d of entries", n, m)
	}
	if n := w.count(t, "console_sessions"); n != 0 {
		t.Errorf("%d sessions of the console left", n)
	}
	sweepAll(t, w, noon.Add(audit.KeepRoles+time.Hour), 100)
	if n := w.count(t, roles); n != 0 {
		t.Errorf("after three years: %d records of roles", n)
	}
}
