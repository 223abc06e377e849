package app

import (
	"time"

	"github.com/norang-login/norang/internal/account"
)

// Limits of the withdrawal policy. Personal data is to be erased without delay (PIPA article 21).
const (
	maxWithdrawGrace = 90 * day
	maxRejoinBlock   = 366 * day
)

// withdrawal checks the withdrawal policy. Pages state periods in days, so both are whole days.
func (c *checker) withdrawal() {
	for _, p := range []struct {
		field    string
		value    time.Duration
		min, max time.Duration
	}{
		{"WithdrawGrace", c.WithdrawGrace, 0, maxWithdrawGrace}, {"RejoinBlock", c.RejoinBlock, day, maxRejoinBlock},
	} {
		if p.value < p.min || p.value > p.max || p.value%day != 0 {
			c.fail(p.field, p.value, "%d일부터 %d일까지, 하루 단위로 적으십시오.",
				"must be %d to %d whole days", p.min/day, p.max/day)
		}
	}
	c.oneOf("Rejoin", c.Rejoin, string(account.RejoinNew), string(account.RejoinRestore), string(account.RejoinBlocked))
	if account.Rejoin(c.Rejoin) == account.RejoinRestore && c.WithdrawGrace == 0 {
		c.fail("Rejoin", nil, "restore를 쓰려면 되돌릴 수 있는 기간인 {WithdrawGrace}가 필요합니다.",
			"restore needs {WithdrawGrace}, the time within which a user can return")
	}
}
