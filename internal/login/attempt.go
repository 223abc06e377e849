package login

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/oauthclient"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

// Lifetime is how long a user may take at the provider.
const Lifetime = 20 * time.Minute

const (
	// maxAttempts is how many attempts a browser may have; a further one drops the oldest.
	maxAttempts = 3
	// maxSealed bounds the attempt cookies of a browser, in bytes. Three attempts with the longest return URLs fit, and
	// all cookies together stay below 6 kB: proxies and servers usually refuse headers above 8 kB.
	maxSealed = 5400

	sealPurpose    = "login attempt"
	attemptVersion = 1
	// expectVersion attempts name the expected user, purposeVersion attempts their purpose. Older
	// programs refuse both, because they would take them for plain sign-ins.
	expectVersion  = 2
	purposeVersion = 3
	secretLen      = 32
	// maxDetail bounds the detail of a purpose, in bytes, so that three attempts fit into maxSealed.
	maxDetail = 256
)

// Purpose is what an attempt is for. It is sealed into the attempt, so that a callback cannot be used for another
// purpose (LC-07).
type Purpose byte

// The numbers are part of cookies and never change meaning.
const (
	// SignIn is an ordinary sign-in, the zero value.
	SignIn Purpose = 0
	// Link adds the identity to the user Expect. Detail is the id of the session that started it.
	Link Purpose = 1
	// Ticket is a sign-in with a link ticket. Detail is its account.TicketHash.
	Ticket Purpose = 2
	// Reauth is a re-authentication of the user Expect.
	Reauth Purpose = 3
	// Consent asks the user Expect for consent items. Detail names them, separated by spaces.
	Consent Purpose = 4
	// Silent is a sign-in without a page, here or at the provider. It creates no user.
	Silent Purpose = 5
)

// served are the purposes that Finish understands.
var served = []Purpose{SignIn, Link, Ticket, Reauth, Consent, Silent}

