package app_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/oidc/oidctest"
)

// providerFacts are what norang can do at a provider. The account pages must say neither more nor less.
type providerFacts struct {
	signsOut bool // has a sign-out page
	ends     bool // a withdrawal ends the link
	asks     bool // is asked which consents are given, and revokes them
}

var facts = map[string]providerFacts{
	"kakao": {signsOut: true, ends: true, asks: true}, "naver": {ends: true}, "google": {ends: true},
	"apple": {ends: true}, "line": {ends: true}, "keycloak": {signsOut: true}, "entra": {signsOut: true},
}

// The sentences that depend on a fact, in Korean and English. %s is the provider. One of each pair is on the page.
var sentences = []struct {
	page string
	fact func(providerFacts) bool
	yes  [2]string // "" for none
	no   [2]string
}{
	{
		"/auth/account", func(f providerFacts) bool { return f.signsOut },
		[2]string{"도 함께 로그아웃", "Sign out of your %s account too"},
		[2]string{"%s에서는 로그아웃되지 않아요", "This doesn't sign you out of %s"},
	},
	{
		consentsPath, func(f providerFacts) bool { return f.asks },
		[2]string{"선택 항목은 바로 철회할 수 있어요", "You can withdraw optional consents here"},
		[2]string{"%s에서 동의한 내용은 여기에서 바꿀 수 없어요", "What you agreed to at %s can't be changed here"},
	},
	{
		consentsPath, func(f providerFacts) bool { return f.asks },
		[2]string{"필수 항목은 탈퇴할 때 함께 철회돼요", "Required consents end when you close your account"}, [2]string{},
	},
	{
		withdrawPath, func(f providerFacts) bool { return f.ends },
		[2]string{"%s 연결을 해제하고", "disconnect %s and delete"},
		[2]string{"%s 연결은 여기에서 해제할 수 없어요", "We can't disconnect %s"},
	},
}

func holdsSentences(t *testing.T, b *browser, label [2]string, f providerFacts) {
	t.Helper()
	clean := strings.NewReplacer("&#39;", "'", "\u00a0", " ")
	for i, lang := range []string{"ko", "en"} {
		for _, s := range sentences {
			body := clean.Replace(b.get(s.page + "?lang=" + lang).body)
			want, never := s.yes[i], s.no[i]
			if !s.fact(f) {
				want, never = never, want
			}
			name := func(text string) string { return strings.ReplaceAll(text, "%s", label[i]) }
			if want != "" && !strings.Contains(body, name(want)) {
				t.Errorf("%s %s lacks %q:\n%s", s.page, lang, name(want), body)
			}
			if never != "" && strings.Contains(body, name(never)) {
				t.Errorf("%s %s says %q, which is false", s.page, lang, name(never))
			}
		}
	}
}

// labels are a provider's names in Korean and English.
func labels(j *journey) [2]string {
	if ko := map[string]string{"kakao": "카카오", "naver": "네이버"}[j.name]; ko != "" {
		return [2]string{ko, j.label}
	}
	return [2]string{j.label, j.label}
}

func TestAccountPagesSayWhatEachProviderDoes(t *testing.T) {
	eachJourney(t, func(t *testing.T, w *world, j *journey, _ []*journey) {
		f, ok := facts[j.name]
		if !ok {
			t.Fatal("no facts of this provider")
		}
		b := w.browser()
		b.signInAt(j, j.people[0], j.startPath())
		holdsSentences(t, b, labels(j), f)
	})
}

// Without an admin key norang can do nothing at Kakao but sign users out.
func TestAccountPagesWithoutAnAdminKeyPromiseNoUnlink(t *testing.T) {
	t.Parallel()
	w := unstartedWorld(t)
	j := kakaoJourney(t, w)
	w.restart(func(c *app.Config) { c.Kakao.AdminKeys, c.NoAdminKey = nil, true })
	b := w.browser()
	b.signInAt(j, j.people[0], j.startPath())
	holdsSentences(t, b, labels(j), providerFacts{signsOut: true})
	pageSays(t, b.get(consentsPath+"?lang=en"), "When and where you agreed.",
		"in KakaoTalk, under Manage connected services")
	b.proveTo(j)
	page := b.withdraw().body
	if !strings.Contains(page, "Kakao is not disconnected. You can do it yourself in KakaoTalk") ||
		strings.Contains(page, "will finish this") || strings.Contains(page, "in a moment") {
		t.Errorf("after the withdrawal: %s", page)
	}
}

// A provider whose discovery document has no sign-out page leaves the user signed in there.
func TestAccountPagesOfferNoSignOutThatAProviderLacks(t *testing.T) {
	t.Parallel()
	for _, none := range []bool{false, true} {
		w := unstartedWorld(t)
		emu := oidctest.StartWith(t, oidctest.Config{Now: w.clock.now, App: oidctest.App{
			RedirectURIs: []string{w.srv.URL + "/oauth/keycloak/callback"}, Auto: true,
			Switches: oidctest.Switches{NoEndSession: none},
		}})
		w.restart(func(c *app.Config) {
			c.OIDC = []app.OIDC{{
				Name: "keycloak", Issuer: emu.Issuer(), ClientID: emu.App().ClientID, ClientSecret: emu.App().ClientSecret,
			}}
		})
		b := w.browser()
		b.signInWithOIDC(emu, "keycloak", oidctest.PersonaJeju)
		body := strings.ReplaceAll(b.get("/auth/account?lang=en").body, "&#39;", "'")
		if fmt.Sprint(strings.Contains(body, "This doesn't sign you out of keycloak"),
			strings.Contains(body, "account too")) != fmt.Sprint(none, !none) {
			t.Errorf("no sign-out page: %t: %s", none, body)
		}
	}
}

// The pages of a user with several providers say of each only what is true of it.
func TestAccountPagesOfSeveralProvidersDescribeEach(t *testing.T) {
	t.Parallel()
	w, all := newWorldOfAll(t)
	b := w.browser()
	kakao, line := all[0], all[4]
	b.signInAt(kakao, kakao.people[0], kakao.startPath())
	b.prove(kakao.people[0])
	if a := b.signInAt(line, line.people[0], linksPath+"/add?provider=line"); !strings.Contains(
		a.Header.Get("Location"), "link_added") {
		t.Fatalf("%s %s", a.Status, a.body)
	}
	pageSays(t, b.get(consentsPath+"?lang=en"), "You can withdraw optional consents here", "Required consents end when",
		"agreed to at LINE can&#39;t be changed here")
	// In a session of LINE's the session's items are LINE's; the required ones are Kakao's alone.
	b.signInAt(line, line.people[0], line.startPath())
	pageSays(t, b.get(consentsPath+"?lang=en"), "Required consents end when",
		"agreed to at LINE can&#39;t be changed here")
	pageSays(t, b.get(withdrawPath+"?lang=en"), "disconnect LINE, Kakao and delete")
}
