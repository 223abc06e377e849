package kakao

import (
	"context"
	"fmt"
	"net/http"
)

// Metadata is Kakao's OpenID Connect discovery document.
// Source: OpenID Connect Discovery section 3.
type Metadata struct {
	Issuer                string
	AuthorizationEndpoint string
	TokenEndpoint         string
	UserInfoEndpoint      string
	JWKSURI               string
	TokenAuthMethods      []string // Kakao: client_secret_post only
	ResponseTypes         []string
	GrantTypes            []string
	SigningAlgs           []string // Kakao: RS256 only
	ChallengeMethods      []string // Kakao: S256 only
	Claims                []string
}

// Discover fetches the discovery document, for example to check whether Kakao can be reached. The client does not use
// it: endpoints come only from Config, so that a forged document cannot redirect codes. If the issuer is not
// Config.Issuer, the error is ErrMalformed.
func (c *Client) Discover(ctx context.Context) (*Metadata, error) {
	const op = "discovery"
	body, err := c.do(ctx, call{
		op: op, host: c.authServer, method: http.MethodGet, path: "/.well-known/openid-configuration", retry: true,
	})
	if err != nil {
		return nil, err
	}
	m := new(Metadata)
	p := parser{b: body}
	for o := p.object(); o.next(); {
		switch string(o.key) {
		case "issuer":
			m.Issuer = p.str()
		case "authorization_endpoint":
			m.AuthorizationEndpoint = p.stringOrSkip()
		case "token_endpoint":
			m.TokenEndpoint = p.stringOrSkip()
		case "userinfo_endpoint":
			m.UserInfoEndpoint = p.stringOrSkip()
		case "jwks_uri":
			m.JWKSURI = p.stringOrSkip()
		case "token_endpoint_auth_methods_supported":
			m.TokenAuthMethods = p.stringsOrSkip()
		case "response_types_supported":
			m.ResponseTypes = p.stringsOrSkip()
		case "grant_types_supported":
			m.GrantTypes = p.stringsOrSkip()
		case "id_token_signing_alg_values_supported":
			m.SigningAlgs = p.stringsOrSkip()
		case "code_challenge_methods_supported":
			m.ChallengeMethods = p.stringsOrSkip()
		case "claims_supported":
			m.Claims = p.stringsOrSkip()
		default:
			p.skip()
		}
	}
	switch err := p.done(); {
	case err != nil:
		return nil, malformed(op, http.StatusOK, err)
	case m.Issuer != c.cfg.Issuer:
		return nil, malformed(op, http.StatusOK, fmt.Errorf("issuer %.100q, want Config.Issuer %q", m.Issuer, c.cfg.Issuer))
	}
	return m, nil
}
