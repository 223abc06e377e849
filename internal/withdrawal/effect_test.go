package withdrawal

import (
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
)

func TestEffectOn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status  account.Status
		inGrace bool
		grace   time.Duration
		want    Effect
	}{
		{account.Pending, false, 0, Discard},
		{account.Pending, false, time.Hour, Discard},
		{account.Active, false, 0, Erase},
		{account.Active, false, time.Hour, Hide},
		{account.Disabled, false, 0, Erase},
		{account.Disabled, false, time.Hour, Erase},
		{account.Withdrawn, false, 0, NoEffect},
		{account.Withdrawn, false, time.Hour, NoEffect},
		{account.Withdrawn, true, 0, Purge},
		{account.Withdrawn, true, -time.Hour, Purge},
		{account.Withdrawn, true, time.Hour, NoEffect},
	} {
		if got := EffectOn(c.status, c.inGrace, c.grace); got != c.want {
			t.Errorf("%s, in grace period %v, grace %v: %d, want %d", c.status, c.inGrace, c.grace, got, c.want)
		}
	}
}
