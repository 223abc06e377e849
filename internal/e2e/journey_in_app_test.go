package e2e_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/testkit/browsertest"
)

// In the browsers of apps, which Google refuses, the sign-in page offers the other providers and a way to the device's
// own browser, and the start at Google leads to a page that says why. internal/page has both pages in dark colours too.
func TestSignInPageInTheBrowsersOfApps(t *testing.T) {
	t.Parallel()
	axe := browsertest.Axe(t)
	browser := browsertest.Start(t)
	changes := []func(*norang.Config){}
	for _, p := range otherProviders() {
		changes = append(changes, p.start(t).configure)
	}
	const (
		android = "Mozilla/5.0 (Linux; Android 14; SM-S918N; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 " +
			"Chrome/124.0.6367.82 Mobile Safari/537.36"
		iPhone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 " +
			"(KHTML, like Gecko) Mobile/15E148"
		refused = "Google 로그인은 앱 안의 브라우저에서는 되지 않아요"
	)
	j := newJourney(t, browser, browsertest.Screens()[:2], "ko", axe, changes...)
	host := strings.TrimPrefix(j.url, "http://")
	for _, app := range []struct{ name, agent, href string }{
		{"kakaotalk", kakaoTalkAgent, "kakaotalk://web/openExternal?url="},
		{"naver-android", android + " NAVER(inapp; search; 1000; 12.6.51)", "intent://" + host + "/auth/login"},
		{"naver-iphone", iPhone + " NAVER(inapp; search; 1000; 12.6.51; 14PROMAX)", ""},
		{"line", iPhone + " Safari Line/14.5.0", j.url + "/auth/login?"},
		{"instagram", android + " Instagram 320.0.0.42.101 Android", "intent://" + host},
		{"facebook-iphone", iPhone + " [FBAN/FBIOS;FBAV/450.0.0.38.108]", ""},
	} {
		t.Run(app.name, func(t *testing.T) {
			j := *j
			j.t, j.tab = t, browsertest.Tab(t, browser) // in the emptied profile of the app before
			browsertest.Show(t, j.tab, j.screens[0])
			if _, err := chromedp.Call(j.tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
				UserAgent: app.agent,
			}); err != nil {
				t.Fatal(err)
			}
			browsertest.Open(t, j.tab, j.url+"/auth/login?return_to=%2Fauth%2Faccount&silent=0&lang=ko")
			j.look("in-app-" + app.name)
			if j.has("a.provider-google") || !j.has("a.provider-kakao") || !j.has("a.provider-line") ||
				!j.has("a.provider-apple") || !j.has("a.provider-company") {
				t.Errorf("the buttons: %s", j.text("main"))
			}
			if text := j.text("main"); !strings.Contains(text, refused) ||
				strings.Contains(text, "다른 브라우저로 열기") != (app.href == "") {
				t.Errorf("the sign-in page: %s", text)
			}
			if app.href != "" && !j.has(`main a.quiet[href^="`+app.href+`"]`) {
				t.Errorf("no link to %s", app.href)
			}
			browsertest.Open(t, j.tab, j.url+"/oauth/google?return_to=%2Fauth%2Faccount")
			j.see("h1")
			if text := j.text("main"); !strings.Contains(text, refused) {
				t.Errorf("the start at Google: %s", text)
			}
			j.look("in-app-" + app.name + "-google")
		})
	}
}
