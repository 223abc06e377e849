package consent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

const (
	// maxLedger is how many lines of a person's ledger are read.
	maxLedger = 500
	// listTime is how long a page waits for the provider's list, revokeTime for a taking back.
	listTime   = 2 * time.Second
	revokeTime = 5 * time.Second
	// ReconfirmYears is after how long a person is reminded of their consent to advertising (Network Act article 50,
	// paragraph 8; its decree, article 62-3).
	ReconfirmYears = 2
)

// ErrRequired: what was to be taken back is required; it ends with the account.
var ErrRequired = errors.New("consent: required items end with the account")

// Config is what [New] needs.
type Config struct {
	Store     Store
	Sessions  *session.Sessions
	Providers *provider.Set
	Terms     []Term
	// Scopes are the consent items at the provider that may be asked for.
	Scopes []string
	Now    func() time.Time // default time.Now
}

// Service is what a member has agreed to, and how that changes after joining.
type Service struct {
	store     Store
	sessions  *session.Sessions
	providers *provider.Set
	terms     []Term
	scopes    []string
	now       func() time.Time
}

// New makes a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Sessions == nil {
		return nil, errors.New("consent: Store and Sessions are required")
	}
	c := &Service{
		store: cfg.Store, sessions: cfg.Sessions, providers: cfg.Providers,
		terms: slices.Clone(cfg.Terms), scopes: slices.Clone(cfg.Scopes), now: cfg.Now,
	}
	if c.now == nil {
		c.now = time.Now
	}
	return c, nil
}

// Term finds a configured term by its tag.
func (c *Service) Term(tag string) (Term, bool) {
	for _, t := range c.terms {
		if t.Tag == tag {
			return t, true
		}
	}
	return Term{}, false
}

// Terms are all configured terms, in order.
func (c *Service) Terms() []Term { return slices.Clone(c.terms) }

// MayAsk reports whether a consent item of the provider's may be asked for.
func (c *Service) CanRequest(scope string) bool {
	return scope != "openid" && slices.Contains(c.scopes, scope)
}

// HasTerm reports whether a person has agreed to the version of a term that is in force.
func (c *Service) HasTerm(p *session.Principal, tag string) bool {
	t, ok := c.Term(tag)
	return ok && p.User.Agreed.Has(tag, t.Version)
}

// Lacks lists which of some consent items a person has not agreed to.
func (c *Service) MissingScopes(p *session.Principal, scopes []string) []string {
	var lacks []string
	for _, s := range scopes {
		if !p.Identity.Scopes.Has(s) {
			lacks = append(lacks, s)
		}
	}
	return lacks
}

// Learn asks the provider what a person has agreed to, where that was never heard: of members from before this was kept,
// and where the provider leaves it out of its answers. It reports whether there is news; the session has to be looked up
// again then. Without an answer nothing changes.
func (c *Service) LoadScopes(ctx context.Context, p *session.Principal) bool {
	k, ok := provider.Capability[provider.Consenter](c.providers, p.Identity.Provider)
	if !ok || p.Identity.Scopes != "" {
		return false
	}
	asked, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	items, err := k.ConsentItems(asked, p.Identity.Key)
	if err != nil || provider.Granted(items) == "" {
		return false
	}
	err = c.store.SetScopes(ctx, ScopesUpdate{Key: p.Identity.Key, Scopes: provider.Granted(items), At: c.now().UTC(), Place: account.PlaceKakao,
		Actor: audit.User(p.User.ID, audit.Client{})})
	return c.changed(p, err) == nil
}

// Decide notes what a member says to a term: yes to the version in force, or no. version is the one that they saw; another
// than the one in force agrees to nothing. Required terms are not taken back ([ErrRequired]).
//
// Errors: ErrRequired, session.ErrNone, or *problem.Error.
func (c *Service) Decide(ctx context.Context, p *session.Principal, tag, version string, agree bool, place string, by audit.Actor) error {
	line := account.Consent{Tag: tag, Agreed: agree, Place: place}
	t, ok := c.Term(tag)
	switch {
	case ok && agree && version == t.Version, ok && !agree && !t.Required:
		line.Kind, line.Version = t.Kind(), t.Version
	case ok && !agree:
		return ErrRequired
	case !ok && !agree:
		old, err := c.formerTerm(ctx, p, tag)
		if err != nil {
			return err
		}
		line.Kind, line.Version = old.Kind, old.Version
	default:
		return problem.Wrap(problem.RequestBad, fmt.Errorf("term %.64q is not configured in that version", tag))
	}
	err := c.store.SaveDecisions(ctx, Decisions{Session: p.Session.Key, At: c.now().UTC(), Actor: by, Lines: []account.Consent{line}})
	return c.changed(p, err)
}

