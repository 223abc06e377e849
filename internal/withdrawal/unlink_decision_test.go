package withdrawal

import "testing"

// The truth table of an unlink job: what the provider can do. If a user has the identity again, it does nothing.
func TestUnlinkDecision(t *testing.T) {
	t.Parallel()
	type can = UnlinkFacts
	for name, tt := range map[string]struct {
		f    UnlinkFacts
		want UnlinkAction
	}{
		"ends links":                    {can{Configured: true, EndsLinks: true}, EndLink},
		"ends links, by a token":        {can{Configured: true, EndsLinks: true, Tokens: true}, EndLink},
		"ends links and revokes":        {can{Configured: true, EndsLinks: true, Revokes: true}, EndLink},
		"both, with tokens":             {can{Configured: true, EndsLinks: true, Revokes: true, Tokens: true}, EndLink},
		"revokes tokens":                {can{Configured: true, Revokes: true, Tokens: true}, RevokeTokens},
		"revokes, but none were kept":   {can{Configured: true, Revokes: true}, LinkStays},
		"has no call, with tokens":      {can{Configured: true, Tokens: true}, LinkStays},
		"has no call":                   {can{Configured: true}, LinkStays},
		"is not configured":             {can{}, CannotUnlink},
		"is not configured, with token": {can{Tokens: true}, CannotUnlink},
	} {
		if got := DecideUnlink(tt.f); got != tt.want {
			t.Errorf("a provider that %s: %d, want %d", name, got, tt.want)
		}
		tt.f.Back = true
		if got := DecideUnlink(tt.f); got != KeepLink {
			t.Errorf("a provider that %s, of a user who is back: %d", name, got)
		}
	}
}
