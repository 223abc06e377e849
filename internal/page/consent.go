package page

import "time"

// Consent asks a member for one thing more: consent items at Kakao, or a term of the operator's. The way to Kakao is a
// link; the form is posted to {prefix}/consent with these fields:
//
//	csrf        the token
//	action      "agree" (a term only) or "later": which button
//	scope       the items, as given
//	term        the term's tag, and version the one that stood on the page
//	return_to   as given
type Consent struct {
	Frame
	// Feature is what needs it, in the page's language; "" stands for the service.
	Feature  string
	Items    []string // ids of consent items; empty for a term
	Scope    string   // the same with commas between
	Term     *JoinTerm
	ReturnTo string
	// StartURL leads to Kakao.
	StartURL string
}

func (Consent) file() string { return "consent.html" }

// Many reports more than one item.
func (c Consent) Many() bool { return len(c.Items) > 1 }

// Consents is all that a member has agreed to. Its forms are posted to {prefix}/account/consents with csrf, action ("give"
// or "take"), and term with version, or scope.
type Consents struct {
	Frame
	Now   time.Time
	Terms []TermState
	Items []ItemState
	// Away says that Kakao could not be asked which items can be taken back.
	Away bool
	// Adult is the line about being 14 or older; nil if there is none.
	Adult *Agreed
}

func (Consents) file() string { return "consents.html" }

// Agreed is when and where something was agreed to, or taken back.
type Agreed struct {
	Yes   bool
	At    time.Time // zero if nobody knows
	Place string    // of the ledger: "join", "account", "consent", "kakao", "kakao_sync"
}

// TermState is a term with what the member last said to it.
type TermState struct {
	JoinTerm // Version is the one in force
	Agreed
	// Accepted is the version that was agreed to.
	Accepted string
	// Asked: it is still asked of new members, so it can be agreed to.
	Asked bool
}

// Outdated reports an agreement to a version that is no longer in force.
func (t TermState) Outdated() bool { return t.Yes && t.Asked && t.Accepted != t.Version }

// ItemState is a consent item at Kakao.
type ItemState struct {
	ID, Name string // Name is Kakao's own, for items that have no words here
	Agreed
	Revocable bool
	// AskURL leads to Kakao to agree to it; "" if it may not be asked for.
	AskURL string
}

// HasRequired reports whether anything is among them that ends with the account alone.
func (c Consents) HasRequired() bool {
	for _, t := range c.Terms {
		if t.Required {
			return true
		}
	}
	for _, it := range c.Items {
		if it.Yes && !it.Revocable {
			return true
		}
	}
	return false
}
