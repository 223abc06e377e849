package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/kakao"
)

// Tokens are what lets this service call a provider in a person's name. Printing them shows nothing of them.
type Tokens struct {
	Access  kakao.Secret
	Refresh kakao.Secret
	// AccessExpiresAt is when the access token ends. RefreshExpiresAt is the same of the refresh token, zero if the
	// provider does not say.
	AccessExpiresAt, RefreshExpiresAt time.Time
	// Scope lists what the person agreed to; nil if the provider did not say, which means nothing.
	Scope []string
}

// Granter is a provider that gives tokens to act by. Every error is an *[Error].
type Granter interface {
	// Refresh makes a new access token. What it returns replaces what it was given, all of it: the old refresh token may
	// be dead already, so it has to be stored before it is used. An answer about another person than key is
	// InvalidAnswer, and what was given should be kept (CI-12). Gone: the person has to sign in again.
	Refresh(context.Context, account.Key, Tokens) (Tokens, error)
	// EndTokens makes an access token void, and what it was refreshed by. One that is void already is a success.
	EndTokens(context.Context, Tokens) error
	// Linked asks the provider whether the person is linked to this service, without a token.
	Linked(context.Context, account.Key) (bool, error)
	// WhatFailed sorts the error of a call that somebody else made with an access token of ours: Gone if the token is
	// void, NotLinked if the person is not linked, Unknown for everything else.
	WhatFailed(error) Kind
}

// Vault seals tokens for the database, each bound to the identity that it belongs to: neither a copy of the database nor a
// row moved to somebody else's identity gives anything away (PV-08).
type TokenSealer struct{ sealer *seal.Sealer }

// NewVault makes the vault of a keyring.
func NewTokenSealer(keys *seal.Keyring) *TokenSealer { return &TokenSealer{keys.Sealer("grant")} }

// MaxSealed bounds what Seal makes, in bytes: more than Kakao's tokens ever need, and less than what would fill a database.
const MaxSealed = 64 << 10

// sealedTokens is what is sealed. Names are short because they are stored a million times; they never change meaning.
type sealedTokens struct {
	Access  string   `json:"a"`
	Refresh string   `json:"r"`
	Scope   []string `json:"s,omitempty"`
}

// Seal makes the text that is stored, and names the key that made it.
func (v *TokenSealer) Seal(k account.Key, t Tokens) (text, keyID string, err error) {
	plain, err := json.Marshal(sealedTokens{t.Access.Reveal(), t.Refresh.Reveal(), t.Scope})
	if err != nil {
		return "", "", err
	}
	text = v.sealer.Seal(plain, vaultBinding(k))
	if len(text) > MaxSealed {
		return "", "", fmt.Errorf("provider: tokens of %d bytes are too long to be kept", len(plain))
	}
	return text, v.sealer.KeyID(), nil
}

// Open is the reverse of Seal, for the parts that are sealed. seal.ErrOpen if no key of the ring fits any more.
func (v *TokenSealer) Open(k account.Key, text string) (Tokens, error) {
	plain, err := v.sealer.Open(text, vaultBinding(k))
	if err != nil {
		return Tokens{}, err
	}
	var s sealedTokens
	if json.Unmarshal(plain, &s) != nil {
		return Tokens{}, seal.ErrOpen
	}
	return Tokens{Access: kakao.Secret(s.Access), Refresh: kakao.Secret(s.Refresh), Scope: s.Scope}, nil
}

// Reseal seals the same again by the current key.
func (v *TokenSealer) Reseal(k account.Key, text string) (fresh, keyID string, err error) {
	t, err := v.Open(k, text)
	if err != nil {
		return "", "", err
	}
	return v.Seal(k, t)
}

// HasKey reports whether the key of that id still opens.
func (v *TokenSealer) HasKey(id string) bool { return v.sealer.HasKey(id) }

// KeyID names the key that seals now.
func (v *TokenSealer) KeyID() string { return v.sealer.KeyID() }

// vaultBinding is an identity as bytes; %q keeps its parts apart.
func vaultBinding(k account.Key) string { return fmt.Sprintf("%q %q %q", k.Provider, k.App, k.Subject) }
