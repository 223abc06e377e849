package handoff

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

// Life is how long a code is valid.
const Life = time.Minute

// ErrCode reports a code that is unknown, expired or used, or does not belong to this page or verifier.
var ErrCode = errors.New("handoff: invalid code")

// Branch is a session that begins as a copy of another one.
type Branch struct {
	// Code is the hash of the code. A second Branch with it is refused with [ErrCode].
	Code [sha256.Size]byte
	// CodeEnds is how long the use of the code is remembered.
	CodeEnds time.Time
	// From is the session that is copied, which must be alive and of an active user, or with Pending of a pending one;
	// otherwise [ErrCode].
	From session.Key
	// Session has the key, the id, the times and the client of the new session, CreatedAt being the time of the hand-off.
	// What is written has CreatedAt and AuthTime of the copied session and ends no later.
	Session session.Session
	Pending bool
}

// Store is what this package needs of the database. Every method is one transaction.
type Store interface {
	// Branch writes the session and the audit event of a sign-in, and returns the session as written.
	Branch(context.Context, Branch) (session.Session, error)
}

// Config is what [New] needs. Fields are required unless their comment says otherwise.
type Config struct {
	Store    Store
	Sessions *session.Sessions
	Keys     *seal.Keyring
	Links    []Link           // of apps; default none
	Now      func() time.Time // default time.Now
	Random   io.Reader        // default crypto/rand
}

// Service issues and redeems codes.
type Service struct {
	cfg    Config
	sealer *seal.Sealer
}

// New makes a Service.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Sessions == nil || cfg.Keys == nil {
		return nil, errors.New("handoff: a required field of Config is missing")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	return &Service{cfg, cfg.Keys.Sealer("handoff")}, nil
}

// Receivers that are not pages, in place of an origin.
const (
	// App is a program that sends no Origin header.
	App = ""
	// WebView is a web view of an app, which gets a cookie.
	WebView = "web view"
)

// code is what a code holds, sealed. The session token is not part of it: it is made when the code is redeemed.
type code struct {
	From      []byte    `json:"f"`
	Challenge string    `json:"c"`
	Origin    string    `json:"o"`
	Ends      time.Time `json:"e"`
	ID        string    `json:"i"` // makes each code different
}

// ValidChallenge reports whether text is an S256 challenge: 32 bytes in base64url.
func ValidChallenge(text string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(raw) == sha256.Size
}

// Code makes a code of a session for a page at origin, or another receiver, that knows the verifier of challenge. It
// writes nothing.
func (s *Service) Code(p *session.Principal, origin, challenge string) (string, error) {
	plain, err := json.Marshal(code{p.Session.Key[:], challenge, origin, s.cfg.Now().Add(Life), rand.Text()})
	if err != nil {
		return "", err
	}
	return s.sealer.Seal(plain, ""), nil
}

// Redeem begins a session for a page at origin, or another receiver, and returns its token. The error is
// [ErrCode] or of the store.
func (s *Service) Redeem(
	ctx context.Context, text, verifier, origin string, client audit.Client,
) (session.Token, session.Session, error) {
	var none session.Token
	now := s.cfg.Now()
	plain, err := s.sealer.Open(text, "")
	if err != nil {
		return none, session.Session{}, ErrCode
	}
	var c code
	if err := json.Unmarshal(plain, &c); err != nil {
		return none, session.Session{}, ErrCode
	}
	sum := sha256.Sum256([]byte(verifier))
	from, err := session.KeyFromBytes(c.From)
	if err != nil || !now.Before(c.Ends) || c.Origin != origin ||
		subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(c.Challenge)) != 1 {
		return none, session.Session{}, ErrCode
	}
	token, err := session.Mint(now, s.cfg.Random)
	if err != nil {
		return none, session.Session{}, err
	}
	id, err := account.NewID(now, s.cfg.Random)
	if err != nil {
		return none, session.Session{}, err
	}
	limits := s.cfg.Sessions.Limits(true)
	b := Branch{
		Code: sha256.Sum256([]byte("handoff\x00" + text)), CodeEnds: c.Ends.Add(Life), From: from,
		Session: session.Session{
			Key: token.Key(), ID: string(id), CreatedAt: now, SeenAt: now, IdleExpiresAt: now.Add(limits.Idle),
			ExpiresAt: now.Add(limits.Life), Remember: true, Client: client,
		},
		Pending: origin == WebView, // where a user of the app joins
	}
	written, err := s.cfg.Store.Branch(ctx, b)
	return token, written, err
}

// Replace ends the session whose cookie a web view's new session replaces: no browser would have it any more. An
// ended one is no error.
func (s *Service) Replace(ctx context.Context, old session.Token, client audit.Client) error {
	p, err := s.cfg.Sessions.Get(ctx, old)
	if errors.Is(err, session.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.cfg.Sessions.End(ctx, session.Revocation{
		Key: &p.Session.Key, Actor: audit.User(p.User.ID, client), Reason: session.ReasonReplaced,
	})
	return err
}