// dropped finds what a member agreed to and nobody asks for any more: that, too, is theirs to take back.
func (c *Service) formerTerm(ctx context.Context, p *session.Principal, tag string) (account.Consent, error) {
	if _, agreed := p.User.Agreed.Version(tag); agreed && tag != string(account.ConsentAge) {
		lines, err := c.store.Ledger(ctx, p.User.ID, maxLedger)
		if err != nil {
			return account.Consent{}, problem.Wrap(problem.StoreUnavailable, err)
		}
		for _, l := range lines {
			if ledgerKey(l) == "term:"+tag {
				return l, nil
			}
		}
	}
	return account.Consent{}, problem.Wrap(problem.RequestBad, fmt.Errorf("no agreement to a term %.64q", tag))
}

// changed forgets what is remembered of the person, so that the next request sees the change.
func (c *Service) changed(p *session.Principal, err error) error {
	switch {
	case errors.Is(err, session.ErrNone), errors.Is(err, ErrNotActive):
		c.sessions.Forget(p.Session.Key)
		return session.ErrNone
	case err != nil:
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	c.sessions.ForgetUser(p.User.ID)
	return nil
}

// TakeBack takes a consent item back at the provider, and forgets at once what it gave. [ErrRequired] if the provider says
// that it cannot be; *problem.Error otherwise.
func (c *Service) RevokeScope(ctx context.Context, p *session.Principal, scope string, by audit.Actor) error {
	k, ok := provider.Capability[provider.Consenter](c.providers, p.Identity.Provider)
	if !ok {
		return problem.Wrap(problem.RequestBad, fmt.Errorf("provider %q takes nothing back", p.Identity.Provider))
	}
	// Only what they agreed to: any other name is nobody's business to ask the provider about.
	if scope == "openid" || !p.Identity.Scopes.Has(scope) {
		return nil
	}
	asked, cancel := context.WithTimeout(ctx, revokeTime)
	defer cancel()
	if _, err := k.RevokeConsent(asked, p.Identity.Key, scope); err != nil {
		return explainRevoke(err)
	}
	// From here on the provider has ended it, whether the browser waits or not.
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), revokeTime)
	defer done()
	err := c.store.SetScopes(ctx, ScopesUpdate{
		Key: p.Identity.Key, Revoked: scope, At: c.now().UTC(), Place: account.PlaceAccount, SessionID: p.Session.ID, Actor: by,
	})
	return c.changed(p, err)
}

func explainRevoke(err error) error {
	var pe *provider.Error
	if !errors.As(err, &pe) {
		return problem.Wrap(problem.Internal, err)
	}
	switch {
	case pe.Kind == provider.Required:
		return ErrRequired
	case pe.Kind == provider.RateLimited:
		return &problem.Error{Code: problem.KakaoRateLimited, Err: err, RetryAfter: pe.RetryAfter}
	case pe.Temporary():
		return problem.Wrap(problem.KakaoUnavailable, err)
	}
	return problem.Wrap(problem.Kakao(pe.Code), err)
}

// Overview is all that a member has agreed to.
type Overview struct {
	// Terms are the configured ones in their order, then those of the ledger that are still agreed to.
	Terms []TermState
	// Items are the provider's.
	Items []ItemState
	// Away says that the provider could not be asked, so nobody knows which items can be taken back.
	ItemsUnavailable bool
	// Age is the line about being 14 or older; nil if there is none.
	Age *account.Consent
}

// TermState is a term and what the member last said to it.
type TermState struct {
	Term
	Agreed  bool
	Version string // that was agreed to; it may be older than Term.Version
	At      time.Time
	Place   string
}

