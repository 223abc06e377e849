package norangtest

import (
	"context"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
)

// WithUser returns a context in which [norang.UserFrom] returns this user, as in a handler behind Service.Require. The
// user need not exist anywhere. Only the handler itself may be called with it: Service.Require looks at the cookies of
// the request, and Service.HasConsent is false; use [SignIn] for these.
//
// Email and EmailUnverified exclude each other; with both, Email counts.
func WithUser(ctx context.Context, u norang.User) context.Context {
	profile := account.Profile{Nickname: u.Nickname, Picture: u.Picture}
	switch {
	case u.Email != "":
		profile.Email, profile.EmailState = u.Email, account.EmailVerified
	case u.EmailUnverified != "":
		profile.Email, profile.EmailState = u.EmailUnverified, account.EmailUnverified
	}
	profile.EmailRelay = u.EmailRelay && profile.Email != ""
	return web.WithPrincipal(ctx, &session.Principal{
		User: account.User{ID: account.ID(u.ID), Ref: u.Ref, Status: account.Active, CreatedAt: u.CreatedAt},
		Identity: account.Identity{
			Key:     account.Key{Provider: u.Provider, Namespace: u.Namespace, Subject: u.Subject},
			Profile: profile,
		},
		Session: session.Session{ID: u.SessionID, AuthTime: u.AuthTime},
	})
}
