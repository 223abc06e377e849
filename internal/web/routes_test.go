package web

import (
	"net/http"
	"testing"
)

// A route without an access level, a kind or a class of limit cannot be served; nor can one that acts be free of limits.
func TestEveryRouteIsDecided(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range append(append([]route{}, routes...), aloneRoutes...) {
		name := r.method + " " + r.path
		if seen[name] {
			t.Errorf("%s stands twice", name)
		}
		seen[name] = true
		if r.access < open || r.access > members {
			t.Errorf("%s has no access level", name)
		}
		if r.kind < document {
			t.Errorf("%s has no kind", name)
		}
		if r.class <= 0 || r.class >= classes {
			t.Errorf("%s has no class of limit", name)
		}
		if r.handle == nil {
			t.Errorf("%s has no handler", name)
		}
		if r.method != http.MethodGet && r.class == free {
			t.Errorf("%s changes something and is not limited", name)
		}
		// Steps that are open to everybody do something for strangers. The short form of the sign-in page only redirects.
		if r.kind == step && r.access == open && r.class == free && r.path != "/login" {
			t.Errorf("%s acts for strangers and is not limited", name)
		}
		if r.method == http.MethodPost && r.kind == document || r.method == http.MethodGet && r.kind == change {
			t.Errorf("%s: its kind does not fit its method", name)
		}
	}
}

// Every class that is not free has a limiter and a label.
func TestEveryClassIsLimited(t *testing.T) {
	l, err := newLimiters(Limits{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for c := free + 1; c < classes; c++ {
		if l.of[c] == nil || classNames[c] == "" {
			t.Errorf("class %d has no limiter or no name", c)
		}
	}
	if l.of[free] != nil {
		t.Error("free is limited")
	}
}
