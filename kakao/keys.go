package kakao

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"slices"
	"sync"
	"time"
)

// keySet caches the keys that sign ID tokens and security events. An unknown key id causes a fetch, but at most one in
// Config.KeyFetchInterval and use: anyone can make up key ids, and Kakao blocks callers that fetch the keys too often.
type keySet struct {
	mu      sync.Mutex
	byID    map[string][]*rsa.PublicKey
	fetched time.Time          // when byID was fetched
	asked   [keyUses]time.Time // last fetch for an unknown id
	failed  time.Time          // last failed fetch; zero after a successful one
	running *keyFetch          // current fetch, shared by all waiters
}

// keyUse is what a key is needed for. Each use has its own allowance of fetches: anyone can send a webhook with a
// made-up key id, which must not keep sign-ins from new keys.
type keyUse int

const (
	forIDToken keyUse = iota
	forWebhook
	keyUses
)

type keyFetch struct {
	done chan struct{}
	err  error
}

var errUnknownKey = errors.New("signed with a key that Kakao does not publish")

// key returns the key with the given id, or several if Kakao publishes several with this id. An empty id is accepted
// only if there is exactly one key.
func (c *Client) key(ctx context.Context, id string, use keyUse) ([]*rsa.PublicKey, error) {
	for first := true; ; first = false {
		key, fetch, err := c.lookUpKey(ctx, id, use, first)
		if fetch == nil {
			return key, err
		}
		select {
		case <-ctx.Done():
			return nil, &Error{Op: "jwks", kind: ErrUnavailable, cause: ctx.Err()}
		case <-fetch.done:
		}
		if fetch.err != nil {
			if key != nil {
				return key, nil // stale, but younger than KeysMaxStale
			}
			return nil, fetch.err
		}
	}
}

// lookUpKey returns a key, an error, or a fetch to wait for together with the stale key to use if the fetch fails. If
// first is false, it starts no fetch.
func (c *Client) lookUpKey(
	ctx context.Context, id string, use keyUse, first bool,
) ([]*rsa.PublicKey, *keyFetch, error) {
	ks := &c.keys
	ks.mu.Lock()
	defer ks.mu.Unlock()
	now, interval := c.cfg.Now(), c.cfg.KeyFetchInterval
	age := now.Sub(ks.fetched)
	usable := ks.byID != nil && age < c.cfg.KeysMaxStale && age > -time.Hour
	fresh := usable && age < c.cfg.KeysMaxAge
	var key []*rsa.PublicKey
	if usable {
		key = ks.find(id)
	}
	down := !ks.failed.IsZero()
	switch {
	case key != nil && (fresh || !first || down && within(now, ks.failed, interval)):
		return key, nil, nil
	case !first:
		return nil, nil, errUnknownKey
	case ks.running != nil:
		return key, ks.running, nil
	case fresh && down && within(now, ks.asked[use], interval/6):
		// The key may be a new one that could not be fetched yet: the token is neither valid nor invalid.
		cause := errors.New("unknown key, and the last fetch failed")
		return nil, nil, &Error{Op: "jwks", kind: ErrUnavailable, RetryAfter: interval / 6, cause: cause}
	case fresh && !down && within(now, ks.asked[use], interval):
		return nil, nil, errUnknownKey
	}
	if fresh {
		ks.asked[use] = now
	}
	ks.running = &keyFetch{done: make(chan struct{})}
	go c.fetchKeys(context.WithoutCancel(ctx), ks.running) // ends within Config.Timeout
	return key, ks.running, nil
}

// within reports whether less than d has passed since then. It reports false if the clock was set back.
func within(now, since time.Time, d time.Duration) bool {
	return !since.IsZero() && now.Sub(since) < d && now.Sub(since) >= 0
}

// find requires the lock.
func (ks *keySet) find(id string) []*rsa.PublicKey {
	if id != "" {
		return ks.byID[id]
	}
	if len(ks.byID) == 1 {
		for _, keys := range ks.byID {
			if len(keys) == 1 {
				return keys
			}
		}
	}
	return nil
}

