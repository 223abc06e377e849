package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/linking"
	"github.com/norang-login/norang/internal/login"
	"github.com/norang-login/norang/internal/page"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/session"
)

// Whoever proved, signed in to one account, an identity that another account has, has proven to be both within one chain of
// attempts: a fresh proof of the first was the condition for asking for the second. What they proved waits in a sealed
// cookie, bound to the session, until they have read what merging means.

func (c cookies) merge() string { return c.host + "-merge" }

// mergeLife is how long a person may read; as long as the proof itself may be old.
const mergeLife = login.FreshFor

// provenOther is the second account and the identity by which it was proven.
type provenOther struct {
	Owner account.ID
	Key   account.Key
	Until int64 // unix milliseconds
}

func (s *Server) mergeContext(sessionID string) string { return s.cookies.merge() + "\x00" + sessionID }

// offerMerge remembers the second proof, for the session that asked for it.
func (s *Server) offerMerge(w http.ResponseWriter, done login.Finished) {
	if done.Owned == nil || done.Purpose != login.Link {
		return
	}
	b, err := json.Marshal(provenOther{done.Owned.Owner, done.Owned.Key, s.now().Add(mergeLife).UnixMilli()})
	if err != nil {
		return // then nothing is offered
	}
	s.cookies.set(w, s.cookies.merge(), s.merges.Seal(b, s.mergeContext(done.Detail)), mergeLife)
}

// provenOther is what was proven in this session a moment ago; nil if nothing was.
func (s *Server) provenOther(r *request) *provenOther {
	b, err := s.merges.Open(s.cookies.one(r.Request, s.cookies.merge()), s.mergeContext(r.who.Session.ID))
	if err != nil {
		return nil
	}
	var o provenOther
	if json.Unmarshal(b, &o) != nil || !s.now().Before(time.UnixMilli(o.Until)) {
		return nil
	}
	return &o
}

// mergeForm says what merging does, with one button that does it.
func (s *Server) mergeForm(w http.ResponseWriter, r *request) error {
	other := s.provenOther(r)
	if other == nil {
		redirect(w, s.linksURL(page.FlashNone)) // where it begins
		return nil
	}
	plan, err := s.linker.PlanMerge(r.Context(), r.who, other.Owner, other.Key)
	switch {
	case err != nil:
		return err
	case errors.Is(plan.Err, linking.ErrRefConflict):
		return problem.Wrap(problem.LinkRefConflict, plan.Err)
	case plan.Err != nil:
		return problem.Wrap(problem.LinkMergeGone, plan.Err)
	}
	v := page.MergeOf(s.frame(r, s.formToken(r.token)), r.who, plan.Lose, plan.Identities)
	return s.render(w, http.StatusOK, &v)
}

// merge makes one account of two.
func (s *Server) merge(w http.ResponseWriter, r *request) error {
	if err := s.checkToken(r); err != nil {
		return err
	}
	other := s.provenOther(r)
	// The form says which account the page spoke of: another tab may have proven another one since.
	if other == nil || r.PostForm.Get("user") != string(other.Owner) {
		return problem.New(problem.LinkMergeGone)
	}
	next, err := s.linker.Merge(r.Context(), r.who, other.Owner, other.Key, s.from(r))
	if errors.Is(err, session.ErrNone) {
		return s.done(w, r, s.linksURL(page.FlashNone)) // another tab was quicker
	}
	if err != nil {
		return err
	}
	s.cookies.drop(w, s.cookies.merge())
	s.setSession(w, next.Token, next.Principal)
	return s.done(w, r, s.linksURL(page.FlashMerged))
}
