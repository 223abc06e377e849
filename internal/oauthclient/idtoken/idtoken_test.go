package idtoken

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	issuer = "https://op.example"
	client = "client-1"
	secret = "s3cret-of-the-client"
)

var (
	clock   = time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	rsaPair = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })
	ecPair  = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func enc(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func marshal(v any) string { return string(must(json.Marshal(v))) }

// token signs as the header says: "none" has a signature of one byte, HS256 uses key as text.
func token(header map[string]any, payload, key string) string {
	signed := enc([]byte(marshal(header))) + "." + enc([]byte(payload))
	sum := sha256.Sum256([]byte(signed))
	var sig []byte
	switch header["alg"] {
	case "RS256":
		sig = must(rsa.SignPKCS1v15(rand.Reader, rsaPair(), crypto.SHA256, sum[:]))
	case "ES256":
		r, s, err := ecdsa.Sign(rand.Reader, ecPair(), sum[:])
		if err != nil {
			panic(err)
		}
		sig = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	case "HS256":
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(signed))
		sig = mac.Sum(nil)
	default:
		sig = []byte{1}
	}
	return signed + "." + enc(sig)
}

// asRS256 is a token with another algorithm in its header than that of its signature, by a key for the latter.
func asRS256(alg string) string {
	signed := enc([]byte(marshal(map[string]any{"alg": alg, "kid": "r1"}))) + "." + enc([]byte(claims(nil)))
	sum := sha256.Sum256([]byte(signed))
	return signed + "." + enc(must(rsa.SignPKCS1v15(rand.Reader, rsaPair(), crypto.SHA256, sum[:])))
}

func jwks() []byte {
	ec := must(ecPair().PublicKey.Bytes())
	return []byte(marshal(map[string]any{"keys": []any{
		map[string]string{
			"kty": "RSA", "kid": "r1", "use": "sig", "alg": "RS256", "n": enc(rsaPair().N.Bytes()), "e": "AQAB",
		},
		map[string]string{"kty": "EC", "kid": "e1", "crv": "P-256", "x": enc(ec[1:33]), "y": enc(ec[33:])},
		map[string]string{"kty": "oct", "kid": "o1", "k": enc([]byte(secret))},
	}}))
}

func claims(change map[string]any) string {
	c := map[string]any{
		"iss": issuer, "aud": client, "sub": "u1", "nonce": "n1", "iat": clock.Unix(), "exp": clock.Add(time.Hour).Unix(),
	}
	maps.Copy(c, change)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return marshal(c)
}

