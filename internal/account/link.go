package account

// MaxIdentities bounds the identities of one user, and so the length of lists.
const MaxIdentities = 20

// Linking is about an attempt to add an identity.
type Linking struct {
	// Holder is the signed-in user, if the session in hand is the one that began the attempt; nil otherwise.
	Holder *User
	// Identities is how many the holder has.
	Identities int
}

// Ticket is about a link ticket, by which the app vouches that its holder is its user Ref.
type Ticket struct {
	// Ref is the app's own number of the user; "" if the ticket is unknown, used or expired.
	Ref string
	// Owner is the user with that ref; nil if there is none.
	Owner *User
	// Identities is how many the owner has.
	Identities int
}

// resolveLink decides for a signed-in user. An identity never moves between users: merging their accounts is another
// decision.
func resolveLink(f Facts) Decision {
	h := f.Linking.Holder
	if h == nil {
		return refuse(ReasonNotSignedIn)
	}
	if h.Status != Active {
		// A session of a user who is not active has nothing to add to; a disabled user stays disabled (AL-15).
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

// linkTo decides whether an identity may be added to a user, by the user who has it now.
func linkTo(known *User, identities int) Decision {
	if known != nil && known.Status == Active {
		return refuse(ReasonOwned)
	}
	if known != nil {
		if _, reason := admitted(*known, true); reason != "" {
			return refuse(reason) // a disabled account must not live on under another one
		}
	}
	if identities >= MaxIdentities {
		return refuse(ReasonTooMany)
	}
	// A pending user has not joined, and has just proved to be this user as well.
	return Decision{Verdict: Link, Status: Active, Displace: known != nil}
}

// resolveTicket decides for a link ticket: identity and ref become one user's. It never moves an identity between
// users and never changes a ref.
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
		return refuse(ReasonRefConflict) // another user is joining with this ref
	}
	return linkTo(f.Known, t.Identities)
}
