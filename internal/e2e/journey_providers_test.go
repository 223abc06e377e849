package e2e_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// TestJourneyAtOtherProviders is the way of a user at each provider besides Kakao, whose pages have another host name
// than the service, at 360 px: sign-in, account page, linking, sign-out, the hint of the provider used last, the end of
// the session by the provider's notice, and withdrawal with unlink. Every second provider's user is English; what the
// pages say of a provider is read in both languages.
func TestJourneyAtOtherProviders(t *testing.T) {
	t.Parallel()
	axe := browsertest.Axe(t)
	browser := browsertest.Start(t)
	screens := browsertest.Screens()[:1]
	for i, p := range otherProviders() {
		for k, lang := range []string{"ko", "en"} {
			if k != i%2 && !everyCombination() {
				continue
			}
			t.Run(p.name+"-"+lang, func(t *testing.T) {
				t.Parallel()
				at := p.start(t)
				j := newJourney(t, browser, screens, lang, axe, at.configure, func(c *norang.Config) {
					c.Age, c.Terms = "off", nil
				})
				j.kakaoAs(kakaotest.PersonaRyan)
				j.signInAt(p, at)
				j.linkAt(p, at)
				j.endAt(p, at)
				j.withdrawAt(p, at)
			})
		}
	}
}

// kakaoAs makes Kakao's pages answer at once as a persona.
func (j *journey) kakaoAs(persona string) {
	j.t.Helper()
	if err := j.kakao.UpdateApp(0, func(a *kakaotest.App) {
		a.Auto, a.TokenLimitOff, a.AutoPersona = true, true, persona
	}); err != nil {
		j.t.Fatal(err)
	}
}

// signInAt signs a new user in, looks at the account, and signs out. Where the provider proves a fresh sign-in, the
// user links Kakao; elsewhere the page says why not.
func (j *journey) signInAt(p otherProvider, at startedProvider) {
	j.t.Helper()
	browsertest.Open(j.t, j.tab, j.url+"/auth/login?return_to=%2Fauth%2Faccount&lang="+j.lang)
	if j.has(".hint") {
		j.t.Errorf("a browser that never signed in is told: %s", j.text(".hint"))
	}
	j.look(p.name + "-1-sign-in")
	j.click(`a.provider-` + p.name)
	j.at(at.address, "/")
	j.through(p.user)
	j.at(j.url, "/auth/account")
	j.inEach("/auth/account", func(lang string) {
		if menu := j.text("nav.menu"); !strings.Contains(menu, p.label[lang]) {
			j.t.Errorf("the account page does not name %s: %s", p.label[lang], menu)
		}
	})
	j.look(p.name + "-2-account")
	browsertest.Open(j.t, j.tab, j.url+linksPath)
	j.look(p.name + "-3-links")
	if p.proves {
		j.click(`a[href="` + linksPath + `/confirm"]`)
		j.through(p.user)
		j.at(j.url, linksPath)
		j.click(`a[href="` + linksPath + `/add?provider=kakao"]`)
		j.at(j.url, linksPath+"?notice=link_added")
		j.namesBoth(p)
	} else {
		j.inEach(linksPath, func(lang string) {
			if j.has(`a[href^="`+linksPath+`/"]`) || !strings.Contains(j.text("main"), p.label[lang]) {
				j.t.Errorf("%s proves no fresh sign-in, but the page says: %s", p.name, j.text("main"))
			}
		})
	}
	j.signOutAt(p, at)
	j.inEach("/auth/login", func(lang string) {
		if hint := j.text(".hint"); !strings.Contains(hint, p.label[lang]) {
			j.t.Errorf("the sign-in page does not name the provider used last: %q", hint)
		}
	})
}

// inEach opens a page in each language, last in that of the journey.
func (j *journey) inEach(path string, check func(lang string)) {
	j.t.Helper()
	other := map[string]string{"ko": "en", "en": "ko"}[j.lang]
	for _, lang := range []string{other, j.lang} {
		browsertest.Open(j.t, j.tab, j.url+path+"?lang="+lang)
		check(lang)
	}
}

