package profile

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
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// merging makes one account of two. A user who, signed in to one account, proved an identity of another has proved
// both in one chain of attempts, because adding an identity needs a fresh proof of the first. The second proof waits
// in a sealed cookie, bound to the session, until the user has read what merging means.
type merging struct {
	kernel  *web.Kernel
	service *linking.Service
	proofs  *seal.Sealer
}

// mergeLife is how long the user may read; as long as the proof may be old.
const mergeLife = login.RelinkMaxAge

// provenOther is the second account and the identity that proved it.
type provenOther struct {
	Owner account.ID
	Key   account.Key
	Until int64 // unix milliseconds
}

func (m *merging) cookie() string { return m.kernel.Cookies.Name("merge") }

func (m *merging) context(sessionID string) string { return m.cookie() + "\x00" + sessionID }

// offer remembers the second proof for the session that asked for it.
func (m *merging) offer(w http.ResponseWriter, done login.Finished) {
	if done.Owned == nil || done.Purpose != login.Link {
		return
	}
	b, err := json.Marshal(provenOther{done.Owned.Owner, done.Owned.Key, m.kernel.Now().Add(mergeLife).UnixMilli()})
	if err != nil {
		return // nothing is offered
	}
	m.kernel.Cookies.Set(w, m.cookie(), m.proofs.Seal(b, m.context(done.Detail)), mergeLife)
}

// other is the second proof of this session; nil if there is none.
func (m *merging) other(r *web.Request) *provenOther {
	b, err := m.proofs.Open(m.kernel.Cookies.Get(r.Request, m.cookie()), m.context(r.Principal.Session.ID))
	if err != nil {
		return nil
	}
	var o provenOther
	if json.Unmarshal(b, &o) != nil || !m.kernel.Now().Before(time.UnixMilli(o.Until)) {
		return nil
	}
	return &o
}

// form says what merging does, with one button that does it.
func (m *merging) form(w http.ResponseWriter, r *web.Request) error {
	other := m.other(r)
	if other == nil {
		return web.Redirect(w, m.kernel.Site.Path(linksPath)) // where merging starts
	}
	plan, err := m.service.PlanMerge(r.Context(), r.Principal, other.Owner, other.Key)
	if err != nil {
		return err
	}
	v := page.MergeOf(r.FormFrame(), r.Principal, plan.Lose, plan.Identities)
	v.Provider = other.Key.Provider
	return m.kernel.Render(w, http.StatusOK, &v)
}

// merge takes the form.
func (m *merging) merge(w http.ResponseWriter, r *web.Request) error {
	if err := r.CheckToken(); err != nil {
		return err
	}
	other := m.other(r)
	// The form names the account that the page was about: another tab may have proved another one since.
	if other == nil || r.PostForm.Get("user") != string(other.Owner) {
		return problem.New(problem.LinkMergeGone)
	}
	next, err := m.service.Merge(r.Context(), linking.MergeRequest{
		Keep: r.Principal.User.ID, Lose: other.Owner, ProvenKey: &other.Key, Session: &r.Principal.Session.Key,
		Actor: r.Actor(),
	})
	if errors.Is(err, session.ErrNone) {
		return r.Done(w, m.kernel.Site.Path(linksPath)) // another tab was first
	}
	if err != nil {
		return err
	}
	m.kernel.Cookies.Drop(w, m.cookie())
	m.kernel.SetSession(w, next.Token, next.Principal)
	return r.Done(w, m.kernel.Site.NoticeURL(linksPath, string(page.FlashMerged)))
}
