package account

// MaxIdentities is how many identities one person may have. Each was proven by a sign-in of its own, so nobody needs
// many; the bound keeps lists short.
const MaxIdentities = 20

// Linking are the facts about an attempt that was begun, by somebody who is signed in, to add an identity.
type Linking struct {
	// Holder is who is signed in, in the very session that began the attempt; nil if that session has ended or the
	// browser holds another one by now.
	Holder *User
	// Identities is how many the holder has.
	Identities int
}

// Ticket are the facts about a link ticket, by which the app vouches that whoever holds it is its member Ref.
type Ticket struct {
	// Ref is the member number; "" if there is no such ticket (any more).
	Ref string
	// Owner is the user who has that number here; nil if nobody has it yet.
	Owner *User
	// Identities is how many the owner has.
	Identities int
}

// resolveLink decides for somebody who is signed in. Nothing is ever taken from another member: who owns both
// accounts may merge them, which is a decision of its own.
func resolveLink(f Facts) Decision {
	h := f.Linking.Holder
	if h == nil {
		return refuse(ReasonNotSignedIn)
	}
	if h.Status != Active {
		// A session of somebody who is no member has nothing to add to; who is suspended stays so (AL-15).
		if _, reason := admitted(*h, true); reason != "" {
			return refuse(reason)
		}
		return refuse(ReasonNotSignedIn)
	}
	if f.Known != nil && f.Known.ID == h.ID {
		return refuse(ReasonAlreadyYours)
	}
	return linkTo(f.Known, f.Linking.Identities)
}

// linkTo decides whether an identity may become one more of a member's, by whose it is now.
func linkTo(known *User, identities int) Decision {
	if known != nil && known.Status == Active {
		return refuse(ReasonOwned)
	}
	if known != nil {
		if _, reason := admitted(*known, true); reason != "" {
			return refuse(reason) // a suspended account does not live on under another one
		}
	}
	if identities >= MaxIdentities {
		return refuse(ReasonTooMany)
	}
	// Who is pending has joined nothing yet, and proved just now that they are this member as well.
	return Decision{Verdict: Link, Status: Active, Displace: known != nil}
}

// resolveTicket decides for somebody who came with a link ticket: the identity and the member number become one
// person's. It never moves an identity between members, and never gives a member another number.
func resolveTicket(f Facts) Decision {
	t := f.Ticket
	if t.Ref == "" {
		return refuse(ReasonTicket)
	}
	if f.Known != nil && (f.Known.Ref == t.Ref || t.Owner == nil && f.Known.Ref == "") {
		f.Expected = f.Known.ID
		d := resolveSignIn(f)
		d.SetRef = d.Verdict == SignIn && f.Known.Ref == ""
		return d
	}
	if f.Known != nil && f.Known.Status != Pending {
		if _, reason := admitted(*f.Known, true); reason != "" {
			return refuse(reason)
		}
		return refuse(ReasonRefConflict)
	}
	if t.Owner == nil {
		if f.Known != nil {
			return refuse(ReasonRefConflict) // pending, by a ticket for another number
		}
		d := resolveSignIn(f)
		d.SetRef = d.Verdict == Create
		return d
	}
	if t.Owner.Status != Active {
		if _, reason := admitted(*t.Owner, true); reason != "" {
			return refuse(reason)
		}
		return refuse(ReasonRefConflict) // somebody is joining by this number at this moment
	}
	return linkTo(f.Known, t.Identities)
}
