package app

import (
	"maps"
	"strconv"
	"time"

	"github.com/norang-login/norang/internal/jobs"
	kakaoprovider "github.com/norang-login/norang/internal/provider/kakao"
	"github.com/norang-login/norang/internal/withdrawal"
)

func (c *checker) reconciling() {
	if c.Reconcile == 0 {
		return
	}
	if c.Reconcile < time.Hour {
		c.refuse("NORANG_RECONCILE", "%v is less than an hour: Kakao's list takes a while", c.Reconcile)
	}
	if len(c.Kakao.AdminKeys) == 0 {
		c.refuse("NORANG_RECONCILE", "needs KAKAO_ADMIN_KEY: Kakao shows its list to nobody else")
	}
}

// reconciling makes what compares the members with the provider's list, and adds its job to the handlers.
func (a *App) reconciling(leaver *withdrawal.Service, kk *kakaoprovider.Provider, handlers map[string]jobs.Handler) (err error) {
	if a.cfg.Reconcile == 0 {
		return nil
	}
	a.reconciler, err = withdrawal.NewReconciler(withdrawal.ReconcilerConfig{
		Store: a.db, Links: kk, Withdrawal: leaver, Lister: kk, Provider: kk.Name(), App: strconv.FormatInt(a.cfg.Kakao.AppID, 10),
		Every: a.cfg.Reconcile, Now: a.cfg.Now, Log: a.cfg.Log,
	})
	if err == nil {
		maps.Copy(handlers, a.reconciler.Handlers())
	}
	return err
}
