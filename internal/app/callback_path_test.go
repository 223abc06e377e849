package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// Django's tutorials register a callback that ends with a slash. Its route is exactly this path, not the tree below it.
func TestCallbackWithATrailingSlashIsServedAsRegistered(t *testing.T) {
	t.Parallel()
	const path = "/accounts/kakao/login/callback/"
	w := newWorld(t, func(c *app.Config) { c.Kakao.RedirectURI = c.URL + path })
	b := w.browser()
	to := b.toCallback(kakaotest.PersonaRyan, "")
	if !strings.Contains(to, path+"?") {
		t.Fatalf("Kakao returns to %s", to)
	}
	for _, other := range []string{strings.TrimSuffix(path, "/"), path + "more", "/oauth/kakao/callback"} {
		if a := b.get(other + "?code=x&state=y"); a.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s: %s, want 404", other, a.Status)
		}
	}
	if a := b.get(to); a.StatusCode != http.StatusSeeOther {
		t.Fatalf("callback: %s %.300s", a.Status, a.body)
	}
	if !b.whoami().SignedIn {
		t.Error("not signed in")
	}
	for path, owned := range map[string]bool{
		path: true, path + "more": false, strings.TrimSuffix(path, "/"): false, "/oauth/kakao": true,
	} {
		if w.app.Web.Owns(path) != owned {
			t.Errorf("Owns(%s) is %t", path, !owned)
		}
	}
}
