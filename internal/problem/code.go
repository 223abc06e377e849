package problem

// Code names a problem and never changes: it appears in pages, problem bodies, logs, audit events and metrics. It is an
// error, so that errors.Is(err, problem.LoginExpired) works and a function with nothing to add may return it.
type Code string

// Error returns the code.
func (c Code) Error() string { return string(c) }

// Codes of signing in.
const (
	LoginStateMissing  Code = "login.state_missing"      // the callback came without state
	LoginOtherBrowser  Code = "login.other_browser"      // no attempt cookie matches the state
	LoginExpired       Code = "login.expired"            // the attempt is older than its lifetime
	LoginAlreadyUsed   Code = "login.already_used"       // the attempt was finished before
	LoginCancelled     Code = "login.cancelled"          // the user cancelled; a flash, not a page
	LoginInteraction   Code = "login.interaction_needed" // prompt=none, but the provider would have to show a page
	LoginBadCallback   Code = "login.bad_callback"       // duplicate or overlong parameters, or a token in the query
	LoginBusy          Code = "login.busy"               // another callback of the attempt is still being handled
	LoginUnderAge      Code = "login.under_age"          // the provider or the user says: under 14
	LoginDisabled      Code = "login.disabled"           // the operator disabled this user
	LoginRestorable    Code = "login.restorable"         // the user has withdrawn and may restore the account
	LoginJoinAgain     Code = "login.join_again"         // the user has withdrawn and may join again
	LoginRejoinBlocked Code = "login.rejoin_blocked"     // the user has withdrawn and may not join again yet
	LoginWithdrawn     Code = "login.withdrawn"          // the user has withdrawn and is not purged yet
	LoginOtherAccount  Code = "login.other_account"      // a user was to re-authenticate, and another account signed in
	LoginWebView       Code = "login.web_view"           // the provider refuses sign-ins in the browser of an app
	LoginNavigate      Code = "login.navigate"           // a fetch of a URL that needs a navigation
	LoginProviderError Code = "login.provider_error"     // the provider returned an undocumented error
)

// Codes of linking identities.
const (
	LoginNotFresh    Code = "login.not_fresh"    // a recent sign-in is needed, and this one is older or has no time
	LinkSessionGone  Code = "link.session_gone"  // the session that started the linking is not the current one
	LinkAlreadyYours Code = "link.already_yours" // already linked; a flash, not a page
	LinkOwned        Code = "link.owned"         // the identity belongs to another user
	LinkTooMany      Code = "link.too_many"      // the user has the maximum number of identities
	LinkRefConflict  Code = "link.ref_conflict"  // the accounts have two different refs
	LinkTicket       Code = "link.ticket"        // a link ticket that is used, expired or unknown
	LinkMergeGone    Code = "link.merge_gone"    // two accounts that cannot be merged, or no longer
	LinkLast         Code = "link.last"          // the only identity cannot be unlinked
)

// Codes of the calls to a provider, whose name is the member "provider". Every code of the provider's own has one as
// well, see [OfProvider].
const (
	ProviderUnavailable   Code = "provider.unavailable"    // time-out, 5xx, maintenance, no connection
	ProviderRateLimited   Code = "provider.rate_limited"   // a limit of the provider, per user or per app
	ProviderRejected      Code = "provider.rejected"       // the provider refused a call without a code of its own
	ProviderInvalidAnswer Code = "provider.invalid_answer" // an answer or ID token that fails verification
	ProviderClock         Code = "provider.clock"          // our clock or the provider's is off by more than the leeway
)

