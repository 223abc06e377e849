package profile

import (
	"testing"
	"time"

	"github.com/norang-login/norang/internal/session"
	"github.com/norang-login/norang/internal/withdrawal"
)

func TestIT24_RecentAuthentication(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	recent := func(at time.Time) bool { return now.Sub(at) <= withdrawal.MaxAge }
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	const unknown = -time.Millisecond // relative to the sign-in; see session.Session.AuthTimeKnown
	for _, c := range []struct {
		name                string
		signedIn, auth      time.Duration // auth: before the sign-in
		provable, elsewhere bool          // with a provider that proves freshness, and otherwise
	}{
		{"just now, with the password", 0, 0, true, true},
		{"just now, from the provider's session", 0, time.Hour, false, true},
		{"just now, without auth_time", 0, unknown, false, true},
		{"half an hour ago, with the password", withdrawal.MaxAge, 0, true, true},
		{"half an hour ago, without auth_time", withdrawal.MaxAge, unknown, false, true},
		{"longer ago, with the password", withdrawal.MaxAge + time.Second, 0, false, false},
		{"longer ago, from the provider's session", withdrawal.MaxAge + time.Second, time.Hour, false, false},
		{"longer ago, without auth_time", withdrawal.MaxAge + time.Second, unknown, false, false},
		{"a week ago, without auth_time", 7 * 24 * time.Hour, unknown, false, false},
	} {
		s := session.Session{CreatedAt: ago(c.signedIn), AuthTime: ago(c.signedIn + c.auth)}
		if got := recent(provenAt(s, true)); got != c.provable {
			t.Errorf("%s, freshness can be proven: %t", c.name, got)
		}
		if got := recent(provenAt(s, false)); got != c.elsewhere {
			t.Errorf("%s, freshness cannot be proven: %t", c.name, got)
		}
	}
}
