package page

import (
	"time"

	"github.com/norang-login/norang/internal/account"
)

// Links is the list of the ways in which a person can sign in. Its forms are posted to {prefix}/account/links with these
// fields:
//
//	csrf    the token
//	action  "unlink"
//	id      the Link's ID
//
// Adding one begins at {prefix}/account/links/add, proving anew who one is at {prefix}/account/links/confirm; both are
// links.
type Links struct {
	Frame
	Now   time.Time
	Items []Link
	// Fresh says that the person has just proven who they are; without that nothing can be changed.
	Fresh bool
	// InApp says that this is the browser of the provider's own app, in which a fresh proof cannot be given.
	InApp bool
	// Renumbered says that none of them can be used any more, because the service has another Kakao app: the person may
	// add one without a fresh proof.
	Renumbered bool
	// Full says that there are as many as one person may have.
	Full bool
}

func (Links) file() string { return "links.html" }

// Link is one way to sign in.
type Link struct {
	ID       string // public; what the button sends
	Provider string // "kakao"
	Subject  string // the provider's number for the person
	Name     string // as the provider says it; may be empty
	LinkedAt time.Time
	SeenAt   time.Time // the last sign-in by it
	// Own says that the session in hand began by it.
	Own bool
}

// LinksOf takes the list from a person's identities.
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

// Several reports whether one of them could be taken away.
func (v Links) Several() bool { return len(v.Items) > 1 }
