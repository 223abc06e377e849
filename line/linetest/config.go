package linetest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// Config configures an emulator. The zero value has one channel, all personas and the machine's clock.
type Config struct {
	// BrowserURL is the base URL that the browser uses, without path. The default is "http://127.0.0.1:5006" for [New],
	// and the address listened on for [Start].
	BrowserURL string
	// ServerURL is the base URL that the service's server uses, where it differs. Default BrowserURL.
	ServerURL string
	// Channel is the channel. Members that are not set get their defaults.
	Channel Channel
	// Accounts are the LINE accounts. Default [Personas].
	Accounts []Account
	// Now is the clock that Advance adds to. Default [time.Now].
	Now func() time.Time
	// Rand is the source of tokens and codes. Default crypto/rand.
	Rand io.Reader
	// RequestLog is the number of requests in the log. Default 1000.
	RequestLog int
	// AllowedHosts are additional Host values for the control pages.
	AllowedHosts []string
}

// Channel is a LINE Login channel.
type Channel struct {
	ID     string `json:"id"`
	Secret string `json:"secret"`
	// ProviderID is the provider of LINE's console that the channel belongs to. User ids depend on it.
	ProviderID   string   `json:"provider_id"`
	Name         string   `json:"name"`
	CallbackURLs []string `json:"callback_urls"` // a request may add query parameters
	// NoEmail: the permission for e-mail addresses was not applied for.
	NoEmail bool `json:"no_email"`
	// Mobile: the app types are Web app and Mobile app, so that the secret is ignored at refresh and revoke.
	Mobile bool `json:"mobile"`
	// Developing: only Members can log in, until the channel is published.
	Developing bool     `json:"developing"`
	Members    []string `json:"members"` // account ids
	// Bot: a LINE Official Account is linked, so that bot_prompt has an effect.
	Bot bool `json:"bot"`
	// Auto logs AutoPersona in without pages.
	Auto        bool   `json:"auto"`
	AutoPersona string `json:"auto_persona"`
	Switches
}

// Switches choose behaviours that depend on the user's phone, or that are not documented.
type Switches struct {
	// OtherBrowser is the host of another browser, such as "127.0.0.1" for a service at localhost. Every login without
	// disable_auto_login then comes back in the other browser, as with the LINE app: at this host or at that of the
	// callback URL, in turn. With disable_auto_login it stays where the last one ended.
	OtherBrowser string `json:"other_browser"`
	// BrokenAutoLogin: every login without disable_auto_login comes back with a code and a state that are invalid.
	BrokenAutoLogin bool `json:"broken_auto_login"`
	// Strict refuses what LINE does not document but accepts, as widely used clients show: a state with other characters
	// than letters and digits, and HTTP Basic at the token endpoint. It ignores id_token_key_type there. Otherwise all
	// have effect and are noted in the request log.
	Strict bool `json:"strict"`
}

// Account is a LINE account.
type Account struct {
	ID      string `json:"id"`      // of the persona
	UserID  string `json:"user_id"` // default derived from ID and the channel's provider
	Label   string `json:"label"`
	LabelEN string `json:"label_en"`
	Name    string `json:"name"`    // display name
	Email   string `json:"email"`   // "" if none is registered
	Picture bool   `json:"picture"` // has a picture
	Status  string `json:"status"`  // status message
	// Declines: refuses the e-mail address when no page asks. Cancels: cancels then. Befriends: adds the LINE Official
	// Account as a friend when asked.
	Declines  bool `json:"declines"`
	Cancels   bool `json:"cancels"`
	Befriends bool `json:"befriends"`
}

// The fixed keys of the default channel.
const (
	DefaultChannelID     = "emu2001234567"
	DefaultChannelSecret = "emuline0emuline0emuline0emuline0"
	DefaultProviderID    = "emu1001234567"
)