// Codes of everything else.
const (
	SessionNone            Code = "session.none"             // no session
	SessionNotSent         Code = "session.not_sent"         // a form for the app, sent without a session
	CSRFRefused            Code = "csrf.refused"             // a change that may come from another site
	RequestBad             Code = "request.bad"              // unreadable parameters or body
	RequestTooLarge        Code = "request.too_large"        // larger than the limit of the route
	RequestHeaders         Code = "request.headers"          // headers, mostly cookies, larger than the limit
	RequestUnsupportedType Code = "request.unsupported_type" // a content type that the route does not accept
	NotFound               Code = "not_found"                // no such page
	MethodNotAllowed       Code = "method_not_allowed"       // the route exists for another method; sent with Allow
	HostUnknown            Code = "host_unknown"             // the Host header names another service
	LimitTooMany           Code = "limit.too_many"           // a limit of this service
	LimitCrowded           Code = "limit.crowded"            // too many requests at once; nothing was done
	JoinGone               Code = "join.gone"                // the pending account or its session has ended
	JoinRefused            Code = "join.refused"             // the app refused; its message may be on the page
	JoinUnavailable        Code = "join.unavailable"         // the join hook did not answer
	JoinRefTaken           Code = "join.ref_taken"           // the join hook returned the ref of another user
	JoinRequired           Code = "join.required"            // signed in, but pending
	GrantNone              Code = "grant.none"               // no usable provider tokens of this user
	GrantOff               Code = "grant.off"                // this service keeps no provider tokens
	ConsentRequired        Code = "consent.required"         // the request needs a consent that the user has not given
	ConsentDeclined        Code = "consent.declined"         // likewise, and the user declined it in this session
	TokenAudience          Code = "token.audience"           // an access token for an audience that is not configured
	HandoffRefused         Code = "handoff.refused"          // a hand-off to an unlisted page or app
	HandoffInvalid         Code = "handoff.invalid"          // a hand-off code that is used, expired or another page's
	MobileNonceAbsent      Code = "mobile.nonce_absent"      // an ID token without nonce: the SDK did not pass it on
	MobileNonce            Code = "mobile.nonce"             // a nonce that is used, expired or another device's
	MobileToken            Code = "mobile.token"             // a token that is expired, another app's or not genuine
	MobileAudience         Code = "mobile.audience"          // an ID token for an app key that is not configured
	StoreUnavailable       Code = "store.unavailable"        // the database does not answer
	AppUnavailable         Code = "app.unavailable"          // the app behind the reverse proxy does not answer
	AppUnanswered          Code = "app.unanswered"           // the app has a request that changes something; no answer
	AppLoop                Code = "app.loop"                 // the app's address leads back to norang
	Internal               Code = "internal"                 // every error without a code
)

// Codes of the operator's console.
const (
	ConsoleHandoff   Code = "console.handoff"       // a hand-off code that is used, expired or another browser's
	ConsoleRole      Code = "console.role"          // the role does not include this
	ConsoleNotFresh  Code = "console.not_fresh"     // a change needs a recent sign-in
	ConsoleLocked    Code = "console.locked"        // too many wrong codes of the second factor
	ConsoleLast      Code = "console.last_operator" // the change would leave no active operator
	ConsoleNotActive Code = "console.not_active"    // only active users can hold a role
)

// Codes of the server API.
const (
	APIKey          Code = "api.key"              // no key, or one that is mistyped, unknown, expired or revoked
	APIScope        Code = "api.scope"            // the key has no scope for this call
	APINoUser       Code = "api.no_user"          // no user has this id, ref or identity
	APINoSession    Code = "api.no_session"       // the user has no session with this id
	APIAmbiguous    Code = "api.ambiguous"        // more than one user matches
	APIWithdrawn    Code = "api.withdrawn"        // the user has withdrawn and cannot be changed
	APIRefTaken     Code = "api.ref_taken"        // another user has this ref
	APINotMergeable Code = "api.not_mergeable"    // the accounts are not two active users, or have too many identities
	APINoOrigin     Code = "api.no_origin"        // there is no such preview origin
	APIOrigins      Code = "api.too_many_origins" // as many preview origins are live as may be
	APINoEvent      Code = "api.no_event"         // there is no such event, or it is no longer kept
	APIEventNotHeld Code = "api.event_not_held"   // the app has not refused this event
	APICursor       Code = "api.cursor"           // an event cursor that is unknown or too old
	APIOtherRequest Code = "api.other_request"    // the idempotency key was used for another request
	APIRunning      Code = "api.running"          // the first request with the idempotency key has not ended
)
