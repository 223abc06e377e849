package accesstoken

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
)

// About one signature in 128 has a half that begins with a zero byte, which must not be left out.
func TestSignaturesWithLeadingZerosVerify(t *testing.T) {
	t.Parallel()
	s := service(t, Config{Audiences: []string{"api"}})
	var seen [2]bool
	for n := 0; !seen[0] || !seen[1]; n++ {
		text, err := s.Issue(principal(), "api")
		if err != nil || n > 20_000 {
			t.Fatalf("%v after %d tokens, halves seen %v", err, n, seen)
		}
		signature, err := base64.RawURLEncoding.DecodeString(text[strings.LastIndexByte(text, '.')+1:])
		if err != nil || len(signature) != 64 {
			t.Fatalf("%v: a signature of %d bytes", err, len(signature))
		}
		for half := range seen {
			if signature[32*half] == 0 {
				seen[half] = true
				parsed(t, s, text)
			}
		}
	}
}

// A user who is disabled is not vouched for by an assertion from before.
func TestAssertionFollowsTheStatus(t *testing.T) {
	t.Parallel()
	s := service(t, Config{Assertion: "app", Now: func() time.Time { return began }})
	for _, status := range []account.Status{account.Active, account.Disabled, account.Active} {
		p := principal()
		p.User.Status = status
		text, err := s.Assertion(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, c := parsed(t, s, text); c["status"] != string(status) {
			t.Errorf("status %v, want %s", c["status"], status)
		}
	}
}

// A clock that is set back leaves neither assertions from the future in use, which verifiers refuse, nor the keys of
// that time.
func TestClockSetBackDropsWhatIsOfTheFuture(t *testing.T) {
	t.Parallel()
	now := began
	s := service(t, Config{Assertion: "app", Now: func() time.Time { return now }})
	first, err := s.Assertion(principal())
	if err != nil {
		t.Fatal(err)
	}
	now = began.Add(-time.Hour)
	second, err := s.Assertion(principal())
	if err != nil {
		t.Fatal(err)
	}
	if _, c := parsed(t, s, second); first == second || c["iat"] != float64(now.Unix()-5) {
		t.Errorf("iat %v, an hour back", c["iat"])
	}
	if k, err := s.current(now); err != nil || !k.at.Equal(now) {
		t.Errorf("keys of %v, %v", k.at, err)
	}
}

func TestOptionsOfAnAudience(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", maxAudience)
	for text, want := range map[string]Audience{
		long:                       {Name: long},
		"api; scope=user ; role=x": {Name: "api", Scope: "user", Role: "x"},
		"api;typ=at+jwt;typ=JWT":   {Name: "api"},
		"api;typ=JWT;typ=at+jwt":   {Name: "api", Profile: true},
		"api;scope=a=b;":           {Name: "api", Scope: "a=b"},
		long + "a":                 {},
		"api;role=":                {},
		"api;scope=":               {},
		"api;typ=jwt":              {},
		"api;scope=a\tb":           {},
		"api;scope=a\x7f":          {},
	} {
		got, err := ParseAudience(text)
		if (err == nil) != (want.Name != "") || err == nil && got != want {
			t.Errorf("%.40q: %+v, %v", text, got, err)
		}
	}
}
