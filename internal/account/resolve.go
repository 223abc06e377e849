package account

// Facts is all that the decision over a sign-in may depend on. The store reads them inside the transaction that acts
// on the decision, so that two first sign-ins of one person cannot both find nobody.
type Facts struct {
	// Known is the user that owns the identity which the provider proved, nil if nobody does.
	Known *User
	// JoinRequired says whether a new person passes the join page (age, terms) before becoming a member.
	JoinRequired bool
	// UnderAge says that the provider takes the person for younger than 14, and that the service admits nobody so
	// young.
	UnderAge bool
	// Silent says that the person was asked nothing: their browser was sent to the provider and back by itself.
	Silent bool
	// Expected is the user who is asked to prove once more who they are; "" if anybody may sign in.
	Expected ID
	// Return are the facts about somebody who left and comes back.
	Return Return
	// Linking is set if somebody who is signed in asked for the identity to become one more of theirs.
	Linking *Linking
	// Ticket is set if the person came with a link ticket of the app's.
	Ticket *Ticket
}

// Verdict is what a sign-in comes to.
type Verdict int8

const (
	// Refuse: no session. Decision.Reason says why. The zero Decision refuses.
	Refuse Verdict = iota
	// Create: nobody has this identity: a new user with Decision.Status.
	Create
	// SignIn: the owner of the identity, with the status that they have.
	SignIn
	// Link: the identity becomes one more of Linking.Holder, or of Ticket.Owner.
	Link
	// Restore: the owner of the identity had left, and takes the account up again.
	Restore
)

// Reason is why a sign-in was refused; it is part of the problem code that people and programs see.
type Reason string

const (
	// ReasonDisabled: the operator suspended this user. A social login never lifts that (AL-15).
	ReasonDisabled Reason = "disabled"
	// ReasonWithdrawn: the user has left and the row is not yet purged.
	ReasonWithdrawn Reason = "withdrawn"
	// ReasonRestorable: they have left and may take the account up again, if they say so.
	ReasonRestorable Reason = "restorable"
	// ReasonJoinAgain: they have left and may join anew, if they say so.
	ReasonJoinAgain Reason = "join_again"
	// ReasonBlocked: they have left and may not join again yet.
	ReasonBlocked Reason = "rejoin_blocked"
	// ReasonOtherPerson: a member was asked to prove who they are, and somebody else did.
	ReasonOtherPerson Reason = "other_person"
	// ReasonUnderAge: a new person is younger than 14. Members stay what they are: what was asked of them when they
	// joined is in the ledger.
	ReasonUnderAge Reason = "under_age"
	// ReasonNotAsked: nobody becomes a member, or goes on becoming one, without having pressed a button.
	ReasonNotAsked Reason = "not_asked"
	// ReasonNotSignedIn: the session that began the linking has ended, or is not the one in hand (LC-07).
	ReasonNotSignedIn Reason = "not_signed_in"
	// ReasonAlreadyYours: the identity is the person's own already. Nothing is left to do.
	ReasonAlreadyYours Reason = "already_yours"
	// ReasonOwned: the identity is another member's, and stays theirs (AL-10).
	ReasonOwned Reason = "owned"
	// ReasonTooMany: the person has [MaxIdentities] already.
	ReasonTooMany Reason = "too_many_identities"
	// ReasonRefConflict: the ticket is for another member number than the one that the identity's owner has.
	ReasonRefConflict Reason = "ref_conflict"
	// ReasonTicket: there is no such ticket (any more): used, expired, never there.
	ReasonTicket Reason = "ticket"
	// ReasonUnknownStatus: a row with a status that this program does not know: fail closed.
	ReasonUnknownStatus Reason = "unknown_status"
)

// Decision is the answer of [Resolve].
type Decision struct {
	Verdict Verdict
	Status  Status // of the user that is created or signs in
	Reason  Reason // when refused
	// Displace: the identity was somebody's who has not joined yet, and who gives way to the member who proved it
	// too.
	Displace bool
	// Erase: what is left of the account of before goes first.
	Erase bool
	// SetRef: the user gets the ticket's member number.
	SetRef bool
}

// Resolve is the only judge of what a proven identity means here. It is pure: no clock, no store, no settings but the
// facts. It is never told a nickname, an e-mail address or a phone number, so it cannot decide by one.
func Resolve(f Facts) Decision {
	switch {
	case f.Linking != nil:
		return resolveLink(f)
	case f.Ticket != nil:
		return resolveTicket(f)
	}
	return resolveSignIn(f)
}

func resolveSignIn(f Facts) Decision {
	if f.Expected != "" && (f.Known == nil || f.Known.ID != f.Expected) {
		return refuse(ReasonOtherPerson)
	}
	if f.Known != nil && f.Known.Status == Withdrawn {
		return resolveReturn(f)
	}
	if f.Silent && (f.Known == nil || f.Known.Status == Pending) {
		return refuse(ReasonNotAsked)
	}
	if f.UnderAge && (f.Known == nil || f.Known.Status == Pending) {
		return refuse(ReasonUnderAge)
	}
	if f.Known == nil {
		if f.Return.Policy == RejoinBlocked && f.Return.Blocked {
			return refuse(ReasonBlocked)
		}
		if f.Return.Choice == ChoiceRestore {
			// Purged while they read the question. They asked for what was theirs, and not to join.
			return refuse(ReasonJoinAgain)
		}
		if f.JoinRequired {
			return Decision{Verdict: Create, Status: Pending}
		}
		return Decision{Verdict: Create, Status: Active}
	}
	status, refused := admitted(*f.Known, f.JoinRequired)
	if refused != "" {
		return refuse(refused)
	}
	return Decision{Verdict: SignIn, Status: status}
}

// admitted says with which status a user may sign in, or why not.
func admitted(u User, joinRequired bool) (Status, Reason) {
	switch u.Status {
	case Active:
		return Active, ""
	case Pending:
		// The operator may have dropped the join page since; then there is nothing left to wait for.
		if !joinRequired {
			return Active, ""
		}
		return Pending, ""
	case Disabled:
		return "", ReasonDisabled
	case Withdrawn:
		return "", ReasonWithdrawn
	}
	return "", ReasonUnknownStatus
}

func refuse(r Reason) Decision { return Decision{Verdict: Refuse, Reason: r} }
