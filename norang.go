// Package norang is Kakao login for a Go service: login, sessions and sign-out at the usual addresses, safely.
//
//	svc, err := norang.New(norang.Config{
//		URL:   "https://www.example.com",
//		Kakao: norang.Kakao{ClientID: …, ClientSecret: …, AppID: …, AdminKeys: …},
//	})
//	…
//	defer svc.Close()
//	http.ListenAndServe(addr, svc.Wrap(app)) // norang's own addresses, everything else goes to app
//
// In app, [Service.Require] guards a handler and [UserFrom] says who is there:
//
//	mux.Handle("/my/", svc.Require(my))
//	user, ok := norang.UserFrom(r.Context())
//
// The package presents and decides nothing: what it shows lives under internal.
package norang

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/internal/web/profile"
)

// The configuration. Its fields say what they mean, what they default to and what is required.
type (
	// Config is everything that one norang needs to know.
	Config = app.Config
	// Kakao is the app at Kakao.
	Kakao = app.Kakao
	// Term is a document that a new member is asked to agree to.
	Term = app.Term
	// Brand is the service's face on norang's pages.
	Brand = app.Brand
	// Limits are how often strangers may ask.
	Limits = app.Limits
	// Rate is so many times at once, and then so many a minute.
	Rate = app.Rate
	// Consent is one thing that a feature needs a member's consent to.
	Consent = profile.Need
	// JoinHook is the app's own decision on who joins, JoinRequest the question, JoinDecision the answer.
	JoinHook     = app.JoinHook
	JoinRequest  = app.JoinRequest
	JoinDecision = app.JoinDecision
	// ConfigError is a field of Config that cannot be used as it is; New reports all of them, see ConfigErrors.
	ConfigError = app.ConfigError
)

// ConfigErrors lists the configuration errors for which New returned err; nil if err has another cause.
func ConfigErrors(err error) []*ConfigError { return app.ConfigErrors(err) }

// Service is a running norang. Its methods are safe for concurrent use.
type Service struct {
	app  *app.App
	stop context.CancelFunc
	done chan struct{}
	once sync.Once
	err  error
}

// New checks cfg, opens the store (creating and migrating it if need be) and begins the work in the background: the
// change feed and the deletion of what has expired. It calls nobody.
//
// Errors are either all errors of cfg (see [ConfigErrors]), or the store's or key file's own.
func New(cfg Config) (*Service, error) {
	a, err := app.New(context.Background(), cfg)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Service{app: a, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		a.Run(ctx)
	}()
	return s, nil
}

// Close ends the background work and closes the store. Shut the HTTP server down first: a login under way needs both.
// Further calls do nothing and return the same error.
func (s *Service) Close() error {
	s.once.Do(func() {
		s.stop()
		<-s.done
		s.err = s.app.Close()
	})
	return s.err
}

// Routes serves norang's own addresses and answers 404 to all others. Use it to mount by hand; [Service.Wrap] is the
// usual way. Addresses are absolute: do not strip a prefix.
func (s *Service) Routes() http.Handler { return s.app.Web }

// Wrap serves norang's own addresses and passes everything else to next. Config.Mounted must be set, or "/" and "/login"
// are norang's only in [Service.Routes] and never reached here.
func (s *Service) Wrap(next http.Handler) http.Handler { return s.app.Web.Wrap(next) }

// Require lets active members through to next and nobody else. A person who is navigating is taken to the sign-in page
// and comes back; a program gets 401 or 403 with a problem body (RFC 9457).
func (s *Service) Require(next http.Handler) http.Handler { return s.app.Forward.Require(next) }

// RequireConsent guards a feature that needs one consent more than signing in did: a consent item at Kakao (a birthday, the
// friends) or a term of your own. Members who gave it get through to next. The others are asked once in a session, for just
// that, and come back to where they were; a program gets 403 with a problem body whose code is consent.required and whose
// location is the page to open.
//
// Who says no, or "later", gets through to next as well, so that nobody is asked in a circle: there [Service.HasConsent]
// is false, and the feature shows what it can without. (The query then holds norang_consent=declined, for handlers that are
// not written in Go.) A link to ask once more: "/auth/consent?again=1&scope=…&return_to=…".
//
// It panics, as http.ServeMux does, if c names a consent item that is not in Kakao.Scopes or a term that is not in
// Config.Terms.
func (s *Service) RequireConsent(next http.Handler, c Consent) http.Handler {
	return s.app.Consents.Require(next, c)
}

// HasConsent reports whether the member who is signed in with the request of ctx has agreed to c. It is false where nobody
// is, and outside Require, RequireConsent and Optional. It reads nothing but what is in memory.
func (s *Service) HasConsent(ctx context.Context, c Consent) bool {
	p, ok := web.PrincipalFrom(ctx)
	return ok && s.app.Consents.Has(p, c)
}

// AskConsent answers a request that failed because Kakao wants a consent that the person has not given (-402, a
// *kakao.ConsentError in the chain of err): they are taken to a page that asks for just these items and brings them back.
// Who said no to it in this session gets a page that says what is missing instead. It returns false, and does nothing, if
// err is about anything else:
//
//	friends, err := client.Friends(ctx, token)
//	if svc.AskConsent(w, r, err) {
//		return
//	}
func (s *Service) AskConsent(w http.ResponseWriter, r *http.Request, err error) bool {
	return s.app.Consents.Ask(w, r, err)
}

// Optional lets everybody through to next; [UserFrom] then says who is signed in, if an active member is.
func (s *Service) Optional(next http.Handler) http.Handler { return s.app.Forward.Optional(next) }

// Ops serves /healthz, /readyz and /metrics, for a listener that the public does not reach.
func (s *Service) Ops() http.Handler { return s.app.Ops() }

// User is who is signed in, as an app behind Require sees them.
type User struct {
	// ID is norang's id of the user, a UUID. It never changes and is never given out again: join your tables on it.
	ID string
	// Ref is the app's own member number, "" if none was set.
	Ref string
	// Nickname and Picture are for showing; they may be empty, change, and be the same for several people.
	Nickname string
	Picture  string
	// Email is a verified address or "". EmailUnverified is one that nobody proved to own: show it, never rely on it.
	Email           string
	EmailUnverified string
	CreatedAt       time.Time
	// Provider, App and Subject are the identity with which they signed in.
	Provider, App, Subject string
	// SessionID names the session; it is not secret. AuthTime is when they signed in at the provider.
	SessionID string
	AuthTime  time.Time
}

// UserFrom says who is signed in with the request of ctx. It is false outside Require and Optional, and where nobody is.
func UserFrom(ctx context.Context) (User, bool) {
	p, ok := web.PrincipalFrom(ctx)
	if !ok {
		return User{}, false
	}
	return userOf(p), true
}

func userOf(p *session.Principal) User {
	u := User{
		ID: string(p.User.ID), Ref: p.User.Ref, CreatedAt: p.User.CreatedAt,
		Nickname: account.DisplayName(p.User, p.Identity), Picture: account.DisplayPicture(p.User, p.Identity),
		Provider: p.Identity.Provider, App: p.Identity.Namespace, Subject: p.Identity.Subject,
		SessionID: p.Session.ID, AuthTime: p.Session.AuthTime,
	}
	switch p.Identity.Profile.EmailState {
	case account.EmailVerified:
		u.Email = p.Identity.Profile.Email
	case account.EmailUnverified:
		u.EmailUnverified = p.Identity.Profile.Email
	}
	return u
}
