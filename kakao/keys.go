package kakao

import (
	"context"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"sync"
	"time"
)

// keySet caches the keys that sign ID tokens and security events. While keys are
// known and fresh no call is made; a key id that is not known fetches, but not more
// often than the floor, because Kakao blocks callers who ask too often and because
// anybody can invent key ids.
type keySet struct {
	mu      sync.Mutex
	byID    map[string]*rsa.PublicKey
	fetched time.Time // of byID
	asked   time.Time // last fetch for an unknown id
	failed  time.Time // last fetch that failed; zero once one succeeds
	running *keyFetch // a fetch under way, shared by all who wait
}

type keyFetch struct {
	done chan struct{}
	err  error
}

var errUnknownKey = errors.New("signed by a key that Kakao does not publish")

// key finds the key of an id. An empty id is accepted only while there is one single key.
func (c *Client) key(ctx context.Context, id string) (*rsa.PublicKey, error) {
	for first := true; ; first = false {
		key, fetch, err := c.keys.look(c, ctx, id, first)
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
				return key, nil // old keys serve on through an outage, up to KeysMaxStale
			}
			return nil, fetch.err
		}
	}
}

// look gives the key, or an error, or a fetch to wait for; together with a fetch, the
// key that may serve if the fetch fails. After a fetch (first is false) there is no second one.
func (ks *keySet) look(c *Client, ctx context.Context, id string, first bool) (*rsa.PublicKey, *keyFetch, error) {
	ks.mu.Lock()
	defer ks.mu.Unlock()
	now, floor := c.cfg.Now(), c.cfg.KeyFetchInterval
	age := now.Sub(ks.fetched)
	usable := ks.byID != nil && age < c.cfg.KeysMaxStale && age > -time.Hour
	fresh := usable && age < c.cfg.KeysMaxAge
	var key *rsa.PublicKey
	if usable {
		key = ks.find(id)
	}
	down := !ks.failed.IsZero()
	switch {
	case key != nil && (fresh || !first || down && within(now, ks.failed, floor)):
		return key, nil, nil
	case !first:
		return nil, nil, errUnknownKey
	case ks.running != nil:
		return key, ks.running, nil
	case fresh && down && within(now, ks.asked, floor/6):
		// The key may be a new one that could not be fetched: no verdict about the token.
		return nil, nil, &Error{Op: "jwks", kind: ErrUnavailable, RetryAfter: floor / 6, cause: errors.New("unknown key, and the last fetch failed")}
	case fresh && !down && within(now, ks.asked, floor):
		return nil, nil, errUnknownKey
	}
	if fresh {
		ks.asked = now
	}
	ks.running = &keyFetch{done: make(chan struct{})}
	go c.fetchKeys(context.WithoutCancel(ctx), ks.running) // ends with the deadline of the call
	return key, ks.running, nil
}

// within reports that less than d has passed; a clock set back counts as passed.
func within(now, since time.Time, d time.Duration) bool {
	return !since.IsZero() && now.Sub(since) < d && now.Sub(since) >= 0
}

// find is called with the lock held.
func (ks *keySet) find(id string) *rsa.PublicKey {
	if id != "" {
		return ks.byID[id]
	}
	if len(ks.byID) == 1 {
		for _, key := range ks.byID {
			return key
		}
	}
	return nil
}

// fetchKeys belongs to nobody's request: it goes on when the first who wanted it leaves.
func (c *Client) fetchKeys(ctx context.Context, fetch *keyFetch) {
	var byID map[string]*rsa.PublicKey
	body, err := c.do(ctx, call{op: "jwks", host: c.authServer, method: http.MethodGet, path: "/.well-known/jwks.json", again: true})
	if err == nil {
		if byID, err = decodeKeys(body); err != nil {
			err = malformed("jwks", http.StatusOK, err)
		}
	}
	if err != nil && !errors.Is(err, ErrUnavailable) {
		// Whatever went wrong with the keys, it is no verdict about anybody's token.
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

// decodeKeys reads a JWK set (RFC 7517). Keys that are not RSA for RS256 signatures,
// and weak ones, are left out; a set without any usable key is an error, so that
// a good cache is not replaced by nothing.
func decodeKeys(body []byte) (map[string]*rsa.PublicKey, error) {
	keys := make(map[string]*rsa.PublicKey)
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
			id, key := p.jwk()
			if key == nil {
				return
			}
			if _, twice := keys[id]; twice { // which of the two is meant nobody can say
				p.fail("a key id twice")
				return
			}
			keys[id] = key
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

func (p *parser) jwk() (id string, key *rsa.PublicKey) {
	var kty, alg, use, n, e string
	o := p.object()
	for o.next() {
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
		default:
			p.skip()
		}
	}
	if kty != "RSA" || alg != "" && alg != "RS256" || use != "" && use != "sig" {
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
