package provider

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/seal"
)

// TokenSealer seals tokens for the database. The text is bound to the identity: a copy of the database gives nothing
// away, and a row moved to another identity does not open (PV-08).
type TokenSealer struct{ sealer *seal.Sealer }

// NewTokenSealer returns the sealer of a key ring.
func NewTokenSealer(keys *seal.Keyring) *TokenSealer { return &TokenSealer{keys.Sealer("grant")} }

// MaxSealed bounds the length of Seal's text, in bytes.
const MaxSealed = 64 << 10

// sealedTokens is the plain text of Seal. Names are short because they are stored a million times; they never change
// meaning. The expiry times are columns of their own.
type sealedTokens struct {
	Access           string    `json:"a"`
	Refresh          string    `json:"r"`
	ID               string    `json:"i,omitempty"`
	ClientID         string    `json:"c,omitempty"`
	RefreshNotBefore time.Time `json:"n,omitzero"`
	Scope            []string  `json:"s,omitempty"`
}

// Seal returns the text to store and the id of the key that sealed it. AccessExpiresAt and RefreshExpiresAt are left
// out.
func (v *TokenSealer) Seal(k account.Key, t Tokens) (text, keyID string, err error) {
	plain, err := json.Marshal(sealedTokens{
		Access: t.Access.Reveal(), Refresh: t.Refresh.Reveal(), ID: t.ID.Reveal(), ClientID: t.ClientID,
		RefreshNotBefore: t.RefreshNotBefore, Scope: t.Scope,
	})
	if err != nil {
		return "", "", err
	}
	text = v.sealer.Seal(plain, identityBinding(k))
	if len(text) > MaxSealed {
		return "", "", fmt.Errorf("provider: tokens of %d bytes exceed the limit", len(plain))
	}
	return text, v.sealer.KeyID(), nil
}

// Open reverses Seal. It returns seal.ErrOpen if no key of the ring opens the text.
func (v *TokenSealer) Open(k account.Key, text string) (Tokens, error) {
	plain, err := v.sealer.Open(text, identityBinding(k))
	if err != nil {
		return Tokens{}, err
	}
	var s sealedTokens
	if json.Unmarshal(plain, &s) != nil {
		return Tokens{}, seal.ErrOpen
	}
	return Tokens{
		Access: Secret(s.Access), Refresh: Secret(s.Refresh), ID: Secret(s.ID), ClientID: s.ClientID,
		RefreshNotBefore: s.RefreshNotBefore, Scope: s.Scope,
	}, nil
}

// Reseal seals the same tokens with the current key.
func (v *TokenSealer) Reseal(k account.Key, text string) (fresh, keyID string, err error) {
	t, err := v.Open(k, text)
	if err != nil {
		return "", "", err
	}
	return v.Seal(k, t)
}

// Current reports whether the current key sealed the text.
func (v *TokenSealer) Current(text string) bool { return v.sealer.Current(text) }

// HasKey reports whether the key of that id is in the ring.
func (v *TokenSealer) HasKey(id string) bool { return v.sealer.HasKey(id) }

// KeyID is the id of the key that seals now.
func (v *TokenSealer) KeyID() string { return v.sealer.KeyID() }

// identityBinding is an identity as bytes; %q keeps its parts apart.
func identityBinding(k account.Key) string {
	return fmt.Sprintf("%q %q %q", k.Provider, k.Namespace, k.Subject)
}