// signOutAt signs out at the provider too if it has a page for that; elsewhere the page says that it cannot.
func (j *journey) signOutAt(p otherProvider, at startedProvider) {
	j.t.Helper()
	browsertest.Open(j.t, j.tab, j.url+"/auth/account")
	j.tick(`section summary`)
	if at.signOut == "" {
		if j.has(`a[href="/oauth/` + p.name + `/signout"]`) {
			j.t.Errorf("a sign-out at %s is offered", p.name)
		}
		j.signOut()
		return
	}
	j.click(`a[href="/oauth/` + p.name + `/signout"]`)
	j.at(j.url, "/?notice=signed_out") // the ID token spares a question
	browsertest.Open(j.t, j.tab, j.url+"/oauth/"+p.name+"?return_to=/auth/account")
	j.at(at.address, "/")
	j.see(`button[value="` + p.user + `"]`) // the provider asks who it is
}

// linkAt signs in with Kakao and links the provider's other account.
func (j *journey) linkAt(p otherProvider, at startedProvider) {
	j.t.Helper()
	if p.proves {
		return
	}
	browsertest.Open(j.t, j.tab, j.url+"/oauth/kakao?return_to="+linksPath)
	j.at(j.url, linksPath)
	j.click(`a[href="` + linksPath + `/confirm"]`)
	j.addAt(p, at, p.another)
	j.look(p.name + "-4-linked")
	j.namesBoth(p)
	j.signOut()
}

// addAt links a provider's account to the user, after a recent proof of identity.
func (j *journey) addAt(p otherProvider, at startedProvider, persona string) {
	j.t.Helper()
	j.see(`a[href="` + linksPath + `/add?provider=` + p.name + `"]`)
	j.click(`a[href="` + linksPath + `/add?provider=` + p.name + `"]`)
	j.at(at.address, "/")
	if other := `button[value="other"]`; j.has(other) { // the provider's session is that of the first account
		j.click(other)
		j.see(`button[value="` + persona + `"]`)
	}
	j.through(persona)
	j.at(j.url, linksPath+"?notice=link_added")
}

// namesBoth checks that the list has an identity of Kakao's and one of the provider's.
func (j *journey) namesBoth(p otherProvider) {
	j.t.Helper()
	j.inEach(linksPath, func(lang string) {
		kakao := map[string]string{"ko": "카카오", "en": "Kakao"}[lang]
		list := j.text("ul.devices")
		if !strings.Contains(list, kakao+" · ") || !strings.Contains(list, p.label[lang]+" · ") {
			j.t.Errorf("the list lacks %s or %s: %s", kakao, p.label[lang], list)
		}
	})
}

// endAt signs in again and ends the link or the session at the provider, whose notice ends the session here.
func (j *journey) endAt(p otherProvider, at startedProvider) {
	j.t.Helper()
	if at.end == nil {
		return
	}
	persona := p.another // the one of the provider's session
	if p.proves {
		persona = p.user
	}
	browsertest.Open(j.t, j.tab, j.url+"/oauth/"+p.name+"?return_to=/auth/account")
	j.through(persona)
	j.at(j.url, "/auth/account")
	if !at.end(persona) {
		j.t.Errorf("%s has no link to end at %s", persona, p.name)
	}
	// A job applies the notice. The page is requested until the session has ended.
	j.until(`location.pathname === "/auth/login" ? "out" :
		document.readyState === "complete" && !`+leftMark+` ? (`+leftMark+` = "not yet", location.reload(), "") : ""`,
		func(v string) bool { return v == "out" })
}

// withdrawAt signs in again and withdraws; the link at the provider ends.
func (j *journey) withdrawAt(p otherProvider, at startedProvider) {
	j.t.Helper()
	browsertest.Open(j.t, j.tab, j.url+"/oauth/"+p.name+"?return_to=/auth/account/withdraw")
	j.through(p.user)
	j.at(j.url, "/auth/account/withdraw")
	if !j.has(`form[action="/auth/account/withdraw"]`) {
		j.click(`a[href="/auth/account/withdraw/confirm"]`)
		j.through(p.user)
		j.at(j.url, "/auth/account/withdraw")
	}
	j.look(p.name + "-5-withdraw")
	before := 0
	if at.linked != nil {
		before = len(at.linked())
	}
	j.click(`form[action="/auth/account/withdraw"] button`)
	j.at(j.url, "/auth/left")
	j.look(p.name + "-6-left")
	j.inEach("/auth/left", func(lang string) {
		if !strings.Contains(j.text("main"), p.label[lang]) {
			j.t.Errorf("the page does not say what happened at %s: %s", p.name, j.text("main"))
		}
	})
	await(j.t, func() bool { return at.linked == nil || len(at.linked()) == before-1 }, func() string {
		return "the links at " + p.name + " are " + strings.Join(at.linked(), " ")
	})
	if session := j.json("/auth/session"); strings.Contains(session, `"signed_in":true`) {
		j.t.Errorf("after the withdrawal: %s", session)
	}
}

