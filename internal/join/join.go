package join

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

// MinimumAge is from when a person may join by themselves (PIPA article 22-2).
const MinimumAge = 14

// Config is what [New] needs.
type Config struct {
	Store    Store
	Sessions *session.Sessions
	Keys     *seal.Keyring
	Terms    []consent.Term
	// AskAge asks people to declare that they are [MinimumAge] or older.
	AskAge bool
	// AgeByProvider asks, with AskAge, only where the provider cannot tell.
	AgeByProvider bool
	// AllowUnder14 lets people in who are younger, or do not say: what the law then asks is the operator's to do.
	AllowUnder14 bool
	// Hook is the app's own decision on who joins, after the form and before anything is written. Optional.
	Hook Hook
	// CheckLink says whether a person may be sent to an address, and gives it in the form of a Location header. Required
	// with Hook.
	CheckLink func(string) (string, bool)
	Now       func() time.Time // default time.Now
	Random    io.Reader        // default crypto/rand
}

// Service is the way from pending to active.
type Service struct {
	store    Store
	sessions *session.Sessions
	sealer   *seal.Sealer
	terms    []consent.Term
	askAge   bool
	now      func() time.Time
	random   io.Reader

	ageByProvider, allowUnder14 bool

	hook      Hook
	checkLink func(string) (string, bool)
	hookSlots chan struct{} // a place for each question under way
}

// New makes a Service; every fault of cfg is reported at once.
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
		hook: cfg.Hook, checkLink: cfg.CheckLink, hookSlots: make(chan struct{}, maxHookCalls),
		store: cfg.Store, sessions: cfg.Sessions, sealer: cfg.Keys.Sealer("join"), terms: slices.Clone(cfg.Terms),
		askAge: cfg.AskAge, ageByProvider: cfg.AgeByProvider, allowUnder14: cfg.AllowUnder14, now: cfg.Now, random: cfg.Random,
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.random == nil {
		s.random = rand.Reader
	}
	return s, nil
}

// Required reports whether there is anything to ask. If not, a first sign-in makes a member at once.
func (s *Service) Required() bool { return s.askAge || len(s.terms) > 0 || s.hook != nil }

// Terms are all that is configured, in order. Ask says which of them somebody is asked.
func (s *Service) Terms() []consent.Term { return slices.Clone(s.terms) }

// Request is a join form that was sent.
type Request struct {
	Session session.Session // the pending one
	Key     account.Key     // whose it is
	Adult   bool
	Agreed  []string // tags
	Claims  string   // from Carry; "" or unreadable if the browser lost it
	Lang    string
	Actor   audit.Actor
}

// Incomplete says which required items are missing. It is for the form, not for a page of its own.
type Incomplete struct {
	Age  bool
	Tags []string
}

func (e *Incomplete) Error() string {
	return fmt.Sprintf("join: join incomplete: age %t, terms %q", e.Age, e.Tags)
}

// Result is a new member with the session that takes the pending one's place.
type Result struct {
	Token     session.Token
	Principal *session.Principal
}

// Join makes the pending person a member, if the app agrees, which is asked outside of any transaction. Errors are
// *Incomplete, *Refused (then nothing is left of the person), *LinkRequired, or *problem.Error: join.gone if the pending
// session is over, join.unavailable if the app does not answer, join.ref_taken, store.unavailable. A second form of
// somebody who has joined already is ErrNotPending.
func (s *Service) Join(ctx context.Context, r Request) (*Result, error) {
	now := s.now().UTC()
	told := s.OpenClaims(r.Claims, r.Session.Key)
	consents, err := s.consents(r, told, now)
	if err != nil {
		return nil, err
	}
	ref, err := s.callHook(ctx, r)
	var refused *Refused
	if errors.As(err, &refused) {
		if err := s.refuse(ctx, r); err != nil {
			return nil, err
		}
	}
	if err != nil {
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
	j := Activation{
		At: now, Session: r.Session.Key, Lang: r.Lang, Consents: consents, Ref: ref, Actor: r.Actor,
		Next: session.Session{
			ID: id, Key: token.Key(), CreatedAt: now, SeenAt: now, Remember: r.Session.Remember,
			IdleExpiresAt: now.Add(limits.Idle), ExpiresAt: now.Add(limits.Life), Client: r.Session.Client,
		},
	}
	if told != nil {
		j.Profile, j.Scopes = &told.Profile, told.Scopes
	}
	p, err := s.store.Join(ctx, j)
	switch {
	case errors.Is(err, session.ErrNone):
		return nil, ErrGone
	case errors.Is(err, ErrNotPending), errors.Is(err, account.ErrRefTaken):
		return nil, err
	case err != nil:
		return nil, session.Unavailable(err)
	}
	s.sessions.Forget(r.Session.Key)
	return &Result{Token: token, Principal: p}, nil
}

// consents are the lines of the ledger that a join form makes, with those that the provider's word is enough for.
func (s *Service) consents(r Request, told *provider.Result, now time.Time) ([]account.Consent, error) {
	askAge, terms := s.Ask(told)
	missing := &Incomplete{Age: askAge && !r.Adult && !s.allowUnder14}
	out := s.providerConsents(told, now)
	for i := range out {
		out[i].Client = r.Actor.Client
	}
	add := func(k account.ConsentKind, tag, version string, agreed bool) {
		out = append(out, account.Consent{Kind: k, Tag: tag, Version: version, Agreed: agreed, At: now, Place: account.PlaceJoin, Client: r.Actor.Client})
	}
	if askAge {
		add(account.ConsentAge, string(account.ConsentAge), strconv.Itoa(MinimumAge), r.Adult)
	}
	for _, t := range terms {
		agreed := slices.Contains(r.Agreed, t.Tag)
		if t.Required && !agreed {
			missing.Tags = append(missing.Tags, t.Tag)
		}
		add(t.Kind(), t.Tag, t.Version, agreed)
	}
	if missing.Age || len(missing.Tags) > 0 {
		return nil, missing
	}
	return out, nil
}

// refuse leaves nothing of somebody whom the app does not want, as if they had declined.
func (s *Service) refuse(ctx context.Context, r Request) error {
	err := s.Decline(ctx, r.Session.Key, r.Actor)
	if errors.Is(err, ErrNotPending) {
		return nil // they joined meanwhile, by another form; the answer was for this one
	}
	return err
}

// Decline ends a pending account because the person does not want to join; nothing of them is kept.
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
