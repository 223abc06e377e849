package web

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
)

// The JSON of GET {prefix}/session. Names and meanings are fixed: apps rely on them.
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

// session answers who is signed in. Nobody is an answer like any other, with 200: this runs on every page load, and a
// 401 there would fill consoles with errors that are none.
func (s *Server) session(w http.ResponseWriter, r *request) error {
	p, err := s.principal(w, r)
	if err != nil {
		return err
	}
	if p == nil {
		return writeJSON(w, http.StatusOK, nobodyJSON{false, s.prefix + "/login"})
	}
	return writeJSON(w, http.StatusOK, s.describe(p))
}

func (s *Server) describe(p *session.Principal) sessionJSON {
	out := sessionJSON{
		SignedIn: true, Status: string(p.User.Status),
		User: userJSON{
			ID: string(p.User.ID), Ref: orNull(p.User.Ref),
			Nickname:  orNull(account.DisplayName(p.User, p.Identity)),
			Picture:   orNull(account.DisplayPicture(p.User, p.Identity)),
			CreatedAt: stamp(p.User.CreatedAt),
		},
		Identity: identityJSON{p.Identity.Provider, p.Identity.App, p.Identity.Subject},
		Session: sessionInJSON{
			p.Session.ID, stamp(p.Session.AuthTime), stamp(p.Session.IdleExpiresAt), stamp(p.Session.ExpiresAt),
		},
	}
	switch p.Identity.Profile.EmailState {
	case account.EmailVerified:
		out.User.Email = orNull(p.Identity.Profile.Email)
	case account.EmailUnverified:
		out.User.EmailUnverified = orNull(p.Identity.Profile.Email)
	}
	if p.User.Status == account.Pending {
		next := s.prefix + "/join"
		out.Next = &next
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

func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client went away: nobody is left to tell
	return nil
}
