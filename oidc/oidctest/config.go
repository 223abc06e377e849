package oidctest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
	"github.com/norang-login/norang/providertest"
)

// The types of the parts that all emulators share.
type (
	// TB is the part of *testing.T and *testing.B that [Start] uses.
	TB = providertest.TB
	// Scenario is a scripted fault.
	Scenario = providertest.Scenario
	// Request is an entry of the request log.
	Request = providertest.Request
	// Delivery is a back-channel logout that was sent.
	Delivery = providertest.Delivery
)

// Config configures an emulator. The zero value has one client, all personas and the machine's clock.
type Config struct {
	// BrowserURL is the base URL that the browser uses, without path. The default is "http://127.0.0.1:5007" for [New],
	// and the address listened on for [Start].
	BrowserURL string
	// ServerURL is the base URL that the service's server uses, where it differs. Default BrowserURL.
	ServerURL string
	// Issuer is what the issuer begins with, without path, for an emulator whose addresses differ between starts while
	// its subjects are stored. A service then needs ServerURL, or BrowserURL, as its own address of the provider. Default
	// BrowserURL.
	Issuer string
	// App is the client. Members that are not set get their defaults.
	App App
	// Accounts are the accounts. Default [Personas].
	Accounts []Account
	// Now is the clock that [Server.Advance] adds to. Default [time.Now].
	Now func() time.Time
	// Rand is the source of tokens and codes. Default crypto/rand.
	Rand io.Reader
	// Transport sends back-channel logouts. Default http.DefaultTransport.
	Transport http.RoundTripper
	// RequestLog is the number of requests in the log. Default 1000.
	RequestLog int
	// AllowedHosts are additional Host values for the control pages.
	AllowedHosts []string
}

// App is a client registered at the provider.
type App struct {
	ClientID     string   `json:"client_id"`
	ClientSecret string   `json:"client_secret"`
	Name         string   `json:"name"`
	RedirectURIs []string `json:"redirect_uris"`
	// PostLogoutRedirectURIs are where the sign-out page may return to.
	PostLogoutRedirectURIs []string `json:"post_logout_redirect_uris"`
	// NativeClientIDs are further clients of the same service, for [Server.NativeToken].
	NativeClientIDs []string `json:"native_client_ids"`
	// BackChannelURL receives logout tokens; "" for none.
	BackChannelURL string `json:"backchannel_url"`
	// IssuerPath is the path of the issuer, such as "/realms/demo"; "" for none.
	IssuerPath string `json:"issuer_path"`
	// Auto signs AutoPersona in without pages.
	Auto        bool   `json:"auto"`
	AutoPersona string `json:"auto_persona"`
	Switches
}

// Switches make the provider deviate as some vendor or attacker does. The zero value keeps to the standards.
type Switches struct {
	TrailingSlash     bool   `json:"trailing_slash"`      // the issuer ends in a slash (Auth0)
	Tenant            string `json:"tenant"`              // of Entra: its issuer, and {tenantid} in common ones
	TextEmailVerified bool   `json:"text_email_verified"` // email_verified is text (Cognito)
	NoNonce           bool   `json:"no_nonce"`            // ID tokens without a nonce
	WrongAzp          bool   `json:"wrong_azp"`           // azp of another client
	// Algorithm signs ID tokens: "RS256", "ES256", "HS256" with the client secret, "none", or "HS256-public-key", which is
	// HS256 with the public key as the secret, as an attacker signs.
	Algorithm      string `json:"algorithm"`
	UnknownKid     bool   `json:"unknown_kid"`     // ID tokens name a key that is not published
	OtherSubject   bool   `json:"other_subject"`   // user information of another user
	NoAuthTime     bool   `json:"no_auth_time"`    // no auth_time, also with max_age
	IgnoresPrompt  bool   `json:"ignores_prompt"`  // prompt=login is answered from the session
	ClientAuth     string `json:"client_auth"`     // "basic", "post" or "none" accepts and names this alone
	ResponseIssuer bool   `json:"response_issuer"` // promises and sends iss in callbacks (RFC 9207)
	NoUserInfo     bool   `json:"no_userinfo"`     // no userinfo_endpoint
	NoRefresh      bool   `json:"no_refresh"`      // never a refresh token
	NoEndSession   bool   `json:"no_end_session"`  // no end_session_endpoint
	Pairwise       bool   `json:"pairwise"`        // another subject for every client (Entra)
	RequirePKCE    bool   `json:"require_pkce"`    // refuses authorize requests without code_challenge
	NoRevocation   bool   `json:"no_revocation"`   // no revocation_endpoint (Entra)
	// RevocationAuth is ClientAuth of the revocation endpoint. "" is ClientAuth, and the discovery document names none.
	RevocationAuth string `json:"revocation_auth"`
	// RefreshRevocation revokes refresh tokens only: RFC 7009 section 2.2.1 answers others unsupported_token_type.
	RefreshRevocation bool `json:"refresh_revocation"`
	// RevokesAll ends all tokens of the user at this client with one refresh token, those of later sign-ins too.
	RevokesAll bool `json:"revokes_all"`
	// VoidTokenError answers the revocation of a void token with the error invalid_token and status 200 (Keycloak).
	VoidTokenError bool `json:"void_token_error"`
}