// fetchKeys fetches the keys for all waiters, independent of the request that started it.
func (c *Client) fetchKeys(ctx context.Context, fetch *keyFetch) {
	var byID map[string][]*rsa.PublicKey
	body, err := c.do(ctx, call{
		op: "jwks", host: c.authServer, method: http.MethodGet, path: "/.well-known/jwks.json", retry: true,
	})
	if err == nil {
		if byID, err = decodeKeys(body); err != nil {
			err = malformed("jwks", http.StatusOK, err)
		}
	}
	if err != nil && !errors.Is(err, ErrUnavailable) {
		// A failure to get the keys says nothing about the token.
		err = &Error{Op: "jwks", kind: ErrUnavailable, cause: err}
	}
	ks := &c.keys
	ks.mu.Lock()
	if ks.running = nil; err == nil {
		ks.byID, ks.fetched, ks.failed = byID, c.cfg.Now(), time.Time{}
	} else {
		ks.failed = c.cfg.Now()
	}
	ks.mu.Unlock()
	fetch.err = err
	close(fetch.done)
}

const maxKeys = 32

// decodeKeys decodes a JWK set (RFC 7517). It ignores entries that are malformed, weak, private or not for RS256
// signatures; RFC 7517 section 5 wants that. Different keys may have the same id. A set without a usable key is an
// error, so that it does not replace the cached keys.
func decodeKeys(body []byte) (map[string][]*rsa.PublicKey, error) {
	keys := make(map[string][]*rsa.PublicKey)
	count := 0
	p := parser{b: body}
	o := p.object()
	for o.next() {
		if string(o.key) != "keys" {
			p.skip()
			continue
		}
		p.array(func() {
			if count++; count > maxKeys {
				p.fail("too many keys")
				return
			}
			id, key := readJWK(p.raw())
			if key != nil && !slices.ContainsFunc(keys[id], func(k *rsa.PublicKey) bool { return k.Equal(key) }) {
				keys[id] = append(keys[id], key)
			}
		})
	}
	if err := p.done(); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, errors.New("no usable key")
	}
	return keys, nil
}

// raw consumes a value and returns its text. The value may have duplicate names: the caller parses it again.
func (p *parser) raw() []byte {
	p.space()
	start := p.i
	p.repeats = true
	p.skip()
	p.repeats = false
	return p.b[start:p.i]
}

// readJWK reads a key. key is nil if the entry cannot be used.
func readJWK(entry []byte) (id string, key *rsa.PublicKey) {
	var kty, alg, use, n, e string
	private := false
	p := parser{b: entry}
	for o := p.objectOrSkip(); o.next(); {
		switch string(o.key) {
		case "kid":
			id = p.str()
		case "kty":
			kty = p.str()
		case "alg":
			alg = p.str()
		case "use":
			use = p.str()
		case "n":
			n = p.str()
		case "e":
			e = p.str()
		case "d", "p", "q", "dp", "dq", "qi", "oth": // RFC 7518 section 6.3.2: a published private key proves nothing
			private = true
			p.skip()
		default:
			p.skip()
		}
	}
	if p.done() != nil || private || kty != "RSA" || alg != "" && alg != "RS256" || use != "" && use != "sig" {
		return "", nil
	}
	modulus, err1 := base64.RawURLEncoding.Strict().DecodeString(n)
	exponent, err2 := base64.RawURLEncoding.Strict().DecodeString(e)
	if err1 != nil || err2 != nil || len(exponent) == 0 || len(exponent) > 4 {
		return "", nil
	}
	key = &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(new(big.Int).SetBytes(exponent).Int64())}
	if bits := key.N.BitLen(); bits < 2048 || bits > 8192 || key.E < 65537 || key.E&1 == 0 {
		return "", nil
	}
	return id, key
}
