package e2e_test

import (
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// A user proves one Kakao account, links a second one, and unlinks it. The emulator has another host name, so a
// cookie that is not sent cross-site breaks the test.
func TestJourneyToASecondKakaoAccount(t *testing.T) {
	t.Parallel()
	axe := browsertest.Axe(t)
	browser := browsertest.Start(t)
	j := newJourney(t, browser, browsertest.Screens()[:1], "en", axe)
	j.click(`a.provider`)
	j.at(j.kakao.URL(), "login")
	j.click(`button[value="` + kakaotest.PersonaRyan + `"]`)
	j.at(j.kakao.URL(), "consent")
	j.click(`button[value="agree"]`)
	j.at(j.url, "/auth/join")
	j.tick(`#age`)
	j.tick(`#term-service`)
	j.click(`button[value="join"]`)
	j.see(`a[href="/auth/account"]`)

	const links = "/auth/account/links"
	browsertest.Open(t, j.tab, j.url+links)
	j.look("links-1-stale")
	j.click(`a[href="` + links + `/confirm"]`)
	j.at(j.kakao.URL(), "login")
	j.click(`button[value="` + kakaotest.PersonaRyan + `"]`)
	j.at(j.url, links)
	j.look("links-2-fresh")
	j.click(`a[href="` + links + `/add"]`)
	j.at(j.kakao.URL(), "login")
	j.click(`button[value="` + kakaotest.PersonaApeach + `"]`)
	j.at(j.kakao.URL(), "consent")
	j.click(`button[value="agree"]`)
	j.at(j.url, links+"?notice=link_added")
	j.look("links-3-two")
	if text := j.text("main"); !strings.Contains(text, "You can now sign in with that account too.") {
		t.Errorf("the list: %s", text)
	}
	j.click(`li:last-child button[value="unlink"]`)
	j.at(j.url, links+"?notice=link_removed")
	j.look("links-4-one")
	if text := j.text("main"); !strings.Contains(text, "Your only way to sign in") {
		t.Errorf("the list: %s", text)
	}
}
