package navertest

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// Config configures an emulator. The zero value has one application, all personas and the machine's clock.
type Config struct {
	// BrowserURL is the base URL that the browser uses, without path. The default is "http://127.0.0.1:5003" for [New],
	// and the address listened on for [Start].
	BrowserURL string
	// ServerURL is the base URL that the service's server uses, where it differs. Default BrowserURL.
	ServerURL string
	// App is the application. Members that are not set get their defaults.
	App App
	// Accounts are the Naver accounts. Default [Personas].
	Accounts []Account
	// Now is the clock that [Server.Advance] adds to. Default [time.Now].
	Now func() time.Time
	// Rand is the source of tokens and codes. Default crypto/rand.
	Rand io.Reader
	// Transport sends unlink notices. Default a transport of its own.
	Transport http.RoundTripper
	// RequestLog is the number of requests in the log. Default 1000.
	RequestLog int
	// AllowedHosts are additional Host values for the control pages.
	AllowedHosts []string
}

// App is an application registered at Naver.
type App struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	// PreviousSecret is a client secret that was replaced and is still accepted; "" for none. Unlink notices are signed
	// with ClientSecret alone, from the moment it changes.
	PreviousSecret string `json:"previous_secret"`
	Name           string `json:"name"`
	// CallbackURLs are those of the PC web environment, MobileCallbackURLs those of the mobile web one; nil means the
	// same. At Naver a URL that is registered for one only fails in the other.
	CallbackURLs       []string `json:"callback_urls"`
	MobileCallbackURLs []string `json:"mobile_callback_urls"`
	Items              []Item   `json:"items"`
	// InDevelopment: only Members can log in, as before the review (검수).
	InDevelopment bool     `json:"in_development"`
	Members       []string `json:"members"` // account ids
	// UnlinkURL receives the unlink notice (연결끊기 Callback URL); "" for none.
	UnlinkURL string `json:"unlink_url"`
	// Auto logs AutoPersona in without pages.
	Auto        bool   `json:"auto"`
	AutoPersona string `json:"auto_persona"`
	Switches
}

// Switches choose between behaviours of Naver that are not documented, or that differ between reports.
type Switches struct {
	// Strict refuses what Naver's documents exclude but widely used clients do: no state in the authorize request, none
	// or a wrong one at the token endpoint, HTTP Basic there, and the access token in the query of the profile. Otherwise
	// the first three are noted in the request log.
	Strict            bool `json:"strict"`
	ErrorsAsOK        bool `json:"errors_as_ok"`        // the token endpoint answers errors with status 200
	NumericExpiry     bool `json:"numeric_expiry"`      // expires_in is a number instead of text
	CommonErrors      bool `json:"common_errors"`       // API errors as {"errorCode"} instead of {"resultcode"}
	NoticeInBody      bool `json:"notice_in_body"`      // the unlink notice has its data in the body
	NoticeAfterRevoke bool `json:"notice_after_revoke"` // the service's own revocation sends a notice
	EchoNonce         bool `json:"echo_nonce"`          // ID tokens have the nonce of the authorize request
}

// Item is a consent item (제공 정보) of an application.
type Item struct {
	ID       string `json:"id"`       // member of the profile: nickname, email, …
	Required bool   `json:"required"` // 필수; otherwise 추가, which the user may untick
}

// Account is a Naver account.
type Account struct {
	ID      string `json:"id"`      // of the persona
	UserID  string `json:"user_id"` // response.id in the application; default derived from ID
	Label   string `json:"label"`
	LabelEN string `json:"label_en"`
	// LoginID is the Naver ID. Without a Nickname, the profile has it masked.
	LoginID   string   `json:"login_id"`
	Nickname  string   `json:"nickname"`
	Name      string   `json:"name"`
	Email     string   `json:"email"`
	Gender    string   `json:"gender"`
	Age       string   `json:"age"`
	Birthday  string   `json:"birthday"`
	Birthyear string   `json:"birthyear"`
	Mobile    string   `json:"mobile"`
	Declines  []string `json:"declines"` // optional items that the account refuses when no page asks
	Cancels   bool     `json:"cancels"`  // presses cancel when no page asks
}

// The fixed keys of the default application.
const (
	DefaultClientID     = "emuNaverClient001"
	DefaultClientSecret = "emuNaverS1"
)

