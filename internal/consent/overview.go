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
	// Further are the items of the user's further identities.
	Further []FurtherItems
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

// FurtherItems are the consent items of an identity that the session did not begin with. None can be requested: a
// request leads to the provider of the session.
type FurtherItems struct {
	Identity    account.Identity
	Items       []ItemState
	Unavailable bool
}

// Overview reads what a user has agreed to, also at the providers of further identities. It waits only briefly for the
// providers' lists, for all of them together.
func (s *Service) Overview(
	ctx context.Context, p *session.Principal, further ...account.Identity,
) (Overview, error) {
	lines, err := s.store.Ledger(ctx, p.User.ID, maxLedger)
	if err != nil {
		return Overview{}, session.Unavailable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	items, err := s.items(ctx, p.Identity)
	out := s.overview(lines)
	for _, id := range s.scopes[p.Identity.Provider] {
		if !slices.ContainsFunc(items, func(item provider.ConsentItem) bool { return item.ID == id }) {
			items = append(items, provider.ConsentItem{ID: id})
		}
	}
	// The ledger names the provider of an answer, not the identity: of two at one provider it does not say which.
	answers := func(name string) []account.Consent {
		same := func(i account.Identity) bool { return i.Provider == name }
		if i := slices.IndexFunc(further, same); i >= 0 &&
			(p.Identity.Provider == name || slices.ContainsFunc(further[i+1:], same)) {
			return nil
		}
		return lines
	}
	out.Items = s.states(p.Identity.Provider, answers(p.Identity.Provider), items, true)
	out.ItemsUnavailable = err != nil
	for _, i := range further {
		items, err := s.items(ctx, i)
		states := s.states(i.Provider, answers(i.Provider), items, false)
		out.Further = append(out.Further, FurtherItems{i, states, err != nil})
	}
	return out, nil
}

// overview reads the terms and the declaration of age from the ledger, the newest line first.
func (s *Service) overview(lines []account.Consent) Overview {
	last := map[string]account.Consent{} // by tag
	for _, l := range lines {
		if aboutTerm(l) && last[l.Tag].At.IsZero() {
			last[l.Tag] = l
		}
	}
	var out Overview
	for _, t := range s.terms {
		state := TermState{Term: t}
		if l, ok := last[t.Tag]; ok {
			state.Agreed, state.Version, state.At, state.Place = l.Agreed, l.Version, l.At, l.Place
		}
		out.Terms = append(out.Terms, state)
		delete(last, t.Tag)
	}
	if age, ok := last[string(account.ConsentAge)]; ok {
		out.Age = &age
		delete(last, string(account.ConsentAge))
	}
	for _, line := range lines { // terms that are no longer configured
		if l := last[line.Tag]; l.Agreed {
			out.Terms = append(out.Terms, TermState{
				Term:   Term{Tag: l.Tag, TitleKo: l.Tag, TitleEn: l.Tag, Version: l.Version},
				Agreed: true, Version: l.Version, At: l.At, Place: l.Place,
			})
			delete(last, l.Tag)
		}
	}
	return out
}

// states adds to the items of a provider when and where the user answered, and leaves out those that were neither
// agreed to nor can be requested.
func (s *Service) states(
	name string, lines []account.Consent, items []provider.ConsentItem, request bool,
) (all []ItemState) {
	for _, item := range items {
		state := ItemState{ConsentItem: item, CanRequest: request && !item.Agreed && s.CanRequest(name, item.ID)}
		if !item.Agreed && !state.CanRequest {
			continue
		}
		if l := lastAnswer(name, lines, item.ID); l != nil && l.Agreed == item.Agreed {
			state.At, state.Place = l.At, l.Place
		}
		all = append(all, state)
	}
	return all
}

// lastAnswer is the newest line about a consent item that is not another provider's, nil if there is none. Providers
// have items of the same name.
func lastAnswer(name string, lines []account.Consent, item string) *account.Consent {
	places := []string{
		account.PlaceAt(name), account.PlaceJoin, account.PlaceConsent, account.PlaceAccount, account.PlaceImport,
	}
	for i, l := range lines {
		if l.Kind == account.ConsentScope && l.Tag == item && slices.Contains(places, l.Place) {
			return &lines[i]
		}
	}
	return nil
}

// items returns the provider's list for an identity, or the items that are stored: with an error if the provider did
// not answer, without one if it has no list.
func (s *Service) items(ctx context.Context, i account.Identity) ([]provider.ConsentItem, error) {
	var err error
	if c, ok := s.consenter(i.Provider); ok {
		var all []provider.ConsentItem
		if all, err = c.ConsentItems(ctx, i.Key); err == nil {
			return all, nil
		}
	}
	var stored []provider.ConsentItem
	for _, id := range i.Scopes.Items() {
		stored = append(stored, provider.ConsentItem{ID: id, Agreed: true})
	}
	return stored, err
}
