package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/norang-login/norang/kakao/kakaotest"
)

const exportPath = "/auth/account/export"

func (b *browser) exportForm() url.Values {
	b.w.t.Helper()
	return url.Values{"csrf": {hidden(b.w.t, b.get(exportPath).body, "csrf")}}
}

func TestExportContainsTheUsersData(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, other, stranger := w.browser(), w.browser(), w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	other.signIn(kakaotest.PersonaRyan, "")
	stranger.signIn(kakaotest.PersonaApeach, "")
	if !strings.Contains(b.get("/auth/account").body, exportPath) {
		t.Error("the account page has no link to the export")
	}
	who := b.whoami()
	a := b.post(exportPath, b.exportForm())
	if a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/json" ||
		a.Header.Get("Cache-Control") != "no-store" ||
		!strings.HasPrefix(a.Header.Get("Content-Disposition"), "attachment;") {
		t.Fatalf("%s %v %s", a.Status, a.Header, a.body)
	}
	var all struct {
		Format     string
		User       struct{ ID string }
		Identities []struct{ Subject, Nickname string }
		Sessions   []struct{ ID string }
		Log        []struct{ Kind, By string }
	}
	if err := json.Unmarshal([]byte(a.body), &all); err != nil {
		t.Fatal(err)
	}
	if all.User.ID != who.User.ID || len(all.Identities) != 1 || all.Identities[0].Subject != who.Identity.Subject ||
		all.Identities[0].Nickname != *who.User.Nickname || len(all.Sessions) != 2 || len(all.Log) < 3 {
		t.Errorf("%+v", all)
	}
	for what, secret := range map[string]string{
		"the session's token": b.cookie(sessionCookie), "another session's token": other.cookie(sessionCookie),
		"another user": stranger.whoami().User.ID, "another user's subject": stranger.whoami().Identity.Subject,
	} {
		if strings.Contains(a.body, secret) {
			t.Errorf("the export contains %s", what)
		}
	}
	if !strings.Contains(b.get("/auth/account/log").body, "Downloaded a copy of your data") {
		t.Error("the security log lacks the export")
	}
}

func TestExportNeedsTheUserAndAFreshSignIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b, stranger := w.browser(), w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	stranger.signIn(kakaotest.PersonaApeach, "")
	form := b.exportForm()
	cross := b.request("POST", exportPath, strings.NewReader(form.Encode()))
	cross.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	cross.Header.Set("Sec-Fetch-Site", "cross-site")
	for name, a := range map[string]answer{
		"no token":          b.post(exportPath, url.Values{}),
		"another's token":   b.post(exportPath, stranger.exportForm()),
		"from another site": b.do(cross),
	} {
		if a.StatusCode != http.StatusForbidden || strings.Contains(a.body, `"identities"`) {
			t.Errorf("%s: %s", name, a.Status)
		}
	}
	if a := w.browser().post(exportPath, form); strings.Contains(a.body, `"identities"`) ||
		a.StatusCode == http.StatusOK {
		t.Errorf("a stranger: %s", a.Status)
	}
	// A user who finds an unattended browser later does not get the file.
	w.clock.advance(31 * time.Minute)
	if a := b.post(exportPath, form); a.StatusCode != http.StatusForbidden ||
		!strings.Contains(a.body, exportPath+"/confirm") {
		t.Fatalf("old sign-in: %s", a.Status)
	}
	a := b.get(exportPath + "/confirm")
	to := withQuery(t, a.Header.Get("Location"), func(q url.Values) { q.Set("login_hint", kakaotest.PersonaRyan) })
	if a := b.get(b.throughKakao(to)); a.Header.Get("Location") != exportPath {
		t.Fatalf("confirmed: %s to %q", a.Status, a.Header.Get("Location"))
	}
	if a := b.post(exportPath, b.exportForm()); a.StatusCode != http.StatusOK {
		t.Errorf("after confirming: %s", a.Status)
	}
}
