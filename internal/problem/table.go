package problem

import (
	"log/slog"
	"net/http"
	"time"
)

// Owner is in whose hands the remedy lies.
type Owner string

// The four owners of design section 8.
const (
	Person    Owner = "person"    // who signs in
	Developer Owner = "developer" // who wrote what calls us
	Operator  Owner = "operator"  // who runs this service
	KakaoSide Owner = "Kakao"     // Kakao itself
)

// Action is the way on that a page offers. Whoever draws the page knows the addresses.
type Action string

// The ways on.
const (
	ActionNone    Action = ""
	ActionSignIn  Action = "sign_in" // start a new sign-in, with the same return path where it is known
	ActionAgain   Action = "again"   // load the same address again: nothing was done, and the same request may succeed
	ActionHome    Action = "home"    // the service's first page
	ActionSupport Action = "support" // the operator's support address; none if there is no such setting
	ActionJoin    Action = "join"    // the join page
	ActionLinks   Action = "links"   // the list of one's ways to sign in
	ActionConsent Action = "consent" // the page that asks for one consent more; Problem.Location says which
	ActionMerge   Action = "merge"   // the page that says what merging two accounts does
)

// row is what the table knows of a code.
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

// Levels: what a stranger can cause at will is Info, or the log is theirs to fill; what somebody must look at is Error.
const (
	quiet = slog.LevelInfo
	warn  = slog.LevelWarn
	loud  = slog.LevelError
)

