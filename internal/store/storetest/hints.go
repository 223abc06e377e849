package storetest

import (
	"testing"

	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/session"
)

var hintTests = []test{
	{"StaysWithoutTokens", hintStays},
	{"IsThatOfItsSession", hintsOfSessions},
}

// withHint keeps an ID token for the sign-out page besides the tokens.
func withHint(t *testing.T, sealed string) func(*login.Completion) {
	return func(c *login.Completion) {
		c.Hint = newGrant(t, sealed)
		c.Hint.Client, c.Hint.AccessOnly, c.Hint.RefreshExpiresAt = login.HintClient, true, c.Hint.AccessExpiresAt
	}
}

func tokensOfSession(t *testing.T, w world, id string) (all []string) {
	t.Helper()
	found, err := w.Other.SessionTokens(t.Context(), id, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range found {
		all = append(all, g.Sealed)
	}
	return all
}

func hintStays(t *testing.T, w world) {
	p := w.signInKeeping(t, "1", "", withHint(t, "hint"), func(c *login.Completion) { c.Tokens = nil })
	w.signInKeeping(t, "2", "tokens")
	if n, err := w.Store.EndTokens(t.Context(), noon, 10); err != nil || n != 1 {
		t.Errorf("a service that keeps no tokens ended %d, %v", n, err)
	}
	diff(t, tokensOfSession(t, w, p.Session.ID), []string{"hint"})
	if all := w.grantsOf(t, p.User.ID, noon); len(all) != 0 {
		t.Errorf("a hint is handed out as a token: %+v", all)
	}
}

// hintsOfSessions: tokens that outlive their session are replaced by the next sign-in, the hints of other sessions are
// not.
func hintsOfSessions(t *testing.T, w world) {
	first := w.signInKeeping(t, "1", "old", withHint(t, "first"), offline)
	second := w.signInKeeping(t, "1", "new", withHint(t, "second"), offline)
	diff(t, tokensOfSession(t, w, first.Session.ID), []string{"first"})
	diff(t, tokensOfSession(t, w, second.Session.ID), []string{"second"})
	if got := sealedOf(t, w, first.User.ID); got != "new" {
		t.Errorf("usable are %q", got)
	}
	key := first.Session.Key
	end := session.Revocation{Key: &key, At: noon, Actor: audit.User("test", audit.Client{})}
	if _, err := w.Store.End(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	diff(t, w.Query(t, "SELECT sealed FROM grants ORDER BY sealed"), [][]string{{"new"}, {"second"}})
	if n := endJobs(t, w); n != 0 {
		t.Errorf("%d jobs to revoke a hint", n)
	}
}
