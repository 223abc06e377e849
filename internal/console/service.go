package console

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

// Store is what this package needs of sessions of the console. Every method is one transaction.
type Store interface {
	// Enter begins a session with its access record. [ErrHandoff] if the code has been used, [ErrNone] if the user is not
	// active or holds no role.
	Enter(context.Context, Entry) error
	// ConsoleSession reads a session with its member; [ErrNone] if there is none.
	ConsoleSession(context.Context, session.Key) (*Principal, error)
	// TouchConsole writes the use of a session.
	TouchConsole(ctx context.Context, k session.Key, at time.Time) error
	// LeaveConsole ends a session with its access record.
	LeaveConsole(ctx context.Context, p *Principal, by audit.Actor, at time.Time) error
	// ChangeFactor locks a member's second factor, calls decide, and writes what it returns with the access record, also
	// if it returns an error. With confirms, the session has given its second factor if there is no error.
	ChangeFactor(ctx context.Context, c FactorChange, decide func(Factor) (Factor, error)) error
}

// Entry is a session that begins.
type Entry struct {
	Session Session
	// Code is the hash of the hand-off code, CodeEnds how long its use is remembered.
	Code     [sha256.Size]byte
	CodeEnds time.Time
	// Replaces is the session that the browser had; nil for none. It ends. If it is one of the same user, alive, and has
	// given its second factor, the new session need not give it again, and ends no later.
	Replaces *session.Key
}

// FactorChange names the member and session of [Store].ChangeFactor.
type FactorChange struct {
	UserID   account.ID
	Session  session.Key
	Confirms bool
	At       time.Time
	Actor    audit.Actor
}

// CodeLife is how long a hand-off code is valid.
const CodeLife = time.Minute

// ErrHandoff: the hand-off code is unknown, expired or used, or belongs to another browser.
var ErrHandoff = errors.New("console: invalid hand-off code")

// Config is what [New] needs. Fields are required unless their comment says otherwise.
type Config struct {
	Store Store
	Roles Roles
	// Keys seal hand-off codes and secrets. Without them no one can enter: commands have none.
	Keys *seal.Keyring
	// Issuer names the service in authenticator apps.
	Issuer string
	// Dev lets users enter without a second factor, and gives the role of an operator to those who hold none. For
	// development only.
	Dev    bool
	Now    func() time.Time // default time.Now
	Random io.Reader        // default crypto/rand
}

// Service decides which users may enter the console.
type Service struct {
	cfg     Config
	codes   *seal.Sealer
	secrets *seal.Sealer
}

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Roles == nil {
		return nil, errors.New("console: Store and Roles are required")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	s := &Service{cfg: cfg}
	if cfg.Keys != nil {
		s.codes, s.secrets = cfg.Keys.Sealer("console handoff"), cfg.Keys.Sealer("console factor")
	}
	return s, nil
}

// handoff is what a code holds, sealed.
type handoff struct {
	User      account.ID `json:"u"`
	AuthTime  time.Time  `json:"a"`
	Challenge string     `json:"c"`
	ReturnTo  string     `json:"r"`
	Ends      time.Time  `json:"e"`
	ID        string     `json:"i"` // makes each code different
}

