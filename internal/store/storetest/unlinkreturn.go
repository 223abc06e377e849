package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

var unlinkReturnTests = []test{
	{"TokensReturnAfterAnErasure", tokensReturnErased},
	{"TokensReturnToThePendingUser", tokensReturnPending},
	{"TokensReturnToTheUserWhoLinksTheIdentity", tokensReturnLinked},
	{"RevokedTokensOfSessionsReturnToASession", revokedTokensReturn},
	{"RevokedTokensThatOutliveSessionsReturn", revokedOfflineReturns},
	{"RevokedTokensOfARefusedSignInGoIntoTheJob", revokedOfRefused},
	{"RevokedTokensOfAllSessionsGoIntoJobs", revokedTokensInJobs},
	{"NewestTokensReturnLast", newestReturnsLast},
}

// accessOnly is a sign-in at a provider that sent its refresh token before.
func accessOnly(c *login.Completion) {
	c.Tokens.AccessOnly, c.Tokens.RefreshExpiresAt = true, c.Tokens.AccessExpiresAt
}

func revoked(c *login.Completion) { c.Tokens.Client = login.RevokedClient }

// waitingUnlinks counts the unlink jobs that still have tokens.
func waitingUnlinks(t *testing.T, w world) int {
	t.Helper()
	return w.count(t, "jobs WHERE kind = 'unlink' AND state <> 'done' AND payload LIKE '%Tokens%'")
}

