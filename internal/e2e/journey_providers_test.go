package e2e_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/norang-login/norang"
	"github.com/norang-login/norang/apple/appletest"
	"github.com/norang-login/norang/google/googletest"
	"github.com/norang-login/norang/internal/testkit/browsertest"
	"github.com/norang-login/norang/kakao/kakaotest"
	"github.com/norang-login/norang/line/linetest"
	"github.com/norang-login/norang/naver/navertest"
)

// otherProvider is a provider besides Kakao in a browser.
type otherProvider struct {
	name, lang    string
	label         string // as the pages name it
	user, another string // personas
	proves        bool   // its user can link Kakao; otherwise only Kakao's user links it
	// start runs the emulator and returns its address, what configures the service, and the personas that are linked.
	start func(*testing.T) (address string, configure func(*norang.Config), linked func() []string)
}

func otherProviders() []otherProvider {
	return []otherProvider{
		{"naver", "ko", "네이버", navertest.PersonaBoseong, navertest.PersonaHadong, false, startNaver},
		{"google", "en", "Google", googletest.PersonaMinji, googletest.PersonaJunho, false, startGoogle},
		{"apple", "ko", "Apple", appletest.PersonaSeorak, appletest.PersonaJeju, false, startApple},
		{"line", "en", "LINE", linetest.PersonaHana, linetest.PersonaKenta, true, startLINE},
	}
}

func startNaver(t *testing.T) (string, func(*norang.Config), func() []string) {
	emu := navertest.Start(t)
	return emu.URL(), func(c *norang.Config) {
			if err := emu.UpdateApp(func(a *navertest.App) {
				a.CallbackURLs = []string{c.URL + "/oauth/naver/callback"}
			}); err != nil {
				t.Error(err)
			}
			c.Naver = norang.Naver{
				ClientID: emu.App().ClientID, ClientSecret: emu.App().ClientSecret, AuthURL: emu.URL(), APIURL: emu.APIURL(),
			}
		}, func() (all []string) {
			for _, l := range emu.Links() {
				all = append(all, l.Account)
			}
			return all
		}
}

func startGoogle(t *testing.T) (string, func(*norang.Config), func() []string) {
	emu := googletest.Start(t)
	return emu.URL(), func(c *norang.Config) {
			if err := emu.UpdateApp(func(a *googletest.App) {
				a.RedirectURIs = []string{c.URL + "/oauth/google/callback"}
			}); err != nil {
				t.Error(err)
			}
			c.Google = norang.Google{
				ClientID: emu.App().ClientID, ClientSecret: emu.App().ClientSecret, AuthURL: emu.URL(), APIURL: emu.APIURL(),
			}
		}, func() (all []string) {
			for _, g := range emu.Grants() {
				all = append(all, g.Account)
			}
			return all
		}
}

func startApple(t *testing.T) (string, func(*norang.Config), func() []string) {
	emu := appletest.Start(t)
	return emu.URL(), func(c *norang.Config) {
			if err := emu.UpdateTeam(func(team *appletest.Team) {
				team.Clients[0].ReturnURLs = []string{c.URL + "/oauth/apple/callback"}
			}); err != nil {
				t.Error(err)
			}
			team := emu.Team()
			c.Apple = norang.Apple{
				ServicesID: team.ServicesID(), TeamID: team.TeamID, KeyID: team.KeyID, PrivateKey: team.PrivateKey,
				AuthURL: emu.URL(),
			}
		}, func() (all []string) {
			for _, l := range emu.Links() {
				all = append(all, l.Account)
			}
			return all
		}
}

func startLINE(t *testing.T) (string, func(*norang.Config), func() []string) {
	emu := linetest.Start(t)
	return emu.URL(), func(c *norang.Config) {
			if err := emu.UpdateChannel(func(ch *linetest.Channel) {
				ch.CallbackURLs = []string{c.URL + "/oauth/line/callback"}
			}); err != nil {
				t.Error(err)
			}
			c.LINE = norang.LINE{
				ChannelID: emu.Channel().ID, ChannelSecret: emu.Channel().Secret, ProviderID: emu.Channel().ProviderID,
				AuthURL: emu.URL(), APIURL: emu.ServerURL(),
			}
		}, func() (all []string) {
			for _, l := range emu.Links() {
				all = append(all, l.Account)
			}
			return all
		}
}

// TestJourneyAtOtherProviders is the way of a user at each provider besides Kakao, whose pages have another host name
// than the service: sign-in, account page, linking, sign-out, another sign-in, and withdrawal with unlink, at 360 px.
func TestJourneyAtOtherProviders(t *testing.T) {
	t.Parallel()
	axe := browsertest.Axe(t)
	browser := browsertest.Start(t)
	for _, p := range otherProviders() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			address, configure, linked := p.start(t)
			j := newJourney(t, browser, browsertest.Screens()[:1], p.lang, axe, configure, func(c *norang.Config) {
				c.Age, c.Terms = "off", nil
			})
			if err := j.kakao.UpdateApp(0, func(a *kakaotest.App) {
				a.Auto, a.TokenLimitOff, a.AutoPersona = true, true, kakaotest.PersonaRyan
			}); err != nil {
				t.Fatal(err)
			}
			j.signInAt(p, address)
			j.linkAt(p, address)
			j.withdrawAt(p, address, linked)
		})
	}
}