// ItemState is a consent item and what the member last said to it.
type ItemState struct {
	provider.ConsentItem
	At    time.Time // zero if the ledger does not know
	Place string
	// MayAsk: the person can be sent to agree to it.
	CanRequest bool
}

// Overview reads it all; the provider is asked for what can be taken back there, and not waited for long.
func (c *Service) Overview(ctx context.Context, p *session.Principal) (Overview, error) {
	lines, err := c.store.Ledger(ctx, p.User.ID, maxLedger)
	if err != nil {
		return Overview{}, problem.Wrap(problem.StoreUnavailable, err)
	}
	last := map[string]account.Consent{} // the newest line of each, by "scope:" or "term:" and tag
	for _, l := range lines {
		if key := ledgerKey(l); key != "" && last[key].At.IsZero() {
			last[key] = l
		}
	}
	var out Overview
	for _, t := range c.terms {
		s := TermState{Term: t}
		if l, ok := last["term:"+t.Tag]; ok {
			s.Agreed, s.Version, s.At, s.Place = l.Agreed, l.Version, l.At, l.Place
		}
		out.Terms = append(out.Terms, s)
		delete(last, "term:"+t.Tag)
	}
	if age, ok := last["term:"+string(account.ConsentAge)]; ok {
		out.Age = &age
		delete(last, "term:"+string(account.ConsentAge))
	}
	for _, l := range lines { // terms that are no longer asked for, the newest first
		if l, ok := last[ledgerKey(l)]; ok && l.Kind != account.ConsentScope && l.Agreed {
			out.Terms = append(out.Terms, TermState{
				Term: Term{Tag: l.Tag, TitleKo: l.Tag, TitleEn: l.Tag, Version: l.Version}, Agreed: true, Version: l.Version, At: l.At, Place: l.Place,
			})
			delete(last, ledgerKey(l))
		}
	}
	items, err := c.items(ctx, p)
	out.ItemsUnavailable = err != nil
	for _, it := range items {
		s := ItemState{ConsentItem: it, CanRequest: !it.Agreed && c.CanRequest(it.ID)}
		if !it.Agreed && !s.CanRequest {
			continue
		}
		if l, ok := last["scope:"+it.ID]; ok && l.Agreed == it.Agreed {
			s.At, s.Place = l.At, l.Place
		}
		out.Items = append(out.Items, s)
	}
	return out, nil
}

// ledgerKey is what a line speaks of; "" if of nothing that the person decided.
func ledgerKey(l account.Consent) string {
	switch l.Kind {
	case account.ConsentScope:
		return "scope:" + l.Tag
	case account.ConsentReminder:
		return ""
	}
	return "term:" + l.Tag
}

// items are the provider's list, or what it said last where it cannot be asked.
func (c *Service) items(ctx context.Context, p *session.Principal) ([]provider.ConsentItem, error) {
	var all []provider.ConsentItem
	k, ok := provider.Capability[provider.Consenter](c.providers, p.Identity.Provider)
	err := errors.New("consent: provider has no list of consents")
	if ok {
		ctx, cancel := context.WithTimeout(ctx, listTime)
		defer cancel()
		all, err = k.ConsentItems(ctx, p.Identity.Key)
	}
	if err != nil {
		all = nil
		for _, id := range p.Identity.Scopes.Items() {
			all = append(all, provider.ConsentItem{ID: id, Agreed: true})
		}
	}
	for _, id := range c.scopes {
		if id != "openid" && !slices.ContainsFunc(all, func(it provider.ConsentItem) bool { return it.ID == id }) {
			all = append(all, provider.ConsentItem{ID: id})
		}
	}
	return all, err
}

// remindBatch is how many members are told of at a time.
const remindBatch = 100

// Remind tells the app, by events, whose consent to advertising is two years old, or was last reminded of then: members to
// whom it has to say that they agreed and when. Each is told of once. It reports how many there were.
func (c *Service) Remind(ctx context.Context) (int, error) {
	total := 0
	for {
		now := c.now().UTC()
		n, err := c.store.QueueMarketingReminders(ctx, now.AddDate(-ReconfirmYears, 0, 0), now, remindBatch)
		total += n
		if err != nil || n < remindBatch {
			return total, err
		}
	}
}
