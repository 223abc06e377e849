package page

import (
	"slices"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// Links lists the identities with which the user can sign in. Its forms are posted to {prefix}/account/links with
// these fields:
//
//	csrf    the token
//	action  "unlink"
//	id      the Link's ID
//
// Links lead to {prefix}/account/links/add, which adds one, and to {prefix}/account/links/confirm for a fresh proof.
// A sign-in with Prover begins at /oauth/{Prover} and makes its identity that of the session.
type Links struct {
	Frame
	Now   time.Time
	Items []Link
	// Fresh says that the user has given a fresh proof; without it nothing can be changed.
	Fresh bool
	// InApp says that this is the browser of the provider's own app, in which a fresh proof cannot be given.
	InApp bool
	// Unprovable says that the provider of this session never says when the user authenticated, so that it can give no
	// fresh proof. Prover is the provider of another of the identities that can; "" if there is none.
	Unprovable bool
	Prover     string
	// Renumbered says that no identity can be used any more because the service has another app at the provider. The
	// user may then add one without a fresh proof.
	Renumbered bool
	// Full says that the user has the maximum number of identities.
	Full bool
}

func (Links) file() string { return "links.html" }

// Link is an identity.
type Link struct {
	ID       string // public; what the button sends
	Provider string
	Subject  string
	Name     string // the provider's nickname; may be empty
	LinkedAt time.Time
	SeenAt   time.Time // the last sign-in with it
	// Own says that the current session began with it.
	Own bool
}

// LinksOf builds the list from the user's identities.
func LinksOf(f Frame, now time.Time, own account.Identity, all []account.Identity) Links {
	v := Links{Frame: f, Now: now, Full: len(all) >= account.MaxIdentities}
	for _, i := range all {
		v.Items = append(v.Items, Link{
			ID: i.ID, Provider: i.Provider, Subject: i.Subject, Name: i.Profile.Nickname,
			LinkedAt: i.LinkedAt, SeenAt: i.SeenAt, Own: i.ID == own.ID,
		})
	}
	return v
}

// Has reports whether one of them is of a provider.
func (v Links) Has(provider string) bool {
	return slices.ContainsFunc(v.Items, func(l Link) bool { return l.Provider == provider })
}

// Several reports whether one of them can be removed.
func (v Links) Several() bool { return len(v.Items) > 1 }