// Account is an account at the provider.
type Account struct {
	ID      string `json:"id"`      // of the persona
	Subject string `json:"subject"` // default derived from ID
	Label   string `json:"label"`
	LabelEN string `json:"label_en"`
	// Name, Nickname, Username, Picture and Email are the claims of the scopes profile and email.
	Name          string `json:"name"`
	Nickname      string `json:"nickname"`
	Username      string `json:"preferred_username"`
	Picture       string `json:"picture"`
	Email         string `json:"email"`
	EmailVerified *bool  `json:"email_verified"` // nil leaves the claim out, as Entra does
	Tenant        string `json:"tenant"`         // of Entra, if it is not App.Tenant
	Refused       bool   `json:"refused"`        // not assigned to the client: access_denied
	Cancels       bool   `json:"cancels"`        // presses cancel when no page asks
}

// publicKeyAsSecret is a value of Switches.Algorithm.
const publicKeyAsSecret = "HS256-public-key"

// The fixed keys of the default client.
const (
	DefaultClientID     = "emu-oidc-client"
	DefaultClientSecret = "emu-oidc+secret/1=%" // characters that HTTP Basic has to encode
)

func withDefaults(c Config) (Config, error) {
	c.BrowserURL = cmp.Or(c.BrowserURL, "http://127.0.0.1:5007")
	c.Issuer = cmp.Or(c.Issuer, c.BrowserURL)
	if c.Accounts == nil {
		c.Accounts = Personas()
	}
	c.App = appDefaults(c.App)
	faults := []error{checkApp(c.App, emulator.IDs(c.Accounts, func(a Account) string { return a.ID }))}
	if u, err := url.Parse(c.Issuer); err != nil || c.Issuer != u.Scheme+"://"+u.Host || u.Host == "" {
		faults = append(faults, emulator.Errorf("issuer는 http://host처럼 적습니다: %q", "issuer must be like http://host, got %q",
			emulator.Clip(c.Issuer, 200)))
	}
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
	a.AutoPersona = cmp.Or(a.AutoPersona, PersonaJeju)
	a.Algorithm = cmp.Or(a.Algorithm, "RS256")
	return a
}

func checkApp(a App, accounts []string) error {
	faults := []error{emulator.CheckWebhook("backchannel_url", a.BackChannelURL)}
	for _, u := range slices.Concat(a.RedirectURIs, a.PostLogoutRedirectURIs) {
		p, err := url.Parse(u)
		if err != nil || p.Host == "" || p.Scheme != "http" && p.Scheme != "https" || p.Fragment != "" {
			faults = append(faults, emulator.Errorf("리다이렉트 URI %q: http나 https 주소여야 합니다",
				"redirect URI %q must be an http or https URL", emulator.Clip(u, 200)))
		}
	}
	if !slices.Contains([]string{"RS256", "ES256", "HS256", "none", publicKeyAsSecret}, a.Algorithm) {
		faults = append(faults, emulator.Errorf("모르는 알고리즘입니다: %q", "unknown algorithm %q", emulator.Clip(a.Algorithm, 40)))
	}
	for _, s := range []struct{ name, value string }{
		{"client_auth", a.ClientAuth}, {"revocation_auth", a.RevocationAuth},
	} {
		if !slices.Contains([]string{"", authBasic, authPost, authNone}, s.value) {
			faults = append(faults, emulator.Errorf("%s: basic, post, none 가운데 하나입니다: %q",
				"%s must be basic, post or none, got %q", s.name, emulator.Clip(s.value, 40)))
		}
	}
	if a.IssuerPath != "" && (!strings.HasPrefix(a.IssuerPath, "/") || strings.HasSuffix(a.IssuerPath, "/")) {
		faults = append(faults, emulator.Errorf("issuer_path는 /로 시작하고 /로 끝나지 않습니다",
			"issuer_path begins with a slash and does not end in one"))
	}
	if a.Tenant != "" && (a.IssuerPath != "" || a.TrailingSlash) {
		faults = append(faults, emulator.Errorf("tenant가 발급자를 정합니다. issuer_path와 trailing_slash를 지우십시오",
			"tenant determines the issuer: leave issuer_path and trailing_slash out"))
	}
	if a.AutoPersona != PersonaJeju { // the default, also without the built-in accounts
		faults = append(faults, emulator.CheckAccounts("auto_persona", accounts, a.AutoPersona))
	}
	return errors.Join(faults...)
}

func checkAccount(a Account) error {
	if a.ID == "" || len(a.ID) > 64 || strings.ContainsAny(a.ID, " /?#&") || len(a.Subject) > 255 {
		return emulator.Errorf("계정 %q: id는 1자에서 64자이고 / ? # &와 빈칸이 없어야 하며, sub는 255자까지입니다",
			"account %q: the id has 1 to 64 characters without / ? # & and spaces, sub at most 255", emulator.Clip(a.ID, 64))
	}
	return nil
}

func derivedSubject(id string) string {
	sum := sha256.Sum256([]byte("oidctest subject " + id))
	h := hex.EncodeToString(sum[:16])
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-8" + h[17:20] + "-" + h[20:32]
}