// table is the one place that decides what a failure means outside. A new code is a constant, a row here and two texts in
// each language; the tests name whatever is missing.
var table = [...]row{
	{LoginStateMissing, http.StatusBadRequest, Person, "login.broken", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LoginOtherBrowser, http.StatusBadRequest, Person, "", ActionSignIn, "action.sign_in_here", quiet, 0},
	{LoginExpired, http.StatusBadRequest, Person, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LoginAlreadyUsed, http.StatusBadRequest, Person, "", ActionHome, "action.home", quiet, 0},
	{LoginCancelled, http.StatusBadRequest, Person, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LoginInteraction, http.StatusBadRequest, Person, "", ActionSignIn, "action.sign_in", quiet, 0},
	{LoginBadCallback, http.StatusBadRequest, Person, "login.broken", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LoginBusy, http.StatusServiceUnavailable, Person, "", ActionSignIn, "action.retry", quiet, 2 * time.Second},
	{LoginUnderAge, http.StatusForbidden, Person, "", ActionHome, "action.home", quiet, 0},
	{LoginDisabled, http.StatusForbidden, Operator, "", ActionSupport, "action.support", quiet, 0},
	{LoginRestorable, http.StatusForbidden, Person, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LoginJoinAgain, http.StatusForbidden, Person, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LoginRejoinBlocked, http.StatusForbidden, Person, "", ActionSupport, "action.support", quiet, 0},
	{LoginWithdrawn, http.StatusForbidden, Operator, "", ActionSupport, "action.support", quiet, 0},
	{LoginOtherAccount, http.StatusForbidden, Person, "", ActionHome, "action.home", quiet, 0},
	{LoginNavigate, http.StatusBadRequest, Developer, "", ActionSignIn, "action.sign_in", quiet, 0},
	{LoginProviderError, http.StatusBadGateway, KakaoSide, "", ActionSignIn, "action.sign_in_again", warn, 0},

	{LoginNotFresh, http.StatusForbidden, Person, "", ActionLinks, "action.links", quiet, 0},
	{LinkSessionGone, http.StatusForbidden, Person, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{LinkAlreadyYours, http.StatusConflict, Person, "", ActionLinks, "action.links", quiet, 0},
	{LinkOwned, http.StatusConflict, Person, "", ActionMerge, "action.merge", quiet, 0},
	{LinkTooMany, http.StatusConflict, Person, "", ActionLinks, "action.links", quiet, 0},
	{LinkRefConflict, http.StatusConflict, Operator, "", ActionSupport, "action.support", quiet, 0},
	{LinkTicket, http.StatusGone, Person, "", ActionHome, "action.home", quiet, 0},
	{LinkMergeGone, http.StatusConflict, Person, "", ActionLinks, "action.links", quiet, 0},
	{LinkLast, http.StatusConflict, Person, "", ActionLinks, "action.links", quiet, 0},

	{KakaoUnavailable, http.StatusServiceUnavailable, KakaoSide, "", ActionSignIn, "action.retry", warn, 30 * time.Second},
	{KakaoRateLimited, http.StatusServiceUnavailable, Person, "", ActionHome, "action.home", warn, 10 * time.Minute},
	{KakaoRejected, http.StatusBadGateway, Operator, "", ActionSupport, "action.support", loud, 0},
	{KakaoInvalidAnswer, http.StatusBadGateway, Operator, "kakao.rejected", ActionSupport, "action.support", loud, 0},
	{KakaoClock, http.StatusBadGateway, Operator, "kakao.rejected", ActionSupport, "action.support", loud, 0},

	{SessionNone, http.StatusUnauthorized, Person, "", ActionSignIn, "action.sign_in", quiet, 0},
	{CSRFRefused, http.StatusForbidden, Person, "", ActionHome, "action.home", quiet, 0},
	{RequestBad, http.StatusBadRequest, Developer, "", ActionHome, "action.home", quiet, 0},
	{RequestTooLarge, http.StatusRequestEntityTooLarge, Developer, "", ActionHome, "action.home", quiet, 0},
	{RequestUnsupportedType, http.StatusUnsupportedMediaType, Developer, "", ActionHome, "action.home", quiet, 0},
	{NotFound, http.StatusNotFound, Person, "", ActionHome, "action.home", quiet, 0},
	{MethodNotAllowed, http.StatusMethodNotAllowed, Developer, "", ActionHome, "action.home", quiet, 0},
	{HostUnknown, http.StatusMisdirectedRequest, Operator, "", ActionNone, "", quiet, 0},
	{LimitTooMany, http.StatusTooManyRequests, Person, "", ActionHome, "action.home", quiet, time.Minute},
	{LimitCrowded, http.StatusServiceUnavailable, Operator, "", ActionAgain, "action.retry", quiet, 2 * time.Second},
	{JoinGone, http.StatusBadRequest, Person, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{JoinRefused, http.StatusForbidden, Person, "", ActionSupport, "action.support", quiet, 0},
	{JoinUnavailable, http.StatusServiceUnavailable, Operator, "", ActionJoin, "action.retry", loud, 10 * time.Second},
	{JoinRefTaken, http.StatusConflict, Operator, "", ActionSupport, "action.support", loud, 0},
	{JoinRequired, http.StatusForbidden, Person, "", ActionJoin, "action.join", quiet, 0},
	{GrantNone, http.StatusConflict, Person, "", ActionSignIn, "action.sign_in_again", quiet, 0},
	{GrantOff, http.StatusConflict, Operator, "", ActionHome, "action.home", quiet, 0},
	{ConsentRequired, http.StatusForbidden, Person, "", ActionConsent, "action.consent", quiet, 0},
	{ConsentDeclined, http.StatusForbidden, Person, "", ActionConsent, "action.consent", quiet, 0},
	{StoreUnavailable, http.StatusServiceUnavailable, Operator, "", ActionHome, "action.home", loud, 5 * time.Second},
	{Internal, http.StatusInternalServerError, Operator, "", ActionSupport, "action.support", loud, 0},
}

// find returns the row of a code that stands in the table itself.
func find(code Code) (row, bool) {
	for _, r := range table {
		if r.code == code {
			return r, true
		}
	}
	return row{}, false
}

// Codes lists every code of the table in its order, without the family of [Kakao].
func Codes() []Code {
	all := make([]Code, len(table))
	for i, r := range table {
		all[i] = r.code
	}
	return all
}
