package app

import (
	"time"
)

func (c *checker) reconciliation() {
	if c.Reconcile == 0 {
		return
	}
	if c.Reconcile < time.Hour {
		c.fail("Reconcile", c.Reconcile, "한 시간보다 짧습니다. 카카오의 목록을 읽는 데 시간이 걸립니다.", "must be at least 1h")
	}
	if len(c.Kakao.AdminKeys) == 0 {
		c.fail("Reconcile", nil, "{Kakao.AdminKeys}가 있어야 합니다. 카카오는 어드민 키로만 목록을 보여 줍니다.",
			"needs {Kakao.AdminKeys}: Kakao lists users only to an admin key")
	}
}