// Verifier makes the secret of a browser that is to be handed over, and its challenge (RFC 7636, S256).
func (s *Service) Verifier() (verifier, challenge string, err error) {
	raw := make([]byte, 32)
	if _, err := io.ReadFull(s.cfg.Random, raw); err != nil {
		return "", "", err
	}
	verifier = base64.RawURLEncoding.EncodeToString(raw)
	return verifier, challengeOf(verifier), nil
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Code makes a hand-off code for a user who signed in at the provider at a time, for the browser that knows the
// verifier of challenge. It writes nothing. returnTo is where the console opens.
func (s *Service) Code(id account.ID, authTime time.Time, challenge, returnTo string) (string, error) {
	plain, err := json.Marshal(handoff{id, authTime, challenge, returnTo, s.cfg.Now().Add(CodeLife), rand.Text()})
	if err != nil {
		return "", err
	}
	return s.codes.Seal(plain, ""), nil
}

// Enter redeems a code and begins a session. old is the session of the browser that it replaces, the zero Token for
// none. It returns where the console opens. [ErrHandoff], [ErrNone].
func (s *Service) Enter(
	ctx context.Context, code, verifier string, old session.Token, client audit.Client,
) (token session.Token, returnTo string, err error) {
	now := s.cfg.Now()
	plain, err := s.codes.Open(code, "")
	if err != nil {
		return token, "", ErrHandoff
	}
	var h handoff
	if err := json.Unmarshal(plain, &h); err != nil || !now.Before(h.Ends) || verifier == "" ||
		subtle.ConstantTimeCompare([]byte(challengeOf(verifier)), []byte(h.Challenge)) != 1 {
		return token, "", ErrHandoff
	}
	if s.cfg.Dev {
		if _, err := s.Member(ctx, h.User); errors.Is(err, ErrNoMember) {
			err = s.Grant(ctx, Change{UserID: h.User, Role: Operator, Actor: audit.Operator("norang-dev", "", client)})
			if err != nil {
				return token, "", err
			}
		}
	}
	if token, err = session.Mint(now, s.cfg.Random); err != nil {
		return token, "", err
	}
	id, err := account.NewUUID(now, s.cfg.Random)
	if err != nil {
		return token, "", err
	}
	e := Entry{
		Session: Session{
			Key: token.Key(), ID: id, UserID: h.User, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(Life),
			AuthTime: h.AuthTime, Client: client,
		},
		Code: sha256.Sum256([]byte("console\x00" + code)), CodeEnds: h.Ends.Add(CodeLife),
	}
	if !old.IsZero() {
		k := old.Key()
		e.Replaces = &k
	}
	return token, h.ReturnTo, s.cfg.Store.Enter(ctx, e)
}

// Find returns the principal of a token, and notes the use. [ErrNone].
func (s *Service) Find(ctx context.Context, t session.Token) (*Principal, error) {
	p, err := s.cfg.Store.ConsoleSession(ctx, t.Key())
	if err != nil {
		return nil, err
	}
	now := s.cfg.Now()
	if !p.Live(now) {
		return nil, ErrNone
	}
	if now.Sub(p.Session.SeenAt) >= touchEvery {
		if err := s.cfg.Store.TouchConsole(ctx, p.Session.Key, now); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Leave ends a session.
func (s *Service) Leave(ctx context.Context, p *Principal, by audit.Actor) error {
	return s.cfg.Store.LeaveConsole(ctx, p, by, s.cfg.Now())
}

// Admitted reports whether a session has given its second factor, or needs none.
func (s *Service) Admitted(p *Principal) bool { return s.cfg.Dev || !p.Session.FactorAt.IsZero() }

// Enrolment is a secret for an authenticator app.
type Enrolment struct {
	Secret string // base32, to type in
	URI    string // otpauth://totp/…, for a QR code
}

// Enrol returns the secret that the member has to confirm with a code, a new one if there is none yet. ok is false if a
// secret is confirmed already: it is never shown again.
func (s *Service) Enrol(ctx context.Context, p *Principal) (e Enrolment, ok bool, err error) {
	if !p.Factor.ConfirmedAt.IsZero() {
		return e, false, nil
	}
	err = s.cfg.Store.ChangeFactor(ctx, FactorChange{
		UserID: p.Session.UserID, Session: p.Session.Key, At: s.cfg.Now(),
	}, func(f Factor) (Factor, error) {
		if ok = f.ConfirmedAt.IsZero(); !ok {
			return f, nil
		}
		if secret, err := s.open(p.Session.UserID, f); err == nil {
			e.Secret = secret
			return f, nil
		}
		raw := make([]byte, 20) // RFC 4226 section 4
		if _, err := io.ReadFull(s.cfg.Random, raw); err != nil {
			return f, err
		}
		e.Secret = base32.StdEncoding.EncodeToString(raw)
		return Factor{Sealed: s.secrets.Seal([]byte(e.Secret), string(p.Session.UserID))}, nil
	})
	e.URI = uri(s.cfg.Issuer, p.Member.Nickname, string(p.Session.UserID), e.Secret)
	return e, ok, err
}

// uri is the address that authenticator apps read from a QR code.
func uri(issuer, nickname, id, secret string) string {
	label := nickname
	if label == "" {
		label = id
	}
	// PathEscape as in the key URI format: some apps show a plus sign for a blank.
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(label) + "?secret=" + secret +
		"&issuer=" + url.PathEscape(issuer)
}

func (s *Service) open(id account.ID, f Factor) (string, error) {
	if f.Sealed == "" {
		return "", ErrNoFactor
	}
	plain, err := s.secrets.Open(f.Sealed, string(id))
	return string(plain), err
}

// Confirm checks a code, which the session then has given. [ErrCode], [ErrLocked], [ErrNoFactor].
func (s *Service) Confirm(ctx context.Context, p *Principal, code string, by audit.Actor) error {
	now := s.cfg.Now()
	return s.cfg.Store.ChangeFactor(ctx, FactorChange{
		UserID: p.Session.UserID, Session: p.Session.Key, Confirms: true, At: now, Actor: by,
	}, func(f Factor) (Factor, error) {
		secret, err := s.open(p.Session.UserID, f)
		if err != nil {
			return f, err
		}
		return f.Check(secret, code, now)
	})
}
