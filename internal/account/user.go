package account

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/audit"
)

// ID is the id of a user: a UUIDv7 (RFC 9562 section 5.7) in its canonical text of 36 lower-case characters. Apps
// receive it as Remote-User and join their tables on it; it never changes and is never reused.
type ID string

// NewID makes an ID of the time and 74 random bits. It fails only if random cannot be read.
func NewID(now time.Time, random io.Reader) (ID, error) {
	s, err := uuid7(now, random)
	return ID(s), err
}

// Valid reports whether id has the form of an ID.
func (id ID) Valid() bool {
	if len(id) != 36 {
		return false
	}
	for i, c := range []byte(id) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdef", rune(c)) {
			return false
		}
	}
	return true
}

// Status is the status of a user. The zero value is never stored.
type Status string

const (
	// Pending: has signed in at a provider and not joined yet. Only the join page and sign-out are open.
	Pending Status = "pending"
	// Active: has joined.
	Active Status = "active"
	// Disabled: an operator disabled the user; signing in at the provider does not change that.
	Disabled Status = "disabled"
	// Withdrawn: the account is closed. The row contains no personal data once it is purged.
	Withdrawn Status = "withdrawn"
)

// User is a user. Only an [Identity] finds one.
type User struct {
	ID     ID
	Status Status
	// Ref is the app's own number of the user, unique, "" when unset.
	Ref string
	// Meta is a JSON object of the app's, at most 4 KiB; nil when unset.
	Meta json.RawMessage
	// Nickname and Picture are what the user edited here; "" means as the provider says. A sign-in never overwrites
	// them.
	Nickname string
	Picture  string
	// Lang is the chosen language, "ko", "en" or "".
	Lang string
	// Agreed are the operator's terms that the user has agreed to.
	Agreed    Agreements
	CreatedAt time.Time
	// JoinedAt is when the user became active; zero while pending.
	JoinedAt time.Time
}

// StatusChange disables a user, or enables one again.
type StatusChange struct {
	UserID   ID
	Disabled bool
	At       time.Time // zero: now
	Actor    audit.Actor
	Reason   string // a code
	// KeepOperator refuses to disable the last active operator of the console.
	KeepOperator bool
}

// Key identifies a user at a provider.
type Key struct {
	Provider string // the provider's name, as in its routes
	// Namespace is the scope in which the provider's subjects are unique, such as an app ID or an issuer. Job
	// payloads in databases name it App.
	Namespace string `json:"App"`
	Subject   string // text, so that numbers beyond 2^53 stay exact
}

// Identity is a link to a provider, with the profile of the last sign-in.
type Identity struct {
	ID     string // a UUIDv7; not secret
	UserID ID
	Key
	Profile Profile
	// Scopes are the consent items that the user has granted at the provider.
	Scopes   Scopes
	LinkedAt time.Time
	// SeenAt is the last sign-in with this identity.
	SeenAt time.Time
}

// EmailState is how far an e-mail address can be trusted. If a provider verifies only some addresses, the others are
// [EmailUnverified] even where the provider's claim is true. A relay address is verified while it forwards.
type EmailState int8

const (
	// EmailNone: the provider gave none, or a masked one that may belong to another person by now.
	EmailNone EmailState = iota
	// EmailUnverified: an address without proof. It is shown to its user and never relied upon.
	EmailUnverified
	// EmailVerified: the provider says true for both valid and verified.
	EmailVerified
)

// Profile is what a provider says about a user. Every field may be empty, and may repeat between users.
type Profile struct {
	Nickname string // cleaned: valid UTF-8, no control characters, at most [MaxNickname] runes
	Picture  string // an https URL, or ""
	Email    string // "" exactly if EmailState is EmailNone
	EmailState
	// EmailRelay says that Email is a relay address: it forwards to an address that the provider does not disclose.
	EmailRelay bool
}

// withoutEmail is the profile without an e-mail address, and without what is known of it.
func (p Profile) withoutEmail() Profile {
	p.Email, p.EmailState, p.EmailRelay = "", EmailNone, false
	return p
}

// MaxNickname is the longest nickname that is kept, in runes.
const MaxNickname = 60

// MaxRef is the longest ref, in bytes.
const MaxRef = 255

// DisplayName is the name to show: the user's own, else the provider's, else "".
func DisplayName(u User, i Identity) string {
	if u.Nickname != "" {
		return u.Nickname
	}
	return i.Profile.Nickname
}

// DisplayPicture is the picture to show, by the same rule as [DisplayName].
func DisplayPicture(u User, i Identity) string {
	if u.Picture != "" {
		return u.Picture
	}
	return i.Profile.Picture
}

// Errors of the store.
var (
	// ErrNotFound: no such user or identity.
	ErrNotFound = errors.New("account: not found")
	// ErrRefTaken: another user has this ref already.
	ErrRefTaken = errors.New("account: ref already belongs to another user")
	// ErrLastOperator: the change would leave the operator's console without an active operator.
	ErrLastOperator = errors.New("account: the last active operator")
)

// CleanText makes text fit to store: valid UTF-8 without NUL (UN-03, UN-04), at most max runes (UN-05). Pages and
// headers escape for themselves.
func CleanText(s string, max int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	n := 0
	for i := range s {
		if n == max {
			return s[:i]
		}
		n++
	}
	return s
}
