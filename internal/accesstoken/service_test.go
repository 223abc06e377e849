package accesstoken

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/account"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

var began = time.Date(2026, 11, 30, 3, 4, 5, 0, time.UTC)

func principal() *session.Principal {
	return &session.Principal{
		Session:  session.Session{ID: "0199-session", AuthTime: began.Add(-time.Hour)},
		User:     account.User{ID: "0199-user", Status: account.Active, Ref: "42"},
		Identity: account.Identity{Key: account.Key{Provider: "emu"}},
	}
}

// keyFile creates a key file whose key was added at the given time, and returns its path.
func keyFile(t testing.TB, created time.Time) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys")
	if err := seal.Create(path, created, rand.Reader); err != nil {
		t.Fatal(err)
	}
	return path
}

func ring(t testing.TB, path string) *seal.Keyring {
	t.Helper()
	k, err := seal.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func service(t testing.TB, cfg Config) *Service {
	t.Helper()
	if cfg.Keys == nil {
		cfg.Keys = ring(t, keyFile(t, began))
	}
	cfg.Issuer = "https://login.example.com"
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// parsed verifies a token with the key set and returns its header and claims.
func parsed(t *testing.T, s *Service, text string) (jose.Header, map[string]any) {
	t.Helper()
	token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	set, err := s.KeySet()
	if err != nil {
		t.Fatal(err)
	}
	c := map[string]any{}
	if err := token.Claims(set, &c); err != nil {
		t.Fatal(err)
	}
	return token.Headers[0], c
}

func TestTokenHasTheDocumentedClaims(t *testing.T) {
	t.Parallel()
	s := service(t, Config{
		Audiences: []string{"https://api.example.com", "hasura;typ=at+jwt;scope=user read;role=authenticated"},
		Now:       func() time.Time { return began },
	})
	text, err := s.Issue(principal(), "https://api.example.com")
	if err != nil {
		t.Fatal(err)
	}
	head, c := parsed(t, s, text)
	if head.ExtraHeaders["typ"] != "JWT" || head.Algorithm != "ES256" || head.KeyID == "" {
		t.Errorf("header %+v", head)
	}
	if id, _ := c["jti"].(string); len(id) < 20 {
		t.Errorf("jti %v", c["jti"])
	}
	delete(c, "jti")
	want := map[string]any{
		"iss": "https://login.example.com", "sub": "0199-user", "aud": "https://api.example.com",
		"iat": float64(began.Unix() - 5), "exp": float64(began.Unix() + 300), "auth_time": float64(began.Unix() - 3600),
		"sid": "0199-session", "ref": "42", "status": "active", "provider": "emu",
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("claims (-want +got):\n%s", diff)
	}
	if text, err = s.Issue(principal(), "hasura"); err != nil {
		t.Fatal(err)
	}
	head, c = parsed(t, s, text)
	if head.ExtraHeaders["typ"] != "at+jwt" || c["client_id"] != "norang" || c["scope"] != "user read" ||
		c["role"] != "authenticated" || c["aud"] != "hasura" {
		t.Errorf("header %+v, claims %v", head, c)
	}
}

// "iat" lies 5 seconds back; a token issued right after the sign-in must not be older than the sign-in.
func TestTokenIsNoOlderThanItsSignIn(t *testing.T) {
	t.Parallel()
	s := service(t, Config{Audiences: []string{"api"}, Now: func() time.Time { return began }})
	p := principal()
	p.Session.AuthTime = began
	text, err := s.Issue(p, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, c := parsed(t, s, text); c["auth_time"] != c["iat"] || c["iat"] != float64(began.Unix()-5) {
		t.Errorf("auth_time %v, iat %v", c["auth_time"], c["iat"])
	}
}

func TestUnknownAudienceGetsNoToken(t *testing.T) {
	t.Parallel()
	one, two := service(t, Config{Audiences: []string{"a"}}), service(t, Config{Audiences: []string{"a", "b"}})
	for _, c := range []struct {
		s    *Service
		aud  string
		want error
	}{
		{one, "a", nil}, {one, "", nil}, {one, "A", ErrAudience}, {one, "a;typ=at+jwt", ErrAudience}, {two, "b", nil},
		{two, "", ErrAudience}, {service(t, Config{Assertion: "a"}), "", ErrAudience},
		{service(t, Config{Assertion: "a"}), "a", ErrAudience},
	} {
		if _, err := c.s.Issue(principal(), c.aud); !errors.Is(err, c.want) {
			t.Errorf("audience %q: %v, want %v", c.aud, err, c.want)
		}
	}
}

func TestInvalidAudiencesAreReportedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := New(Config{
		Issuer: "i", Keys: ring(t, keyFile(t, began)), Assertion: "x y",
		Audiences: []string{"", "a", "a", "b;typ=jwt", "c;scope=", "가", strings.Repeat("d", 300)},
	})
	for _, part := range []string{
		`audience "":`, `"a" is listed twice`, `"typ=jwt"`, `"scope="`, `"가"`, `"dddd`, `"x y"`,
	} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s is missing in: %v", part, err)
		}
	}
}

