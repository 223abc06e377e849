package operator

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/audit"
)

// KeyStore keeps the keys of the server API. Every method is one transaction.
type KeyStore interface {
	// CreateKey stores a key by its hash, with the access record.
	CreateKey(ctx context.Context, k apikey.Key, h apikey.Hash, by audit.Actor) error
	// ListKeys lists all keys, the oldest first.
	ListKeys(context.Context) ([]apikey.Key, error)
	// RevokeKey deletes a key with the access record; false if there is none.
	RevokeKey(ctx context.Context, id string, by audit.Actor, at time.Time) (bool, error)
}

// Keys manages the keys of the server API.
type Keys struct {
	caller *Caller
	store  KeyStore
}

// NewKeys returns Keys for a caller.
func NewKeys(c *Caller, store KeyStore) *Keys { return &Keys{c, store} }

// Create makes a key of the server API and returns its text, which is not stored. [apikey.ErrName],
// [apikey.ErrScope], [apikey.ErrLife].
func (k *Keys) Create(
	ctx context.Context, name string, scopes []apikey.Scope, life time.Duration,
) (text string, made apikey.Key, err error) {
	now := k.caller.now()
	made = apikey.Key{Name: name, Scopes: scopes, CreatedAt: now, ExpiresAt: now.Add(life)}
	if err := made.Check(); err != nil {
		return "", made, err
	}
	if made.ID, err = account.NewUUID(now, rand.Reader); err != nil {
		return "", made, err
	}
	if text, err = apikey.New(rand.Reader); err != nil {
		return "", made, err
	}
	h, _ := apikey.HashOf(text)
	if err := k.store.CreateKey(ctx, made, h, k.caller.actor); err != nil {
		return "", made, err
	}
	return text, made, nil
}

// List lists the keys of the server API, the oldest first.
func (k *Keys) List(ctx context.Context) ([]apikey.Key, error) {
	all, err := k.store.ListKeys(ctx)
	if err != nil {
		return nil, err
	}
	if err := k.caller.record(ctx, audit.Access{Kind: audit.KeyList, Outcome: audit.Done}); err != nil {
		return nil, err
	}
	return all, nil
}

// Revoke revokes a key by its id. The next request with it is refused. [apikey.ErrNone].
func (k *Keys) Revoke(ctx context.Context, id string) error {
	revoked, err := k.store.RevokeKey(ctx, id, k.caller.actor, k.caller.now())
	if err == nil && !revoked {
		err = apikey.ErrNone
	}
	return err
}
