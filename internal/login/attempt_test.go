package login

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/provider"
	"github.com/norang-login/norang/internal/returnurl"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/session"
)

var began = time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)

func newSealer(t testing.TB) *seal.Sealer {
	t.Helper()
	k, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k.Sealer(sealPurpose)
}

// newTestAttempt is one that began at a time and goes back to a path.
func newTestAttempt(t testing.TB, at time.Time, returnTo string) *attempt {
	t.Helper()
	a := &attempt{
		Provider:    "kakao",
		StartedAt:   at,
		Remember:    true,
		RedirectURI: "https://login.example.test/oauth/kakao/callback",
		ReturnTo:    returnTo,
	}
	for _, b := range [][]byte{a.State[:], a.Nonce[:], a.Verifier[:]} {
		if _, err := rand.Read(b); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if a.Token, err = session.Mint(at, rand.Reader); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestSealedAttemptKeepsExpectedUser(t *testing.T) {
	s := newSealer(t)
	a := newTestAttempt(t, began, "/")
	a.Expect = "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e"
	got, err := openAttempt(s, a.name(), a.sealed(s))
	if err != nil || got.Expect != a.Expect {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSealedAttemptKeepsPurposeAndDetail(t *testing.T) {
	s := newSealer(t)
	a := newTestAttempt(t, began, "/")
	a.Purpose, a.Expect, a.Detail = 7, "01932b1c-7c5e-7a2b-9d10-6f0e8b1c2d3e", strings.Repeat("d", maxDetail)
	got, err := openAttempt(s, a.name(), a.sealed(s))
	if err != nil || got.Purpose != a.Purpose || got.Expect != a.Expect || got.Detail != a.Detail {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestSealedAttemptIsReadUnchanged(t *testing.T) {
	s := newSealer(t)
	longest := "/" + strings.Repeat("a", returnurl.MaxLength-1)
	for _, returnTo := range []string{"/", "", longest, "https://app.example.test/me"} {
		a := newTestAttempt(t, began, returnTo)
		got, err := openAttempt(s, a.name(), a.sealed(s))
		if err != nil {
			t.Fatal(err)
		}
		got.StartedAt = got.StartedAt.UTC()
		if d := cmp.Diff(a, got, cmp.AllowUnexported(session.Token{})); d != "" {
			t.Error(d)
		}
		if n := len(a.sealed(s)); n > 1790 {
			t.Errorf("SE-12: a return path of %d bytes makes a cookie of %d", len(returnTo), n)
		}
	}
}

func TestSealedAttemptIsBoundToItsName(t *testing.T) {
	s := newSealer(t)
	a, b := newTestAttempt(t, began, "/a"), newTestAttempt(t, began, "/b")
	if _, err := openAttempt(s, b.name(), a.sealed(s)); err == nil {
		t.Error("the cookie of one attempt is accepted for another")
	}
	if a.name() == b.name() || strings.Contains(a.name(), a.state()[:6]) {
		t.Errorf("names %q and %q, state %q", a.name(), b.name(), a.state())
	}
}

// Sealed with our key, but of another version, cut short, or with bytes appended.
func TestMalformedSealedAttemptIsRefused(t *testing.T) {
	s := newSealer(t)
	a := newTestAttempt(t, began, "/a")
	plain, err := s.Open(a.sealed(s), a.name())
	if err != nil {
		t.Fatal(err)
	}
	for n := range plain {
		if _, err := openAttempt(s, "x", s.Seal(plain[:n], "x")); err == nil {
			t.Fatalf("the first %d of %d bytes were accepted", n, len(plain))
		}
	}
	newer := append([]byte{purposeVersion + 1}, plain[1:]...)
	for what, b := range map[string][]byte{"newer version": newer, "appended bytes": append(plain, 0), "nothing": nil} {
		if _, err := openAttempt(s, "x", s.Seal(b, "x")); err == nil {
			t.Errorf("%s: accepted", what)
		}
	}
}

func TestStateIsReadStrictly(t *testing.T) {
	a := newTestAttempt(t, began, "/")
	if got, ok := parseState(a.state()); !ok || got != a.State {
		t.Fatal("our own state is not read")
	}
	plain := a.stateFor(provider.Info{PlainState: true})
	if got, ok := parseState(plain); !ok || got != a.State || strings.ContainsAny(plain, "-_") {
		t.Fatalf("our own state %q of letters and digits is not read", plain)
	}
	for _, bad := range []string{"", a.state() + "=", a.state()[1:], strings.Repeat("!", 43), plain[1:], plain + "0",
		strings.Repeat("AB", 32), strings.Repeat("g", 64),
		base64.StdEncoding.EncodeToString(a.State[:])} {
		if _, ok := parseState(bad); ok {
			t.Errorf("%q read as a state", bad)
		}
	}
}

func TestOldestAttemptsAreDropped(t *testing.T) {
	s := newSealer(t)
	f := &Flow{attempts: s}
	held := map[string]string{}
	var names []string
	for i := range 4 {
		a := newTestAttempt(t, began.Add(time.Duration(i)*time.Minute), fmt.Sprint("/", i))
		held[a.name()] = a.sealed(s)
		names = append(names, a.name())
	}
	held["garbage"] = "x"
	old := newTestAttempt(t, began.Add(-Lifetime), "/old")
	held[old.name()] = old.sealed(s)
	drop := f.attemptsToDrop(held, 400, began.Add(4*time.Minute))
	for _, want := range []string{names[0], names[1], "garbage", old.name()} {
		if !strings.Contains(strings.Join(drop, " "), want) {
			t.Errorf("%q stays", want)
		}
	}
	if len(drop) != 4 {
		t.Errorf("dropped %q", drop)
	}
	// Long return paths count by their size.
	held = map[string]string{}
	for i := range 2 {
		a := newTestAttempt(t, began.Add(time.Duration(i)*time.Minute), "/"+strings.Repeat("a", 1000))
		held[a.name()] = a.sealed(s)
	}
	if drop := f.attemptsToDrop(held, 1790, began.Add(2*time.Minute)); len(drop) != 0 {
		t.Errorf("RD-06: dropped %d of two long ones", len(drop))
	}
	if drop := f.attemptsToDrop(held, maxSealed-1000, began.Add(2*time.Minute)); len(drop) != 2 {
		t.Errorf("SE-12: dropped %d of two long ones", len(drop))
	}
}

// The challenge is what RFC 7636 makes of the verifier; its appendix B is the check.
func TestChallengeOfRFC7636(t *testing.T) {
	a := &attempt{}
	raw, err := base64.RawURLEncoding.DecodeString("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
	if err != nil {
		t.Fatal(err)
	}
	copy(a.Verifier[:], raw)
	if got := a.challenge(); got != "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" {
		t.Errorf("challenge %q", got)
	}
}

func FuzzOpenAttempt(f *testing.F) {
	s := newSealer(f)
	a := newTestAttempt(f, began, "/a")
	plain, err := s.Open(a.sealed(s), a.name())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(plain)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		// The content is sealed with our key but arbitrary: reading it must not panic or invent values.
		got, err := openAttempt(s, "x", s.Seal(b, "x"))
		if err != nil {
			return
		}
		again, err := openAttempt(s, got.name(), got.sealed(s))
		if err != nil || !cmp.Equal(got, again, cmp.AllowUnexported(session.Token{})) {
			t.Fatalf("%+v became %+v: %v", got, again, err)
		}
	})
}

// During a rolling upgrade a newer program's attempt may come back to this one.
func TestAnAttemptWithAPurposeOfANewerProgramIsRefused(t *testing.T) {
	s := newSealer(t)
	a := newTestAttempt(t, began, "/")
	a.Provider, a.Purpose = "kakao", 99
	f := &Flow{routes: map[string]Route{"kakao": {}}, attempts: s, cfg: Config{Now: func() time.Time { return began }}}
	r := FinishRequest{
		Provider: "kakao", Query: url.Values{"state": {a.state()}, "code": {"c"}},
		Held: map[string]string{a.name(): a.sealed(s)},
	}
	if _, err := f.openCallback(r); problem.From(err).Code != problem.LoginOtherBrowser {
		t.Errorf("purpose 99: %v", err)
	}
	a.Purpose = SignIn
	r.Held[a.name()] = a.sealed(s)
	if _, err := f.openCallback(r); err != nil {
		t.Errorf("an ordinary sign-in: %v", err)
	}
}

// Replicas with different key files refuse each other's attempts. The log names the key, not the browser.
func TestAttemptOfAMissingKeyNamesTheKey(t *testing.T) {
	s := newSealer(t)
	a := newTestAttempt(t, began, "/")
	f := &Flow{routes: map[string]Route{"kakao": {}}, attempts: s, cfg: Config{Now: func() time.Time { return began }}}
	for name, c := range map[string]struct {
		cookie string
		named  bool
	}{
		"of another key file": {a.sealed(newSealer(t)), true},
		"without a cookie":    {"", false},
		"altered":             {a.sealed(s) + "A", false},
		"of another attempt":  {newTestAttempt(t, began, "/").sealed(s), false},
	} {
		_, err := f.openCallback(FinishRequest{
			Provider: "kakao", Query: url.Values{"state": {a.state()}, "code": {"c"}},
			Held: map[string]string{a.name(): c.cookie},
		})
		if problem.From(err).Code != problem.LoginOtherBrowser || !errors.Is(err, errNoAttempt) ||
			strings.Contains(err.Error(), "is not in the key file") != c.named {
			t.Errorf("%s: %v", name, err)
		}
	}
}
