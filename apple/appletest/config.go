package appletest

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// Issuer is the iss of ID tokens and notices, and the aud of client secrets.
const Issuer = "https://appleid.apple.com"

// Config configures an emulator. The zero value has one team, all personas and the machine's clock.
type Config struct {
	// BrowserURL is the base URL that the browser uses, without path. The default is "http://127.0.0.1:5005" for [New],
	// and the address listened on for [Start]. Give it another host name than the service: two ports of one name are the
	// same site, and hide what happens to cookies at Apple.
	BrowserURL string
	// ServerURL is the base URL that the service's server uses, where it differs. Default BrowserURL.
	ServerURL string
	// Team is the team with its client ids and key. Members that are not set get their defaults.
	Team Team
	// Accounts are the Apple Accounts. Default [Personas].
	Accounts []Account
	// Now is the clock that Advance adds to. Default [time.Now].
	Now func() time.Time
	// Rand is the source of tokens and codes. Default crypto/rand.
	Rand io.Reader
	// Transport sends notices. Default http.DefaultTransport.
	Transport http.RoundTripper
	// RequestLog is the number of requests in the log. Default 1000.
	RequestLog int
	// AllowedHosts are additional Host values for the control pages.
	AllowedHosts []string
}

// Team is a developer team at Apple.
type Team struct {
	TeamID string `json:"team_id"`
	KeyID  string `json:"key_id"`
	// PrivateKey is the content of the .p8 file, with which the service signs client secrets. The default is the same at
	// every start.
	PrivateKey string `json:"private_key"`
	Name       string `json:"name"` // of the app, as the pages show it
	// Clients are the client ids of the team. By default one Services ID and one app.
	Clients []Client `json:"clients"`
	// NoticeURL receives the server-to-server notices; "" for none.
	NoticeURL string `json:"notice_url"`
	// Auto logs AutoPersona in without pages.
	Auto        bool   `json:"auto"`
	AutoPersona string `json:"auto_persona"`
	Switches
}

// Client is a client id.
type Client struct {
	ID         string   `json:"id"`
	App        bool     `json:"app"`         // a bundle id; otherwise a Services ID
	ReturnURLs []string `json:"return_urls"` // of a Services ID
}

// Switches choose between behaviours of Apple that are not documented, or that differ between reports.
type Switches struct {
	// PlainBooleans sends email_verified and is_private_email as booleans; otherwise they are text.
	PlainBooleans bool `json:"plain_booleans"`
	// EventForm is how a notice has its event: "text" (the default, as seen), "object" (as documented) or "array".
	EventForm string `json:"event_form"`
	// EventSeconds sends event_time in seconds, as documented; otherwise in milliseconds, as seen.
	EventSeconds bool `json:"event_seconds"`
	// AccountDelete sends account-delete, the former name of account-deleted.
	AccountDelete bool `json:"account_delete"`
	// NoticesTwice sends every notice twice.
	NoticesTwice bool `json:"notices_twice"`
	// MovedIssuer names https://account.apple.com as issuer in the discovery document, as in June 2025.
	MovedIssuer bool `json:"moved_issuer"`
}

// Account is an Apple Account.
type Account struct {
	ID        string `json:"id"` // of the persona
	Label     string `json:"label"`
	LabelEN   string `json:"label_en"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"` // "" for a managed account that shares none
	// Unverified sends email_verified false, as some Work & School accounts do.
	Unverified bool `json:"unverified"`
	HideEmail  bool `json:"hide_email"` // hides the address when no page asks
	Cancels    bool `json:"cancels"`    // presses cancel when no page asks
}

// The fixed values of the default team.
const (
	DefaultTeamID     = "EMUTEAM001"
	DefaultKeyID      = "EMUKEY0001"
	DefaultServicesID = "emu.norang.web"
	DefaultBundleID   = "emu.norang.app"
)

