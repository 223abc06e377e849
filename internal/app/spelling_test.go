package app_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// spellings are a path with one letter of one segment percent-encoded, once for each segment.
func spellings(path string) (all []string) {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if s == "" {
			continue
		}
		respelled := append([]string{}, segments...)
		respelled[i] = s[:len(s)-1] + fmt.Sprintf("%%%02x", s[len(s)-1])
		all = append(all, strings.Join(respelled, "/"))
	}
	return all
}

// TestMX05_RP03_EncodedSpellingsOfOwnRoutesAreNotServed: a proxy in front may compare paths as they were sent, so
// neither norang nor the app gets /oauth/kaka%6f.
func TestMX05_RP03_EncodedSpellingsOfOwnRoutesAreNotServed(t *testing.T) {
	t.Parallel()
	w, e := inFrontOf(t, nil)
	b := w.user()
	before := len(w.kakao.Requests())
	plain := strings.NewReplacer("{prefix}", "/auth", "{provider}", "kakao", "{hook}", "unlink", "{$}", "")
	n := 0
	for _, row := range w.app.Web.Routes() {
		if row.Encoded {
			continue
		}
		for _, path := range spellings(plain.Replace(row.Path)) {
			n++
			a, _, _ := b.raw(row.Method + " " + path + " {as user}Content-Length: 0\n\n")
			if a.StatusCode != http.StatusNotFound || a.Header.Get("Location") != "" || len(a.Cookies()) > 0 {
				t.Errorf("%s %s: %s %v", row.Method, path, a.Status, a.Header)
			}
		}
	}
	if n < 50 {
		t.Errorf("%d spellings", n)
	}
	for _, path := range []string{"/%61uth/api/v1/users", "/auth/api/v1/%75sers/ref:x", "/auth/%73tatic/page.css"} {
		if a, _, _ := b.raw("GET " + path + " {as user}\n"); a.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, a.Status)
		}
	}
	if got := e.requests(); len(got) > 0 {
		t.Errorf("the app got %+v", got)
	}
	if got := len(w.kakao.Requests()) - before; got != 0 {
		t.Errorf("%d calls of Kakao", got)
	}
	if !b.whoami().SignedIn {
		t.Error("a spelling of a sign-out ended the session")
	}
	// Free text in a path of the server API is encoded by every client.
	for _, user := range []string{"ref:a%2Fb", "ref%3Ax", "kakao%3A1"} {
		if a, _, _ := b.raw("GET /auth/api/v1/users/" + user + " {as user}\n"); a.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %s", user, a.Status)
		}
	}
}
