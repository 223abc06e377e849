package web

import (
	"net/http"
	"strings"

	"github.com/norang-login/norang/internal/session"
)

// BearerPrefix begins a session token that is sent as "Authorization: Bearer …" instead of in a cookie.
const BearerPrefix = "nrg_s_"

// Bearer reads the session token of an Authorization header. present reports whether the header has such a token, valid
// or not: the cookies of the request are then ignored and none is set. Other tokens are the app's.
func Bearer(r *http.Request) (t session.Token, ok, present bool) {
	values := r.Header["Authorization"]
	if len(values) != 1 {
		return session.Token{}, false, false
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	text, present = strings.CutPrefix(text, BearerPrefix)
	if !present || !strings.EqualFold(scheme, "Bearer") {
		return session.Token{}, false, false
	}
	t, ok = session.Parse(text)
	return t, ok, true
}

// bears reports whether a request has a bearer session token.
func bears(r *http.Request) bool {
	_, _, present := Bearer(r)
	return present
}
