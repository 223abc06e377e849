package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
)

var finishTests = []test{
	{"AL20_NewEmailEndsOtherSessions", newEmail},
	{"ST02_OneHundredFirstSignInsMakeOneUser", oneUser},
	{"ST02_TwentyFirstSignInsAtOnce", manyUsers},
	{"OutcomeIsWhatIsReadBack", outcomeIsStored},
	{"AL01_SameNicknameIsTwoUsers", sameNickname},
	{"AL02_ChangedNicknameIsSameUser", changedNickname},
	{"AL05_NoEmailStaysNull", noEmail},
	{"AL13_IdsBeyond2to53AreExact", bigIDs},
	{"AL14_SameSubjectOfAnotherAppIsAnotherUser", otherApp},
	{"AL15_DisabledIsRefused", disabledRefused},
	{"AL18_ChangedProfileChangesNothingElse", profileDrift},
	{"RelayAddressesAreKept", relayAddress},
	{"SE01_ReplacedSessionEnds", replaced},
	{"UnknownReplacedSessionIsIgnored", replacesUnknown},
	{"PartialProfileFillsAnEmptyOneAndReplacesNone", partialProfile},
	{"NicknameSentOnceIsKept", nameOnce},
	{"ProfileOfAPendingUserIsNotWritten", pendingProfile},
	{"PendingSignsInAgain", pendingAgain},
	{"JoiningNoLongerRequired", joinGivenUp},
	{"KeysThatCannotBeStoredAreRefused", badKeys},
	{"ST15_Times", times},
}