// DefaultPrivateKey is the key of the default team, as the content of a .p8 file. It is published and protects
// nothing.
func DefaultPrivateKey() string {
	sum := sha256.Sum256([]byte("appletest private key"))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), sum[:])
	if err != nil {
		panic("appletest: " + err.Error()) // the text is fixed
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic("appletest: " + err.Error())
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

var tenCharacters = regexp.MustCompile(`^[A-Z0-9]{10}$`)

func withDefaults(c Config) (Config, error) {
	c.BrowserURL = cmp.Or(c.BrowserURL, "http://127.0.0.1:5005")
	if c.Accounts == nil {
		c.Accounts = Personas()
	}
	c.Team = teamDefaults(c.Team)
	faults := []error{checkTeam(c.Team, emulator.IDs(c.Accounts, func(a Account) string { return a.ID }))}
	for i, a := range c.Accounts {
		faults = append(faults, checkAccount(a))
		if slices.ContainsFunc(c.Accounts[:i], func(b Account) bool { return a.ID == b.ID }) {
			faults = append(faults, emulator.DuplicateAccount(a.ID))
		}
	}
	return c, errors.Join(faults...)
}

func teamDefaults(t Team) Team {
	t.TeamID = cmp.Or(t.TeamID, DefaultTeamID)
	t.KeyID = cmp.Or(t.KeyID, DefaultKeyID)
	t.PrivateKey = cmp.Or(t.PrivateKey, DefaultPrivateKey())
	t.Name = cmp.Or(t.Name, "노랑 (emulator)")
	t.AutoPersona = cmp.Or(t.AutoPersona, PersonaJeju)
	t.EventForm = cmp.Or(t.EventForm, "text")
	if t.Clients == nil {
		t.Clients = []Client{{ID: DefaultServicesID}, {ID: DefaultBundleID, App: true}}
	}
	return t
}

func checkTeam(t Team, accounts []string) error {
	var faults []error
	for name, id := range map[string]string{"team_id": t.TeamID, "key_id": t.KeyID} {
		if !tenCharacters.MatchString(id) {
			faults = append(faults, emulator.Errorf("%s: 대문자와 숫자 10자여야 합니다: %q",
				"%s must be 10 capital letters and digits, got %q", name, emulator.Clip(id, 40)))
		}
	}
	if _, err := publicKey(t.PrivateKey); err != nil {
		faults = append(faults, err)
	}
	if !slices.Contains([]string{"text", "object", "array"}, t.EventForm) {
		form := emulator.Clip(t.EventForm, 40)
		faults = append(faults, emulator.Errorf("event_form은 text, object, array 가운데 하나입니다: %q",
			"event_form must be text, object or array, got %q", form))
	}
	for i, c := range t.Clients {
		twice := slices.ContainsFunc(t.Clients[:i], func(b Client) bool { return b.ID == c.ID })
		if c.ID == "" || len(c.ID) > 255 || twice {
			faults = append(faults, emulator.Errorf("클라이언트 ID %q: 비었거나, 너무 길거나, 두 번 있습니다",
				"client id %q is empty, too long or repeated", emulator.Clip(c.ID, 60)))
		}
		for _, u := range c.ReturnURLs {
			p, err := url.Parse(u)
			if err != nil || p.Host == "" || p.Scheme != "http" && p.Scheme != "https" || p.Fragment != "" {
				faults = append(faults, emulator.Errorf("Return URL %q: http나 https 주소여야 합니다",
					"return URL %q must be an http or https URL", emulator.Clip(u, 200)))
			}
		}
	}
	if t.AutoPersona != PersonaJeju { // the default, also without the built-in accounts
		faults = append(faults, emulator.CheckAccounts("auto_persona", accounts, t.AutoPersona))
	}
	return errors.Join(faults...)
}

// publicKey returns the key that verifies client secrets.
func publicKey(p8 string) (*ecdsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(strings.ReplaceAll(p8, `\n`, "\n")))
	if block == nil {
		return nil, emulator.Errorf("private_key는 .p8 파일의 내용이어야 합니다", "private_key must be the content of a .p8 file")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, emulator.Errorf("private_key가 PKCS #8 키가 아닙니다", "private_key is no PKCS #8 key")
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok || ec.Curve != elliptic.P256() {
		return nil, emulator.Errorf("private_key는 P-256 키여야 합니다", "private_key must be a P-256 key")
	}
	return &ec.PublicKey, nil
}

func checkAccount(a Account) error {
	if a.ID == "" || len(a.ID) > 64 || strings.ContainsAny(a.ID, " /?#&") {
		return emulator.Errorf("계정 %q: id는 1자에서 64자이고 / ? # &와 빈칸이 없어야 합니다",
			"account %q: id has 1 to 64 characters without / ? # & and spaces", emulator.Clip(a.ID, 64))
	}
	return nil
}

func cloneTeam(t Team) Team {
	t.Clients = slices.Clone(t.Clients)
	for i := range t.Clients {
		t.Clients[i].ReturnURLs = slices.Clone(t.Clients[i].ReturnURLs)
	}
	return t
}

// client returns a client id of the team; nil if it has none of that name.
func (t *Team) client(id string) *Client {
	for i := range t.Clients {
		if t.Clients[i].ID == id {
			return &t.Clients[i]
		}
	}
	return nil
}

// ServicesID is the first Services ID, BundleID the first bundle id; "" if there is none.
func (t Team) ServicesID() string { return t.first(false) }

// BundleID is the first bundle id; "" if there is none.
func (t Team) BundleID() string { return t.first(true) }

func (t Team) first(app bool) string {
	for _, c := range t.Clients {
		if c.App == app {
			return c.ID
		}
	}
	return ""
}