func (j *journey) signOut() {
	j.t.Helper()
	browsertest.Open(j.t, j.tab, j.url+"/auth/account")
	j.click(`form[action="/auth/signout"] button`)
	j.at(j.url, "/?notice=signed_out")
}

func (j *journey) has(selector string) bool {
	j.t.Helper()
	v, err := chromedp.Run(j.tab, chromedp.Evaluate[bool](`!!document.querySelector('`+selector+`')`))
	if err != nil {
		j.t.Fatal(err)
	}
	return v
}

// through presses what leads through a provider's pages, as this persona, until the browser is back at the service.
func (j *journey) through(persona string) {
	j.t.Helper()
	const next = `(() => {
		if (document.readyState !== "complete") return "";
		if (location.origin === "OURS") return "back";
		if (document.querySelector('form[action^="OURS"]')) return ""; // submits itself
		return ['button[value="PERSONA"]', "button.primary"].find(s => document.querySelector(s)) || "";
	})()`
	look := strings.NewReplacer("OURS", j.url, "PERSONA", persona).Replace(next)
	for {
		var press string
		j.until(look, func(v string) bool { press = v; return v != "" })
		if press == "back" {
			return
		}
		j.click(press)
	}
}

// TestPagesOfAUserOfEveryProvider looks at the pages of a user with an identity of every provider, in Korean on a phone
// in light colours and in English on a desktop in dark ones. internal/page has the other combinations.
func TestPagesOfAUserOfEveryProvider(t *testing.T) {
	t.Parallel()
	axe := browsertest.Axe(t)
	browser := browsertest.Start(t)
	var started []startedProvider
	changes := []func(*norang.Config){func(c *norang.Config) { c.Age, c.Terms = "off", nil }}
	for _, p := range otherProviders() {
		at := p.start(t)
		started, changes = append(started, at), append(changes, at.configure)
	}
	screens := browsertest.Screens()
	j := newJourney(t, browser, []browsertest.Screen{screens[0], screens[3]}, "ko", axe, changes...)
	j.kakaoAs(kakaotest.PersonaRyan)
	browsertest.Open(t, j.tab, j.url+"/oauth/kakao?return_to="+linksPath)
	j.at(j.url, linksPath)
	j.click(`a[href="` + linksPath + `/confirm"]`)
	for i, p := range otherProviders() {
		j.addAt(p, started[i], p.user)
	}
	for _, lang := range []string{"ko", "en"} {
		j.turn(lang)
		for _, path := range []string{
			"/", "/auth/account", linksPath, "/auth/account/sessions", "/auth/account/log", "/auth/account/consents",
			"/auth/account/export", "/auth/account/withdraw", "/auth/signout",
		} {
			browsertest.Open(t, j.tab, j.url+path+"?lang="+lang)
			j.unfold()
			j.look("all" + strings.ReplaceAll(path, "/", "-"))
		}
	}
	browsertest.Open(t, j.tab, j.url+"/auth/account/withdraw")
	j.click(`form[action="/auth/account/withdraw"] button`)
	j.at(j.url, "/auth/left")
	for _, lang := range []string{"ko", "en"} {
		j.turn(lang)
		browsertest.Open(t, j.tab, j.url+"/auth/left?lang="+lang)
		j.look("all-left")
	}
}

// turn goes on in a language, with the phone of the two screens first in Korean and the desktop in English.
func (j *journey) turn(lang string) {
	j.t.Helper()
	j.lang = lang
	if j.screens[0].Phone != (lang == "ko") {
		j.screens = []browsertest.Screen{j.screens[1], j.screens[0]}
		browsertest.Show(j.t, j.tab, j.screens[0])
	}
}

// unfold opens what is folded away.
func (j *journey) unfold() {
	j.t.Helper()
	if err := chromedp.Do(j.tab, chromedp.Evaluate[chromedp.Void](
		`document.querySelectorAll("details").forEach(d => { d.open = true }); undefined`)); err != nil {
		j.t.Fatal(err)
	}
}
