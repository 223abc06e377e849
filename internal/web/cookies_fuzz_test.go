package web

import (
	"net/http"
	"strings"
	"testing"
)

// FuzzSessionCookie compares our parser of the session cookie with net/http's: a session is found only if there is
// exactly one cookie of its name (SE-05).
func FuzzSessionCookie(f *testing.F) {
	const name = "__Host-norang"
	token := strings.Repeat("Q", 48)
	for _, header := range []string{
		"", name + "=" + token, "a=b; " + name + "=" + token + "; c=d", name + "=" + token + ";" + name + "=" + token,
		name + "=" + token + "\n" + name + "=" + strings.Repeat("B", 48),
		name + `="` + token + `"`, name + " =" + token, " " + name + "=\t" + token,
		name + "==" + token, name + "=" + token + "=", name, "=" + name + "=" + token, name + "-a-x=" + token,
		strings.ToUpper(name) + "=" + token,
		name + "=; " + name + "=" + token, ";;;=;", name + "=" + token + "\x00", name + "=" + token[:47],
		"$Version=1; " + name + "=" + token,
		name + "=" + token[:47] + "B", "x=\"; " + name + "=" + token + "; y=\"",
	} {
		f.Add(header)
	}
	c := Cookies{Session: name}
	f.Fuzz(func(t *testing.T, text string) {
		r := &http.Request{Header: http.Header{}}
		for line := range strings.SplitSeq(text, "\n") {
			r.Header.Add("Cookie", line)
		}
		got, ok, present := c.Token(r)
		if ok && !present || !ok && !got.IsZero() {
			t.Fatalf("token %t, ok %t, present %t", !got.IsZero(), ok, present)
		}
		if !ok {
			return
		}
		all := r.CookiesNamed(name)
		if len(all) != 1 || all[0].Value != got.Reveal() {
			t.Errorf("found a session where net/http finds %d cookies of the name", len(all))
		}
		// With a second cookie of the name, in any place, there is no session.
		for _, more := range []string{name + "=" + token + "; " + text, text + "; " + name + "=x"} {
			r.Header["Cookie"] = strings.Split(more, "\n")
			if _, ok, present := c.Token(r); ok || !present {
				t.Errorf("%q: a second cookie is passed over", more)
			}
		}
	})
}
