package provider

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/i18n"
)

// Provider is an identity provider. Implementations are immutable and safe for concurrent use.
type Provider interface {
	// Info returns facts that never change while the program runs.
	Info() Info
	// AuthorizeURL is where the browser goes to sign in. It returns [ErrIntent] if the provider cannot express
	// Request.Intent, and an *[Error] if the provider had to be asked for its address and did not answer; any other error
	// is a configuration error.
	AuthorizeURL(Request) (string, error)
	// Complete exchanges the code, exactly once, and verifies everything that came back. Every error is an *[Error].
	Complete(context.Context, Callback) (*Result, error)
}

// Info is what differs by provider and is known without a call. It holds no secrets.
type Info struct {
	// Name is the path segment of the routes (/oauth/{name}) and part of every identity's key: [a-z][a-z0-9-]*.
	Name string
	// Namespace is the scope in which the provider's subjects are unique, as in account.Key: an app, a team, an
	// issuer.
	Namespace string
	// NumericSubject says that subjects are positive 64-bit numbers, so that an import can refuse everything else.
	NumericSubject bool
	// SubjectPattern is a regular expression that all subjects match completely, for the same purpose; "" for any text.
	SubjectPattern string
	// CallbackMethod is how the browser comes back: "GET", or "POST" for response_mode=form_post.
	CallbackMethod string
	// ProvesFreshness says that Result.AuthTime is set and verified for a [Fresh] sign-in. Without it a sign-in does
	// not count as a re-authentication.
	ProvesFreshness bool
	// ChoosesAccount says that [ChooseAccount] is supported. Pages offer no other account without it.
	ChoosesAccount bool
	// UnlinkNeedsToken says that [Unlinker.Unlink] needs a stored token, which must be kept until it has succeeded.
	UnlinkNeedsToken bool
	// ReturnsElsewhere says that the provider's app may come back in another browser than the one that left, or with a
	// state that was never sent, and that [Request.SameBrowser] prevents it.
	ReturnsElsewhere bool
	// PlainState says that the provider promises to return a state of letters and digits only.
	PlainState bool
	// SignOutHint says that the sign-out page wants the session's ID token back, see [SignOutRequest.IDTokenHint]. It is
	// kept, sealed, while the session lives, even where tokens are not kept.
	SignOutHint bool
	// NoSignOutPage says that a [SignOuter] has no sign-out page after all: the user stays signed in there.
	NoSignOutPage bool
	// ByHand says that the service has no credential for the calls of [Unlinker] and [Consenter], which fail: the operator
	// or the user has to end links, and the user withdraws consents at the provider.
	ByHand bool
	// AppBrowser is the product token in the User-Agent of the provider's own app, whose browser is signed in already:
	// [Silent] works there and [Fresh] does not. "" if there is no such app.
	AppBrowser string
	// RefusesWebViews says that the provider refuses sign-ins in the browser of an app. Pages then ask for another
	// browser instead of leading to the provider's error page.
	RefusesWebViews bool

	// Label names the provider in a sentence and Account an account there: "Example", "Example account".
	Label, Account i18n.Text
	// Spoken is how a Label that is not in Korean is pronounced, in Korean letters, which decides the particle after
	// it. "" for a Korean label; after any other one without Spoken both forms of the particle are written.
	Spoken string
	Button Button
	// ConnectionsURL is the provider's page on which users see and end their links; "" if there is none on the web.
	ConnectionsURL string

	// FormOrigins are the origins that a form may lead to, for the CSP directive form-action; PictureOrigins are where
	// profile pictures are served, for img-src.
	FormOrigins, PictureOrigins []string
}

// InApp reports whether a User-Agent is that of the provider's own app. The header proves nothing.
func (i Info) InApp(userAgent string) bool {
	return i.AppBrowser != "" && strings.Contains(userAgent, i.AppBrowser)
}

// Words are the arguments that the texts of pages and problems need to name the provider, as pairs for [i18n.T]. A
// Korean particle that depends on the last sound of a name is part of the argument: {provider로}, {provider가}.
func (i Info) Words(l i18n.Lang) []string {
	name := i.Label.In(l)
	ro, ga := name, name
	if l != i18n.En {
		ro, ga = i.withParticle(name, "으로", "로"), i.withParticle(name, "이", "가")
	}
	return []string{"provider", name, "provider로", ro, "provider가", ga, "account", i.Account.In(l)}
}

func (i Info) withParticle(name, closed, open string) string {
	if i.Spoken == "" {
		return i18n.WithParticle(name, closed, open)
	}
	return name + strings.TrimPrefix(i18n.WithParticle(i.Spoken, closed, open), i.Spoken)
}

