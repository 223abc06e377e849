package consent

import (
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/account"
)

// Supersedes reports whether what a provider says about a term replaces the last line of the ledger about it, nil if
// there is none. What the user did here since then counts, and only what they agreed to at the provider can they
// withdraw there.
func Supersedes(claimed account.Consent, last *account.Consent) bool {
	switch {
	case !account.IsTermsPlace(claimed.Place):
		return false
	case last == nil:
		return claimed.Agreed
	case claimed.Agreed:
		return last.At.Before(claimed.At)
	}
	return last.Agreed && account.IsTermsPlace(last.Place)
}

// RevokesAtProvider reports whether a decision must be passed on to the provider: the user withdraws here what they
// agreed to there. last is the last line of the ledger about the term, nil if there is none.
func RevokesAtProvider(decided account.Consent, last *account.Consent) bool {
	return !decided.Agreed && last != nil && account.IsTermsPlace(last.Place)
}

// Changes are those decisions that change anything, so that a second click adds no line to the ledger.
func (d Decisions) Changes(agreed account.Agreements) []account.Consent {
	var lines []account.Consent
	for _, l := range d.Lines {
		if _, now := agreed.Version(l.Tag); l.Agreed && agreed.Has(l.Tag, l.Version) || !l.Agreed && !now {
			continue
		}
		l.At, l.Client = d.At, d.Actor.Client
		lines = append(lines, l)
	}
	return lines
}

// Apply returns the consent items after the update. Without Revoked they are what the provider said, and "openid",
// which its list of items does not contain, stays.
func (u ScopesUpdate) Apply(before account.Scopes) account.Scopes {
	if u.Revoked == "" {
		return u.Scopes.KeepOpenID(before)
	}
	revoked := func(item string) bool { return item == u.Revoked }
	return account.NewScopes(slices.DeleteFunc(strings.Fields(string(before)), revoked))
}
