package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
)

// apiKeys keeps the keys of the server API, and the requests that must not be carried out twice.
type apiKeys struct{ *core }

var _ operator.KeyStore = (*DB)(nil)

const (
	keyColumns = `id, name, scopes, created_at, expires_at, used_at`

	insertKey  = `INSERT INTO api_keys (id, hash, name, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)`
	selectKeys = `SELECT ` + keyColumns + ` FROM api_keys ORDER BY id`
	selectKey  = `SELECT ` + keyColumns + ` FROM api_keys WHERE hash = $1`
	deleteKey  = `DELETE FROM api_keys WHERE id = $1`
	useKey     = `UPDATE api_keys SET used_at = $2 WHERE id = $1 AND (used_at IS NULL OR used_at < $2)`

	insertRequest = `INSERT INTO api_requests (key_id, name, content, at) VALUES ($1, $2, $3, $4)
ON CONFLICT (key_id, name) DO NOTHING`
	selectRequest = `SELECT content, answer, at FROM api_requests WHERE key_id = $1 AND name = $2`
	againRequest  = `UPDATE api_requests SET content = $3, answer = NULL, at = $4 WHERE key_id = $1 AND name = $2`
	// Only the request that was begun at that time: another one may have taken its place.
	settleRequest = `UPDATE api_requests SET answer = $4 WHERE key_id = $1 AND name = $2 AND at = $3`
	dropRequest   = `DELETE FROM api_requests WHERE key_id = $1 AND name = $2 AND at = $3`
	sweepRequests = `DELETE FROM api_requests WHERE (key_id, name) IN (
	SELECT key_id, name FROM api_requests WHERE at < $1 ORDER BY at LIMIT $2)`
)

// keyRow receives keyColumns.
type keyRow struct {
	id, name, scopes       string
	created, expires, used int64
}

func (r *keyRow) dest() []any {
	return []any{&r.id, &r.name, &r.scopes, &r.created, &r.expires, &r.used}
}

func (r *keyRow) key() apikey.Key {
	k := apikey.Key{
		ID: r.id, Name: r.name, CreatedAt: fromMillis(r.created), ExpiresAt: fromMillis(r.expires),
		UsedAt: fromMillis(r.used),
	}
	for _, s := range strings.Fields(r.scopes) {
		k.Scopes = append(k.Scopes, apikey.Scope(s))
	}
	return k
}

// CreateKey stores a key by its hash, with the access record.
func (db *apiKeys) CreateKey(ctx context.Context, k apikey.Key, h apikey.Hash, by audit.Actor) error {
	var scopes []string
	for _, s := range k.Scopes {
		scopes = append(scopes, string(s))
	}
	if !storable(apikey.MaxName, k.Name) {
		return fmt.Errorf("%w: name of a key", errInvalid)
	}
	return db.write(ctx, "create key", func(t tx) error {
		err := t.put(insertKey, k.ID, h[:], k.Name, strings.Join(scopes, " "), millis(k.CreatedAt), millis(k.ExpiresAt))
		if err != nil {
			return err
		}
		return recordAccess(t, by, audit.Access{
			At: k.CreatedAt, Kind: audit.KeyCreate, Outcome: audit.Done,
			Detail: "key=" + k.ID + " scopes=" + strings.Join(scopes, ","),
		})
	})
}

// ListKeys lists all keys, the oldest first.
func (db *apiKeys) ListKeys(ctx context.Context) ([]apikey.Key, error) {
	var r keyRow
	return list(ctx, db.core, "list keys", selectKeys, nil, r.dest(), r.key)
}

// RevokeKey deletes a key with the access record; false if there is none. The next request with it is refused by every
// process, because the key is read for each request.
func (db *apiKeys) RevokeKey(ctx context.Context, id string, by audit.Actor, at time.Time) (revoked bool, err error) {
	err = db.write(ctx, "revoke key", func(t tx) error {
		n, err := t.exec(deleteKey, clean(id, maxShort))
		if err != nil {
			return err
		}
		access := audit.Access{
			At: db.at(at), Kind: audit.KeyRevoke, Outcome: audit.Done, Detail: "key=" + clean(id, maxShort),
		}
		if revoked = n > 0; !revoked {
			access.Outcome = audit.NotFound
		}
		return recordAccess(t, by, access)
	})
	return revoked, err
}

// FindKey reads a key by its hash; nil if there is none.
func (db *apiKeys) FindKey(ctx context.Context, h apikey.Hash) (*apikey.Key, error) {
	var r keyRow
	ok, err := db.get(ctx, "find key", selectKey, []any{h[:]}, r.dest()...)
	if err != nil || !ok {
		return nil, err
	}
	k := r.key()
	return &k, nil
}

// UseKey notes the day of a use.
func (db *apiKeys) UseKey(ctx context.Context, id string, day time.Time) error {
	_, err := db.exec(ctx, "use key", useKey, id, millis(day))
	return err
}

// BeginRequest begins a request, or returns the answer of the first one as apikey.Request.Decide says. If two begin at
// once, one of them is under way for the other.
func (db *apiKeys) BeginRequest(ctx context.Context, r apikey.Request) (answer []byte, err error) {
	err = db.write(ctx, "begin request", func(t tx) error {
		answer = nil
		n, err := t.exec(insertRequest, r.KeyID, r.Name[:], r.Content[:], millis(r.At))
		if err != nil || n == 1 {
			return err
		}
		var content []byte
		var sealed string
		var at int64
		err = t.get(selectRequest+db.q.lock, []any{r.KeyID, r.Name[:]}, &content, &sealed, &at)
		if err != nil {
			return err // swept meanwhile: the caller tries again
		}
		earlier := apikey.Earlier{At: fromMillis(at)}
		copy(earlier.Content[:], content)
		if sealed != "" {
			earlier.Answer = []byte(sealed)
		}
		if answer, err = r.Decide(&earlier); err != nil || answer != nil {
			return err
		}
		return execOne(t, errLost, againRequest, r.KeyID, r.Name[:], r.Content[:], millis(r.At))
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// EndRequest keeps the sealed answer to a request that this caller began; without an answer it forgets the request, so
// that it can be made again.
func (db *apiKeys) EndRequest(ctx context.Context, r apikey.Request, answer []byte) error {
	query, args := dropRequest, []any{r.KeyID, r.Name[:], millis(r.At)}
	if answer != nil {
		query, args = settleRequest, append(args, string(answer))
	}
	_, err := db.exec(ctx, "end request", query, args...)
	return err
}