// Button is the sign-in button as the provider's design guide wants it.
type Button struct {
	Text       i18n.Text
	Background string // CSS colour
	Color      string // CSS colour of the text
	Border     string // CSS colour of the outline; "" for none
	Dark       Shades // in a dark colour scheme; zero for the same colours
	Gap        int    // CSS pixels between logo and text; 0 for 8
	// Logo is the markup of an inline SVG of 24 by 24, from this program and never from outside. A logo in the colour
	// of the text uses currentColor. Parts of the class "shade" are black and transparent; the style sheet makes them
	// visible while the pointer is on the button or it is pressed.
	Logo string
}

// Shades are the CSS colours of a [Button] in another colour scheme.
type Shades struct{ Background, Color, Border string }

// Intent is what a sign-in is for. A provider translates it into its own parameters.
type Intent int8

const (
	// SignIn uses the provider's session if there is one. The zero value.
	SignIn Intent = iota
	// Fresh asks for the credentials again, even during a session.
	Fresh
	// ChooseAccount lets the user choose among accounts.
	ChooseAccount
	// AskConsent asks for Request.Scope, or again for what was refused.
	AskConsent
	// Silent shows no page: the provider answers at once or with [InteractionNeeded].
	Silent
)

// ErrIntent says that the provider cannot express an intent.
var ErrIntent = errors.New("provider: intent not supported")

// Request is one round trip to the provider.
type Request struct {
	RedirectURI string
	State       string
	Nonce       string
	Challenge   string // PKCE, S256
	Intent      Intent
	// Extra are further words of the public prompt parameter that no intent covers, in the order they came, such as
	// "create". A provider passes on what it knows and ignores the rest.
	Extra     []string
	LoginHint string
	Scope     []string // only for consent beyond what is configured
	// SameBrowser asks that the provider's app does not take over, see [Info.ReturnsElsewhere].
	SameBrowser bool
}

// Callback is what came back from the provider, with what the attempt remembers.
type Callback struct {
	// Params are the query of a GET or the form of a POST callback.
	Params      url.Values
	State       string // of the request; some token endpoints want it again
	RedirectURI string // exactly as in the request
	Nonce       string
	Verifier    string
	// Consent asks for Result.Scopes: the user was sent for consent items.
	Consent bool
	// Unsigned is what [UnsignedProfiler] read from this or an earlier callback of the same browser, where another user
	// may have signed in: Complete must find out whether it is about this one.
	Unsigned account.Profile
}

// UnsignedProfiler is a provider that sends part of the profile once, unsigned, with the callback (Apple's "user").
// It is kept in the browser before the code is exchanged, because the provider will not send it again.
type UnsignedProfiler interface {
	// UnsignedProfile reads it; false if the callback has none. It proves nothing: an e-mail address in it is
	// unverified.
	UnsignedProfile(url.Values) (account.Profile, bool)
}

// Result is what the provider asserted in a sign-in.
type Result struct {
	Key      account.Key
	Profile  account.Profile
	AuthTime time.Time // when the user entered their credentials at the provider; zero if unknown or unproven
	// LinkedAt is when the user was linked to this service there; zero if unknown.
	LinkedAt time.Time
	// Session is the provider's key of its own session (sid), for [Notice.Session]; "" if it names none.
	Session string
	// Scopes are the consent items that the user has agreed to; nil if unknown.
	Scopes *account.Scopes
	// Terms are the operator's terms that the provider asked for; nil if it asks for none.
	Terms []Term
	Age   Age
	// Partial says that Profile holds only a part of what the provider knows. It fills an empty profile and replaces
	// none.
	Partial bool
	// Unread is why an optional part of the above could not be read; the sign-in succeeds anyway.
	Unread error
	// SignUp is the access token for [SignUpper.SignUp], which has to be called when the user joins. "" if the link is
	// permanent.
	SignUp Secret
	// Tokens let this service act for the user; nil if the provider issues none.
	Tokens *Tokens
}

// SignUpper is a provider whose links are provisional until the user has joined. It ends those of users who do not.
type SignUpper interface {
	// SignUp makes the link permanent. A user whose link is permanent already is a success. [Gone] and [NotLinked]: the
	// user has to sign in again. Every error is an *[Error].
	SignUp(context.Context, Secret) error
}

// SignOuter is a provider at which the user can be signed out by a visit of the browser.
type SignOuter interface {
	// SignOutURL is the page to visit; it returns to a configured address with the state.
	SignOutURL(SignOutRequest) string
}

// SignOutRequest is one round trip to the provider's sign-out page.
type SignOutRequest struct {
	State string
	// IDTokenHint is the ID token of the session if it was kept (OIDC RP-Initiated Logout 1.0 section 2); else "".
	IDTokenHint Secret
}
