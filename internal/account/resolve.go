package account

// Facts is all that the decision about a sign-in may depend on. The store reads it in the transaction that writes the
// result, so that two first sign-ins of one person cannot both find no user.
type Facts struct {
	// Known is the user of the identity that the provider proved, nil if there is none.
	Known *User
	// JoinRequired says whether a new user passes the join page (age, terms).
	JoinRequired bool
	// UnderAge says that the provider takes the user for younger than 14, and that the service admits no one so
	// young.
	UnderAge bool
	// Silent says that the user was not asked: the browser was redirected to the provider and back.
	Silent bool
	// Expected is the user who has to prove their identity again; "" if any user may sign in.
	Expected ID
	// Return describes a withdrawn user signing in again.
	Return Return
	// Linking is set if a signed-in user asked to add the identity.
	Linking *Linking
	// Ticket is set if the sign-in came with a link ticket.
	Ticket *Ticket
}

// Verdict is the result of a sign-in.
type Verdict int8

const (
	// Refuse: no session. Decision.Reason says why. The zero Decision refuses.
	Refuse Verdict = iota
	// Create: the identity is new: a new user with Decision.Status.
	Create
	// SignIn: the identity's user signs in.
	SignIn
	// Link: the identity is added to Linking.Holder, or to Ticket.Owner.
	Link
	// Restore: the identity's user had withdrawn and gets the account back.
	Restore
)

// Reason is why a sign-in was refused; it is part of the problem code.
type Reason string

const (
	// ReasonDisabled: an operator disabled the user. A social login never lifts that (AL-15).
	ReasonDisabled Reason = "disabled"
	// ReasonWithdrawn: the user has withdrawn and is not yet purged.
	ReasonWithdrawn Reason = "withdrawn"
	// ReasonRestorable: the user has withdrawn and may choose to get the account back.
	ReasonRestorable Reason = "restorable"
	// ReasonJoinAgain: the user has withdrawn and may choose to join as a new one.
	ReasonJoinAgain Reason = "join_again"
	// ReasonBlocked: the user has withdrawn and may not join again yet.
	ReasonBlocked Reason = "rejoin_blocked"
	// ReasonOtherPerson: a user had to prove their identity, and another user signed in.
	ReasonOtherPerson Reason = "other_person"
	// ReasonUnderAge: a new user is younger than 14. It does not affect users who have joined: the ledger says what
	// they were asked.
	ReasonUnderAge Reason = "under_age"
	// ReasonNotAsked: no one joins, or continues to join, without pressing a button.
	ReasonNotAsked Reason = "not_asked"
	// ReasonNotSignedIn: the session that began the linking has ended, or is not the one in hand (LC-07).
	ReasonNotSignedIn Reason = "not_signed_in"
	// ReasonAlreadyYours: the user has this identity already.
	ReasonAlreadyYours Reason = "already_yours"
	// ReasonOwned: the identity is another user's (AL-10).
	ReasonOwned Reason = "owned"
	// ReasonTooMany: the user has [MaxIdentities] already.
	ReasonTooMany Reason = "too_many_identities"
	// ReasonRefConflict: the ticket's ref and the ref of the identity's user differ.
	ReasonRefConflict Reason = "ref_conflict"
	// ReasonTicket: the ticket is used, expired or unknown.
	ReasonTicket Reason = "ticket"
	// ReasonUnknownStatus: the status is unknown to this program.
	ReasonUnknownStatus Reason = "unknown_status"
)

// Decision is the answer of [Resolve].
type Decision struct {
	Verdict Verdict
	Status  Status // of the user that is created or signs in
	Reason  Reason // when refused
	// Displace: the identity belongs to a pending user, who is discarded.
	Displace bool
	// Erase: what is left of the previous account is erased first.
	Erase bool
	// SetRef: the user gets the ticket's ref.
	SetRef bool
}

// Resolve decides what a proven identity means. It is pure and sees nothing but the facts: it never sees a nickname,
// an e-mail address or a phone number, so it cannot decide by one.
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
			// The account was purged while the user read the question; they asked to get it back, not to join.
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

// admitted returns the status with which a user may sign in, or the reason for a refusal.
func admitted(u User, joinRequired bool) (Status, Reason) {
	switch u.Status {
	case Active:
		return Active, ""
	case Pending:
		// The operator may no longer require joining.
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