func withDefaults(c Config) (Config, error) {
	c.BrowserURL = cmp.Or(c.BrowserURL, "http://127.0.0.1:5006")
	c.ServerURL = cmp.Or(c.ServerURL, c.BrowserURL)
	if c.Accounts == nil {
		c.Accounts = Personas()
	}
	c.Accounts = slices.Clone(c.Accounts)
	c.Channel = channelDefaults(c.Channel)
	faults := []error{checkChannel(c.Channel, emulator.IDs(c.Accounts, func(a Account) string { return a.ID }))}
	seen := map[string]bool{}
	for i := range c.Accounts {
		a := &c.Accounts[i]
		a.UserID = cmp.Or(a.UserID, derivedID(c.Channel.ProviderID, a.ID))
		faults = append(faults, checkAccount(*a))
		if seen[a.ID] || seen["user "+a.UserID] {
			faults = append(faults, emulator.DuplicateAccount(a.ID))
		}
		seen[a.ID], seen["user "+a.UserID] = true, true
	}
	return c, errors.Join(faults...)
}

func channelDefaults(c Channel) Channel {
	c.ID = cmp.Or(c.ID, DefaultChannelID)
	c.Secret = cmp.Or(c.Secret, DefaultChannelSecret)
	c.ProviderID = cmp.Or(c.ProviderID, DefaultProviderID)
	c.Name = cmp.Or(c.Name, "노랑 (emulator)")
	c.AutoPersona = cmp.Or(c.AutoPersona, PersonaHana)
	return c
}

// number is the form of the numbers of LINE's console, or of the emulator's own.
var number = regexp.MustCompile(`^(?:emu)?[0-9]+$`)

func checkChannel(c Channel, accounts []string) error {
	var faults []error
	for _, u := range c.CallbackURLs {
		p, err := url.Parse(u)
		if err != nil || p.Host == "" || p.Scheme != "http" && p.Scheme != "https" || p.Fragment != "" {
			faults = append(faults, emulator.Errorf("Callback URL %q: http나 https 주소여야 합니다",
				"callback URL %q must be an http or https URL", emulator.Clip(u, 200)))
		}
	}
	if !number.MatchString(c.ID) || !number.MatchString(c.ProviderID) || c.ID == c.ProviderID {
		faults = append(faults, emulator.Errorf(
			"채널의 id와 provider_id는 서로 다른 숫자여야 하며 앞에 emu를 붙일 수 있습니다: %q, %q",
			"id and provider_id of the channel must be different numbers, with or without emu before them, got %q and %q",
			emulator.Clip(c.ID, 60), emulator.Clip(c.ProviderID, 60)))
	}
	if strings.ContainsAny(c.OtherBrowser, "/:@ ") {
		faults = append(faults, emulator.Errorf("other_browser는 호스트 이름이어야 합니다: %q",
			"other_browser must be a host name, got %q", emulator.Clip(c.OtherBrowser, 60)))
	}
	if c.AutoPersona != PersonaHana { // the default, also without the built-in accounts
		faults = append(faults, emulator.CheckAccounts("auto_persona", accounts, c.AutoPersona))
	}
	faults = append(faults, emulator.CheckAccounts("members", accounts, c.Members...))
	return errors.Join(faults...)
}

var userID = regexp.MustCompile(`^U[0-9a-f]{32}$`)

func checkAccount(a Account) error {
	if a.ID == "" || len(a.ID) > 64 || strings.ContainsAny(a.ID, " /?#&") || !userID.MatchString(a.UserID) {
		return emulator.Errorf("계정 %q: id는 1자에서 64자이고 / ? # &와 빈칸이 없어야 하며, user_id는 U와 16진수 32자입니다",
			"account %q: the id has 1 to 64 characters without / ? # & and spaces, user_id is U and 32 hexadecimal digits",
			emulator.Clip(a.ID, 64))
	}
	return nil
}

// derivedID is the user id of an account: the same for all channels of a provider of LINE's console.
func derivedID(provider, id string) string {
	sum := sha256.Sum256([]byte("linetest user " + provider + " " + id))
	return "U" + hex.EncodeToString(sum[:16])
}
