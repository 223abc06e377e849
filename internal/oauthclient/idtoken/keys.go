package idtoken

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// The default limits of [Keys].
const (
	DefaultKeysMaxAge       = 24 * time.Hour
	DefaultKeysMaxStale     = 72 * time.Hour
	DefaultKeyFetchInterval = time.Minute
)

// KeysConfig configures [Keys].
type KeysConfig struct {
	// Fetch returns a JWK set (RFC 7517). It has to end by itself: the first request's context is not passed on.
	// Required.
	Fetch func(context.Context) ([]byte, error)
	// Algorithms are RS256, ES256 or both. Keys for others are ignored. Required.
	Algorithms []Algorithm
	// MaxAge is the age at which keys are fetched again, MaxStale the age up to which they are used if that fails.
	// Interval is the least time between fetches for an unknown key id or a bad signature. The zero values mean the
	// defaults.
	MaxAge, MaxStale, Interval time.Duration
	// Now returns the current time. Required.
	Now func() time.Time
}

// Keys caches the keys that a provider publishes. An unknown key id causes a fetch, but at most one in Interval and
// use, and after a failure without usable keys one in a sixtieth of Interval: anyone can make up key ids, and providers
// block callers that fetch the keys too often. The first success after a failure leaves every use its fetch.
//
// So does a signature by none of the keys with its id: a provider whose keys have no ids, or that replaces a key under
// its id, otherwise could not sign anyone in until MaxAge is over. Such a fetch counts towards the same one in
// Interval, also after a failure: anyone can forge signatures. The token is then verified again, by the same rules.
type Keys struct {
	cfg KeysConfig

	mu      sync.Mutex
	byID    map[string][]crypto.PublicKey
	set     int             // counts the sets that byID has held
	fetched time.Time       // when byID was fetched
	asked   [uses]time.Time // last fetch for an unknown id or a bad signature
	failed  time.Time       // last failed fetch; zero after a successful one
	running *keyFetch       // current fetch, shared by all waiters
}

// Use is what a key is needed for. Each use has its own allowance of fetches: anyone can send a webhook with a made-up
// key id, which must not keep sign-ins from new keys.
type Use int

// The uses.
const (
	ForSignIn Use = iota
	ForNotice
	uses
)

type keyFetch struct {
	done chan struct{}
	err  error
}

// found are the keys with one id, and of which set.
type found struct {
	keys []crypto.PublicKey
	set  int
}

var errUnknownKey = errors.New("signed with a key that the provider does not publish")

// KeysError says that the keys cannot be fetched, which says nothing about a token.
type KeysError struct {
	RetryAfter time.Duration // 0 if unknown
	Err        error         // of Fetch, or why nothing was fetched
}

// Error describes the error.
func (e *KeysError) Error() string { return fmt.Sprintf("signing keys unavailable: %v", e.Err) }

// Unwrap returns Err.
func (e *KeysError) Unwrap() error { return e.Err }

// NewKeys returns an empty cache. It makes no call.
func NewKeys(cfg KeysConfig) *Keys {
	orDefault := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	orDefault(&cfg.MaxAge, DefaultKeysMaxAge)
	orDefault(&cfg.MaxStale, max(DefaultKeysMaxStale, cfg.MaxAge))
	orDefault(&cfg.Interval, DefaultKeyFetchInterval)
	cfg.Algorithms = slices.Clone(cfg.Algorithms)
	return &Keys{cfg: cfg}
}

// Prime puts a JWK set into the cache as if it had been fetched now.
func (ks *Keys) Prime(set []byte) error {
	byID, err := decodeKeys(set, ks.cfg.Algorithms)
	if err != nil {
		return err
	}
	ks.mu.Lock()
	defer ks.mu.Unlock()
	ks.replace(byID)
	return nil
}

// replace requires the lock.
func (ks *Keys) replace(byID map[string][]crypto.PublicKey) {
	if !ks.failed.IsZero() {
		// A provider that is just back may publish a new key a moment later. This adds at most one fetch for each use to a
		// failed one, of which there are few.
		ks.asked = [uses]time.Time{}
	}
	ks.byID, ks.fetched, ks.failed = byID, ks.cfg.Now(), time.Time{}
	ks.set++
}

