package idtoken

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pair is a signing key with an id, or without one.
type pair struct {
	id  string
	key *rsa.PrivateKey
}

var otherPair = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })

// sign makes a token of which the header names alg and the id.
func (p pair) sign(alg string) *JWS {
	header := map[string]any{"alg": alg}
	if p.id != "" {
		header["kid"] = p.id
	}
	signed := enc([]byte(marshal(header))) + "." + enc([]byte(claims(nil)))
	sum := sha256.Sum256([]byte(signed))
	raw := signed + "." + enc(must(rsa.SignPKCS1v15(rand.Reader, p.key, crypto.SHA256, sum[:])))
	return must(ParseJWS(raw, RS256, ES256))
}

func setOf(pairs ...pair) []byte {
	var all []any
	for _, p := range pairs {
		k := map[string]string{"kty": "RSA", "n": enc(p.key.N.Bytes()), "e": "AQAB"}
		if p.id != "" {
			k["kid"] = p.id
		}
		all = append(all, k)
	}
	return []byte(marshal(map[string]any{"keys": all}))
}

// publisher is a provider that publishes keys.
type publisher struct {
	now   time.Time
	set   []byte
	fault error
	calls int
}

func (p *publisher) keys() *Keys {
	return NewKeys(KeysConfig{
		Algorithms: []Algorithm{RS256, ES256}, Now: func() time.Time { return p.now },
		Fetch: func(context.Context) ([]byte, error) { p.calls++; return p.set, p.fault },
	})
}

// A provider may publish keys without ids, or another key under the same id: the next sign-in has to find the new key.
func TestIT12_ReplacedKeyIsFollowed(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{"the same id": "k1", "no id": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old, young := pair{id, rsaPair()}, pair{id, otherPair()}
			p := &publisher{now: clock, set: setOf(old)}
			ks := p.keys()
			verify := func(token *JWS) error { return token.Verify(t.Context(), ks, ForSignIn) }
			if err := verify(old.sign("RS256")); err != nil || p.calls != 1 {
				t.Fatalf("%v, %d fetches", err, p.calls)
			}
			p.set = setOf(young)
			if err := verify(young.sign("RS256")); err != nil || p.calls != 2 {
				t.Errorf("the new key: %v, %d fetches", err, p.calls)
			}
			if err := verify(old.sign("RS256")); !errors.Is(err, errSignature) || p.calls != 2 {
				t.Errorf("the old key: %v, %d fetches", err, p.calls)
			}
			p.now, p.set = p.now.Add(DefaultKeyFetchInterval), setOf(old)
			if err := verify(young.sign("ES256")); !errors.Is(err, errSignature) {
				t.Errorf("another algorithm: %v", err)
			}
			if err := verify(old.sign("RS256")); err != nil || p.calls != 3 {
				t.Errorf("replaced again, a minute later: %v, %d fetches", err, p.calls)
			}
		})
	}
}

// RFC 7517 section 4.5: ids are optional. A token without one is tried against each key of its algorithm, also when the
// keys have none; a new one is found by a fetch.
func TestIT20_TokenWithoutKeyIDIsTriedAgainstEveryKey(t *testing.T) {
	t.Parallel()
	for name, ids := range map[string][2]string{"keys without ids": {}, "keys with ids": {"a", "b"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			old, young := pair{ids[0], rsaPair()}, pair{ids[1], otherPair()}
			p := &publisher{now: clock, set: setOf(old)}
			ks := p.keys()
			verify := func(by *rsa.PrivateKey, alg string) error {
				return pair{"", by}.sign(alg).Verify(t.Context(), ks, ForSignIn)
			}
			if err := verify(old.key, "RS256"); err != nil || p.calls != 1 {
				t.Fatalf("%v, %d fetches", err, p.calls)
			}
			p.set = setOf(old, young)
			for _, by := range []*rsa.PrivateKey{young.key, old.key, young.key} {
				if err := verify(by, "RS256"); err != nil || p.calls != 2 {
					t.Errorf("%v, %d fetches", err, p.calls)
				}
			}
			if err := verify(old.key, "ES256"); !errors.Is(err, errSignature) || p.calls != 2 {
				t.Errorf("another algorithm: %v, %d fetches", err, p.calls)
			}
		})
	}
}

