package forward

import (
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// The JSON of GET {prefix}/session; a public contract.
type (
	sessionJSON struct {
		SignedIn bool          `json:"signed_in"`
		Status   string        `json:"status"`
		Next     *string       `json:"next"`
		User     userJSON      `json:"user"`
		Identity identityJSON  `json:"identity"`
		Session  sessionInJSON `json:"session"`
	}
	userJSON struct {
		ID              string  `json:"id"`
		Ref             *string `json:"ref"`
		Nickname        *string `json:"nickname"`
		Picture         *string `json:"picture"`
		Email           *string `json:"email"`
		EmailUnverified *string `json:"email_unverified"`
		EmailRelay      bool    `json:"email_relay"`
		CreatedAt       string  `json:"created_at"`
	}
	identityJSON struct {
		Provider string `json:"provider"`
		App      string `json:"app"`
		Subject  string `json:"subject"` // a string: JavaScript loses digits beyond 2^53
	}
	sessionInJSON struct {
		ID            string `json:"id"`
		AuthTime      string `json:"auth_time"`
		IdleExpiresAt string `json:"idle_expires_at"`
		ExpiresAt     string `json:"expires_at"`
	}
	nobodyJSON struct {
		SignedIn bool   `json:"signed_in"`
		LoginURL string `json:"login_url"`
	}
)

// session describes the user and the session. Without a session it answers 200 too: it runs on every page load, and a
// 401 would show as an error in the browser's console.
func (f *Feature) session(w http.ResponseWriter, r *web.Request) error {
	p, err := r.SignedIn(w)
	if err != nil {
		return err
	}
	if p == nil {
		return web.WriteJSON(w, http.StatusOK, nobodyJSON{false, f.kernel.Site.Path("login")})
	}
	return web.WriteJSON(w, http.StatusOK, f.Describe(p))
}

// Describe is the JSON of a user and a session.
func (f *Feature) Describe(p *session.Principal) any {
	out := sessionJSON{
		SignedIn: true, Status: string(p.User.Status),
		User: userJSON{
			ID: string(p.User.ID), Ref: orNull(p.User.Ref),
			Nickname:  orNull(account.DisplayName(p.User, p.Identity)),
			Picture:   orNull(account.DisplayPicture(p.User, p.Identity)),
			CreatedAt: stamp(p.User.CreatedAt),
		},
		Identity: identityJSON{p.Identity.Provider, p.Identity.Namespace, p.Identity.Subject},
		Session: sessionInJSON{
			p.Session.ID, stamp(p.Session.AuthTime), stamp(p.Session.IdleExpiresAt), stamp(p.Session.ExpiresAt),
		},
	}
	if p.User.Status == account.Pending {
		next := f.kernel.Site.Path("join")
		out.Next = &next
	}
	out.User.EmailRelay = p.Identity.Profile.EmailRelay
	switch p.Identity.Profile.EmailState {
	case account.EmailVerified:
		out.User.Email = orNull(p.Identity.Profile.Email)
	case account.EmailUnverified:
		out.User.EmailUnverified = orNull(p.Identity.Profile.Email)
	}
	return out
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
