package page

import (
	"slices"
	"time"
)

// Consent asks the user for a further consent: consent items at the provider, or a term of the operator. The
// provider's items are agreed to by a link to it; the form is posted to {prefix}/consent with these fields:
//
//	csrf        the token
//	action      "agree" (a term only) or "later", by button
//	scope       the items, as given
//	term        the term's tag, and version the one that was on the page
//	return_to   as given
type Consent struct {
	Frame
	// Feature is what needs the consent, in the page's language; "" for the service itself.
	Feature  string
	Items    []string // ids of consent items; empty for a term
	Scope    string   // the same, separated by commas
	Term     *JoinTerm
	ReturnTo string
	// StartURL leads to the provider.
	StartURL string
}

func (Consent) file() string { return "consent.html" }

// Many reports more than one item.
func (c Consent) Many() bool { return len(c.Items) > 1 }

// Consents lists everything the user has agreed to. Its forms are posted to {prefix}/account/consents with csrf,
// action ("give" or "take"), and term with version, or scope.
type Consents struct {
	Frame
	Now   time.Time
	Terms []TermState
	Items []ItemState
	// Away says that the provider could not be asked which items can be withdrawn.
	Away bool
	// Further are the items of the user's further identities. Their forms have the field identity, too.
	Further []FurtherItems
	// Adult is the declaration of being 14 or older; nil if there is none.
	Adult *Agreed
}

func (Consents) file() string { return "consents.html" }

// Agreed is when and where a consent was given or withdrawn.
type Agreed struct {
	Yes   bool
	At    time.Time // zero if unknown
	Place string    // of the consent ledger: "join", "account", "consent", or a provider's name
}

// TermState is a term with the user's last answer to it.
type TermState struct {
	JoinTerm // Version is the one in force
	Agreed
	// Accepted is the version that was agreed to.
	Accepted string
	// Asked says that new users are still asked for it, so that it can be agreed to.
	Asked bool
}

// Outdated reports an agreement to a version that is not in force any more.
func (t TermState) Outdated() bool { return t.Yes && t.Asked && t.Accepted != t.Version }

// ItemState is a consent item at the provider.
type ItemState struct {
	ID, Name string // Name is the provider's, for items without a text here
	Agreed
	// Revocable: it can be withdrawn here. Required: it ends only with the link.
	Revocable, Required bool
	// AskURL leads to the provider to agree to it; "" if it cannot be requested.
	AskURL string
}

// FurtherItems are the consent items of an identity that the session did not begin with.
type FurtherItems struct {
	Identity, Provider string // the id of the identity, and its provider
	Name               string // the provider's nickname; may be empty
	Items              []ItemState
	Away               bool
}

// HasOptional reports a consent that can be withdrawn here, or could be once it is given.
func (c Consents) HasOptional() bool {
	revocable := func(it ItemState) bool { return it.Revocable }
	return slices.ContainsFunc(c.Terms, func(t TermState) bool { return !t.Required }) ||
		slices.ContainsFunc(c.Items, revocable) || slices.ContainsFunc(c.Further, func(f FurtherItems) bool {
		return slices.ContainsFunc(f.Items, revocable)
	})
}

// HasRequired reports a consent that can only be withdrawn with the account.
func (c Consents) HasRequired() bool {
	for _, t := range c.Terms {
		if t.Required {
			return true
		}
	}
	required := func(it ItemState) bool { return it.Required }
	return slices.ContainsFunc(c.Items, required) || slices.ContainsFunc(c.Further, func(f FurtherItems) bool {
		return slices.ContainsFunc(f.Items, required)
	})
}