// itemIDs are the consent items that an application can ask for.
var itemIDs = []string{
	"nickname", "name", "email", "gender", "age", "birthday", "birthyear", "mobile", "profile_image",
}

func withDefaults(c Config) (Config, error) {
	c.BrowserURL = cmp.Or(c.BrowserURL, "http://127.0.0.1:5003")
	c.ServerURL = cmp.Or(c.ServerURL, c.BrowserURL)
	if c.Accounts == nil {
		c.Accounts = Personas()
	}
	c.App = appDefaults(c.App)
	faults := []error{checkApp(c.App, emulator.IDs(c.Accounts, func(a Account) string { return a.ID }))}
	seen := map[string]bool{}
	for i := range c.Accounts {
		a := &c.Accounts[i]
		a.UserID = cmp.Or(a.UserID, derivedID(a.ID))
		if err := checkAccount(*a); err != nil {
			faults = append(faults, err)
		}
		if seen[a.ID] || seen["user "+a.UserID] {
			faults = append(faults, emulator.DuplicateAccount(a.ID))
		}
		seen[a.ID], seen["user "+a.UserID] = true, true
	}
	return c, errors.Join(faults...)
}

func appDefaults(a App) App {
	a.ClientID = cmp.Or(a.ClientID, DefaultClientID)
	a.ClientSecret = cmp.Or(a.ClientSecret, DefaultClientSecret)
	a.Name = cmp.Or(a.Name, "노랑 (emulator)")
	a.AutoPersona = cmp.Or(a.AutoPersona, PersonaBoseong)
	if a.Items == nil {
		a.Items = []Item{{ID: "nickname", Required: true}, {ID: "email"}, {ID: "profile_image"}}
	}
	return a
}

func checkApp(a App, accounts []string) error {
	faults := []error{emulator.CheckWebhook("unlink_url", a.UnlinkURL)}
	for _, u := range slices.Concat(a.CallbackURLs, a.MobileCallbackURLs) {
		p, err := url.Parse(u)
		if err != nil || p.Host == "" || p.Scheme != "http" && p.Scheme != "https" || p.Fragment != "" {
			faults = append(faults, emulator.Errorf("Callback URL %q: http나 https 주소여야 합니다",
				"callback URL %q must be an http or https URL", emulator.Clip(u, 200)))
		}
	}
	// Naver registers five for each environment.
	if len(a.CallbackURLs) > 5 || len(a.MobileCallbackURLs) > 5 {
		faults = append(faults, emulator.Errorf("Callback URL은 환경마다 5개까지입니다",
			"at most 5 callback URLs for each environment"))
	}
	if len(a.ClientID) > 40 {
		faults = append(faults, emulator.Errorf("client_id는 40자까지입니다", "client_id has at most 40 characters"))
	}
	for _, it := range a.Items {
		if !slices.Contains(itemIDs, it.ID) {
			faults = append(faults, emulator.Errorf("모르는 항목입니다: %q%s", "unknown item %q%s", emulator.Clip(it.ID, 40),
				emulator.OneOf(itemIDs)))
		}
	}
	if a.AutoPersona != PersonaBoseong { // the default, also without the built-in accounts
		faults = append(faults, emulator.CheckAccounts("auto_persona", accounts, a.AutoPersona))
	}
	faults = append(faults, emulator.CheckAccounts("members", accounts, a.Members...))
	return errors.Join(faults...)
}

func checkAccount(a Account) error {
	for _, id := range a.Declines {
		if !slices.Contains(itemIDs, id) {
			return emulator.Errorf("계정 %q: declines: 모르는 항목입니다: %q%s", "account %q: declines: unknown item %q%s",
				emulator.Clip(a.ID, 64), emulator.Clip(id, 40), emulator.OneOf(itemIDs))
		}
	}
	if a.ID == "" || len(a.ID) > 64 || strings.ContainsAny(a.ID, " /?#&") || len(a.UserID) > 64 {
		return emulator.Errorf("계정 %q: id와 user_id는 1자에서 64자이고, id에는 / ? # &와 빈칸이 없어야 합니다",
			"account %q: id and user_id have 1 to 64 characters, the id without / ? # & and spaces", emulator.Clip(a.ID, 64))
	}
	return nil
}
