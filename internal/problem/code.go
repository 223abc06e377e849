package problem

import "strings"

// Code names a problem for good: it stands in pages, problem bodies, logs, audit events and metrics. It is an error by
// itself, so that errors.Is(err, problem.LoginExpired) asks for it and a function with nothing to add may return it.
type Code string

// Error is the code.
func (c Code) Error() string { return string(c) }

// Codes of signing in.
const (
	LoginStateMissing  Code = "login.state_missing"      // the callback came without state
	LoginOtherBrowser  Code = "login.other_browser"      // no attempt cookie fits the state
	LoginExpired       Code = "login.expired"            // the attempt is older than its life
	LoginAlreadyUsed   Code = "login.already_used"       // the attempt was finished and its cookie is gone
	LoginCancelled     Code = "login.cancelled"          // the person pressed cancel; a quiet notice rather than a page
	LoginInteraction   Code = "login.interaction_needed" // prompt=none, and the provider would have had to show a page
	LoginBadCallback   Code = "login.bad_callback"       // doubled or over-long parameters, code with error, a token in the query
	LoginBusy          Code = "login.busy"               // another callback of the attempt is still at work
	LoginUnderAge      Code = "login.under_age"          // Kakao or the person says: under 14
	LoginDisabled      Code = "login.disabled"           // the operator suspended this user
	LoginRestorable    Code = "login.restorable"         // the user has left and may take the account up again
	LoginJoinAgain     Code = "login.join_again"         // the user has left and may join anew
	LoginRejoinBlocked Code = "login.rejoin_blocked"     // the user has left and may not join again yet
	LoginWithdrawn     Code = "login.withdrawn"          // the user has left and the row is not purged yet
	LoginOtherAccount  Code = "login.other_account"      // a member was asked to prove who they are, and another account came back
	LoginNavigate      Code = "login.navigate"           // a fetch to an address that only a navigation can use
	LoginProviderError Code = "login.provider_error"     // the provider came back with an error that nobody has documented
)

// Codes of linking, of more identities than one.
const (
	LoginNotFresh    Code = "login.not_fresh"    // a proof that is needed afresh, and is older, or does not say how old it is
	LinkSessionGone  Code = "link.session_gone"  // the session that began the linking is not the one in hand
	LinkAlreadyYours Code = "link.already_yours" // nothing left to do; a quiet notice rather than a page
	LinkOwned        Code = "link.owned"         // the identity is another member's
	LinkTooMany      Code = "link.too_many"      // as many identities as one person may have
	LinkRefConflict  Code = "link.ref_conflict"  // two member numbers of the app's where one person has one
	LinkTicket       Code = "link.ticket"        // a link ticket that was used, has expired or never was
	LinkMergeGone    Code = "link.merge_gone"    // two accounts that cannot become one, or no longer
	LinkLast         Code = "link.last"          // the only way to sign in cannot be unlinked
)

// Codes of the calls to Kakao. Every code of Kakao's own has one as well, see [Kakao].
const (
	KakaoUnavailable   Code = "kakao.unavailable"    // time-out, 5xx, maintenance, no connection
	KakaoRateLimited   Code = "kakao.rate_limited"   // the limit per person (KOE237) or per app (-10)
	KakaoRejected      Code = "kakao.rejected"       // Kakao refused what we sent, without a code of its own
	KakaoInvalidAnswer Code = "kakao.invalid_answer" // an answer or ID token that does not hold
	KakaoClock         Code = "kakao.clock"          // our clock or Kakao's is off by more than the leeway
)

// Codes of everything else.
const (
	SessionNone            Code = "session.none"             // nobody is signed in
	CSRFRefused            Code = "csrf.refused"             // a change that another site may have asked for
	RequestBad             Code = "request.bad"              // unreadable parameters or body
	RequestTooLarge        Code = "request.too_large"        // more than the limit of the route
	RequestUnsupportedType Code = "request.unsupported_type" // a content type that the route does not take
	NotFound               Code = "not_found"                // no such page
	MethodNotAllowed       Code = "method_not_allowed"       // the page exists for another method; send Allow with it
	HostUnknown            Code = "host_unknown"             // the Host is none of ours
	LimitTooMany           Code = "limit.too_many"           // our own limits
	LimitCrowded           Code = "limit.crowded"            // more people at once than this service can serve; nothing was done
	JoinGone               Code = "join.gone"                // the pending account or its session is over
	JoinRefused            Code = "join.refused"             // the app said no; its own words may stand on the page
	JoinUnavailable        Code = "join.unavailable"         // the app did not say whether this person may join
	JoinRefTaken           Code = "join.ref_taken"           // the app named a member number that another member has
	JoinRequired           Code = "join.required"            // signed in, but not a member yet
	GrantNone              Code = "grant.none"               // no tokens of Kakao's for this person that work
	GrantOff               Code = "grant.off"                // this service keeps no tokens of Kakao's
	ConsentRequired        Code = "consent.required"         // what was asked for needs a consent that the person has not given
	ConsentDeclined        Code = "consent.declined"         // the same, and they said no to it in this session
	StoreUnavailable       Code = "store.unavailable"        // the database does not answer
	Internal               Code = "internal"                 // everything that has no code
)

// Kakao gives the code for a code of Kakao's: "KOE320" becomes "kakao.KOE320", "-401" becomes "kakao.-401". Anything of
// another shape came from a stranger or a new Kakao and becomes [KakaoRejected]: what they wrote is not repeated.
func Kakao(code string) Code {
	if !isKakao(code) {
		return KakaoRejected
	}
	return Code("kakao." + code)
}

// isKakao reports "KOE" with three digits or a negative number of at most five.
func isKakao(code string) bool {
	digits, koe := strings.CutPrefix(code, "KOE")
	if !koe {
		var negative bool
		if digits, negative = strings.CutPrefix(code, "-"); !negative {
			return false
		}
	}
	if koe && len(digits) != 3 || len(digits) < 1 || len(digits) > 5 {
		return false
	}
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' {
			return false
		}
	}
	return true
}

// ofKakao gives back the code that [Kakao] was given.
func (c Code) ofKakao() (string, bool) {
	own, ok := strings.CutPrefix(string(c), "kakao.")
	return own, ok && isKakao(own)
}