// find returns the key with the given id, or several if the provider publishes several with this id. Without an id,
// any published key may have made the signature: OpenID Connect Core section 10.1 wants an id if there are several
// keys, but not that a token without one is refused. bad is the set of which no key with this id made the signature,
// 0 if none has been tried; its keys are not returned again.
func (ks *Keys) find(ctx context.Context, id string, use Use, bad int) (found, error) {
	for first := true; ; first = false {
		f, fetch, err := ks.lookUp(ctx, id, use, bad, first)
		if fetch == nil {
			return f, err
		}
		select {
		case <-ctx.Done():
			return found{}, &KeysError{Err: ctx.Err()}
		case <-fetch.done:
		}
		if fetch.err != nil {
			if f.keys != nil {
				return f, nil // stale, but younger than MaxStale
			}
			return found{}, fetch.err
		}
	}
}

// lookUp returns a key, an error, or a fetch to wait for together with the stale key to use if the fetch fails. If
// first is false, it starts no fetch.
func (ks *Keys) lookUp(ctx context.Context, id string, use Use, bad int, first bool) (found, *keyFetch, error) {
	ks.mu.Lock()
	defer ks.mu.Unlock()
	now, interval := ks.cfg.Now(), ks.cfg.Interval
	age := now.Sub(ks.fetched)
	usable := ks.byID != nil && age < ks.cfg.MaxStale && age > -time.Hour
	fresh := usable && age < ks.cfg.MaxAge
	tried := bad == ks.set && bad != 0
	f := found{set: ks.set}
	if usable && !tried {
		f.keys = ks.cached(id)
	}
	down := !ks.failed.IsZero()
	switch {
	case f.keys != nil && (fresh || !first || down && within(now, ks.failed, interval)):
		return f, nil, nil
	case !first:
		return found{}, nil, errUnknownKey
	case ks.running != nil:
		return f, ks.running, nil
	case tried && down && (within(now, ks.asked[use], interval) || !fresh && within(now, ks.failed, interval)):
		// The signature may be by a key that could not be fetched yet.
		return found{}, nil, &KeysError{interval, errors.New("bad signature, and the last fetch failed")}
	case tried && within(now, ks.asked[use], interval):
		return found{}, nil, errSignature
	case !fresh && down && within(now, ks.failed, interval/60):
		// Without usable keys every token asks for them, forged ones too.
		return found{}, nil, &KeysError{interval / 60, errors.New("the last fetch failed")}
	case fresh && down && within(now, ks.asked[use], interval/6):
		// The key may be a new one that could not be fetched yet: the token is neither valid nor invalid.
		return found{}, nil, &KeysError{interval / 6, errors.New("unknown key, and the last fetch failed")}
	case fresh && !down && within(now, ks.asked[use], interval):
		return found{}, nil, errUnknownKey
	}
	if fresh || tried {
		ks.asked[use] = now
	}
	ks.running = &keyFetch{done: make(chan struct{})}
	go ks.fetch(context.WithoutCancel(ctx), ks.running) // Fetch ends by itself
	return f, ks.running, nil
}

// within reports whether less than d has passed since then. It reports false if the clock was set back.
func within(now, since time.Time, d time.Duration) bool {
	return !since.IsZero() && now.Sub(since) < d && now.Sub(since) >= 0
}

// cached requires the lock.
func (ks *Keys) cached(id string) []crypto.PublicKey {
	if id != "" {
		return ks.byID[id]
	}
	return slices.Concat(slices.Collect(maps.Values(ks.byID))...) // at most maxKeys
}

// fetch fetches the keys for all waiters, independent of the request that started it.
func (ks *Keys) fetch(ctx context.Context, fetch *keyFetch) {
	var byID map[string][]crypto.PublicKey
	body, err := ks.cfg.Fetch(ctx)
	if err == nil {
		byID, err = decodeKeys(body, ks.cfg.Algorithms)
	}
	ks.mu.Lock()
	if ks.running = nil; err == nil {
		ks.replace(byID)
	} else {
		ks.failed = ks.cfg.Now()
		fetch.err = &KeysError{Err: err}
	}
	ks.mu.Unlock()
	close(fetch.done)
}

