package googletest

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// Config configures an emulator. The zero value has one project, all personas and the machine's clock.
type Config struct {
	// BrowserURL is the base URL that the browser uses, without path; it is also the issuer. The default is
	// "http://127.0.0.1:5004" for [New], and the address listened on for [Start].
	BrowserURL string
	// ServerURL is the base URL that the service's server uses, where it differs. Default BrowserURL.
	ServerURL string
	// App is the project with its clients. Members that are not set get their defaults.
	App App
	// Accounts are the Google accounts. Default [Personas].
	Accounts []Account
	// Now is the clock that [Server.Advance] adds to. Default [time.Now].
	Now func() time.Time
	// Rand is the source of tokens and codes. Default crypto/rand.
	Rand io.Reader
	// Transport sends security events. Default a transport of its own.
	Transport http.RoundTripper
	// RequestLog is the number of requests in the log. Default 1000.
	RequestLog int
	// AllowedHosts are additional Host values for the control pages.
	AllowedHosts []string
}

// App is a project in Google's console with one client of type Web application.
type App struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	// SecondSecret is accepted as well, as during a rotation: a client has at most two. "" for none.
	SecondSecret string `json:"second_secret"`
	Name         string `json:"name"`
	// RedirectURIs are compared to the letter.
	RedirectURIs []string `json:"redirect_uris"`
	// NativeClientIDs are the client IDs of the project's Android and iOS apps, for [Server.NativeToken].
	NativeClientIDs []string `json:"native_client_ids"`
	// Testing: only TestUsers can sign in, as before the app is published.
	Testing   bool     `json:"testing"`
	TestUsers []string `json:"test_users"` // account ids
	// Organization: only accounts of this Workspace domain can sign in (user type Internal); "" for everyone.
	Organization string `json:"organization"`
	// Deleted: the client was deleted, as after six months without use.
	Deleted bool `json:"deleted"`
	// EventsURL receives security event tokens; "" for none.
	EventsURL string `json:"events_url"`
	// Auto logs AutoPersona in without pages.
	Auto        bool   `json:"auto"`
	AutoPersona string `json:"auto_persona"`
	Switches
}

// Switches choose between behaviours of Google that are not documented, or that depend on the project. The zero value
// is the strict one.
type Switches struct {
	ShortIssuer       bool `json:"short_issuer"`       // iss of ID tokens without its scheme
	SessionAgeClaims  bool `json:"session_age_claims"` // auth_time on request: verified app, setting turned on
	StrengthClaims    bool `json:"strength_claims"`    // amr on request, likewise
	CallbackIssuer    bool `json:"callback_issuer"`    // the callback has a parameter iss
	EventAfterRevoke  bool `json:"event_after_revoke"` // the service's own revocation sends tokens-revoked
	InsecureRedirects bool `json:"insecure_redirects"` // redirect URIs that Google would not register
	WebViews          bool `json:"web_views"`          // web views of apps may sign in
}

// Account is a Google account.
type Account struct {
	ID      string `json:"id"`      // of the persona
	Subject string `json:"subject"` // sub; default derived from ID
	Label   string `json:"label"`
	LabelEN string `json:"label_en"`
	Email   string `json:"email"`
	// NextEmail replaces Email after the first sign-in: addresses change.
	NextEmail     string `json:"next_email"`
	EmailVerified bool   `json:"email_verified"`
	HostedDomain  string `json:"hosted_domain"` // hd: Google Workspace
	Name          string `json:"name"`
	GivenName     string `json:"given_name"`
	FamilyName    string `json:"family_name"`
	NoPicture     bool   `json:"no_picture"`
	Cancels       bool   `json:"cancels"` // presses cancel when no page asks
}

// The fixed keys of the default project.
const (
	DefaultClientID        = "emu-norang.apps.googleusercontent.com"
	DefaultClientSecret    = "emuGOCSPX-norang"
	DefaultAndroidClientID = "emu-android.apps.googleusercontent.com"
	DefaultIOSClientID     = "emu-ios.apps.googleusercontent.com"
)