// A user who joins again while the call of their withdrawal still fails, at a provider that sends its refresh token at
// the first consent only: the new account can end the link. Subjects that begin alike, and jobs of another kind about
// the same one, are left alone.
func tokensReturnErased(t *testing.T, w world) {
	for _, dead := range []bool{false, true} {
		subject := map[bool]string{false: "1", true: "2"}[dead]
		p := w.signInKeeping(t, subject, "refresh "+subject, forUnlink)
		similar := w.signInKeeping(t, subject+"2", "similar", forUnlink)
		w.withdraw(t, p)
		w.withdraw(t, similar)
		w.queue(t, jobs.New{
			Kind: providertoken.CheckLinkJob, Key: "same key " + subject, At: noon,
			Payload: w.Query(t, "SELECT payload FROM jobs WHERE kind = 'unlink' ORDER BY id DESC LIMIT 1")[0][0],
		})
		if dead {
			for _, j := range claimJobs(t, w.Store, noon.Add(time.Minute), 20) {
				if j.Kind == "unlink" {
					if err := settleJob(t, w.Store, j, jobs.Dead, time.Time{}); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		before := waitingUnlinks(t, w)
		w.signInKeeping(t, subject, "access", forUnlink, accessOnly)
		end := w.Query(t, "SELECT sealed FROM grants WHERE identity_id IN "+
			"(SELECT id FROM identities WHERE subject = '"+subject+"')")
		diff(t, end, [][]string{{"refresh " + subject}})
		if n := waitingUnlinks(t, w); n != before-1 {
			t.Errorf("dead %t: %d jobs with tokens, want %d", dead, n, before-1)
		}
	}
}

func tokensReturnPending(t *testing.T, w world) {
	w.withdraw(t, w.signInKeeping(t, "1", "refresh", forUnlink))
	p := w.signInKeeping(t, "1", "access", forUnlink, accessOnly, func(c *login.Completion) { c.JoinRequired = true })
	if p.User.Status != account.Pending || waitingUnlinks(t, w) != 0 {
		t.Fatalf("%s, %d jobs", p.User.Status, waitingUnlinks(t, w))
	}
	// Declining queues the end of the link, with the tokens.
	if err := w.Store.Discard(t.Context(), p.Session.Key, noon.Add(time.Minute), w.withdrawal(p).Actor); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, "jobs WHERE kind = 'unlink' AND state = 'open' AND payload LIKE '%\"refresh\"%'"); n != 1 {
		t.Errorf("%d jobs with the tokens", n)
	}
}

func tokensReturnLinked(t *testing.T, w world) {
	first := w.signIn(t, "1")
	added := linkTo(t, w, first, "2", "refresh")
	if _, err := w.Store.Unlink(t.Context(), detachment(t, added, identityOf(t, w, "2"))); err != nil {
		t.Fatal(err)
	}
	if n := waitingUnlinks(t, w); n != 1 {
		t.Fatalf("%d jobs", n)
	}
	linkTo(t, w, w.signIn(t, "3"), "2", "access", accessOnly)
	diff(t, keptTokens(t, w)[0][:2], []string{"2", "refresh"})
	if n := waitingUnlinks(t, w); n != 0 {
		t.Errorf("%d jobs still have the tokens", n)
	}
}

// linkTo links an identity to a user, with tokens.
func linkTo(
	t *testing.T, w world, p *session.Principal, subject, sealed string, changes ...func(*login.Completion),
) *session.Principal {
	t.Helper()
	c := linkCompletion(t, w, p, subject)
	c.Tokens = newGrant(t, sealed)
	forUnlink(&c)
	for _, change := range changes {
		change(&c)
	}
	out := w.finish(t, c)
	if out.Principal == nil {
		t.Fatalf("not linked: %+v", out)
	}
	return out.Principal
}

func identityOf(t *testing.T, w world, subject string) string {
	t.Helper()
	return w.Query(t, "SELECT id FROM identities WHERE subject = '"+subject+"'")[0][0]
}

// revokedTokensReturn: tokens of ended sessions are revoked with those of the session that withdraws, and return to the
// session of a user who is back before that was possible.
func revokedTokensReturn(t *testing.T, w world) {
	ended := w.signInKeeping(t, "1", "signed out", revoked, withHint(t, "hint"))
	key := ended.Session.Key
	end := session.Revocation{Key: &key, At: noon, Actor: w.withdrawal(ended).Actor}
	if _, err := w.Store.End(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	w.withdraw(t, w.signInKeeping(t, "1", "signed in", revoked, withHint(t, "hint")))
	var sealed []string
	for _, s := range w.unlinkPayloads(t)[0].Tokens {
		if sealed = append(sealed, s.Sealed); !s.OfSession {
			t.Errorf("%+v", s)
		}
	}
	slices.Sort(sealed)
	diff(t, sealed, []string{"signed in", "signed out"})
	p := w.signInKeeping(t, "1", "new", revoked)
	all := tokensOfSession(t, w, p.Session.ID)
	slices.Sort(all)
	diff(t, all, []string{"new", "signed in", "signed out"})
	if n := waitingUnlinks(t, w); n != 0 {
		t.Errorf("%d jobs would revoke them all", n)
	}
	end.Key = &p.Session.Key
	if _, err := w.Store.End(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	if n := endJobs(t, w); n != 4 { // one of them for the session that ended first
		t.Errorf("%d jobs to revoke tokens", n)
	}
}

func revokedOfflineReturns(t *testing.T, w world) {
	w.withdraw(t, w.signInKeeping(t, "1", "refresh", revoked, offline))
	w.signInKeeping(t, "1", "access", revoked, offline, accessOnly)
	diff(t, w.Query(t, "SELECT sealed, session_id, for_unlink FROM grants"), [][]string{{"refresh", "NULL", "0"}})
	if n := waitingUnlinks(t, w); n != 0 {
		t.Errorf("%d jobs still have the tokens", n)
	}
}

func revokedOfRefused(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.UnderAge, c.JoinRequired, c.Tokens = true, true, newGrant(t, "sealed")
	revoked(&c)
	w.finish(t, c)
	if got := w.unlinkPayloads(t); len(got) != 1 || len(got[0].Tokens) != 1 || !got[0].Tokens[0].OfSession {
		t.Errorf("%+v", got)
	}
}

// revokedTokensInJobs: however many tokens there are and however long they are, each is in one job that can be stored.
// They all return to a user who is back.
func revokedTokensInJobs(t *testing.T, w world) {
	for n, c := range []struct {
		tokens, length, jobs int
		linked               bool // the user unlinks the identity instead of withdrawing
	}{{9, 100, 2, false}, {40, 100, 5, false}, {5, 15 << 10, 3, false}, {9, 100, 2, true}, {4, 30 << 10, 4, true}} {
		subject := fmt.Sprint("subject ", n)
		var p *session.Principal
		if c.linked {
			p = w.link(t, w.signIn(t, "owner of "+subject), subject)
		}
		var want []string
		for i := range c.tokens {
			want = append(want, fmt.Sprintf("%0*d", c.length, i))
			at := w.signInKeeping(t, subject, want[i], revoked)
			if p == nil {
				p = at
			}
		}
		if !c.linked {
			w.withdraw(t, p)
		} else if _, err := w.Store.Unlink(t.Context(), detachment(t, p, identityOf(t, w, subject))); err != nil {
			t.Fatal(err)
		}
		var queued []string
		payloads := w.Query(t, "SELECT payload FROM jobs WHERE kind = 'unlink' AND payload LIKE '%\""+subject+"\"%'")
		for _, r := range payloads {
			var u withdrawal.Unlink
			if err := json.Unmarshal([]byte(r[0]), &u); err != nil || len(r[0]) > jobs.MaxPayload {
				t.Fatalf("payload of %d bytes, %v", len(r[0]), err)
			}
			for _, s := range u.Tokens {
				queued = append(queued, s.Sealed)
			}
		}
		slices.Sort(queued)
		if !slices.Equal(queued, want) || len(payloads) != c.jobs {
			t.Errorf("%d jobs with %d of %d tokens, want %d jobs", len(payloads), len(queued), c.tokens, c.jobs)
		}
		w.signInKeeping(t, subject, "new", revoked)
		var kept []string
		for _, r := range w.Query(t, "SELECT sealed FROM grants WHERE identity_id = '"+identityOf(t, w, subject)+"'") {
			kept = append(kept, r[0])
		}
		slices.Sort(kept)
		if !slices.Equal(kept, append(want, "new")) || waitingUnlinks(t, w) != 0 {
			t.Errorf("%d of %d tokens are back, %d jobs wait", len(kept)-1, c.tokens, waitingUnlinks(t, w))
		}
	}
}

// newestReturnsLast: of tokens that outlive their session only the newest stays. Those of sessions are from before the
// setting was changed.
func newestReturnsLast(t *testing.T, w world) {
	var p *session.Principal
	for i := range 9 {
		p = w.signInKeeping(t, "1", fmt.Sprint(i), revoked)
	}
	w.signInKeeping(t, "1", "refresh", revoked, offline, func(c *login.Completion) { c.At = noon.Add(time.Minute) })
	w.withdraw(t, p)
	if n := waitingUnlinks(t, w); n != 2 {
		t.Errorf("%d jobs", n)
	}
	w.signInKeeping(t, "1", "access", revoked, offline, accessOnly)
	diff(t, w.Query(t, "SELECT sealed FROM grants WHERE session_id IS NULL"), [][]string{{"refresh"}})
}
