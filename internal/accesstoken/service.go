package accesstoken

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

const (
	// Life is how long a token is valid.
	Life = 5 * time.Minute
	// issuedAgo is how far "iat" lies in the past: some verifiers refuse one in the future, and clocks differ.
	issuedAgo = 5 * time.Second
)

// ErrAudience reports an audience that is not configured, or none where several are.
var ErrAudience = errors.New("accesstoken: unknown audience")

// Config is what [New] needs.
type Config struct {
	// Issuer is "iss": the service's URL without a slash at its end. Required.
	Issuer string
	// Audiences are the APIs; see [ParseAudience].
	Audiences []string
	// Assertion is the audience of [Service.Assertion], in the same form.
	Assertion string
	Keys      *seal.Keyring    // required
	Now       func() time.Time // default time.Now
}

// Service issues tokens.
type Service struct {
	issuer    string
	audiences map[string]Audience
	assertion Audience
	ring      *seal.Keyring
	now       func() time.Time
	asserted  recent

	mu   sync.Mutex
	keys *keys
}

// Check reports every invalid audience.
func Check(audiences []string, assertion string) error {
	_, err := parseAudiences(audiences)
	if assertion != "" {
		_, of := ParseAudience(assertion)
		err = errors.Join(err, of)
	}
	return err
}

// New checks the configuration.
func New(cfg Config) (*Service, error) {
	if cfg.Issuer == "" || cfg.Keys == nil {
		return nil, errors.New("accesstoken: a required field of Config is missing")
	}
	s := &Service{issuer: cfg.Issuer, ring: cfg.Keys, now: cfg.Now}
	if s.now == nil {
		s.now = time.Now
	}
	if err := Check(cfg.Audiences, cfg.Assertion); err != nil {
		return nil, err
	}
	s.audiences, _ = parseAudiences(cfg.Audiences)
	if cfg.Assertion != "" {
		s.assertion, _ = ParseAudience(cfg.Assertion)
	}
	return s, nil
}

// Issues reports whether tokens are issued on request.
func (s *Service) Issues() bool { return len(s.audiences) > 0 }

// Asserts reports whether [Service.Assertion] is configured.
func (s *Service) Asserts() bool { return s.assertion.Name != "" }

// claims are the claims of every token. Their meaning never changes.
type claims struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"` // the user's id
	Audience string `json:"aud"` // one, as a string: strict readers refuse a list
	IssuedAt int64  `json:"iat"`
	Expires  int64  `json:"exp"`
	ID       string `json:"jti"`
	Session  string `json:"sid"` // the session's public id
	AuthTime int64  `json:"auth_time"`
	Ref      string `json:"ref,omitempty"`
	Status   string `json:"status"`
	Provider string `json:"provider"`
	Client   string `json:"client_id,omitempty"`
	Scope    string `json:"scope,omitempty"`
	Role     string `json:"role,omitempty"`
}

// Claims are the names of the claims that every token has, and "ref" where the app has set one.
var Claims = []string{
	"iss", "sub", "aud", "iat", "exp", "jti", "sid", "auth_time", "ref", "status", "provider",
}

// clientID is the "client_id" of tokens in RFC 9068's profile, which requires one: norang is the only client.
const clientID = "norang"

// Issue signs a token for an audience, which may be "" if only one is configured. The caller has checked that the user
// is active. The error is [ErrAudience] if the audience is unknown.
func (s *Service) Issue(p *session.Principal, audience string) (string, error) {
	if audience == "" && len(s.audiences) == 1 {
		for audience = range s.audiences {
		}
	}
	a, ok := s.audiences[audience]
	if !ok {
		return "", ErrAudience
	}
	return s.sign(p, a, s.now())
}

// Assertion returns a token that says who makes a request, for the app behind a proxy. It is signed once in 30 seconds
// for each session and state of its user.
func (s *Service) Assertion(p *session.Principal) (string, error) {
	now := s.now()
	state := fingerprint{p.Session.Key, string(p.User.Status), p.User.Ref}
	if text, ok := s.asserted.get(state, now); ok {
		return text, nil
	}
	text, err := s.sign(p, s.assertion, now)
	if err == nil {
		s.asserted.put(state, text)
	}
	return text, err
}

func (s *Service) sign(p *session.Principal, a Audience, now time.Time) (string, error) {
	k, err := s.current(now)
	if err != nil {
		return "", err
	}
	issued := now.Add(-issuedAgo).Unix()
	c := claims{
		Issuer: s.issuer, Subject: string(p.User.ID), Audience: a.Name,
		IssuedAt: issued, Expires: now.Add(Life).Unix(), ID: rand.Text(),
		// No token may be older than the sign-in it tells of: verifiers would refuse that.
		Session: p.Session.ID, AuthTime: min(p.Session.AuthTime.Unix(), issued),
		Ref: p.User.Ref, Status: string(p.User.Status), Provider: p.Identity.Provider, Scope: a.Scope, Role: a.Role,
	}
	if a.Profile {
		c.Client = clientID
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	return k.sign(payload, a.Profile)
}

// KeySet is the public half of the signing keys (RFC 7517), the newest first.
func (s *Service) KeySet() (jose.JSONWebKeySet, error) {
	k, err := s.current(s.now())
	if err != nil {
		return jose.JSONWebKeySet{}, err
	}
	return jose.JSONWebKeySet{Keys: slices.Clone(k.public.Keys)}, nil
}

// current returns the keys of now, which are read from the ring at most once in lookEvery.
func (s *Service) current(now time.Time) (*keys, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys != nil && now.Sub(s.keys.at).Abs() < lookEvery {
		return s.keys, nil
	}
	all, err := s.ring.SigningKeys("access token")
	if err != nil {
		return nil, err
	}
	k, err := newKeys(all, now)
	if err == nil {
		s.keys = k
	}
	return k, err
}
