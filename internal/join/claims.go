package join

import (
	"encoding/json"
	"slices"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/consent"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/session"
)

// sealedClaims are the claims that a pending user's browser keeps.
type sealedClaims struct {
	account.Profile
	Scopes *account.Scopes `json:",omitempty"`
	Terms  []provider.Term `json:",omitempty"`
	Age    provider.Age    `json:",omitempty"`
	SignUp string          `json:",omitempty"` // Result.SignUp; a Secret would hide itself from JSON
}

// SealClaims seals a pending user's claims for their own browser until they join, so that nothing is stored about
// users who do not. The text is bound to the session.
func (s *Service) SealClaims(claims *provider.Result, k session.Key) (string, error) {
	terms := slices.DeleteFunc(slices.Clone(claims.Terms), func(claimed provider.Term) bool {
		return !slices.ContainsFunc(s.policy.Terms, func(t consent.Term) bool { return t.Tag == claimed.Tag })
	})
	plain, err := json.Marshal(sealedClaims{claims.Profile, claims.Scopes, terms, claims.Age, claims.SignUp.Reveal()})
	if err != nil {
		return "", err
	}
	return s.sealer.Seal(plain, string(k[:])), nil
}

// OpenClaims opens what SealClaims sealed; nil if the browser has lost it. Everything is asked then, and the next
// sign-in fills in the profile.
func (s *Service) OpenClaims(text string, k session.Key) *provider.Result {
	plain, err := s.sealer.Open(text, string(k[:]))
	if err != nil {
		return nil
	}
	var c sealedClaims
	if json.Unmarshal(plain, &c) != nil {
		return nil
	}
	return &provider.Result{
		Profile: c.Profile, Scopes: c.Scopes, Terms: c.Terms, Age: c.Age, SignUp: provider.Secret(c.SignUp),
	}
}
