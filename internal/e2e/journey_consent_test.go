package e2e_test

import (
	"strings"
	"testing"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestJourneyThroughConsent covers consent after joining: another item at Kakao, "later", a term, and the page where
// all of it can be withdrawn.
func TestJourneyThroughConsent(t *testing.T) {
	t.Parallel()
	journeys(t, (*journey).consent, func(c *norang.Config) { c.Kakao.Scopes = []string{"birthday", "friends"} })
}

func (j *journey) consent() {
	if err := j.kakao.UpdateApp(0, func(a *kakaotest.App) {
		a.ConsentItems = append(a.ConsentItems,
			kakaotest.ConsentItem{
				ID:   "birthday",
				Step: kakaotest.StepInUse,
			}, kakaotest.ConsentItem{ID: "friends", Step: kakaotest.StepInUse})
	}); err != nil {
		j.t.Fatal(err)
	}
	j.click(`a.provider`)
	j.at(j.kakao.URL(), "login")
	j.click(`button[value="` + kakaotest.PersonaRyan + `"]`)
	j.at(j.kakao.URL(), "consent")
	j.tick(`input[value="account_email"]`)
	j.click(`button[value="agree"]`)
	j.at(j.url, "/auth/join")
	j.tick(`#age`)
	j.tick(`#term-service`)
	j.click(`button[value="join"]`)
	j.see(`a[href="/auth/account"]`)
	browsertest.Open(j.t, j.tab, j.url+"/auth/consent?scope=birthday,friends&return_to=/auth/account")
	j.look("k1-consent")
	j.click(`button[value="later"]`)
	j.at(j.url, "/auth/account?norang_consent=declined")
	browsertest.Open(j.t, j.tab, j.url+"/auth/consent?again=1&scope=birthday&return_to=/auth/account")
	j.click(`a.button`)
	j.at(j.kakao.URL(), "consent")
	j.look("k2-kakao-asks-for-just-that")
	j.tick(`input[value="birthday"]`)
	j.click(`button[value="agree"]`)
	j.at(j.url, "/auth/account")
	browsertest.Open(j.t, j.tab, j.url+"/auth/consent?term=news&return_to=/auth/account")
	j.look("k3-consent-term")
	j.click(`button[value="agree"]`)
	j.at(j.url, "/auth/account")
	j.click(`a[href="/auth/account/consents"]`)
	j.at(j.url, "/auth/account/consents")
	j.look("k4-consents")
	j.click(`form:has(input[value="news"]) button`)
	j.at(j.url, "/auth/account/consents?notice=consent_taken")
	j.look("k5-consents-taken-back")
	j.click(`form:has(input[value="account_email"]) button`)
	j.until(
		`document.readyState === "complete" && !document.querySelector('input[value="account_email"]') ? "gone" : ""`,
		func(v string) bool { return v == "gone" },
	)
	browsertest.Open(j.t, j.tab, j.url+"/auth/account")
	if strings.Contains(j.text("main"), "ryan@") {
		j.t.Errorf("PV-07: the email is still shown: %s", j.text("main"))
	}
}
