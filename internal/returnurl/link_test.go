package returnurl

import "testing"

func TestLinksOfPages(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"/privacy", "/a?b=c#d", "https://example.com", "https://example.com:8443/p?q#f"} {
		if !IsLink(s) || !IsContact(s) {
			t.Errorf("%q was refused", s)
		}
	}
	for _, s := range []string{"mailto:help@example.com", "mailto:help@example.com?subject=x"} {
		if IsLink(s) || !IsContact(s) {
			t.Errorf("%q: link %t, contact %t", s, IsLink(s), IsContact(s))
		}
	}
	for _, s := range []string{
		"", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "data:text/html,x",
		"example.com", "p.html", "https:", "https:example.com", "https:///p", "ht tp://x", "mailto:", "mailto:///x",
		"http://example.com/", "https://user@example.com/", "https://user:password@example.com/", "/a\nb",
		"ftp://example.com/",
	} {
		if IsLink(s) || IsContact(s) {
			t.Errorf("%q was accepted", s)
		}
	}
}
