package storetest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/audit"
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
		Sealed: "sealed", AccessExpiresAt: noon.Add(hours).Truncate(ms).UTC(),
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
	accessOnly := func(c *login.Completion) {
		c.Tokens.AccessOnly, c.Tokens.RefreshExpiresAt = true, c.Tokens.AccessExpiresAt
	}
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
