package consent

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// maxLedger is how many lines of a user's ledger are read.
const maxLedger = 500

// The errors of decisions and revocations, besides session.ErrNone, session.ErrUnavailable and *provider.Error.
var (
	// ErrRequired: a required term or consent item can be revoked only by withdrawing.
	ErrRequired = errors.New("consent: required items can only be revoked by withdrawing")
	// ErrUnknownTerm: the term is not configured in that version, or the user has not agreed to it.
	ErrUnknownTerm = errors.New("consent: unknown term or version")
	// ErrNotRevocable: the provider has no call that revokes a consent item.
	ErrNotRevocable = errors.New("consent: provider cannot revoke consent items")
)

// Config is what [New] needs.
type Config struct {
	Store     Store
	Sessions  *session.Sessions
	Providers *provider.Set
	Terms     []Term
	// Scopes are the consent items that each provider may be asked for, by its name.
	Scopes map[string][]string
	Now    func() time.Time // default time.Now
}

// Service reads and changes what users have agreed to.
type Service struct {
	store     Store
	sessions  *session.Sessions
	providers *provider.Set
	terms     []Term
	scopes    map[string][]string
	now       func() time.Time
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Sessions == nil {
		return nil, errors.New("consent: Store and Sessions are required")
	}
	s := &Service{
		store: cfg.Store, sessions: cfg.Sessions, providers: cfg.Providers,
		terms: slices.Clone(cfg.Terms), scopes: maps.Clone(cfg.Scopes), now: cfg.Now,
	}
	if s.now == nil {
		s.now = time.Now
	}
	return s, nil
}

// Term returns the configured term with a tag.
func (s *Service) Term(tag string) (Term, bool) {
	i := slices.IndexFunc(s.terms, func(t Term) bool { return t.Tag == tag })
	if i < 0 {
		return Term{}, false
	}
	return s.terms[i], true
}

// Terms returns all configured terms, in order.
func (s *Service) Terms() []Term { return slices.Clone(s.terms) }

// HasTerm reports whether a user has agreed to the version of a term that is in force.
func (s *Service) HasTerm(p *session.Principal, tag string) bool {
	t, ok := s.Term(tag)
	return ok && p.User.Agreed.Has(tag, t.Version)
}

// NextRequired returns the first required term to which a user has agreed in no version, and which skip does not skip.
// Users who have joined here have agreed to all of them; imported users may not.
func (s *Service) NextRequired(p *session.Principal, skip func(tag string) bool) (Term, bool) {
	for _, t := range s.terms {
		if _, agreed := p.User.Agreed.Version(t.Tag); t.Required && !agreed && !skip(t.Tag) {
			return t, true
		}
	}
	return Term{}, false
}

// Answer is a user's answer to a term.
type Answer struct {
	Tag     string
	Version string // that the user has seen
	Agree   bool
	Place   string // account.PlaceConsent or account.PlaceAccount
}

// allowed decides whether an answer to a term can be recorded. A configured term can be agreed to in the version in
// force, and revoked if it is optional. A term that is no longer configured (nil) can only be revoked, if the user has
// agreed to it.
func allowed(a Answer, configured *Term, agreed bool) error {
	switch {
	case configured == nil && !a.Agree && agreed && a.Tag != string(account.ConsentAge):
		return nil
	case configured == nil, a.Agree && a.Version != configured.Version:
		return ErrUnknownTerm
	case !a.Agree && configured.Required:
		return ErrRequired
	}
	return nil
}

// Decide records a user's answer to a term. [ErrRequired], [ErrUnknownTerm].
func (s *Service) Decide(ctx context.Context, p *session.Principal, a Answer, by audit.Actor) error {
	line := account.Consent{Tag: a.Tag, Agreed: a.Agree, Place: a.Place}
	var configured *Term
	if t, ok := s.Term(a.Tag); ok {
		configured, line.Kind, line.Version = &t, t.Kind(), t.Version
	}
	_, agreed := p.User.Agreed.Version(a.Tag)
	if err := allowed(a, configured, agreed); err != nil {
		return err
	}
	if configured == nil {
		former, err := s.lastAnswerToTerm(ctx, p.User.ID, a.Tag)
		if err != nil {
			return err
		}
		if former == nil {
			return ErrUnknownTerm
		}
		line.Kind, line.Version = former.Kind, former.Version
	}
	return s.changed(p, s.store.SaveDecisions(ctx, Decisions{
		Session: p.Session.Key, At: s.now().UTC(), Actor: by, Lines: []account.Consent{line},
	}))
}

// lastAnswerToTerm returns the newest line of the ledger about a term, nil if there is none.
func (s *Service) lastAnswerToTerm(ctx context.Context, id account.ID, tag string) (*account.Consent, error) {
	lines, err := s.store.Ledger(ctx, id, maxLedger)
	if err != nil {
		return nil, session.Unavailable(err)
	}
	for i := range lines {
		if lines[i].Tag == tag && aboutTerm(lines[i]) {
			return &lines[i], nil
		}
	}
	return nil, nil
}

// aboutTerm reports whether a line of the ledger is an answer to a term, or the declaration of age. A reminder is not
// a decision of the user.
func aboutTerm(l account.Consent) bool {
	return l.Kind != account.ConsentScope && l.Kind != account.ConsentReminder
}

// changed drops cached sessions after a write, so that the next request sees the change.
func (s *Service) changed(p *session.Principal, err error) error {
	switch {
	case errors.Is(err, session.ErrNone), errors.Is(err, ErrNotActive):
		s.sessions.Forget(p.Session.Key)
		return session.ErrNone
	case err != nil:
		return session.Unavailable(err)
	}
	s.sessions.ForgetUser(p.User.ID)
	return nil
}
