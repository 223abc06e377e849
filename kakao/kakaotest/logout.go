package kakaotest

import (
	"net/http"
	"slices"

	"github.com/norang-login/norang/internal/emulator"
)

// logoutView is what the logout page shows.
type logoutView struct {
	pageBase
	App     App
	Account Account
	Action  string
}

// logoutPage is /oauth/logout: a page with two choices that end in the same redirect, so that the service cannot tell
// them apart.
func logoutPage(c browserCall) answer {
	for _, name := range []string{"client_id", "logout_redirect_uri"} {
		if c.get(name) == "" {
			return c.koePageWith("KOE207", wanted(name, ""))
		}
	}
	a, key, ok := c.w.apps.find(c.get("client_id"))
	if !ok || key.Deactivated || key.Type == KeyAdmin || key.Type == KeyNative {
		return c.koePageWith("KOE101", wanted("client_id", c.get("client_id"), c.w.apps.clientIDs()...))
	}
	uri := c.get("logout_redirect_uri")
	if !slices.Contains(a.LogoutRedirectURIs, uri) {
		return c.redirectPage("KOE007", a, key, uri, a.LogoutRedirectURIs)
	}
	back := redirect(withQuery(uri, "state", c.get("state")))
	b := c.browser()
	if b == nil || b.session == nil || c.w.accounts.byID[b.session.account] == nil {
		back.why = emulator.Text{
			"카카오계정 세션이 없어 페이지 없이 돌려보냈습니다", "redirected without a page, because there is no Kakao session",
		}
		return back
	}
	acc := c.w.accounts.byID[b.session.account]
	c.about(a, acc.ID)
	switch {
	case c.r.Method == http.MethodGet && !a.Auto:
		v := logoutView{App: *a, Account: *acc, Action: "/oauth/logout?" + c.r.URL.RawQuery}
		return c.page(http.StatusOK, "logout", func(b pageBase) any { v.pageBase = b; return v })
	case a.Auto || c.form.Get("logout_with_kakao") == "true":
		back.why = emulator.Text{"카카오계정에서도 로그아웃했습니다", "logged out of the Kakao account"}
		return back.setCookies(c.signOut())
	}
	back.why = emulator.Text{"이 서비스에서만 로그아웃했습니다", "logged out of this service only"}
	return back
}