// signInAt signs a new user in, looks at the account, and signs out. Where the provider proves a fresh sign-in, the
// user links Kakao; elsewhere the page says why not.
func (j *journey) signInAt(p otherProvider, address string) {
	j.t.Helper()
	browsertest.Open(j.t, j.tab, j.url+"/auth/login?return_to=%2Fauth%2Faccount&lang="+j.lang)
	j.look(p.name + "-1-sign-in")
	j.click(`a.provider-` + p.name)
	j.at(address, "/")
	j.through(p.user)
	j.at(j.url, "/auth/account")
	if menu := j.text("nav.menu"); !strings.Contains(menu, p.label) {
		j.t.Errorf("the account page does not name %s: %s", p.label, menu)
	}
	browsertest.Open(j.t, j.tab, j.url+linksPath)
	j.look(p.name + "-2-links")
	if p.proves {
		j.click(`a[href="` + linksPath + `/confirm"]`)
		j.through(p.user)
		j.at(j.url, linksPath)
		j.click(`a[href="` + linksPath + `/add?provider=kakao"]`)
		j.at(j.url, linksPath+"?notice=link_added")
		j.namesBoth(p)
	} else {
		j.see(`main`)
		if j.has(`a[href^="`+linksPath+`/"]`) || !strings.Contains(j.text("main"), p.label) {
			j.t.Errorf("%s proves no fresh sign-in, but the page says: %s", p.name, j.text("main"))
		}
	}
	j.signOut()
}

// linkAt signs in with Kakao and links the provider's other account.
func (j *journey) linkAt(p otherProvider, address string) {
	j.t.Helper()
	if p.proves {
		return
	}
	browsertest.Open(j.t, j.tab, j.url+"/oauth/kakao?return_to="+linksPath)
	j.at(j.url, linksPath)
	j.click(`a[href="` + linksPath + `/confirm"]`)
	j.see(`a[href="` + linksPath + `/add?provider=` + p.name + `"]`)
	j.click(`a[href="` + linksPath + `/add?provider=` + p.name + `"]`)
	j.at(address, "/")
	if other := `button[value="other"]`; j.has(other) { // the provider's session is that of the first account
		j.click(other)
		j.see(`button[value="` + p.another + `"]`)
	}
	j.through(p.another)
	j.at(j.url, linksPath+"?notice=link_added")
	j.namesBoth(p)
	j.look(p.name + "-3-linked")
	j.signOut()
}

// namesBoth checks that the list has an identity of Kakao's and one of the provider's.
func (j *journey) namesBoth(p otherProvider) {
	j.t.Helper()
	kakao := map[string]string{"ko": "카카오", "en": "Kakao"}[j.lang]
	list := j.text("ul.devices")
	if !strings.Contains(list, kakao+" · ") || !strings.Contains(list, p.label+" · ") {
		j.t.Errorf("the list lacks %s or %s: %s", kakao, p.label, list)
	}
}

// withdrawAt signs in again and withdraws; the link at the provider ends.
func (j *journey) withdrawAt(p otherProvider, address string, linked func() []string) {
	j.t.Helper()
	browsertest.Open(j.t, j.tab, j.url+"/oauth/"+p.name+"?return_to=/auth/account/withdraw")
	j.through(p.user)
	j.at(j.url, "/auth/account/withdraw")
	if !j.has(`form[action="/auth/account/withdraw"]`) {
		j.click(`a[href="/auth/account/withdraw/confirm"]`)
		j.through(p.user)
		j.at(j.url, "/auth/account/withdraw")
	}
	j.look(p.name + "-4-withdraw")
	before := len(linked())
	j.click(`form[action="/auth/account/withdraw"] button`)
	j.at(j.url, "/auth/left")
	j.look(p.name + "-5-left")
	if !strings.Contains(j.text("main"), p.label) {
		j.t.Errorf("the page does not say what happened at %s: %s", p.label, j.text("main"))
	}
	j.until(`"again"`, func(string) bool { return len(linked()) == before-1 })
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
		const page = document.documentElement;
		if (document.readyState !== "complete" || page.dataset.pressed) return "";
		if (location.origin === "OURS") return "back";
		if (document.querySelector('form[action^="OURS"]')) return ""; // submits itself
		const b = ['button[value="PERSONA"]', "button.primary"].find(s => document.querySelector(s));
		if (b) page.dataset.pressed = "1";
		return b || "";
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