// The key set has the members that verifiers read, and no private key.
func TestKeySetIsPublicAndComplete(t *testing.T) {
	t.Parallel()
	set, err := service(t, Config{}).KeySet()
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Keys []map[string]string }
	if err := json.Unmarshal(b, &got); err != nil || len(got.Keys) != 1 {
		t.Fatalf("%v: %s", err, b)
	}
	var names []string
	for name := range got.Keys[0] {
		names = append(names, name)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"alg", "crv", "kid", "kty", "use", "x", "y"}, names); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	if k := got.Keys[0]; k["kty"] != "EC" || k["crv"] != "P-256" || k["use"] != "sig" || k["alg"] != "ES256" {
		t.Errorf("key %v", k)
	}
}

// TK-02: over a rotation, a verifier that cached the key set up to 24 hours ago accepts every token, and a key leaves
// the set 24 hours after its last token has been signed.
func TestTK02_RotationRefusesNoToken(t *testing.T) {
	t.Parallel()
	path := keyFile(t, began.Add(-100*24*time.Hour))
	now := began
	replicas := make([]*Service, 2)
	kids := func(s *Service) (ids []string) {
		set, err := s.KeySet()
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range set.Keys {
			ids = append(ids, k.KeyID)
		}
		return ids
	}
	open := func(i int) { // a restart, or the start of another replica
		replicas[i] = service(t, Config{
			Audiences: []string{"api"}, Keys: ring(t, path), Now: func() time.Time { return now },
		})
	}
	open(0)
	open(1)
	old := kids(replicas[0])
	if len(old) != 1 || !slices.Equal(old, kids(replicas[1])) {
		t.Fatalf("replicas have different keys: %v", old)
	}
	if _, err := seal.Rotate(path, now, rand.Reader); err != nil {
		t.Fatal(err)
	}
	open(1) // replica 0 keeps the old file for a while
	cached := map[time.Time][]string{}
	signed := map[string]int{}
	for hour := range 80 {
		now = began.Add(time.Duration(hour) * time.Hour)
		if hour == 20 {
			open(0)
		}
		cached[now] = kids(replicas[1])
		for i, s := range replicas {
			text, err := s.Issue(principal(), "api")
			if err != nil {
				t.Fatal(err)
			}
			token, err := jwt.ParseSigned(text, []jose.SignatureAlgorithm{jose.ES256})
			if err != nil {
				t.Fatal(err)
			}
			kid := token.Headers[0].KeyID
			signed[kid]++
			for back := range 24 {
				set, ok := cached[now.Add(-time.Duration(back)*time.Hour)]
				if ok && !slices.Contains(set, kid) {
					t.Fatalf("hour %d, replica %d: a verifier with the key set of %d hours ago refuses the token", hour, i, back)
				}
			}
		}
	}
	if last := kids(replicas[0]); len(last) != 1 || last[0] == old[0] {
		t.Errorf("the retired key %v is still published: %v", old, last)
	}
	if len(signed) != 2 || signed[old[0]] != 2*24 {
		t.Errorf("tokens by key: %v, want %d of the old one", signed, 2*24)
	}
}

