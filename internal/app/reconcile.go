package app

import (
	"maps"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/jobs"
	"github.com/norang-login/norang/internal/provider"
	kakaoprovider "github.com/norang-login/norang/internal/provider/kakao"
	"github.com/norang-login/norang/internal/withdrawal"
)

func (c *checker) reconciling() {
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

// reconciling makes what compares the members with the provider's list, and adds its job to the handlers.
func (a *App) reconciling(leaver *withdrawal.Service, handlers map[string]jobs.Handler) (err error) {
	if a.cfg.Reconcile == 0 {
		return nil
	}
	lister, _ := provider.Capability[provider.Lister](a.providers, kakaoprovider.Name)
	links, _ := provider.Capability[provider.LinkChecker](a.providers, kakaoprovider.Name)
	a.reconciler, err = withdrawal.NewReconciler(withdrawal.ReconcilerConfig{
		Store: a.db, Links: links, Withdrawal: leaver, Lister: lister,
		Provider: kakaoprovider.Name, App: strconv.FormatInt(a.cfg.Kakao.AppID, 10),
		Every: a.cfg.Reconcile, Now: a.cfg.Now, Log: a.cfg.Log,
	})
	if err == nil {
		maps.Copy(handlers, a.reconciler.Handlers())
	}
	return err
}
