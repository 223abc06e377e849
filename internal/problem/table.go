package problem

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/provider"
)

// Owner is who can fix a problem.
type Owner = provider.Owner

// The owners.
const (
	User         = provider.OwnerUser
	Developer    = provider.OwnerDeveloper
	Operator     = provider.OwnerOperator
	ProviderSide = provider.OwnerProvider
)

// Action is the next step that a page offers. The page knows the addresses.
type Action string

// The actions.
const (
	ActionNone    Action = ""
	ActionSignIn  Action = "sign_in" // start a new sign-in, with the same return URL if known
	ActionNewTab  Action = "new_tab" // sign in, in a new tab: going back in this one restores the form
	ActionAgain   Action = "again"   // load the same URL again: nothing was done, and the request may succeed
	ActionHome    Action = "home"    // the service's first page
	ActionSupport Action = "support" // the operator's support address, if there is one
	ActionJoin    Action = "join"    // the join page
	ActionLinks   Action = "links"   // the list of linked identities
	ActionOutside Action = "outside" // this page in the device's own browser
	ActionThere   Action = "there"   // the service's first page at its own address, Problem.Location
	ActionConsent Action = "consent" // the page that asks for one more consent; Problem.Location is its address
	ActionMerge   Action = "merge"   // the page that explains merging two accounts
	ActionBack    Action = "back"    // where the round trip starts again: Problem.Location, else the return URL
)

// row describes a code.
type row struct {
	code   Code
	status int
	owner  Owner
	// text is the key of the texts in i18n, problem.<text>.title and .detail; "" is the code itself.
	text   string
	action Action
	label  string // i18n key of the action's label, "" without action
	level  slog.Level
	wait   time.Duration // default Retry-After, 0 for none
}

// What anyone on the network can cause at will is logged at Info, or at Debug where metrics say enough; what the
// operator must look at is Error.
const (
	count = slog.LevelDebug
	quiet = slog.LevelInfo
	warn  = slog.LevelWarn
	loud  = slog.LevelError
)