// attempt is a sign-in in progress. It exists only as a sealed cookie: starting one writes nothing to the store, and
// no other browser can finish it (LC-03).
type attempt struct {
	Provider    string
	State       [secretLen]byte // state, nonce and verifier are independent random values (LC-10)
	Nonce       [secretLen]byte
	Verifier    [secretLen]byte
	Token       session.Token // of the resulting session
	StartedAt   time.Time
	Remember    bool
	RedirectURI string // of the authorize request; the exchange must repeat it
	ReturnTo    string
	// Expect is the user who has to sign in; "" for any user.
	Expect account.ID
	// Purpose is what the attempt is for; Detail, at most maxDetail bytes, belongs to it.
	Purpose Purpose
	Detail  string
	// Choice is the answer of a withdrawn user who returned. It is not part of the cookie.
	Choice account.Choice
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (a *attempt) state() string    { return b64(a.State[:]) }
func (a *attempt) nonce() string    { return b64(a.Nonce[:]) }
func (a *attempt) verifier() string { return b64(a.Verifier[:]) } // 43 characters, RFC 7636 section 4.1

// stateFor is the state in the form that the provider returns unchanged.
func (a *attempt) stateFor(i provider.Info) string {
	if i.PlainState {
		return hex.EncodeToString(a.State[:])
	}
	return a.state()
}

func (a *attempt) challenge() string {
	return oauthclient.S256Challenge(oauthclient.Secret(a.verifier()))
}

func (a *attempt) key() AttemptKey { return AttemptKey(sha256.Sum256(a.State[:])) }

// name is the last part of the cookie's name. It is derived from the state, so that each tab has its own cookie and the
// callback finds it (LC-06).
func (a *attempt) name() string { return attemptName(a.State) }

// cookieLife is the Max-Age of a cookie that belongs to the attempt.
func (a *attempt) cookieLife(d time.Duration) time.Duration {
	if !a.Remember {
		return 0
	}
	return d
}

func attemptName(state [secretLen]byte) string {
	sum := sha256.Sum256(append([]byte("cookie\x00"), state[:]...))
	return b64(sum[:6])
}

// parseState reads the state parameter and refuses everything that does not have the form of a state (LC-11).
func parseState(s string) ([secretLen]byte, bool) {
	var state [secretLen]byte
	if len(s) == hex.EncodedLen(secretLen) && s == strings.ToLower(s) {
		_, err := hex.Decode(state[:], []byte(s))
		return state, err == nil
	}
	if len(s) != base64.RawURLEncoding.EncodedLen(secretLen) {
		return state, false
	}
	n, err := base64.RawURLEncoding.Strict().Decode(state[:], []byte(s))
	return state, err == nil && n == secretLen
}

var errAttempt = errors.New("login: invalid sealed attempt")

// sealed is the cookie's value, bound to its name: cookies of two attempts cannot be swapped.
func (a *attempt) sealed(s *seal.Sealer) string {
	b := make([]byte, 0, 256)
	texts := []string{a.Provider, a.RedirectURI, a.ReturnTo}
	switch {
	case a.Purpose != SignIn:
		b = append(b, purposeVersion, byte(a.Purpose))
		texts = append(texts, string(a.Expect), a.Detail)
	case a.Expect != "":
		b = append(b, expectVersion)
		texts = append(texts, string(a.Expect))
	default:
		b = append(b, attemptVersion)
	}
	b = append(b, a.State[:]...)
	b = append(b, a.Nonce[:]...)
	b = append(b, a.Verifier[:]...)
	b = append(b, a.Token.Bytes()...)
	b = binary.BigEndian.AppendUint64(b, uint64(a.StartedAt.UnixMilli()))
	if a.Remember {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	for _, s := range texts {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return s.Seal(b, a.name())
}

// openAttempt is the reverse of sealed.
func openAttempt(s *seal.Sealer, name, value string) (*attempt, error) {
	b, err := s.Open(value, name)
	if err != nil {
		return nil, err
	}
	r := reader{b: b}
	version := r.take(1)
	if version == nil || version[0] < attemptVersion || version[0] > purposeVersion {
		return nil, errAttempt
	}
	a := &attempt{}
	if version[0] == purposeVersion {
		purpose := r.take(1)
		if purpose == nil || Purpose(purpose[0]) == SignIn {
			return nil, errAttempt
		}
		a.Purpose = Purpose(purpose[0])
	}
	copy(a.State[:], r.take(secretLen))
	copy(a.Nonce[:], r.take(secretLen))
	copy(a.Verifier[:], r.take(secretLen))
	token, ok := session.FromBytes(r.take(len(session.Token{}.Bytes())))
	stamp, remember := r.take(8), r.take(1)
	if !ok || stamp == nil || remember == nil {
		return nil, errAttempt
	}
	a.Token = token
	a.StartedAt = time.UnixMilli(int64(binary.BigEndian.Uint64(stamp)))
	a.Remember = remember[0] == 1
	a.Provider, a.RedirectURI, a.ReturnTo = r.text(), r.text(), r.text()
	switch version[0] {
	case expectVersion:
		if a.Expect = account.ID(r.text()); a.Expect == "" {
			return nil, errAttempt // would admit any user
		}
	case purposeVersion:
		a.Expect, a.Detail = account.ID(r.text()), r.text()
	}
	if r.err != nil || len(r.b) != 0 {
		return nil, errAttempt
	}
	return a, nil
}

// reader reads a sealed attempt. After a short read, err is set and all further results are empty.
type reader struct {
	b   []byte
	err error
}

func (r *reader) take(n int) []byte {
	if r.err != nil || n > len(r.b) {
		r.err = io.ErrUnexpectedEOF
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) text() string {
	n, width := binary.Uvarint(r.b)
	if width <= 0 || n > uint64(len(r.b)) {
		r.err = io.ErrUnexpectedEOF
		return ""
	}
	r.take(width)
	return string(r.take(int(n)))
}