const maxKeys = 32

// decodeKeys decodes a JWK set (RFC 7517). It ignores entries that are malformed, weak, private or not for signatures
// with one of the algorithms; RFC 7517 section 5 wants that. Different keys may have the same id. A set without a
// usable key is an error, so that it does not replace the cached keys.
func decodeKeys(body []byte, algorithms []Algorithm) (map[string][]crypto.PublicKey, error) {
	set, err := oauthclient.ParseObject(body)
	if err != nil {
		return nil, err
	}
	var entries []json.RawMessage
	if json.Unmarshal(set["keys"], &entries) != nil {
		return nil, errors.New("keys is not an array")
	}
	if len(entries) > maxKeys {
		return nil, errors.New("too many keys")
	}
	keys := make(map[string][]crypto.PublicKey)
	for _, entry := range entries {
		id, key := readJWK(entry, algorithms)
		if key != nil && !slices.ContainsFunc(keys[id], func(k crypto.PublicKey) bool {
			return k.(interface{ Equal(crypto.PublicKey) bool }).Equal(key)
		}) {
			keys[id] = append(keys[id], key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("no usable key")
	}
	return keys, nil
}

// Usable returns how many key ids of a JWK set a cache for the algorithms would use.
func Usable(set []byte, algorithms ...Algorithm) (int, error) {
	byID, err := decodeKeys(set, algorithms)
	return len(byID), err
}

// readJWK reads a key. key is nil if the entry cannot be used.
func readJWK(entry []byte, algorithms []Algorithm) (id string, key crypto.PublicKey) {
	o, err := oauthclient.ParseObject(entry)
	if err != nil {
		return "", nil
	}
	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} { // RFC 7518 sections 6.2.2 and 6.3.2
		if o[private] != nil { // a published private key proves nothing
			return "", nil
		}
	}
	text := make(map[string]string)
	for _, name := range []string{"kid", "kty", "alg", "use", "n", "e", "crv", "x", "y"} {
		s, ok := o.String(name)
		if !ok && o[name] != nil {
			return "", nil
		}
		text[name] = s
	}
	want := map[string]Algorithm{"RSA": RS256, "EC": ES256}[text["kty"]]
	if !slices.Contains(algorithms, want) || text["alg"] != "" && text["alg"] != string(want) ||
		text["use"] != "" && text["use"] != "sig" {
		return "", nil
	}
	switch want {
	case RS256:
		if k := rsaKey(text["n"], text["e"]); k != nil {
			return text["kid"], k
		}
	case ES256:
		if k := p256Key(text["crv"], text["x"], text["y"]); k != nil {
			return text["kid"], k
		}
	}
	return "", nil
}

func rsaKey(n, e string) *rsa.PublicKey {
	modulus, err1 := base64.RawURLEncoding.Strict().DecodeString(n)
	exponent, err2 := base64.RawURLEncoding.Strict().DecodeString(e)
	if err1 != nil || err2 != nil || len(exponent) == 0 || len(exponent) > 4 {
		return nil
	}
	key := &rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(new(big.Int).SetBytes(exponent).Int64())}
	if bits := key.N.BitLen(); bits < 2048 || bits > 8192 || key.E < 65537 || key.E&1 == 0 {
		return nil
	}
	return key
}

func p256Key(curve, x, y string) *ecdsa.PublicKey {
	bx, err1 := base64.RawURLEncoding.Strict().DecodeString(x)
	by, err2 := base64.RawURLEncoding.Strict().DecodeString(y)
	if err1 != nil || err2 != nil || curve != "P-256" || len(bx) != 32 || len(by) != 32 {
		return nil
	}
	// SEC 1 section 2.3.3, uncompressed. It fails for a point that is not on the curve.
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, bx, by))
	if err != nil {
		return nil
	}
	return key
}
