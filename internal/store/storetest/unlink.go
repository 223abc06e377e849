package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

var unlinkTests = []test{
	{"JobKeepsTheTokensOfTheIdentity", unlinkJobKeepsTokens},
	{"JobKeepsTheTokensOfARefusedSignIn", unlinkJobOfRefused},
	{"JobKeepsWhatFits", unlinkJobIsBounded},
	{"OtherTokensDoNotGoIntoTheJob", unlinkWithoutTokens},
	{"TokensOutliveSessionsAndTheSetting", unlinkTokensStay},
	{"PR15_AccessTokenReplacesNoRefreshToken", accessTokenReplacesNothing},
	{"OP07_TokensInJobsAreResealed", unlinkResealed},
	{"TokensOfEachClientGoIntoTheJob", unlinkTokensOfClients},
	{"TokensOfAWaitingJobReturnWithTheUser", unlinkTokensReturn},
	{"JobThatHasRunReturnsNoTokens", unlinkTokensSpent},
	{"TokensOfOtherUsersDoNotReturn", unlinkTokensOfOthers},
}

// unlinks reads the payloads of unlink jobs.
func (w world) unlinkPayloads(t *testing.T) []withdrawal.Unlink {
	t.Helper()
	var all []withdrawal.Unlink
	for _, r := range w.Query(t, "SELECT payload FROM jobs WHERE kind = 'unlink' ORDER BY id") {
		var u withdrawal.Unlink
		if err := json.Unmarshal([]byte(r[0]), &u); err != nil {
			t.Fatal(err)
		}
		all = append(all, u)
	}
	return all
}

func forUnlink(c *login.Completion) { c.Tokens.ForUnlink = true }

func (w world) withdraw(t *testing.T, p *session.Principal) {
	t.Helper()
	if err := w.Store.Withdraw(t.Context(), w.withdrawal(p)); err != nil {
		t.Fatal(err)
	}
}

func unlinkJobKeepsTokens(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "sealed", forUnlink)
	w.withdraw(t, p)
	ms := time.Millisecond
	diff(t, w.unlinkPayloads(t), []withdrawal.Unlink{{Key: p.Identity.Key, Tokens: []withdrawal.SealedTokens{{
		Sealed: "sealed", KeyID: "k1", AccessExpiresAt: noon.Add(hours).Truncate(ms).UTC(),
		RefreshExpiresAt: noon.Add(60 * 24 * time.Hour).Truncate(ms).UTC(),
	}}}})
	if n := w.count(t, "grants"); n != 0 {
		t.Errorf("%d grants of a withdrawn user", n)
	}
}

// A sign-in replaces the tokens of its own client only.
func unlinkTokensOfClients(t *testing.T, w world) {
	from := func(client string) func(*login.Completion) {
		return func(c *login.Completion) { c.Tokens.ForUnlink, c.Tokens.Client = true, client }
	}
	w.signInKeeping(t, "1", "old web", from("web"))
	w.signInKeeping(t, "1", "app", from("app"))
	p := w.signInKeeping(t, "1", "web", from("web"))
	w.withdraw(t, p)
	var kept []string
	for _, tokens := range w.unlinkPayloads(t)[0].Tokens {
		kept = append(kept, tokens.Sealed)
	}
	slices.Sort(kept)
	diff(t, kept, []string{"app", "web"})
}

func unlinkJobOfRefused(t *testing.T, w world) {
	c := w.completion(t, "1")
	c.UnderAge, c.JoinRequired, c.Tokens = true, true, newGrant(t, "sealed")
	forUnlink(&c)
	w.finish(t, c)
	if got := w.unlinkPayloads(t); len(got) != 1 || len(got[0].Tokens) != 1 || got[0].Tokens[0].Sealed != "sealed" {
		t.Errorf("%+v", got)
	}
	if n := w.count(t, "grants"); n != 0 {
		t.Errorf("%d grants of a sign-in that was refused", n)
	}
}

func unlinkJobIsBounded(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", strings.Repeat("x", 60<<10), forUnlink)
	w.withdraw(t, p)
	if got := w.unlinkPayloads(t); len(got) != 1 || got[0].Key != p.Identity.Key || len(got[0].Tokens) != 0 {
		t.Errorf("%d jobs", len(got))
	}
}

func unlinkWithoutTokens(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "sealed")
	w.withdraw(t, p)
	payload, err := json.Marshal(p.Identity.Key)
	if err != nil {
		t.Fatal(err)
	}
	// Programs of earlier versions read the key alone.
	diff(t, w.Query(t, "SELECT payload FROM jobs WHERE kind = 'unlink'"), [][]string{{string(payload)}})
}

// accessTokenReplacesNothing: a provider that sends a refresh token at the first consent only.
func accessTokenReplacesNothing(t *testing.T, w world) {
	stored := func() [][]string { return w.Query(t, "SELECT sealed FROM grants WHERE ended_at IS NULL") }
	for _, step := range []struct {
		sealed string
		change []func(*login.Completion)
		want   string
	}{
		{"access 1", []func(*login.Completion){forUnlink, accessOnly}, "access 1"},
		{"access 2", []func(*login.Completion){forUnlink, accessOnly}, "access 2"},
		{"refresh 1", []func(*login.Completion){forUnlink}, "refresh 1"},
		{"access 3", []func(*login.Completion){forUnlink, accessOnly}, "refresh 1"},
		{"refresh 2", []func(*login.Completion){forUnlink}, "refresh 2"},
	} {
		w.signInKeeping(t, "1", step.sealed, step.change...)
		diff(t, stored(), [][]string{{step.want}})
	}
}

