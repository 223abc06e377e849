package join

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

// Config is what [New] needs.
type Config struct {
	Policy
	Store    Store
	Sessions *session.Sessions
	Keys     *seal.Keyring
	// Providers complete the links of users who join, see provider.SignUpper. Optional.
	Providers *provider.Set
	// Hook lets the app decide who joins, after the form and before anything is written. Optional.
	Hook Hook
	// CheckLink reports whether a user may be redirected to a URL, and returns it as a Location. Required with Hook.
	CheckLink func(string) (string, bool)
	Now       func() time.Time // default time.Now
	Random    io.Reader        // default crypto/rand
}

// Service makes pending users active.
type Service struct {
	store     Store
	sessions  *session.Sessions
	providers *provider.Set
	sealer    *seal.Sealer
	policy    Policy
	now       func() time.Time
	random    io.Reader
	hook      Hook
	checkLink func(string) (string, bool)
	hookSlots chan struct{} // bounds concurrent calls of the hook
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Sessions == nil || cfg.Keys == nil {
		return nil, errors.New("join: Store, Sessions and Keys are required")
	}
	if err := consent.CheckTerms(cfg.Terms); err != nil {
		return nil, err
	}
	if cfg.Hook != nil && cfg.CheckLink == nil {
		return nil, errors.New("join: Hook needs CheckLink")
	}
	s := &Service{
		store: cfg.Store, sessions: cfg.Sessions, sealer: cfg.Keys.Sealer("join"), policy: cfg.Policy,
		now: cfg.Now, random: cfg.Random, providers: cfg.Providers,
		hook: cfg.Hook, checkLink: cfg.CheckLink, hookSlots: make(chan struct{}, maxHookCalls),
	}
	s.policy.Terms = slices.Clone(cfg.Terms)
	if s.now == nil {
		s.now = time.Now
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	return s, nil
}

// Terms returns all configured terms, in order.
func (s *Service) Terms() []consent.Term { return slices.Clone(s.policy.Terms) }

// AgeOptional reports whether users may join without the declaration of age.
func (s *Service) AgeOptional() bool { return s.policy.AllowUnder14 }

// Ask is [Policy.Ask].
func (s *Service) Ask(claims *provider.Result) (age bool, terms []consent.Term) {
	return s.policy.Ask(claims)
}

// Admit returns what claims mean for a user before joining.
func (s *Service) Admit(claims *provider.Result) account.Admission {
	a := s.policy.admission(claims, s.now().UTC())
	a.JoinRequired = a.JoinRequired || s.hook != nil
	return a
}

// Request is a submitted join form.
type Request struct {
	Session session.Session // pending
	Key     account.Key
	OfAge   bool     // the user declares to be [account.MinimumAge] or older
	Agreed  []string // tags
	Claims  string   // from SealClaims; "" or invalid if the browser has lost it
	Lang    string
	Actor   audit.Actor
}

// Incomplete is the error of a form without required answers.
type Incomplete struct {
	Age  bool
	Tags []string
}

func (e *Incomplete) Error() string {
	return fmt.Sprintf("join: form incomplete: age %t, terms %q", e.Age, e.Tags)
}

// Result is the joined user, with the session that replaces the pending one.
type Result struct {
	Token     session.Token
	Principal *session.Principal
}

// Join makes a pending user active, if the app's hook agrees. The hook is called outside of any transaction.
//
// Errors: *Incomplete, *Refused (the user is then deleted), *LinkRequired, [ErrGone], [ErrHook], account.ErrRefTaken,
// and [ErrNotPending] for a second form after the user joined.
func (s *Service) Join(ctx context.Context, r Request) (*Result, error) {
	now := s.now().UTC()
	claims := s.OpenClaims(r.Claims, r.Session.Key)
	consents, err := s.policy.answered(r, claims, now)
	if err != nil {
		return nil, err
	}
	ref, err := s.callHook(ctx, r)
	var refused *Refused
	if errors.As(err, &refused) {
		// ErrNotPending: the user has joined by another form meanwhile; the answer was for this one.
		if err := s.Decline(ctx, r.Session.Key, r.Actor); err != nil && !errors.Is(err, ErrNotPending) {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	if err := s.signUp(ctx, r.Key.Provider, claims); err != nil {
		return nil, err
	}
	token, err := session.Mint(now, s.random)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	id, err := account.NewUUID(now, s.random)
	if err != nil {
		return nil, fmt.Errorf("join: %w", err)
	}
	limits := s.sessions.Limits(r.Session.Remember)
	a := Activation{
		At: now, Session: r.Session.Key, Lang: r.Lang, Consents: consents, Ref: ref, Actor: r.Actor,
		Next: session.Session{
			ID: id, Key: token.Key(), CreatedAt: now, SeenAt: now, Remember: r.Session.Remember,
			IdleExpiresAt: now.Add(limits.Idle), ExpiresAt: now.Add(limits.Life), Client: r.Session.Client,
		},
	}
	if claims != nil {
		a.Profile, a.Scopes = &claims.Profile, claims.Scopes
	}
	p, err := s.store.Join(ctx, a)
	switch {
	case errors.Is(err, session.ErrNone):
		return nil, ErrGone
	case errors.Is(err, ErrNotPending), errors.Is(err, account.ErrRefTaken):
		return nil, err
	case err != nil:
		return nil, session.Unavailable(err)
	}
	s.sessions.ForgetUser(p.User.ID) // the pending sessions, in other browsers too
	return &Result{Token: token, Principal: p}, nil
}

// signUp completes the link at the provider before the user becomes active, so that every active user has one. After
// that, the provider's notice that a user has never joined concerns only pending users.
func (s *Service) signUp(ctx context.Context, name string, claims *provider.Result) error {
	if claims == nil || claims.SignUp == "" {
		return nil
	}
	p, ok := provider.Capability[provider.SignUpper](s.providers, name)
	if !ok {
		return nil
	}
	err := p.SignUp(ctx, claims.SignUp)
	var pe *provider.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &pe) && (pe.Kind == provider.Gone || pe.Kind == provider.NotLinked):
		return fmt.Errorf("%w: %w", ErrGone, err)
	}
	return problem.FromProvider(err)
}

// Decline deletes a pending user who does not want to join. [ErrNotPending].
func (s *Service) Decline(ctx context.Context, k session.Key, by audit.Actor) error {
	err := s.store.Discard(ctx, k, s.now().UTC(), by)
	switch {
	case errors.Is(err, ErrNotPending):
		return err
	case err != nil:
		return session.Unavailable(err)
	}
	s.sessions.Forget(k)
	return nil
}
