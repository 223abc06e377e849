package oauthclient

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// TokenResponse is a successful response of a token endpoint.
type TokenResponse struct {
	AccessToken           Secret
	RefreshToken, IDToken Secret        // "" if the response has none
	Scope                 []string      // nil if the response does not say
	ExpiresIn             time.Duration // 0 if the response does not say
}

// TokenRules are what a token endpoint may respond with.
type TokenRules struct {
	MaxToken int // bytes
	// LifetimeOptional accepts a response without expires_in, which RFC 6749 only recommends, or with null. Callers might
	// take the 0 for "never expires".
	LifetimeOptional bool
}

// Read reads a response (RFC 6749 section 5.1). The ID token is not checked.
func (rules TokenRules) Read(o Object) (r TokenResponse, err error) {
	r = TokenResponse{
		AccessToken: Secret(o.Text("access_token")), RefreshToken: Secret(o.Text("refresh_token")),
		IDToken: Secret(o.Text("id_token")),
	}
	if scope := o.Text("scope"); scope != "" {
		r.Scope = strings.Fields(Printable(scope, 4096))
	}
	switch {
	case !VisibleASCII(r.AccessToken.Reveal(), rules.MaxToken):
		return r, errors.New("access_token missing or invalid")
	case !strings.EqualFold(o.Text("token_type"), "bearer"): // case-insensitive, RFC 6749 section 5.1
		return r, errors.New("token_type is not Bearer")
	case r.RefreshToken != "" && !VisibleASCII(r.RefreshToken.Reveal(), rules.MaxToken):
		return r, errors.New("refresh_token contains unusual characters")
	case rules.LifetimeOptional && (o["expires_in"] == nil || string(o["expires_in"]) == "null"):
		return r, nil
	}
	r.ExpiresIn, err = Lifetime(o)
	return r, err
}

// Lifetime reads expires_in, a positive number of seconds: with 0, callers would refresh for ever.
func Lifetime(o Object) (time.Duration, error) {
	seconds, err := strconv.ParseInt(o.Text("expires_in"), 10, 32)
	if err != nil || seconds <= 0 {
		return 0, errors.New("expires_in missing or not a number of seconds")
	}
	return time.Duration(seconds) * time.Second, nil
}