func verifier(t *testing.T, change func(*Config)) *Verifier {
	t.Helper()
	algorithms := []Algorithm{RS256, ES256}
	cfg := Config{
		Issuers: []string{issuer}, Audiences: []string{client, "native"}, Parties: []string{"android"},
		Algorithms: algorithms, Now: func() time.Time { return clock },
		Keys: NewKeys(KeysConfig{
			Algorithms: algorithms, Now: func() time.Time { return clock },
			Fetch: func(context.Context) ([]byte, error) { return jwks(), nil },
		}),
	}
	if change != nil {
		change(&cfg)
	}
	v, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestClaimsAreChecked(t *testing.T) {
	t.Parallel()
	v := verifier(t, nil)
	ok, recent := Options{Nonce: "n1"}, Options{Nonce: "n1", MaxAge: time.Minute}
	for name, tt := range map[string]struct {
		change map[string]any
		opts   Options
		want   string // part of the reason; "" for success
	}{
		"good":                   {nil, ok, ""},
		"issuer with a slash":    {map[string]any{"iss": issuer + "/"}, ok, "issuer"},
		"no issuer":              {map[string]any{"iss": nil}, ok, "issuer"},
		"other audience":         {map[string]any{"aud": "x"}, ok, "audience"},
		"no audience":            {map[string]any{"aud": nil}, ok, "audience"},
		"second audience":        {map[string]any{"aud": "native"}, ok, ""},
		"two audiences, no azp":  {map[string]any{"aud": []string{client, "x"}}, ok, "azp"},
		"two audiences and azp":  {map[string]any{"aud": []string{client, "x"}, "azp": client}, ok, ""},
		"azp of an app":          {map[string]any{"azp": "android"}, ok, ""},
		"azp of another":         {map[string]any{"azp": "x"}, ok, "azp"},
		"empty azp":              {map[string]any{"azp": ""}, ok, "azp"},
		"audience of numbers":    {map[string]any{"aud": []any{1}}, ok, "audience"},
		"audience with null":     {map[string]any{"aud": []any{client, nil}}, ok, "audience"},
		"expired":                {map[string]any{"exp": clock.Add(-2 * time.Minute).Unix()}, ok, "expired"},
		"expired within leeway":  {map[string]any{"exp": clock.Add(-30 * time.Second).Unix()}, ok, ""},
		"exp as text":            {map[string]any{"exp": "9999999999"}, ok, "exp"},
		"no exp":                 {map[string]any{"exp": nil}, ok, "exp"},
		"no iat":                 {map[string]any{"iat": nil}, ok, "iat"},
		"from the future":        {map[string]any{"iat": clock.Add(2 * time.Minute).Unix()}, ok, "future"},
		"not yet":                {map[string]any{"nbf": clock.Add(2 * time.Minute).Unix()}, ok, "not valid yet"},
		"no subject":             {map[string]any{"sub": nil}, ok, "sub"},
		"number as subject":      {map[string]any{"sub": 7}, ok, "sub"},
		"long subject":           {map[string]any{"sub": strings.Repeat("s", 256)}, ok, "sub"},
		"NUL in the subject":     {map[string]any{"sub": "a\x00b"}, ok, "sub"},
		"half a surrogate pair":  {map[string]any{"sub": json.RawMessage(`"a\ud800"`)}, ok, "sub contains U+FFFD"},
		"half a pair in sid":     {map[string]any{"sid": json.RawMessage(`"\udc00"`)}, ok, "sid contains U+FFFD"},
		"other nonce":            {map[string]any{"nonce": "n2"}, ok, "nonce"},
		"no nonce":               {map[string]any{"nonce": nil}, ok, "missing nonce"},
		"nonce not compared":     {map[string]any{"nonce": nil}, Options{SkipNonce: true}, ""},
		"hashed nonce":           {map[string]any{"nonce": hashOf("n1")}, ok, "nonce"},
		"hashed nonce accepted":  {map[string]any{"nonce": hashOf("n1")}, Options{Nonce: "n1", HashedNonce: true}, ""},
		"no auth_time":           {nil, recent, "auth_time"},
		"old auth_time":          {map[string]any{"auth_time": clock.Add(-time.Hour).Unix()}, recent, "too long ago"},
		"auth_time ahead":        {map[string]any{"auth_time": clock.Add(time.Minute).Unix()}, recent, ""},
		"future auth_time":       {map[string]any{"auth_time": clock.Add(62 * time.Second).Unix()}, recent, "in the future"},
		"young auth_time":        {map[string]any{"auth_time": clock.Add(-time.Minute).Unix()}, recent, ""},
		"at_hash":                {map[string]any{"at_hash": "x"}, Options{Nonce: "n1", AccessToken: "a"}, "at_hash"},
		"at_hash of another typ": {map[string]any{"at_hash": 1}, Options{Nonce: "n1", AccessToken: "a"}, "at_hash"},
		"event":                  {map[string]any{"events": map[string]any{}}, ok, "event"},
	} {
		got, err := v.Verify(t.Context(), token(map[string]any{"alg": "RS256", "kid": "r1"}, claims(tt.change), ""), tt.opts)
		if tt.want == "" && (err != nil || got.Subject != "u1") {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		var e *Error
		if tt.want != "" && (!errors.As(err, &e) || !strings.Contains(e.Reason, tt.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := v.Verify(t.Context(), "x", Options{}); !errors.Is(err, ErrNoNonce) {
		t.Errorf("without a nonce: %v", err)
	}
	// OpenID Connect Core, A.3.
	if !AccessTokenHashMatches("77QmUPtjPfzWtF2AnpK9RQ", "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y") {
		t.Error("at_hash of the standard's example")
	}
}

func hashOf(s string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(s))) }

func TestAlgorithmFollowsFromTheConfiguration(t *testing.T) {
	t.Parallel()
	both := verifier(t, nil)
	ecOnly := verifier(t, func(c *Config) { c.Algorithms = []Algorithm{ES256} })
	symmetric := verifier(t, func(c *Config) {
		c.Algorithms, c.Keys, c.Secrets = []Algorithm{HS256}, nil, []string{secret, "previous"}
	})
	public := string(jwks())
	for name, tt := range map[string]struct {
		v      *Verifier
		header map[string]any
		key    string
		ok     bool
	}{
		"RS256":                       {both, map[string]any{"alg": "RS256", "kid": "r1"}, "", true},
		"ES256":                       {both, map[string]any{"alg": "ES256", "kid": "e1"}, "", true},
		"RS256 where ES256 is wanted": {ecOnly, map[string]any{"alg": "RS256", "kid": "r1"}, "", false},
		"key of another kind":         {both, map[string]any{"alg": "RS256", "kid": "e1"}, "", false},
		"none":                        {both, map[string]any{"alg": "none", "kid": "r1"}, "", false},
		"HS256 with the public key":   {both, map[string]any{"alg": "HS256", "kid": "r1"}, public, false},
		"no kid among several":        {both, map[string]any{"alg": "RS256"}, "", true},
		"no kid and no such key":      {ecOnly, map[string]any{"alg": "RS256"}, "", false},
		"HS256 with the secret":       {symmetric, map[string]any{"alg": "HS256"}, secret, true},
		"HS256, previous secret":      {symmetric, map[string]any{"alg": "HS256"}, "previous", true},
		"HS256, other secret":         {symmetric, map[string]any{"alg": "HS256"}, "x", false},
		"RS256 where HS256 is wanted": {symmetric, map[string]any{"alg": "RS256", "kid": "r1"}, "", false},
		"unknown extension":           {both, map[string]any{"alg": "RS256", "kid": "r1", "crit": []string{"x"}}, "", false},
		"key in the header":           {both, map[string]any{"alg": "RS256", "kid": "x", "jwk": claims(nil)}, "", false},
		"typ of an event":             {both, map[string]any{"alg": "RS256", "kid": "r1", "typ": "logout+jwt"}, "", false},
	} {
		_, err := tt.v.Verify(t.Context(), token(tt.header, claims(nil), tt.key), Options{Nonce: "n1"})
		var e *Error
		if tt.ok && err != nil || !tt.ok && !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
	good := token(map[string]any{"alg": "RS256", "kid": "r1"}, claims(nil), "")
	parts := strings.Split(good, ".")
	for name, raw := range map[string]string{
		"another payload": parts[0] + "." + enc([]byte(claims(map[string]any{"sub": "u2"}))) + "." + parts[2],
		"DER signature":   token(map[string]any{"alg": "ES256", "kid": "e1"}, claims(nil), "") + "AA",
		"repeated claim":  token(map[string]any{"alg": "RS256", "kid": "r1"}, `{"sub":"a","sub":"b"}`, ""),
		"invalid UTF-8":   token(map[string]any{"alg": "RS256", "kid": "r1"}, "{\"sub\":\"\xff\"}", ""),
		"four segments":   good + ".x", "two segments": parts[0] + "." + parts[1] + ".", "padding": good + "=",
		"ES256 in the header of an RS256 signature": asRS256("ES256"),
		"line break": good + "\n", "too long": strings.Repeat("a", MaxLength+1), "nothing": "",
	} {
		if c, err := both.Verify(t.Context(), raw, Options{Nonce: "n1"}); err == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestConfigurationsThatAcceptTooMuchAreRefused(t *testing.T) {
	t.Parallel()
	keys, i, a := NewKeys(KeysConfig{}), []string{"i"}, []string{"a"}
	for name, cfg := range map[string]Config{
		"no issuer":        {Audiences: a, Algorithms: []Algorithm{RS256}, Keys: keys},
		"empty audience":   {Issuers: i, Audiences: []string{""}, Algorithms: []Algorithm{RS256}, Keys: keys},
		"no algorithm":     {Issuers: i, Audiences: a, Keys: keys},
		"no keys":          {Issuers: i, Audiences: a, Algorithms: []Algorithm{RS256}},
		"HS256 and RS256":  {Issuers: i, Audiences: a, Algorithms: []Algorithm{RS256, HS256}, Keys: keys},
		"HS256 with keys":  {Issuers: i, Audiences: a, Algorithms: []Algorithm{HS256}, Keys: keys},
		"HS256, no secret": {Issuers: i, Audiences: a, Algorithms: []Algorithm{HS256}, Secrets: []string{""}},
	} {
		if _, err := New(cfg); err == nil {
			t.Error(name)
		}
	}
}

func TestLogoutTokenIsNoIDToken(t *testing.T) {
	t.Parallel()
	v := verifier(t, nil)
	logout := map[string]any{
		"jti": "j1", "sid": "s1", "nonce": nil, "events": map[string]any{BackChannelLogout: map[string]any{}},
	}
	with := func(change map[string]any) string {
		all := maps.Clone(logout)
		maps.Copy(all, change)
		return claims(all)
	}
	for name, tt := range map[string]struct {
		payload, typ string
		opts         EventOptions
		ok           bool
	}{
		"good":             {with(nil), "logout+jwt", EventOptions{Types: []string{"logout+jwt"}}, true},
		"no typ":           {with(nil), "", EventOptions{}, true},
		"other typ":        {with(nil), "at+jwt", EventOptions{Types: []string{"logout+jwt"}}, false},
		"nonce":            {with(map[string]any{"nonce": "n1"}), "", EventOptions{}, false},
		"ID token":         {claims(map[string]any{"jti": "j1"}), "", EventOptions{}, false},
		"null events":      {with(map[string]any{"events": json.RawMessage("null")}), "", EventOptions{}, false},
		"half a pair, jti": {with(map[string]any{"jti": json.RawMessage(`"\ud800"`)}), "", EventOptions{}, false},
		"half a pair, sub": {with(map[string]any{"sub": json.RawMessage(`"\ud800"`)}), "", EventOptions{}, false},
		"no jti":           {with(map[string]any{"jti": nil}), "", EventOptions{}, false},
		"long jti":         {with(map[string]any{"jti": strings.Repeat("j", 257)}), "", EventOptions{}, false},
		"long sub":         {with(map[string]any{"sub": strings.Repeat("s", maxSubject+1)}), "", EventOptions{}, false},
		"long sid":         {with(map[string]any{"sid": strings.Repeat("s", maxSubject+1)}), "", EventOptions{}, false},
		"NUL in sid":       {with(map[string]any{"sid": "s\x00"}), "", EventOptions{}, false},
		"typ JWT":          {with(nil), "JWT", EventOptions{}, true},
		"no exp":           {with(map[string]any{"exp": nil}), "", EventOptions{}, false},
		"no exp, allowed":  {with(map[string]any{"exp": nil}), "", EventOptions{ExpiryOptional: true}, true},
		"expired":          {with(map[string]any{"exp": 1}), "", EventOptions{ExpiryOptional: true}, false},
		"expiry ignored":   {with(map[string]any{"exp": 1}), "", EventOptions{IgnoreExpiry: true}, true},
		"other spelling": {
			with(map[string]any{"iss": issuer + "/"}), "", EventOptions{Issuers: []string{issuer + "/"}}, true,
		},
		"other audience":    {with(map[string]any{"aud": "x"}), "", EventOptions{}, false},
		"several audiences": {with(map[string]any{"aud": []string{"x", client}}), "", EventOptions{}, true},
		"several others":    {with(map[string]any{"aud": []string{"x", "y"}}), "", EventOptions{}, false},
		"azp of another":    {with(map[string]any{"aud": []string{"x", client}, "azp": "x"}), "", EventOptions{}, false},
	} {
		header := map[string]any{"alg": "RS256", "kid": "r1"}
		if tt.typ != "" {
			header["typ"] = tt.typ
		}
		e, err := v.VerifyEvent(t.Context(), token(header, tt.payload, ""), tt.opts)
		if tt.ok != (err == nil) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if tt.ok && (!e.Has(BackChannelLogout) || e.Has("x") || e.ID != "j1" || e.Session != "s1") {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestEventFromTheFutureIsEarlyIfItIsGenuine(t *testing.T) {
	t.Parallel()
	v := verifier(t, nil)
	for _, name := range []string{"iat", "nbf"} {
		raw := token(map[string]any{"alg": "RS256", "kid": "r1"}, claims(map[string]any{
			"jti": "j1", "nonce": nil, "events": map[string]any{BackChannelLogout: map[string]any{}},
			name: clock.Add(2 * time.Minute).Unix(),
		}), "")
		var e *Error
		if _, err := v.VerifyEvent(t.Context(), raw, EventOptions{}); !errors.As(err, &e) || !e.Clock || !e.Early {
			t.Errorf("%s: %v", name, err)
		}
		forged := raw[:strings.LastIndex(raw, ".")+1] + strings.Repeat("A", 342)
		if _, err := v.VerifyEvent(t.Context(), forged, EventOptions{}); !errors.As(err, &e) || !e.Signature || e.Early {
			t.Errorf("%s, forged: %v", name, err)
		}
	}
}

func TestOnlyAGenuineIDTokenSaysSomethingAboutTheClock(t *testing.T) {
	t.Parallel()
	v := verifier(t, nil)
	for name, tt := range map[string]struct {
		change map[string]any
		early  bool
	}{
		"expired":         {map[string]any{"exp": clock.Add(-2 * time.Minute).Unix()}, false},
		"from the future": {map[string]any{"iat": clock.Add(2 * time.Minute).Unix()}, true},
		"not yet":         {map[string]any{"nbf": clock.Add(2 * time.Minute).Unix()}, true},
	} {
		raw := token(map[string]any{"alg": "RS256", "kid": "r1"}, claims(tt.change), "")
		var e *Error
		_, err := v.Verify(t.Context(), raw, Options{Nonce: "n1"})
		if !errors.As(err, &e) || !e.Clock || e.Early != tt.early {
			t.Errorf("%s: %v", name, err)
		}
		forged := raw[:strings.LastIndex(raw, ".")+1] + strings.Repeat("A", 342)
		if _, err := v.Verify(t.Context(), forged, Options{Nonce: "n1"}); !errors.As(err, &e) || !e.Signature || e.Clock {
			t.Errorf("%s, forged: %v", name, err)
		}
	}
}

func TestKeysAreFetchedOncePerInterval(t *testing.T) {
	t.Parallel()
	now, calls, fault := clock, 0, error(nil)
	ks := NewKeys(KeysConfig{
		Algorithms: []Algorithm{RS256}, Now: func() time.Time { return now },
		Fetch: func(context.Context) ([]byte, error) { calls++; return jwks(), fault },
	})
	ask := func(id string, use Use) error { _, err := ks.find(t.Context(), id, use, 0); return err }
	if err := ask("r1", ForSignIn); err != nil || calls != 1 {
		t.Fatalf("%v, %d calls", err, calls)
	}
	for range 3 {
		if err := ask("made up", ForNotice); !errors.Is(err, errUnknownKey) {
			t.Error(err)
		}
	}
	if calls != 2 {
		t.Errorf("%d calls for made-up ids", calls)
	}
	if err := ask("made up", ForSignIn); !errors.Is(err, errUnknownKey) || calls != 3 {
		t.Errorf("a notice used up the allowance of sign-ins: %v, %d", err, calls)
	}
	now = now.Add(25 * time.Hour)
	fault = errors.New("down")
	if err := ask("r1", ForSignIn); err != nil || calls != 4 {
		t.Errorf("stale key: %v, %d", err, calls)
	}
	now = now.Add(72 * time.Hour)
	var unavailable *KeysError
	if err := ask("r1", ForSignIn); !errors.As(err, &unavailable) || !errors.Is(err, fault) {
		t.Errorf("too old: %v", err)
	}
}

// While the keys cannot be fetched, made-up tokens must not hammer the provider, which would keep it away for longer.
func TestFailedFetchesOfKeysAreBounded(t *testing.T) {
	t.Parallel()
	now, calls, fault := clock, 0, errors.New("status 429")
	ks := NewKeys(KeysConfig{
		Algorithms: []Algorithm{RS256}, Now: func() time.Time { return now },
		Fetch: func(context.Context) ([]byte, error) { calls++; return jwks(), fault },
	})
	for range 50 {
		var unavailable *KeysError
		if _, err := ks.find(t.Context(), "made up", ForNotice, 0); !errors.As(err, &unavailable) {
			t.Fatal(err)
		}
	}
	if calls != 1 {
		t.Errorf("%d calls without any key", calls)
	}
	now, fault = now.Add(time.Second), nil
	if _, err := ks.find(t.Context(), "r1", ForSignIn, 0); err != nil || calls != 2 {
		t.Errorf("when the provider is back: %v, %d calls", err, calls)
	}
	now, fault, calls = now.Add(25*time.Hour), errors.New("status 404"), 0
	for range 50 {
		_, _ = ks.find(t.Context(), "made up", ForNotice, 0)
	}
	if _, err := ks.find(t.Context(), "r1", ForSignIn, 0); err != nil || calls != 1 {
		t.Errorf("with stale keys: %v, %d calls", err, calls)
	}
}

func TestUnusableKeysAreIgnored(t *testing.T) {
	t.Parallel()
	ec := must(ecPair().PublicKey.Bytes())
	small := enc(big.NewInt(0).SetBit(big.NewInt(1), 1000, 1).Bytes())
	for name, key := range map[string]map[string]any{
		"small":          {"kty": "RSA", "n": small, "e": "AQAB"},
		"encryption":     {"kty": "RSA", "use": "enc", "n": enc(rsaPair().N.Bytes()), "e": "AQAB"},
		"private":        {"kty": "RSA", "n": enc(rsaPair().N.Bytes()), "e": "AQAB", "d": "AQAB"},
		"other alg":      {"kty": "RSA", "alg": "RS512", "n": enc(rsaPair().N.Bytes()), "e": "AQAB"},
		"not on curve":   {"kty": "EC", "crv": "P-256", "x": enc(ec[1:33]), "y": enc(ec[1:33])},
		"another curve":  {"kty": "EC", "crv": "P-384", "x": enc(ec[1:33]), "y": enc(ec[33:])},
		"secret":         {"kty": "oct", "k": "AAAA"},
		"kid of numbers": {"kty": "RSA", "kid": 1, "n": enc(rsaPair().N.Bytes()), "e": "AQAB"},
	} {
		set := marshal(map[string]any{"keys": []any{key}})
		if keys, err := decodeKeys([]byte(set), []Algorithm{RS256, ES256}); err == nil {
			t.Errorf("%s: %v", name, keys)
		}
	}
	if keys, err := decodeKeys(jwks(), []Algorithm{ES256}); err != nil || len(keys) != 1 || keys["e1"] == nil {
		t.Errorf("%v, %v", keys, err)
	}
	if err := NewKeys(KeysConfig{Algorithms: []Algorithm{RS256}, Now: time.Now}).Prime([]byte(`{"keys":{}}`)); err == nil {
		t.Error("keys of another type")
	}
}