// table decides what a failure means to its readers. A new code is a constant, a row here and two texts in each
// language; the tests name what is missing.
var table = [...]row{
	{LoginStateMissing, http.StatusBadRequest, User, "login.broken", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LoginOtherBrowser, http.StatusBadRequest, User, "", ActionSignIn, "action.sign_in_here", quiet, 0},
	{LoginExpired, http.StatusBadRequest, User, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LoginAlreadyUsed, http.StatusBadRequest, User, "", ActionHome, "action.home", quiet, 0},
	{LoginCancelled, http.StatusBadRequest, User, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LoginWebView, http.StatusForbidden, User, "", ActionOutside, "signin.outside", quiet, 0},
	{LoginInteraction, http.StatusBadRequest, User, "", ActionSignIn, "action.sign_in", quiet, 0},
	{LoginBadCallback, http.StatusBadRequest, User, "login.broken", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LoginBusy, http.StatusServiceUnavailable, User, "", ActionSignIn, "action.retry", quiet, 2 * time.Second},
	{LoginUnderAge, http.StatusForbidden, User, "", ActionHome, "action.home", quiet, 0},
	{LoginDisabled, http.StatusForbidden, Operator, "", ActionSupport, "action.support", quiet, 0},
	{LoginRestorable, http.StatusForbidden, User, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LoginJoinAgain, http.StatusForbidden, User, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LoginRejoinBlocked, http.StatusForbidden, User, "", ActionSupport, "action.support", quiet, 0},
	{LoginWithdrawn, http.StatusForbidden, Operator, "", ActionSupport, "action.support", quiet, 0},
	{LoginOtherAccount, http.StatusForbidden, User, "", ActionBack, "action.retry", quiet, 0},
	{LoginNavigate, http.StatusBadRequest, Developer, "", ActionSignIn, "action.sign_in", quiet, 0},
	{LoginProviderError, http.StatusBadGateway, ProviderSide, "", ActionSignIn, "action.sign_in_again", warn, 0},

	{LoginNotFresh, http.StatusForbidden, User, "", ActionLinks, "action.links", quiet, 0},
	{LinkSessionGone, http.StatusForbidden, User, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LinkAlreadyYours, http.StatusConflict, User, "", ActionLinks, "action.links", quiet, 0},
	{LinkOwned, http.StatusConflict, User, "", ActionMerge, "action.merge", quiet, 0},
	{LinkTooMany, http.StatusConflict, User, "", ActionLinks, "action.links", quiet, 0},
	{LinkRefConflict, http.StatusConflict, Operator, "", ActionSupport, "action.support", quiet, 0},
	{LinkTicket, http.StatusGone, User, "", ActionHome, "action.home", quiet, 0},
	{LinkMergeGone, http.StatusConflict, User, "", ActionLinks, "action.links", quiet, 0},
	{LinkLast, http.StatusConflict, User, "", ActionLinks, "action.links", quiet, 0},

	{
		ProviderUnavailable,
		http.StatusServiceUnavailable,
		ProviderSide,
		"",
		ActionSignIn,
		"action.retry",
		warn,
		30 * time.Second,
	},
	{ProviderRateLimited, http.StatusServiceUnavailable, User, "", ActionHome, "action.home", warn, 10 * time.Minute},
	{ProviderRejected, http.StatusBadGateway, Operator, "", ActionSupport, "action.support", loud, 0},
	{
		ProviderInvalidAnswer,
		http.StatusBadGateway,
		Operator,
		"provider.rejected",
		ActionSupport,
		"action.support",
		loud,
		0,
	},
	{ProviderClock, http.StatusBadGateway, Operator, "provider.rejected", ActionSupport, "action.support", loud, 0},

	{SessionNone, http.StatusUnauthorized, User, "", ActionSignIn, "action.sign_in", count, 0},
	{SessionNotSent, http.StatusUnauthorized, User, "", ActionNewTab, "action.sign_in_tab", quiet, 0},
	{CSRFRefused, http.StatusForbidden, User, "", ActionHome, "action.home", quiet, 0},
	{RequestBad, http.StatusBadRequest, Developer, "", ActionHome, "action.home", quiet, 0},
	{RequestTooLarge, http.StatusRequestEntityTooLarge, Developer, "", ActionHome, "action.home", quiet, 0},
	{RequestHeaders, http.StatusRequestHeaderFieldsTooLarge, Developer, "", ActionAgain, "action.retry", quiet, 0},
	{RequestUnsupportedType, http.StatusUnsupportedMediaType, Developer, "", ActionHome, "action.home", quiet, 0},
	{NotFound, http.StatusNotFound, User, "", ActionHome, "action.home", count, 0},
	{MethodNotAllowed, http.StatusMethodNotAllowed, Developer, "", ActionHome, "action.home", count, 0},
	{HostUnknown, http.StatusMisdirectedRequest, Operator, "", ActionThere, "action.home", quiet, 0},
	{LimitTooMany, http.StatusTooManyRequests, User, "", ActionHome, "action.home", count, time.Minute},
	{LimitCrowded, http.StatusServiceUnavailable, Operator, "", ActionAgain, "action.retry", count, 2 * time.Second},
	{JoinGone, http.StatusBadRequest, User, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{JoinRefused, http.StatusForbidden, User, "", ActionSupport, "action.support", quiet, 0},
	{JoinUnavailable, http.StatusServiceUnavailable, Operator, "", ActionJoin, "action.retry", loud, 10 * time.Second},
	{JoinRefTaken, http.StatusConflict, Operator, "", ActionSupport, "action.support", loud, 0},
	{JoinRequired, http.StatusForbidden, User, "", ActionJoin, "action.join", quiet, 0},
	{GrantNone, http.StatusConflict, User, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{GrantOff, http.StatusConflict, Operator, "", ActionHome, "action.home", quiet, 0},
	{ConsentRequired, http.StatusForbidden, User, "", ActionConsent, "action.consent", quiet, 0},
	{ConsentDeclined, http.StatusForbidden, User, "", ActionConsent, "action.consent", quiet, 0},
	{TokenAudience, http.StatusBadRequest, Developer, "", ActionNone, "", quiet, 0},
	{ConsoleHandoff, http.StatusBadRequest, User, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{ConsoleRole, http.StatusForbidden, Operator, "", ActionHome, "action.home", quiet, 0},
	{ConsoleNotFresh, http.StatusForbidden, User, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{ConsoleLocked, http.StatusTooManyRequests, User, "", ActionHome, "action.home", quiet, 15 * time.Minute},
	{ConsoleLast, http.StatusConflict, Operator, "", ActionHome, "action.home", quiet, 0},
	{ConsoleNotActive, http.StatusConflict, Operator, "", ActionHome, "action.home", quiet, 0},
	{HandoffRefused, http.StatusBadRequest, Developer, "", ActionHome, "action.home", quiet, 0},
	{HandoffInvalid, http.StatusBadRequest, User, "", ActionNone, "", quiet, 0},
	{MobileNonceAbsent, http.StatusUnauthorized, Developer, "", ActionNone, "", quiet, 0},
	{MobileNonce, http.StatusUnauthorized, Developer, "", ActionNone, "", quiet, 0},
	{MobileToken, http.StatusUnauthorized, Developer, "", ActionNone, "", quiet, 0},
	{MobileAudience, http.StatusUnauthorized, Developer, "", ActionNone, "", quiet, 0},
	{APIKey, http.StatusUnauthorized, Developer, "", ActionNone, "", quiet, 0},
	{APIScope, http.StatusForbidden, Developer, "", ActionNone, "", quiet, 0},
	{APINoUser, http.StatusNotFound, Developer, "", ActionNone, "", count, 0},
	{APINoSession, http.StatusNotFound, Developer, "", ActionNone, "", count, 0},
	{APIAmbiguous, http.StatusConflict, Developer, "", ActionNone, "", quiet, 0},
	{APIWithdrawn, http.StatusConflict, Developer, "", ActionNone, "", quiet, 0},
	{APIRefTaken, http.StatusConflict, Developer, "", ActionNone, "", quiet, 0},
	{APINotMergeable, http.StatusConflict, Developer, "", ActionNone, "", quiet, 0},
	{APINoOrigin, http.StatusNotFound, Developer, "", ActionNone, "", count, 0},
	{APIOrigins, http.StatusConflict, Developer, "", ActionNone, "", quiet, 0},
	{APINoEvent, http.StatusNotFound, Developer, "", ActionNone, "", count, 0},
	{APIEventNotHeld, http.StatusConflict, Developer, "", ActionNone, "", quiet, 0},
	{APICursor, http.StatusGone, Developer, "", ActionNone, "", quiet, 0},
	{APIOtherRequest, http.StatusUnprocessableEntity, Developer, "", ActionNone, "", quiet, 0},
	{APIRunning, http.StatusConflict, Developer, "", ActionNone, "", quiet, time.Second},
	{StoreUnavailable, http.StatusServiceUnavailable, Operator, "", ActionHome, "action.home", loud, 5 * time.Second},
	{AppUnavailable, http.StatusBadGateway, Operator, "", ActionAgain, "action.retry", loud, 5 * time.Second},
	{AppUnanswered, http.StatusBadGateway, Operator, "", ActionHome, "action.home", loud, 0},
	{AppLoop, http.StatusLoopDetected, Operator, "", ActionSupport, "action.support", loud, 0},
	{Internal, http.StatusInternalServerError, Operator, "", ActionSupport, "action.support", loud, 0},
}

// find returns the row of a code in the table.
func find(code Code) (row, bool) {
	for _, r := range table {
		if r.code == code {
			return r, true
		}
	}
	return row{}, false
}

// Codes lists the codes of the table in its order, without the family of [OfProvider].
func Codes() []Code {
	all := make([]Code, len(table))
	for i, r := range table {
		all[i] = r.code
	}
	return all
}