// A key that is no longer published signs nothing, also if its id is gone with it.
func TestWithdrawnKeyIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	a, b := pair{"a", rsaPair()}, pair{"b", otherPair()}
	p := &publisher{now: clock, set: setOf(a)}
	ks := p.keys()
	if err := a.sign("RS256").Verify(t.Context(), ks, ForSignIn); err != nil {
		t.Fatal(err)
	}
	p.set = setOf(b)
	forged := pair{"a", otherPair()}.sign("RS256")
	if err := forged.Verify(t.Context(), ks, ForSignIn); !errors.Is(err, errUnknownKey) || p.calls != 2 {
		t.Errorf("the new key under the former id: %v, %d fetches", err, p.calls)
	}
}

// Anyone can forge a signature: a flood of them causes one fetch a minute for each use, also while the keys cannot be
// fetched, and disturbs no valid token.
func TestIT11_FloodOfBadSignatures(t *testing.T) {
	t.Parallel()
	good := pair{"k1", rsaPair()}.sign("RS256")
	forged := pair{"k1", otherPair()}.sign("RS256")
	var unavailable *KeysError
	refused := func(err error) bool { return errors.Is(err, errSignature) }
	unknown := func(err error) bool { return errors.As(err, &unavailable) }
	for name, tt := range map[string]struct {
		age   time.Duration // of the cached keys
		fault error
		is    func(error) bool
	}{
		"fresh keys":       {time.Hour, nil, refused},
		"stale keys":       {25 * time.Hour, nil, refused},
		"fresh keys, down": {time.Hour, errors.New("down"), unknown},
		"stale keys, down": {25 * time.Hour, errors.New("down"), unknown},
	} {
		for _, use := range []Use{ForSignIn, ForNotice} {
			p := &publisher{now: clock, set: setOf(pair{"k1", rsaPair()})}
			ks := p.keys()
			if err := good.Verify(t.Context(), ks, use); err != nil {
				t.Fatal(err)
			}
			p.now, p.fault, p.calls = p.now.Add(tt.age), tt.fault, 0
			const minutes = 5
			for range minutes * 60 {
				if err := forged.Verify(t.Context(), ks, use); !tt.is(err) {
					t.Fatalf("%s: %v", name, err)
				}
				if err := good.Verify(t.Context(), ks, use); err != nil {
					t.Fatalf("%s: valid token: %v", name, err)
				}
				p.now = p.now.Add(time.Second)
			}
			// The fetch of a stale set is not caused by a bad signature.
			if most := minutes + 1; p.calls > most || p.calls < minutes {
				t.Errorf("%s, use %d: %d fetches in %d minutes", name, use, p.calls, minutes)
			}
			p.fault, p.now = nil, p.now.Add(DefaultKeyFetchInterval)
			p.set = setOf(pair{"k1", otherPair()})
			if err := forged.Verify(t.Context(), ks, use); err != nil {
				t.Errorf("%s: once it is published: %v", name, err)
			}
		}
	}
}

// Forged notices take nothing of the allowance of sign-ins.
func TestIT25_ForgedNoticesDoNotKeepSignInsFromNewKeys(t *testing.T) {
	t.Parallel()
	old, young := pair{"k1", rsaPair()}, pair{"k1", otherPair()}
	p := &publisher{now: clock, set: setOf(old)}
	ks := p.keys()
	for range 10 {
		if err := young.sign("RS256").Verify(t.Context(), ks, ForNotice); !errors.Is(err, errSignature) {
			t.Fatal(err)
		}
	}
	before := p.calls
	p.set = setOf(young)
	if err := young.sign("RS256").Verify(t.Context(), ks, ForSignIn); err != nil || p.calls != before+1 {
		t.Errorf("%v, %d fetches after %d", err, p.calls, before)
	}
}

