package join

import (
	"slices"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/provider"
)

// Policy is what a user is asked before joining.
type Policy struct {
	Terms []consent.Term
	// AskAge asks users to declare that they are [account.MinimumAge] or older.
	AskAge bool
	// AgeByProvider asks, with AskAge, only where the provider does not know.
	AgeByProvider bool
	// AllowUnder14 lets users join who are younger or do not say. The operator then has to do what the law asks.
	AllowUnder14 bool
}

// Ask returns what a user with these claims is asked: the declaration of age, and the terms in their order. Without
// claims (nil) everything is asked. A required term that was declined at the provider is asked again, an optional one
// is not.
func (p Policy) Ask(claims *provider.Result) (age bool, terms []consent.Term) {
	age = p.AskAge && (claims == nil || !p.AgeByProvider || claims.Age == provider.AgeUnknown)
	for _, t := range p.Terms {
		if claimed := claimedTerm(claims, t.Tag); claimed == nil || !claimed.Agreed && t.Required {
			terms = append(terms, t)
		}
	}
	return age, terms
}

// admission is what claims mean for a user before joining.
func (p Policy) admission(claims *provider.Result, now time.Time) account.Admission {
	age, terms := p.Ask(claims)
	return account.Admission{
		JoinRequired: age || len(terms) > 0,
		UnderAge:     p.AgeByProvider && claims.Age == provider.AgeUnder && !p.AllowUnder14,
		Agreed:       p.claimed(claims, claims.Key.Provider, now),
	}
}

// claimed returns the ledger lines that follow from the claims of a provider. Providers do not know the version of a
// term: an agreement there counts for the version in force here when it is first reported.
func (p Policy) claimed(claims *provider.Result, at string, now time.Time) []account.Consent {
	if claims == nil {
		return nil
	}
	var lines []account.Consent
	if p.AskAge && p.AgeByProvider && claims.Age != provider.AgeUnknown {
		line := ageLine(claims.Age == provider.AgeOver, now)
		line.Place = account.PlaceAt(at)
		lines = append(lines, line)
	}
	for _, t := range p.Terms {
		claimed := claimedTerm(claims, t.Tag)
		if claimed == nil || !claimed.Agreed && t.Required {
			continue
		}
		when := claimed.At
		if !claimed.Agreed {
			when = now
		}
		lines = append(lines, account.Consent{
			Kind: t.Kind(), Tag: t.Tag, Version: t.Version, Agreed: claimed.Agreed, At: when, Place: account.PlaceTermsAt(at),
		})
	}
	return lines
}

// answered returns the ledger lines of a join form together with those of the claims, or *Incomplete.
func (p Policy) answered(r Request, claims *provider.Result, now time.Time) ([]account.Consent, error) {
	askAge, terms := p.Ask(claims)
	missing := &Incomplete{Age: askAge && !r.OfAge && !p.AllowUnder14}
	lines := p.claimed(claims, r.Key.Provider, now)
	if askAge {
		line := ageLine(r.OfAge, now)
		line.Place = account.PlaceJoin
		lines = append(lines, line)
	}
	for _, t := range terms {
		agreed := slices.Contains(r.Agreed, t.Tag)
		if t.Required && !agreed {
			missing.Tags = append(missing.Tags, t.Tag)
		}
		lines = append(lines, account.Consent{
			Kind: t.Kind(), Tag: t.Tag, Version: t.Version, Agreed: agreed, At: now, Place: account.PlaceJoin,
		})
	}
	if missing.Age || len(missing.Tags) > 0 {
		return nil, missing
	}
	for i := range lines {
		lines[i].Client = r.Actor.Client
	}
	return lines, nil
}

func ageLine(ofAge bool, now time.Time) account.Consent {
	return account.Consent{
		Kind: account.ConsentAge, Tag: string(account.ConsentAge), Version: strconv.Itoa(account.MinimumAge),
		Agreed: ofAge, At: now,
	}
}

// claimedTerm returns what the provider says about a term; nil if it does not ask for it.
func claimedTerm(claims *provider.Result, tag string) *provider.Term {
	if claims == nil {
		return nil
	}
	i := slices.IndexFunc(claims.Terms, func(t provider.Term) bool { return t.Tag == tag })
	if i < 0 {
		return nil
	}
	return &claims.Terms[i]
}
