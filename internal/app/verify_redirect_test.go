package app_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/norang-login/norang/internal/app"
	"github.com/norang-login/norang/kakao/kakaotest"
)

// As in TestFA16_WhoGetsARedirect, for proxies that ask with ?redirect=1.
func TestFA16_VerifyRedirectsNobodyButPeople(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *app.Config) { c.Age = "declare" })
	pending := w.browser()
	pending.signIn(kakaotest.PersonaRyan, "")
	person := map[string]string{}
	for name, c := range map[string]struct {
		header  map[string]string
		pending bool
		status  int
		to      string
	}{
		"stranger":           {person, false, http.StatusSeeOther, "/auth/login"},
		"stranger's fetch":   {map[string]string{"Sec-Fetch-Mode": "cors"}, false, http.StatusUnauthorized, ""},
		"stranger's frame":   {map[string]string{"Sec-Fetch-Dest": "iframe"}, false, http.StatusUnauthorized, ""},
		"stranger's program": {map[string]string{"Accept": "*/*"}, false, http.StatusUnauthorized, ""},
		"pending user":       {person, true, http.StatusSeeOther, "/auth/join"},
		"their fetch":        {map[string]string{"Sec-Fetch-Mode": "cors"}, true, http.StatusForbidden, ""},
	} {
		b := w.browser()
		if c.pending {
			b = pending
		}
		r := b.request("GET", "/auth/verify?redirect=1", nil)
		for name, value := range c.header {
			r.Header.Set(name, value)
		}
		a := b.do(r)
		if to := strings.TrimPrefix(a.Header.Get("Location"), w.srv.URL); a.StatusCode != c.status || to != c.to {
			t.Errorf("%s: %s to %q", name, a.Status, to)
		}
		if want := map[bool]string{true: "pending"}[c.pending && c.to == ""]; a.Header.Get("X-Norang-Status") != want {
			t.Errorf("%s: status %q, want %q", name, a.Header.Get("X-Norang-Status"), want)
		}
	}
}

// A user whose session cannot be looked up is not sent to sign in again, which would fail as well.
func TestFA16_VerifyRedirectsNobodyWhenTheDatabaseFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.browser()
	b.signIn(kakaotest.PersonaRyan, "")
	w.restart() // nothing is cached
	w.rows(`ALTER TABLE sessions RENAME TO gone`)
	a := b.get("/auth/verify?redirect=1")
	if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Location") != "" {
		t.Errorf("%s to %q", a.Status, a.Header.Get("Location"))
	}
}

// For public pages of an app, verify answers 200 to everyone, with the identity of active users alone.
func TestFA02_OptionalVerifyNamesActiveUsersOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	active := w.browser()
	active.signIn(kakaotest.PersonaRyan, "")
	user := active.whoami().User.ID
	w.restart(func(c *app.Config) { c.Age = "declare" })
	pending := w.browser()
	pending.signIn(kakaotest.PersonaApeach, "")
	for name, c := range map[string]struct {
		b    *browser
		user string
	}{"stranger": {w.browser(), ""}, "pending user": {pending, ""}, "active user": {active, user}} {
		a := c.b.get("/auth/verify?optional=1")
		if a.StatusCode != http.StatusOK || a.Header.Get("Remote-User") != c.user || len(a.Header["Remote-User"]) != 1 {
			t.Errorf("%s: %s, Remote-User %q", name, a.Status, a.Header["Remote-User"])
		}
	}
}
