package web

import (
	"net/http"
	"slices"
	"strings"
)

// match returns the pattern of the route that serves a request, "" if none does.
//
// [http.ServeMux] decodes a path before it compares: /oauth/kaka%6f would start a sign-in. A proxy in front that
// compares the path as it was sent takes it for another one and applies other rules, so only the plain spelling is
// served (MX-05). Free text in a path of the server API may be encoded.
func (t *table) match(r *http.Request) string {
	_, pattern := t.mux.Handler(r)
	if pattern == "/" || r.URL.RawPath != "" && t.respelled(pattern, r.URL.RawPath) {
		return ""
	}
	return pattern
}

// respelled reports whether a path encodes anything but the free text of a pattern.
func (t *table) respelled(pattern, path string) bool {
	_, at, _ := strings.Cut(pattern, " ")
	names, encoded := strings.Split(at, "/"), slices.Contains(t.encoded, pattern)
	for i, segment := range strings.Split(path, "/") {
		free := encoded && i < len(names) && strings.HasPrefix(names[i], "{")
		if !free && strings.Contains(segment, "%") {
			return true
		}
	}
	return false
}