// Sign-ins that meet a replaced key at the same time share one fetch, and all succeed.
func TestReplacedKeyIsFetchedOnceForAll(t *testing.T) {
	t.Parallel()
	old, young := pair{"k1", rsaPair()}, pair{"k1", otherPair()}
	good, signed := old.sign("RS256"), young.sign("RS256")
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int32
		release := make(chan struct{})
		ks := NewKeys(KeysConfig{
			Algorithms: []Algorithm{RS256}, Now: time.Now,
			Fetch: func(context.Context) ([]byte, error) {
				if calls.Add(1) == 1 {
					return setOf(old), nil
				}
				<-release
				return setOf(young), nil
			},
		})
		if err := good.Verify(t.Context(), ks, ForSignIn); err != nil {
			t.Fatal(err)
		}
		failed := make(chan error, 20)
		for range cap(failed) {
			go func() { failed <- signed.Verify(t.Context(), ks, ForSignIn) }()
		}
		synctest.Wait()
		close(release)
		for range cap(failed) {
			if err := <-failed; err != nil {
				t.Error(err)
			}
		}
		if n := calls.Load(); n != 2 {
			t.Errorf("%d fetches", n)
		}
	})
}

// Fetches that failed take nothing of the allowance once the provider is back, which may publish a new key only now.
// Made-up ids use that one fetch up, as always.
func TestNewKeyIsFetchedAtOnceAfterARecovery(t *testing.T) {
	t.Parallel()
	now, calls, fault, set := clock, 0, error(nil), setOf(pair{"k1", rsaPair()})
	ks := NewKeys(KeysConfig{
		Algorithms: []Algorithm{RS256}, Now: func() time.Time { return now },
		Fetch: func(context.Context) ([]byte, error) { calls++; return set, fault },
	})
	ask := func(id string, use Use) error { _, err := ks.find(t.Context(), id, use, 0); return err }
	if err := ask("k1", ForSignIn); err != nil {
		t.Fatal(err)
	}
	var unavailable *KeysError
	fault, now = errors.New("down"), now.Add(time.Hour)
	for _, use := range []Use{ForSignIn, ForNotice} {
		if err := ask("k2", use); !errors.As(err, &unavailable) {
			t.Errorf("down: %v", err)
		}
	}
	fault, now = nil, now.Add(10*time.Second)
	if err := ask("k2", ForSignIn); !errors.Is(err, errUnknownKey) { // back, with the former set
		t.Errorf("back: %v", err)
	}
	set, calls, now = setOf(pair{"k1", rsaPair()}, pair{"k2", otherPair()}), 0, now.Add(time.Second)
	if err := ask("k2", ForSignIn); err != nil || calls != 1 {
		t.Errorf("the new key: %v, %d calls", err, calls)
	}
	for range 50 {
		for _, use := range []Use{ForSignIn, ForNotice} {
			if err := ask("made up", use); !errors.Is(err, errUnknownKey) {
				t.Error(err)
			}
		}
		now = now.Add(time.Second)
	}
	if calls != 2 { // one for each use
		t.Errorf("%d calls", calls)
	}
	// Every second fetch fails: made-up ids cause no more than twice as many as while all fail.
	calls, now = 0, now.Add(time.Minute)
	for range 300 {
		if fault = nil; calls%2 == 0 {
			fault = errors.New("down")
		}
		if err := ask("made up", ForSignIn); err == nil {
			t.Error("made-up id")
		}
		now = now.Add(time.Second)
	}
	if calls > 2*300/10+2 {
		t.Errorf("%d calls in 5 minutes", calls)
	}
}