func TestScheduleOfKeys(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for _, c := range []struct {
		name             string
		age              []time.Duration // of the keys, newest first
		signs, published int
	}{
		{"first start", []time.Duration{0}, 0, 1},
		{"just rotated", []time.Duration{0, 90 * day}, 1, 2},
		{"rotated in the first hour", []time.Duration{0, time.Hour}, 1, 2},
		{"a moment before its first use", []time.Duration{day - time.Second, 90 * day}, 1, 2},
		{"first use", []time.Duration{day, 90 * day}, 0, 2},
		{"last hour of the old key", []time.Duration{2*day + Life - time.Second, 90 * day}, 0, 2},
		{"old key retired", []time.Duration{2*day + Life, 90 * day}, 0, 1},
		{"rotated twice", []time.Duration{time.Hour, 2 * time.Hour, 90 * day}, 2, 3},
		{"rotated every day", []time.Duration{0, day, 2 * day, 3 * day}, 1, 4},
		{"clock set back", []time.Duration{-time.Hour}, 0, 1},
	} {
		var all []seal.SigningKey
		for _, age := range c.age {
			all = append(all, seal.SigningKey{Created: began.Add(-age)})
		}
		if signs, published := schedule(all, began); signs != c.signs || published != c.published {
			t.Errorf("%s: key %d signs and %d are published, want %d and %d", c.name, signs, published, c.signs, c.published)
		}
	}
}

// A line that is removed from the key file stops signing without a restart.
func TestRemovedKeyIsWithdrawnAtOnce(t *testing.T) {
	t.Parallel()
	path := keyFile(t, began.Add(-time.Hour))
	now := began
	s := service(t, Config{Audiences: []string{"api"}, Keys: ring(t, path), Now: func() time.Time { return now }})
	before, err := s.KeySet()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := seal.Create(path, began.Add(time.Second), rand.Reader); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		now = now.Add(time.Minute)
		set, err := s.KeySet()
		if err != nil {
			t.Fatal(err)
		}
		if len(set.Keys) == 1 && set.Keys[0].KeyID != before.Keys[0].KeyID {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the removed key is still published")
		}
		time.Sleep(10 * time.Millisecond) // the file is looked at once a second
	}
}

func TestAssertionIsSignedOnceIn30Seconds(t *testing.T) {
	t.Parallel()
	now := began
	s := service(t, Config{Assertion: "app", Now: func() time.Time { return now }})
	p := principal()
	sign := func() string {
		text, err := s.Assertion(p)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	first := sign()
	if _, c := parsed(t, s, first); c["aud"] != "app" || c["sub"] != "0199-user" {
		t.Errorf("claims %v", c)
	}
	now = now.Add(29 * time.Second)
	if sign() != first {
		t.Error("signed again after 29 seconds")
	}
	p.User.Ref = "43"
	if _, c := parsed(t, s, sign()); c["ref"] != "43" {
		t.Errorf("ref %v after it changed to 43", c["ref"])
	}
	p.User.Ref = "42"
	other := principal()
	other.Session.Key[0], other.User.ID = 1, "0199-other"
	text, err := s.Assertion(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, c := parsed(t, s, text); c["sub"] != "0199-other" {
		t.Errorf("another session gets the assertion of %v", c["sub"])
	}
	now = now.Add(time.Second)
	if sign() == first {
		t.Error("not signed again after 30 seconds")
	}
}

func TestAssertionsInMemoryAreBounded(t *testing.T) {
	t.Parallel()
	var r recent
	for i := range maxRecent + 10 {
		of := fingerprint{ref: fmt.Sprint(i)}
		r.get(of, began)
		r.put(of, "x")
	}
	if len(r.texts) != maxRecent {
		t.Errorf("%d kept, want at most %d", len(r.texts), maxRecent)
	}
	if _, ok := r.get(fingerprint{ref: "0"}, began.Add(reuse)); ok || len(r.texts) != 0 {
		t.Error("kept after the period")
	}
}

func BenchmarkIssue(b *testing.B) {
	s := service(b, Config{Audiences: []string{"api"}})
	p := principal()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := s.Issue(p, "api"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