func withDefaults(c Config) (Config, error) {
	c.BrowserURL = cmp.Or(c.BrowserURL, "http://127.0.0.1:5004")
	c.ServerURL = cmp.Or(c.ServerURL, c.BrowserURL)
	if c.Accounts == nil {
		c.Accounts = Personas()
	}
	c.App = appDefaults(c.App)
	faults := []error{checkApp(c.App, emulator.IDs(c.Accounts, func(a Account) string { return a.ID }))}
	seen := map[string]bool{}
	for i := range c.Accounts {
		a := &c.Accounts[i]
		a.Subject = cmp.Or(a.Subject, derivedSubject(a.ID))
		if err := checkAccount(*a); err != nil {
			faults = append(faults, err)
		}
		if seen[a.ID] || seen["sub "+a.Subject] {
			faults = append(faults, emulator.DuplicateAccount(a.ID))
		}
		seen[a.ID], seen["sub "+a.Subject] = true, true
	}
	return c, errors.Join(faults...)
}

func appDefaults(a App) App {
	a.ClientID = cmp.Or(a.ClientID, DefaultClientID)
	a.ClientSecret = cmp.Or(a.ClientSecret, DefaultClientSecret)
	a.Name = cmp.Or(a.Name, "노랑 (emulator)")
	a.AutoPersona = cmp.Or(a.AutoPersona, PersonaMinji)
	if a.NativeClientIDs == nil {
		a.NativeClientIDs = []string{DefaultAndroidClientID, DefaultIOSClientID}
	}
	return a
}

func checkApp(a App, accounts []string) error {
	faults := []error{emulator.CheckWebhook("events_url", a.EventsURL)}
	for _, text := range a.RedirectURIs {
		if why := refusedRedirect(text, a.InsecureRedirects); !why.IsZero() {
			faults = append(faults, emulator.Errorf("리디렉션 URI %q: %s", "redirect URI %q: %s", emulator.Clip(text, 200), why))
		}
	}
	if a.AutoPersona != PersonaMinji { // the default, also without the built-in accounts
		faults = append(faults, emulator.CheckAccounts("auto_persona", accounts, a.AutoPersona))
	}
	faults = append(faults, emulator.CheckAccounts("test_users", accounts, a.TestUsers...))
	return errors.Join(faults...)
}

// refusedRedirect says why Google's console would not accept a redirect URI; the text is empty if it would.
func refusedRedirect(text string, insecure bool) emulator.Text {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return emulator.Text{"http나 https 주소여야 합니다", "it must be an http or https URL"}
	case u.Fragment != "" || u.User != nil || strings.Contains(text, "*"):
		return emulator.Text{"#, 사용자 이름, *가 없어야 합니다", "it must have no fragment, user or wildcard"}
	case insecure:
		return emulator.Text{}
	}
	host := u.Hostname()
	ip, err := netip.ParseAddr(host)
	local := host == "localhost" || err == nil && ip.IsLoopback()
	switch {
	case err == nil && !ip.IsLoopback():
		return emulator.Text{"Google은 루프백이 아닌 IP 주소를 받지 않습니다", "Google accepts no IP address but loopback ones"}
	case u.Scheme == "http" && !local:
		return emulator.Text{"Google은 http를 localhost에서만 받습니다", "Google accepts http on localhost only"}
	case err != nil && !local && !strings.Contains(host, "."):
		return emulator.Text{"Google은 공개된 최상위 도메인 아래의 도메인만 받습니다", "Google wants a domain under a public suffix"}
	}
	return emulator.Text{}
}

func checkAccount(a Account) error {
	if a.ID == "" || len(a.ID) > 64 || strings.ContainsAny(a.ID, " /?#&") || len(a.Subject) > 255 {
		return emulator.Errorf("계정 %q: id는 1자에서 64자이고 / ? # &와 빈칸이 없어야 하며, subject는 255자까지입니다",
			"account %q: id has 1 to 64 characters without / ? # & and spaces, subject at most 255", emulator.Clip(a.ID, 64))
	}
	return nil
}

func cloneApp(a App) App {
	a.RedirectURIs, a.NativeClientIDs = slices.Clone(a.RedirectURIs), slices.Clone(a.NativeClientIDs)
	a.TestUsers = slices.Clone(a.TestUsers)
	return a
}
