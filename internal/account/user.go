package account

import (
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/audit"
)

// ID is our own id of a user: a UUIDv7 (RFC 9562 section 5.7) in its canonical text of 36 lower-case characters. It
// is what apps receive as Remote-User and join their tables on; it never changes and is never given out again.
type ID string

// NewID makes an ID of the time and 74 random bits. It fails only if random cannot be read.
func NewID(now time.Time, random io.Reader) (ID, error) {
	s, err := uuid7(now, random)
	return ID(s), err
}

// Status is where a user stands. The zero value is no status and is never stored.
type Status string

const (
	// Pending has signed in at a provider and has not joined yet: only the join page and sign-out are open.
	Pending Status = "pending"
	// Active is a member.
	Active Status = "active"
	// Disabled was suspended by the operator; signing in at the provider does not change that.
	Disabled Status = "disabled"
	// Withdrawn has left. What remains of the row holds no personal data once it is purged.
	Withdrawn Status = "withdrawn"
)

// User is a person as this service knows them. Nothing here finds a user; only an [Identity] does.
type User struct {
	ID     ID
	Status Status
	// Ref is the app's own member number, unique when set, "" when unset.
	Ref string
	// Meta is a JSON object of the app's, at most 4 KiB; nil when unset.
	Meta json.RawMessage
	// Nickname and Picture are what the member edited here; "" means "as the provider says". A sign-in never
	// overwrites them.
	Nickname string
	Picture  string
	// Lang is the language the person chose, "ko", "en" or "".
	Lang string
	// Agreed are the operator's terms that the person has agreed to and not taken back.
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
}

// Key is what identifies a person at a provider. Kakao numbers people per app, so the app is part of the key; the
// subject is opaque text (Kakao's int64 in decimal).
type Key struct {
	Provider string // the provider's name, as in its routes
	// Namespace is the scope in which the provider's subjects are unique, such as an app ID or an issuer. Job
	// payloads in databases name it App.
	Namespace string `json:"App"`
	Subject   string // text, so that numbers beyond 2^53 stay exact
}

// Identity is one proof of who a user is, with what the provider said of them the last time they signed in.
type Identity struct {
	ID     string // our own, a UUIDv7; not secret
	UserID ID
	Key
	Profile Profile
	// Scopes are the consent items that the person has agreed to at the provider, as it said last.
	Scopes   Scopes
	LinkedAt time.Time
	// SeenAt is the last sign-in with this identity.
	SeenAt time.Time
}

// EmailState says what an address is worth.
type EmailState int8

const (
	// EmailNone: the provider gave none, or a masked one that belongs to somebody else by now.
	EmailNone EmailState = iota
	// EmailUnverified: an address that nobody has proven to own. It is shown to its owner and never relied upon.
	EmailUnverified
	// EmailVerified: valid and verified, both said by the provider with JSON true.
	EmailVerified
)

// Profile is what a provider says of a person. Every field may be empty, and may repeat between people.
type Profile struct {
	Nickname string // cleaned: valid UTF-8, no control characters, at most [MaxNickname] runes
	Picture  string // an https URL, or ""
	Email    string // "" exactly if EmailState is EmailNone
	EmailState
}

// MaxNickname is the longest nickname that is kept, in runes; longer ones are cut. Kakao's own limit is 20.
const MaxNickname = 60

// MaxRef is the longest ref, the app's own number of a user, in bytes.
const MaxRef = 255

// DisplayName is the name to show: the member's own choice before the provider's, "" if there is neither.
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

// Errors that the store answers with.
var (
	// ErrNotFound: no such user or identity.
	ErrNotFound = errors.New("account: not found")
	// ErrRefTaken: another user has this ref already.
	ErrRefTaken = errors.New("account: ref already belongs to another user")
)

// CleanText makes text of a stranger fit to keep: valid UTF-8 without NUL (PostgreSQL refuses both faults, UN-03,
// UN-04), at most max runes (UN-05). Everything else stays as it was written; pages and headers escape for
// themselves.
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