func unlinkTokensStay(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "needed", forUnlink)
	w.signInKeeping(t, "2", "other")
	if n, err := w.Store.EndTokens(t.Context(), noon, 10); err != nil || n != 1 {
		t.Errorf("%d ended, %v", n, err)
	}
	everywhere := session.Revocation{UserID: p.User.ID, At: noon, Actor: audit.User("test", audit.Client{})}
	if _, err := w.Store.End(t.Context(), everywhere); err != nil {
		t.Fatal(err)
	}
	if n := w.count(t, "jobs WHERE kind = 'end_grant' AND state = 'open'"); n != 1 {
		t.Errorf("%d jobs to revoke tokens, want that of the other user alone", n)
	}
	diff(t, w.Query(t, "SELECT sealed FROM grants WHERE ended_at IS NULL"), [][]string{{"needed"}})
}

// back are the two ways in which a withdrawn user comes back within the grace period.
var back = []account.Return{
	{Policy: account.RejoinRestore, Choice: account.ChoiceRestore},
	{Policy: account.RejoinNew, Choice: account.ChoiceNew},
}

// askAgain is a sign-in of a withdrawn user who has yet to answer, with tokens.
func askAgain(t *testing.T, w world, subject, sealed string, r account.Return, changes ...func(*login.Completion)) {
	t.Helper()
	c := w.completion(t, subject)
	r.Choice = account.ChoiceNone
	c.At, c.Return, c.Tokens = noon.Add(2*time.Hour), r, newGrant(t, sealed)
	c.Session = newSession(t, c.At)
	forUnlink(&c)
	for _, change := range changes {
		change(&c)
	}
	if out := w.finish(t, c); out.Principal != nil {
		t.Fatalf("not asked: %+v", out)
	}
}

// keptTokens lists the kept tokens by subject, with what must survive the way through a job.
func keptTokens(t *testing.T, w world) [][]string {
	t.Helper()
	return w.Query(t, `SELECT i.subject, g.sealed, g.key_id, g.client, g.for_unlink, g.refresh_expires_at
FROM grants g JOIN identities i ON i.id = g.identity_id WHERE g.ended_at IS NULL ORDER BY i.subject, g.client`)
}

func unlinkTokensReturn(t *testing.T, w world) {
	end := fmt.Sprint(noon.Add(60 * 24 * time.Hour).UnixMilli())
	for n, r := range back {
		subject := fmt.Sprint(n)
		p := w.signInKeeping(t, subject, "web", forUnlink, func(c *login.Completion) { c.Tokens.Client = "web" })
		w.signInKeeping(t, subject, "app", forUnlink, func(c *login.Completion) { c.Tokens.Client = "app" })
		withdrawWithGrace(t, w, p)
		web := func(c *login.Completion) { c.Tokens.Client = "web" }
		askAgain(t, w, subject, "web, newer", r, web)
		// As of a provider that sends a refresh token at the first consent only.
		askAgain(t, w, subject, "web, access only", r, web, func(c *login.Completion) {
			c.Tokens.AccessOnly, c.Tokens.RefreshExpiresAt = true, c.Tokens.AccessExpiresAt
		})
		if n := w.count(t, "grants"); n != 0 {
			t.Fatalf("%d grants of a withdrawn user", n)
		}
		p = signInAgain(t, w, subject, 2*time.Hour, r).Principal
		diff(t, keptTokens(t, w), [][]string{
			{subject, "app", "k1", "app", "1", end}, {subject, "web, newer", "k1", "web", "1", end},
		})
		if n := w.count(t, "jobs WHERE kind = 'unlink' AND (state <> 'done' OR payload IS NOT NULL)"); n != 0 {
			t.Errorf("%d unlink jobs still have the tokens", n)
		}
		again := w.withdrawal(p)
		again.At = noon.Add(4 * time.Hour)
		if err := w.Store.Withdraw(t.Context(), again); err != nil {
			t.Fatal(err)
		}
		open := w.Query(t, "SELECT payload FROM jobs WHERE kind = 'unlink' AND state = 'open'")
		if len(open) != 1 || !strings.Contains(open[0][0], "web, newer") || !strings.Contains(open[0][0], `"app"`) {
			t.Errorf("the second withdrawal: %v", open)
		}
		for _, j := range claimJobs(t, w.Store, noon.Add(6*time.Hour), 10) {
			if err := settleJob(t, w.Store, j, jobs.Done, time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func unlinkTokensSpent(t *testing.T, w world) {
	for n, r := range back {
		subject := fmt.Sprint(n)
		withdrawWithGrace(t, w, w.signInKeeping(t, subject, "sealed", forUnlink))
		for _, j := range claimJobs(t, w.Store, noon.Add(time.Hour), 10) {
			if err := settleJob(t, w.Store, j, jobs.Done, time.Time{}); err != nil {
				t.Fatal(err)
			}
		}
		if out := signInAgain(t, w, subject, 2*time.Hour, r); out.Principal == nil {
			t.Fatalf("not back: %+v", out)
		}
		if kept := keptTokens(t, w); len(kept) != 0 {
			t.Errorf("tokens came back: %v", kept)
		}
	}
}

func unlinkTokensOfOthers(t *testing.T, w world) {
	for n, r := range back {
		mine, other := fmt.Sprint("mine ", n), fmt.Sprint("other ", n)
		withdrawWithGrace(t, w, w.signInKeeping(t, other, "of the other", forUnlink))
		withdrawWithGrace(t, w, w.signIn(t, mine))
		if out := signInAgain(t, w, mine, 2*time.Hour, r); out.Principal == nil {
			t.Fatalf("not back: %+v", out)
		}
		if kept := keptTokens(t, w); len(kept) != 0 {
			t.Errorf("tokens came back: %v", kept)
		}
	}
}
