package operator

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/audit"
)

// Keys is what this package needs of the keys of the server API. Every method is one transaction.
type Keys interface {
	// CreateKey stores a key by its hash, with the access record.
	CreateKey(ctx context.Context, k apikey.Key, h apikey.Hash, by audit.Actor) error
	// ListKeys lists all keys, the oldest first.
	ListKeys(context.Context) ([]apikey.Key, error)
	// RevokeKey deletes a key with the access record; false if there is none.
	RevokeKey(ctx context.Context, id string, by audit.Actor, at time.Time) (bool, error)
}

// CreateKey makes a key of the server API and returns its text, which is not stored. [apikey.ErrName],
// [apikey.ErrScope], [apikey.ErrLife].
func (s *base) CreateKey(
	ctx context.Context, name string, scopes []apikey.Scope, life time.Duration,
) (text string, k apikey.Key, err error) {
	now := s.now()
	k = apikey.Key{Name: name, Scopes: scopes, CreatedAt: now, ExpiresAt: now.Add(life)}
	if err := k.Check(); err != nil {
		return "", k, err
	}
	if k.ID, err = account.NewUUID(now, rand.Reader); err != nil {
		return "", k, err
	}
	if text, err = apikey.New(rand.Reader); err != nil {
		return "", k, err
	}
	h, _ := apikey.HashOf(text)
	if err := s.cfg.Keys.CreateKey(ctx, k, h, s.cfg.Actor); err != nil {
		return "", k, err
	}
	return text, k, nil
}

// ListKeys lists the keys of the server API, the oldest first.
func (s *base) ListKeys(ctx context.Context) ([]apikey.Key, error) {
	all, err := s.cfg.Keys.ListKeys(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.record(ctx, audit.Access{Kind: audit.KeyList, Outcome: audit.Done}); err != nil {
		return nil, err
	}
	return all, nil
}

// RevokeKey revokes a key by its id. The next request with it is refused. [apikey.ErrNone].
func (s *base) RevokeKey(ctx context.Context, id string) error {
	revoked, err := s.cfg.Keys.RevokeKey(ctx, id, s.cfg.Actor, s.now())
	if err == nil && !revoked {
		err = apikey.ErrNone
	}
	return err
}
