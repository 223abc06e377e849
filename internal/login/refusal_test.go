package login

import (
	"testing"
	"time"

	"github.com/norang-login/norang/internal/account"
)

func TestUnlinkAfterRefusal(t *testing.T) {
	t.Parallel()
	for reason, want := range map[account.Reason]struct {
		wait time.Duration
		ok   bool
	}{
		account.ReasonRestorable: {ReturnLife, true}, account.ReasonJoinAgain: {ReturnLife, true},
		account.ReasonBlocked: {0, true}, account.ReasonWithdrawn: {0, true},
		account.ReasonDisabled: {}, account.ReasonUnderAge: {}, account.ReasonOwned: {}, account.ReasonTicket: {},
	} {
		if wait, ok := UnlinkAfterRefusal(reason); wait != want.wait || ok != want.ok {
			t.Errorf("%s: %v, %v", reason, wait, ok)
		}
	}
}
