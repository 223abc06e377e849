package e2e_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/norang-login/norang/internal/testkit/browsertest"
)

// kakaoTalkAgent is the User-Agent of KakaoTalk's browser on Android.
const kakaoTalkAgent = "Mozilla/5.0 (Linux; Android 14; SM-S918N; wv) AppleWebKit/537.36 (KHTML, like Gecko) " +
	"Version/4.0 Chrome/124.0.6367.82 Mobile Safari/537.36;KAKAOTALK 2410650"

// inKakaoTalk makes the tab identify itself as KakaoTalk's browser on a phone.
func (j *journey) inKakaoTalk() {
	j.t.Helper()
	_, err := chromedp.Call(j.tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{
		UserAgent: kakaoTalkAgent,
	})
	if err != nil {
		j.t.Fatal(err)
	}
}

// A user opens a link in KakaoTalk. The first visit tries a silent sign-in, shows the button, and the user joins;
// the next visit signs in silently; after a sign-out the button stays.
func TestJourneyInKakaoTalk(t *testing.T) {
	t.Parallel()
	axe := browsertest.Axe(t)
	browser := browsertest.Start(t)
	phone := browsertest.Screens()[0]
	j := newJourney(t, browser, []browsertest.Screen{phone}, "ko", axe)
	j.inKakaoTalk()
	link := j.url + "/auth/login?return_to=%2Fauth%2Faccount"
	browsertest.Open(t, j.tab, link)
	j.at(j.url, "/auth/login?return_to=%2Fauth%2Faccount&silent=0")
	if n := j.prompts("none"); n != 1 {
		t.Errorf("Kakao was asked %d times", n)
	}
	j.look("h-kakaotalk-button")
	browsertest.Open(t, j.tab, link)
	j.at(j.url, "/auth/login")
	j.see(`.kept a.provider`)
	if n := j.prompts("none"); n != 1 {
		t.Errorf("Kakao was asked %d times after a second visit", n)
	}
	j.click(`.kept a.provider`)
	j.at(j.kakao.URL(), "consent") // KakaoTalk knows the account
	j.click(`button[value="agree"]`)
	j.at(j.url, "/auth/join")
	j.tick(`#age`)
	j.tick(`#term-service`)
	j.click(`button[value="join"]`)
	j.at(j.url, "/auth/account")

	// Later the browser has lost all its cookies.
	j.tab = browsertest.Tab(t, browser)
	browsertest.Show(t, j.tab, phone)
	j.inKakaoTalk()
	browsertest.Open(t, j.tab, link)
	j.at(j.url, "/auth/account")
	if !strings.Contains(j.text("main"), "ryan") && !strings.Contains(j.text("main"), "라이언") {
		t.Errorf("the account page shows no name: %s", j.text("main"))
	}
	j.click(`form[action="/auth/signout"] button`)
	j.at(j.url, "notice=signed_out")
	asked := j.prompts("none")
	browsertest.Open(t, j.tab, link)
	j.at(j.url, "/auth/login")
	j.see(`.kept a.provider`)
	if n := j.prompts("none"); n != asked {
		t.Error("Kakao was asked again after the sign-out")
	}
}

// prompts counts the requests of Kakao's login with this prompt.
func (j *journey) prompts(prompt string) int {
	n := 0
	for _, r := range j.kakao.Requests() {
		if r.Endpoint == "oauth/authorize" && r.Params["prompt"] == prompt {
			n++
		}
	}
	return n
}
