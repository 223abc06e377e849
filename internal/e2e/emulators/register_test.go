package emulators

import (
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/google/googletest"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/line/linetest"
	"github.com/norang-login/norang/naver/navertest"
	"github.com/norang-login/norang/oidc/oidctest"
)

// An address that a service forgot to register is registered from the error page, and the sign-in goes on.
func TestForgottenRedirectURIIsRegisteredFromTheErrorPage(t *testing.T) {
	t.Parallel()
	const callback = "http://localhost:5000/callback"
	kakao, naver, english, line := kakaotest.Start(t), navertest.Start(t), navertest.Start(t), linetest.Start(t)
	google, apple, oidc := googletest.Start(t), appletest.Start(t), oidctest.Start(t)
	code := func(path, client string, more ...string) string {
		return path + query(append(more, "client_id", client, "response_type", "code", "state", state,
			"redirect_uri", callback)...)
	}
	for name, c := range map[string]struct {
		base, request string
		then          string // what is on the page after it
	}{
		"kakao":    {kakao.URL(), code("/oauth/authorize", kakao.App().RESTKey), "준비된 계정으로 로그인"},
		"naver":    {naver.URL(), code("/oauth2.0/authorize", naver.App().ClientID), "누구로 로그인할까요?"},
		"naver en": {english.URL(), code("/oauth2.0/authorize", naver.App().ClientID, "lang", "en"), "Who logs in?"},
		"line": {
			line.URL(), code("/oauth2/v2.1/authorize", line.Channel().ID, "scope", "openid", "nonce", state), "로그인할까요?"},
		"google": {
			google.URL(), code("/o/oauth2/v2/auth", google.App().ClientID, "scope", "openid"), "누구로 로그인할까요?"},
		"apple": {apple.URL(), code("/auth/authorize", apple.Team().ServicesID()), "로그인할까요?"},
		"oidc":  {oidc.URL(), code("/authorize", oidc.App().ClientID, "scope", "openid"), "로그인할까요?"},
		"oidc sign-out": {
			oidc.URL(), "/logout" + query("client_id", oidc.App().ClientID, "post_logout_redirect_uri", callback),
			"로그아웃",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			jar, err := cookiejar.New(nil)
			must(t, err)
			w := walker{t, c.base}
			browser := &http.Client{Jar: jar}
			res, err := browser.Get(c.base + c.request)
			_, page := w.read(res, err)
			m := regexp.MustCompile(`<form method="post" action="([^"]+)">((?:<input[^>]+>)+)`).FindStringSubmatch(page)
			if res.StatusCode != http.StatusBadRequest || m == nil || !strings.Contains(page, callback) {
				t.Fatalf("%d %s", res.StatusCode, page)
			}
			form := url.Values{}
			for _, in := range regexp.MustCompile(`name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(page, -1) {
				if in[1] != "viewport" {
					form.Add(in[1], html.UnescapeString(in[2]))
				}
			}
			res, err = browser.PostForm(c.base+html.UnescapeString(m[1]), form)
			_, page = w.read(res, err)
			if res.StatusCode != http.StatusOK || !strings.Contains(page, c.then) {
				t.Errorf("%d %s: %s", res.StatusCode, res.Request.URL, page)
			}
		})
	}
}
