// Package norang adds social login to a Go service: sign-in with Kakao, Naver, Google, Apple, LINE or OpenID Connect,
// sessions and sign-out, with the routes, pages and checks that they need.
//
//	svc, err := norang.New(norang.Config{
//		URL:   "https://www.example.com",
//		Kakao: norang.Kakao{ClientID: …, ClientSecret: …, AppID: …, AdminKeys: …},
//	})
//	…
//	defer svc.Close()
//	http.ListenAndServe(addr, svc.Wrap(app)) // norang's own routes; everything else goes to app
//
// In app, [Service.Require] guards a handler and [UserFrom] returns the user:
//
//	mux.Handle("/my/", svc.Require(my))
//	user, ok := norang.UserFrom(r.Context())
//
// [Service.Users] administers users for a back office, [Service.Follow] handles their events, and package norangtest
// signs users in in tests.
//
// Package norang is the public API; the implementation is under internal/.
package norang

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/internal/listening"
	"github.com/norang-login/norang/internal/web"
	"github.com/norang-login/norang/internal/web/profile"
)

// Service is a running norang. Its methods are safe for concurrent use.
type Service struct {
	app  *app.App
	stop context.CancelFunc
	done chan struct{}
	once sync.Once
	err  error
}

// New checks cfg, opens the store, creating and migrating it if necessary, and starts the background work: the change
// feed of sessions, jobs, and deletion of expired rows. It makes no network calls to providers.
//
// A configuration error lists every field that is wrong, see [ConfigErrors]. Other errors are those of the store and
// the key file.
func New(cfg Config) (*Service, error) {
	a, err := app.New(context.Background(), cfg.internal())
	if err != nil {
		return nil, publicError(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &Service{app: a, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(s.done)
		a.Run(ctx)
	}()
	return s, nil
}

// Close stops the background work and closes the store. Shut down the HTTP server first, because requests need both.
// Further calls do nothing and return the same error.
func (s *Service) Close() error {
	s.once.Do(func() {
		s.stop()
		<-s.done
		s.err = s.app.Close()
	})
	return s.err
}

// Routes serves norang's own routes and answers 404 to all other paths, or passes them to Config.Upstream. Without an
// upstream [Service.Wrap] is the usual way to mount them. With Routes, mount the paths of [Config.Paths], do not strip
// a path prefix, and set Config.Mounted.
func (s *Service) Routes() http.Handler { return s.app.Handler() }

// Drain prepares a shutdown: /readyz fails from now on, and the event streams and WebSockets of Config.Upstream are
// closed, which takes up to three seconds. Call it before shutting down the HTTP server.
func (s *Service) Drain() { s.app.Drain() }

// Wrap serves norang's own routes and passes every other request to next. It implies Config.Mounted. It panics if next
// is nil.
func (s *Service) Wrap(next http.Handler) http.Handler {
	refuseNil("Wrap", next)
	return s.app.Web.Wrap(next)
}

// refuseNil panics, as http.ServeMux does, if a handler is missing. Otherwise the first request would.
func refuseNil(method string, next http.Handler) {
	if f, ok := next.(http.HandlerFunc); next == nil || ok && f == nil {
		panic("norang: Service." + method + ": nil handler")
	}
}

// errNil says that a call lacks what it calls or writes to, before it does anything.
func errNil(method, argument string) error {
	return fmt.Errorf("norang: %s: %s must not be nil", method, argument)
}

// Require passes requests of active users to next. Others are rejected: a page navigation is redirected to the
// sign-in page and returns afterwards, any other request gets 401 or 403 with a problem body (RFC 9457).
// It panics if next is nil.
func (s *Service) Require(next http.Handler) http.Handler {
	refuseNil("Require", next)
	return s.app.Forward.Require(next)
}

// RequireConsent guards a feature that needs a further consent: a consent item at Kakao or a term of the service.
// Users who have given it are passed to next. Others are asked once per session, for this consent only, and return to
// the page they came from; a request that is not a page navigation gets 403 with problem code consent.required and
// the page to open in location.
//
// A user who declines is passed to next too, so that users are not asked in a loop: there [Service.HasConsent] is
// false, and the query contains norang_consent=declined. To ask again, link to
// "/auth/consent?again=1&scope=…&return_to=…".
//
// RequireConsent panics, as http.ServeMux does, if next is nil, or if c names a consent item that is not in
// Kakao.Scopes or a term that is not in Config.Terms.
func (s *Service) RequireConsent(next http.Handler, c Consent) http.Handler {
	refuseNil("RequireConsent", next)
	return s.app.Consents.Require(next, profile.Need(c))
}

// HasConsent reports whether the user of the request of ctx has given consent c. It is false without a signed-in user
// and outside Require, RequireConsent and Optional. It reads memory only.
func (s *Service) HasConsent(ctx context.Context, c Consent) bool {
	p, ok := web.PrincipalFrom(ctx)
	return ok && s.app.Consents.Has(p, profile.Need(c))
}

// AskConsent handles an API error that says that Kakao needs a consent which the user has not given (-402, a
// *kakao.ConsentError in the chain of err): it sends the user to a page that asks for exactly these items and
// returns. A user who has declined in this session gets a page that says what is missing, and a request without an
// active user is answered as [Service.Require] does. For any other error it does nothing and returns false:
//
//	friends, err := readFriends(ctx, token) // the app's own call to Kakao
//	if svc.AskConsent(w, r, err) {
//		return
//	}
func (s *Service) AskConsent(w http.ResponseWriter, r *http.Request, err error) bool {
	return s.app.Consents.Ask(w, r, err)
}

// Optional passes every request to next; [UserFrom] returns the user if an active one is signed in here, and none
// otherwise, even if the context had one before. It panics if next is nil.
func (s *Service) Optional(next http.Handler) http.Handler {
	refuseNil("Optional", next)
	return s.app.Forward.Optional(next)
}

// Ops serves /healthz, /readyz and /metrics, and with Config.OpsURL the operator's console, for a listener that the
// public cannot reach.
func (s *Service) Ops() http.Handler { return s.app.Ops() }

// UnixPeers returns the value for Config.TrustedProxies that trusts the peers on a Unix socket.
func UnixPeers() netip.Prefix { return listening.UnixPeers }

// User is the signed-in user.
type User struct {
	// ID is a UUID that never changes and is never reused. Use it as the key in your own tables.
	ID string
	// Ref is the app's own number of the user, "" if none is set.
	Ref string
	// Nickname and Picture are for display only: they may be empty, change, and be equal for several users.
	Nickname string
	Picture  string
	// Email is verified by the provider, or "". EmailUnverified may be displayed but proves nothing.
	Email           string
	EmailUnverified string
	// EmailRelay says that the address forwards to one that the provider does not disclose.
	EmailRelay bool
	CreatedAt  time.Time
	// Provider, Namespace and Subject are the identity of this sign-in: "kakao", Kakao's app ID, Kakao's user ID.
	Provider, Namespace, Subject string
	// SessionID identifies the session and is not secret. AuthTime is the time of the sign-in at the provider.
	SessionID string
	AuthTime  time.Time
}

// UserFrom returns the user who is signed in with the request of ctx. It returns false without one, and outside
// Require and Optional.
func UserFrom(ctx context.Context) (User, bool) {
	p, ok := web.PrincipalFrom(ctx)
	if !ok {
		return User{}, false
	}
	return newUser(p), true
}
