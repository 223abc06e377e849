package consent

import (
	"context"
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// Overview is everything that a user has agreed to.
type Overview struct {
	// Terms are the configured ones in their order, then those that are no longer configured but still agreed to.
	Terms []TermState
	// Items are the provider's consent items.
	Items []ItemState
	// ItemsUnavailable: the provider did not answer, so it is not known which items can be revoked.
	ItemsUnavailable bool
	// Age is the declaration of age; nil if there is none.
	Age *account.Consent
}

// TermState is a term and the user's last answer to it.
type TermState struct {
	Term
	Agreed  bool
	Version string // that was agreed to; it may be older than Term.Version
	At      time.Time
	Place   string
}

// ItemState is a consent item and the user's last answer to it.
type ItemState struct {
	provider.ConsentItem
	At         time.Time // zero if the ledger does not say
	Place      string
	CanRequest bool
}

// Overview reads what a user has agreed to. It waits only briefly for the provider's list.
func (s *Service) Overview(ctx context.Context, p *session.Principal) (Overview, error) {
	lines, err := s.store.Ledger(ctx, p.User.ID, maxLedger)
	if err != nil {
		return Overview{}, session.Unavailable(err)
	}
	items, err := s.items(ctx, p)
	out := s.overview(p.Identity.Provider, lines, items)
	out.ItemsUnavailable = err != nil
	return out, nil
}

// overview combines the ledger, the newest line first, with the items of the named provider.
func (s *Service) overview(name string, lines []account.Consent, items []provider.ConsentItem) Overview {
	last := map[string]account.Consent{}
	for _, l := range lines {
		if key := ledgerKey(l); key != "" && last[key].At.IsZero() {
			last[key] = l
		}
	}
	var out Overview
	for _, t := range s.terms {
		state := TermState{Term: t}
		if l, ok := last["term:"+t.Tag]; ok {
			state.Agreed, state.Version, state.At, state.Place = l.Agreed, l.Version, l.At, l.Place
		}
		out.Terms = append(out.Terms, state)
		delete(last, "term:"+t.Tag)
	}
	ageKey := "term:" + string(account.ConsentAge)
	if age, ok := last[ageKey]; ok {
		out.Age = &age
		delete(last, ageKey)
	}
	for _, l := range lines { // terms that are no longer configured
		key := ledgerKey(l)
		if l, ok := last[key]; ok && l.Kind != account.ConsentScope && l.Agreed {
			out.Terms = append(out.Terms, TermState{
				Term:   Term{Tag: l.Tag, TitleKo: l.Tag, TitleEn: l.Tag, Version: l.Version},
				Agreed: true, Version: l.Version, At: l.At, Place: l.Place,
			})
			delete(last, key)
		}
	}
	for _, item := range items {
		state := ItemState{ConsentItem: item, CanRequest: !item.Agreed && s.CanRequest(name, item.ID)}
		if !item.Agreed && !state.CanRequest {
			continue
		}
		if l, ok := last["scope:"+item.ID]; ok && l.Agreed == item.Agreed {
			state.At, state.Place = l.At, l.Place
		}
		out.Items = append(out.Items, state)
	}
	return out
}

// items returns the provider's list, or with an error the items that are stored, and in both cases those that may be
// requested.
func (s *Service) items(ctx context.Context, p *session.Principal) ([]provider.ConsentItem, error) {
	stored := func() (all []provider.ConsentItem) {
		for _, id := range p.Identity.Scopes.Items() {
			all = append(all, provider.ConsentItem{ID: id, Agreed: true})
		}
		return all
	}
	var all []provider.ConsentItem
	var err error
	c, ok := provider.Capability[provider.Consenter](s.providers, p.Identity.Provider)
	if ok {
		ctx, cancel := context.WithTimeout(ctx, listTimeout)
		defer cancel()
		all, err = c.ConsentItems(ctx, p.Identity.Key)
	}
	if !ok || err != nil {
		all = stored()
	}
	for _, id := range s.scopes[p.Identity.Provider] {
		if id != openID && !slices.ContainsFunc(all, func(item provider.ConsentItem) bool { return item.ID == id }) {
			all = append(all, provider.ConsentItem{ID: id})
		}
	}
	return all, err
}