func diff(t *testing.T, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func oneUser(t *testing.T, w world) {
	all := make([]login.Completion, 100)
	for i := range all {
		all[i] = w.completion(t, "3141592653589")
	}
	users, fresh := map[account.ID]bool{}, 0
	for _, out := range finishAll(t, w, all) {
		users[out.Principal.User.ID] = true
		if out.New {
			fresh++
		}
	}
	if len(users) != 1 || fresh != 1 {
		t.Errorf("%d users, %d times new; want 1 and 1", len(users), fresh)
	}
	for table, want := range map[string]int{"users": 1, "identities": 1, "sessions": session.MaxPerUser} {
		if n := w.count(t, table); n != want {
			t.Errorf("%d rows in %s, want %d", n, table, want)
		}
	}
}

func manyUsers(t *testing.T, w world) {
	var wg sync.WaitGroup
	for i := range 100 {
		c := w.completion(t, fmt.Sprint("subject", i%20))
		c.JoinRequired = i%3 == 0
		wg.Go(func() {
			if _, err := w.Store.Finish(t.Context(), c); err != nil {
				t.Errorf("Finish: %v", err)
			}
		})
	}
	wg.Wait()
	if u, i := w.count(t, "users"), w.count(t, "identities"); u != 20 || i != 20 {
		t.Errorf("%d users with %d identities, want 20 each", u, i)
	}
	if n := w.count(t, "users u LEFT JOIN identities i ON i.user_id = u.id WHERE i.id IS NULL"); n != 0 {
		t.Errorf("%d users without identity", n)
	}
}

func outcomeIsStored(t *testing.T, w world) {
	for name, join := range map[string]bool{"active": false, "pending": true} {
		for _, visit := range []string{"first", "second"} {
			c := w.completion(t, name)
			c.JoinRequired = join
			out := w.finish(t, c)
			if out.New != (visit == "first") {
				t.Errorf("%s %s: New = %v", name, visit, out.New)
			}
			diff(t, w.principal(t, c.Session.Key), out.Principal)
			u, err := w.Store.UserByID(t.Context(), out.Principal.User.ID)
			if err != nil {
				t.Fatal(err)
			}
			diff(t, *u, out.Principal.User)
		}
	}
	// And once explicitly.
	c := w.completion(t, "by hand")
	got := w.finish(t, c).Principal
	at := time.Date(2026, 3, 1, 3, 0, 0, 123_000_000, time.UTC)
	want := &session.Principal{
		User: account.User{ID: c.UserID, Status: account.Active, CreatedAt: at, JoinedAt: at},
		Identity: account.Identity{
			ID: c.IdentityID, UserID: c.UserID, Key: c.Key, Profile: c.Profile, LinkedAt: at, SeenAt: at,
		},
		Session: session.Session{
			ID: c.Session.ID, Key: c.Session.Key, UserID: c.UserID, IdentityID: c.IdentityID,
			CreatedAt: at, AuthTime: at.Add(-time.Second), SeenAt: at,
			IdleExpiresAt: at.Add(14 * 24 * time.Hour), ExpiresAt: at.Add(90 * 24 * time.Hour), Remember: true, Client: origin,
		},
	}
	want.Session.Client.RequestID = "" // in the log only
	diff(t, got, want)
}

func sameNickname(t *testing.T, w world) {
	a, b := w.signIn(t, "1"), w.signIn(t, "2")
	if a.User.ID == b.User.ID || a.Identity.Profile != b.Identity.Profile {
		t.Errorf("two users with one nickname and one e-mail address: %+v, %+v", a, b)
	}
}

func changedNickname(t *testing.T, w world) {
	first := w.signIn(t, "1")
	c := w.completion(t, "1")
	c.Profile.Nickname = "춘식이"
	out := w.finish(t, c)
	if out.New || out.Principal.User.ID != first.User.ID || out.Principal.Identity.ID != first.Identity.ID {
		t.Errorf("another user: %+v", out)
	}
	if got := w.principal(t, first.Session.Key).Identity.Profile.Nickname; got != "춘식이" {
		t.Errorf("the older session shows %q", got)
	}
}

func noEmail(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.Profile = account.Profile{}
	diff(t, w.finish(t, c).Principal.Identity.Profile, account.Profile{})
	diff(t, w.Query(t, "SELECT nickname, picture, email, email_state, email_relay FROM identities"),
		[][]string{{"NULL", "NULL", "NULL", "0", "0"}})
	// An address without a state, or a state without an address, is dropped.
	for i, p := range []account.Profile{
		{Email: "a@example.com"}, {EmailState: account.EmailVerified}, {Email: "a@example.com", EmailState: 7},
		{EmailRelay: true},
	} {
		c := w.completion(t, fmt.Sprint("odd", i))
		c.Profile = p
		diff(t, w.finish(t, c).Principal.Identity.Profile, account.Profile{})
	}
}

func bigIDs(t *testing.T, w world) {
	a, b := w.signIn(t, "9007199254740992"), w.signIn(t, "9007199254740993")
	if a.User.ID == b.User.ID {
		t.Fatal("two users became one")
	}
	max := w.signIn(t, "9223372036854775807")
	if got := w.principal(t, max.Session.Key).Identity.Subject; got != "9223372036854775807" {
		t.Errorf("subject came back as %s", got)
	}
	rows := w.Query(t, "SELECT subject FROM identities ORDER BY subject")
	diff(t, rows, [][]string{{"9007199254740992"}, {"9007199254740993"}, {"9223372036854775807"}})
}

func otherApp(t *testing.T, w world) {
	a := w.signIn(t, "1")
	app, provider := w.completion(t, "1"), w.completion(t, "1")
	app.Key.Namespace, provider.Key.Provider = "654321", "naver"
	b, c := w.finish(t, app).Principal, w.finish(t, provider).Principal
	if a.User.ID == b.User.ID || a.User.ID == c.User.ID || b.User.ID == c.User.ID {
		t.Error("the same number at another app or provider is taken for the same user")
	}
}

func disabledRefused(t *testing.T, w world) {
	p := w.signIn(t, "1")
	w.disable(t, p.User.ID)
	c := w.completion(t, "1")
	c.Profile.Nickname = "new"
	before := w.signIn(t, "2")
	c.Replaces = &before.Session.Key
	out := w.finish(t, c)
	refused := account.Decision{Verdict: account.Refuse, Reason: account.ReasonDisabled}
	diff(t, out, login.Outcome{Decision: refused, User: p.User.ID})
	if _, err := w.Store.Principal(t.Context(), c.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("session of a disabled user: %v", err)
	}
	w.principal(t, before.Session.Key) // no one signed in, so nothing was replaced
	u, err := w.Store.UserByID(t.Context(), p.User.ID)
	if err != nil || u.Status != account.Disabled {
		t.Errorf("user is %+v, %v", u, err)
	}
	r, err := w.Store.Attempt(t.Context(), c.Attempt)
	if want := (login.Record{Progress: login.Ended, ClaimedAt: stored(noon), Code: "login.disabled"}); err != nil ||
		r != want {
		t.Errorf("attempt is %+v, %v", r, err)
	}
	diff(t, w.Query(t, "SELECT nickname FROM identities WHERE subject = '1'"), [][]string{{"라이언"}})
	events := w.events(t)
	want := fmt.Sprintf("session.refused user=%s session=NULL reason=disabled", p.User.ID)
	if events[len(events)-1] != want {
		t.Errorf("last event is %s", events[len(events)-1])
	}
}

func profileDrift(t *testing.T, w world) {
	first := w.signIn(t, "1")
	if err := w.Store.SetRef(t.Context(), first.User.ID, "10482", noon); err != nil {
		t.Fatal(err)
	}
	if err := w.Exec("UPDATE users SET nickname = '내가 지은 이름', meta = '{\"a\":1}' WHERE id = '" +
		string(first.User.ID) + "'"); err != nil {
		t.Fatal(err)
	}
	c := w.completion(t, "1")
	c.At = noon.Add(time.Hour)
	c.Profile = account.Profile{Nickname: "other", Email: "new@example.com", EmailState: account.EmailUnverified}
	got := w.finish(t, c).Principal
	want := *first
	want.User.Ref, want.User.Nickname, want.User.Meta = "10482", "내가 지은 이름", []byte(`{"a":1}`)
	want.Identity.Profile, want.Identity.SeenAt = c.Profile, first.Identity.SeenAt.Add(time.Hour)
	diff(t, got.User, want.User)
	diff(t, got.Identity, want.Identity)
	diff(t, w.principal(t, c.Session.Key), got)
}

// A sign-in brings whether the address is a relay address, also if nothing else has changed.
func relayAddress(t *testing.T, w world) {
	for i, relay := range []bool{true, false, true} {
		c := w.completion(t, "1")
		c.At = noon.Add(time.Duration(i) * time.Hour)
		c.Profile.EmailRelay = relay
		diff(t, w.finish(t, c).Principal.Identity.Profile, c.Profile)
		diff(t, w.principal(t, c.Session.Key).Identity.Profile, c.Profile)
	}
	// An older program writes the address without the column.
	if err := w.Exec("UPDATE identities SET email = NULL, email_state = 0"); err != nil {
		t.Fatal(err)
	}
	if got := w.signIn(t, "1").Identity.Profile; got.EmailRelay {
		t.Errorf("%+v", got)
	}
}

func replaced(t *testing.T, w world) {
	old, bystander := w.signIn(t, "1"), w.signIn(t, "1")
	_, cursor, err := w.Other.Changes(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	c := w.completion(t, "2") // another user signs in on that browser
	c.Replaces = &old.Session.Key
	out := w.finish(t, c)
	if _, err := w.Store.Principal(t.Context(), old.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("replaced session: %v", err)
	}
	w.principal(t, bystander.Session.Key)
	w.principal(t, out.Principal.Session.Key)
	changes, _, err := w.Other.Changes(t.Context(), cursor)
	if err != nil || !hasKey(changes, old.Session.Key) {
		t.Errorf("feed says %v, %v", changes, err)
	}
	want := fmt.Sprintf("session.signed_out user=%s session=%s reason=replaced", old.User.ID, old.Session.ID)
	if !contains(w.events(t), want) {
		t.Errorf("no event %q in %q", want, w.events(t))
	}
}

func replacesUnknown(t *testing.T, w world) {
	c := w.completion(t, "1")
	k := newKey(t)
	c.Replaces = &k
	w.finish(t, c)
	w.principal(t, c.Session.Key)
}

func nameOnce(t *testing.T, w world) {
	name := w.signIn(t, "1").Identity.Profile.Nickname
	address := account.Profile{Email: "new@example.com", EmailState: account.EmailVerified}
	for _, step := range []struct {
		given account.Profile
		want  string
	}{{address, name}, {account.Profile{Nickname: "other"}, "other"}, {address, "other"}} {
		c := w.completion(t, "1")
		c.NameOnce, c.Profile = true, step.given
		got := w.finish(t, c).Principal.Identity.Profile
		if got.Nickname != step.want || got.Email != step.given.Email {
			t.Errorf("%+v: %+v", step.given, got)
		}
	}
}

func partialProfile(t *testing.T, w world) {
	full := w.signIn(t, "1").Identity.Profile
	part := account.Profile{Nickname: "other"}
	for _, step := range []struct {
		partial     bool
		given, want account.Profile
	}{{true, part, full}, {false, account.Profile{}, account.Profile{}}, {true, part, part}} {
		c := w.completion(t, "1")
		c.Partial, c.Profile = step.partial, step.given
		diff(t, w.finish(t, c).Principal.Identity.Profile, step.want)
		diff(t, w.principal(t, c.Session.Key).Identity.Profile, step.want)
	}
}

func pendingProfile(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.JoinRequired = true
	p := w.finish(t, c).Principal
	if p.User.Status != account.Pending || !p.User.JoinedAt.IsZero() || p.Identity.Profile != (account.Profile{}) {
		t.Errorf("pending principal = %+v", p)
	}
	if until := c.PendingUntil.Truncate(time.Millisecond); !p.Session.ExpiresAt.Equal(until) ||
		!p.Session.IdleExpiresAt.Equal(until) {
		t.Errorf("session ends %v and %v, want %v", p.Session.IdleExpiresAt, p.Session.ExpiresAt, until)
	}
	diff(t, w.Query(t, "SELECT nickname, picture, email FROM identities"), [][]string{{"NULL", "NULL", "NULL"}})
}

func pendingAgain(t *testing.T, w world) {
	first, second := w.signInPending(t, "1"), w.signInPending(t, "1")
	if first.User.ID != second.User.ID || second.User.Status != account.Pending ||
		second.Identity.Profile != (account.Profile{}) {
		t.Errorf("second visit: %+v", second)
	}
}

func joinGivenUp(t *testing.T, w world) {
	pending := w.signInPending(t, "1")
	p := w.signIn(t, "1")
	if p.User.ID != pending.User.ID || p.User.Status != account.Active ||
		!p.User.JoinedAt.Equal(noon.Truncate(time.Millisecond)) {
		t.Errorf("principal = %+v", p)
	}
	if p.Identity.Profile.Nickname != "라이언" {
		t.Errorf("profile = %+v", p.Identity.Profile)
	}
	// SE-03: an older session must not gain new rights.
	if _, err := w.Store.Principal(t.Context(), pending.Session.Key); !errors.Is(err, session.ErrNone) {
		t.Errorf("pending session: %v", err)
	}
}

func badKeys(t *testing.T, w world) {
	for _, subject := range []string{"", "1\x00", "1\xff", string(make([]byte, 300))} {
		c := w.completion(t, "1")
		c.Key.Subject = subject
		if _, err := w.Store.Finish(t.Context(), c); err == nil {
			t.Errorf("subject %q is accepted", subject)
		}
	}
	if n := w.count(t, "users"); n != 0 {
		t.Errorf("%d users", n)
	}
}

func times(t *testing.T, w world) {
	ny, err := time.LoadLocation("America/New_York")
	if err != nil {
		ny = time.FixedZone("EST", -5*3600)
	}
	for i, at := range []time.Time{
		time.Date(2026, 12, 31, 23, 59, 59, 999_000_000,
			ny), // midnight, year's end, elsewhere another day
		time.Date(2026, 3, 8, 2, 30, 0, 1_000_000, ny),                              // an hour that does not exist
		time.Date(2026, 11, 1, 1, 30, 0, 0, ny),                                     // an hour that comes twice
		time.Date(2028, 2, 29, 12, 0, 0, 500_000_000, time.FixedZone("", -12*3600)), // leap day
		time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC),                               // beyond 32 bits
		time.Date(2100, 1, 1, 0, 0, 0, 999_999_999, time.UTC),
	} {
		c := w.completion(t, fmt.Sprint(i))
		c.At, c.Session = at, newSession(t, at)
		w.finish(t, c)
		got := w.principal(t, c.Session.Key)
		exact := at.Truncate(time.Millisecond)
		for name, pair := range map[string][2]time.Time{
			"created":      {got.Session.CreatedAt, exact},
			"seen":         {got.Session.SeenAt, exact},
			"idle expires": {got.Session.IdleExpiresAt, exact.Add(14 * 24 * time.Hour)},
			"expires":      {got.Session.ExpiresAt, exact.Add(90 * 24 * time.Hour)},
			"user created": {got.User.CreatedAt, exact},
			"linked":       {got.Identity.LinkedAt, exact},
		} {
			if !pair[0].Equal(pair[1]) || pair[0].Location() != time.UTC {
				t.Errorf("%s is %v, want %v in UTC", name, pair[0], pair[1])
			}
		}
	}
}

// newEmail: the provider reports another e-mail address; one that was never known or is no longer shared is no change
// of the ways to sign in.
func newEmail(t *testing.T, w world) {
	for i, c := range []struct {
		before, after string
		alive         bool
	}{
		{"a@example.com", "b@example.com", false},
		{"a@example.com", "a@example.com", true},
		{"", "b@example.com", true},
		{"a@example.com", "", true},
	} {
		signIn := func(email string) *session.Principal {
			t.Helper()
			comp := w.completion(t, fmt.Sprint(500+i))
			if comp.Profile.Email, comp.Profile.EmailState = email, account.EmailUnverified; email == "" {
				comp.Profile.EmailState = account.EmailNone
			}
			return w.finish(t, comp).Principal
		}
		elsewhere := signIn(c.before)
		here := signIn(c.after)
		if w.alive(t, elsewhere.Session.Key) != c.alive || !w.alive(t, here.Session.Key) {
			t.Errorf("%q to %q: other session alive %t", c.before, c.after, !c.alive)
		}
	}
}
