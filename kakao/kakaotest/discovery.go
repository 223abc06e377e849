package kakaotest

import "net/http"

// metadata is the OpenID provider metadata. Like Kakao's, it lacks scopes_supported and the revocation,
// introspection and end-session endpoints.
type metadata struct {
	Issuer                string   `json:"issuer"`
	AuthorizationEndpoint string   `json:"authorization_endpoint"`
	TokenEndpoint         string   `json:"token_endpoint"`
	UserinfoEndpoint      string   `json:"userinfo_endpoint"`
	JWKSURI               string   `json:"jwks_uri"`
	TokenAuthMethods      []string `json:"token_endpoint_auth_methods_supported"`
	SubjectTypes          []string `json:"subject_types_supported"`
	IDTokenAlgs           []string `json:"id_token_signing_alg_values_supported"`
	RequestURIParameter   bool     `json:"request_uri_parameter_supported"`
	ResponseTypes         []string `json:"response_types_supported"`
	ResponseModes         []string `json:"response_modes_supported"`
	GrantTypes            []string `json:"grant_types_supported"`
	ChallengeMethods      []string `json:"code_challenge_methods_supported"`
	Claims                []string `json:"claims_supported"`
}

// discovery is GET /.well-known/openid-configuration. The authorization endpoint has the browser's base URL, the
// others have the server's.
func discovery(c *call) answer {
	cfg := c.w.cfg
	return jsonAnswer(http.StatusOK, metadata{
		Issuer:                cfg.Issuer,
		AuthorizationEndpoint: cfg.BrowserURL + "/oauth/authorize",
		TokenEndpoint:         cfg.ServerURL + "/oauth/token",
		UserinfoEndpoint:      cfg.ServerURL + "/v1/oidc/userinfo",
		JWKSURI:               cfg.ServerURL + "/.well-known/jwks.json",
		TokenAuthMethods:      []string{"client_secret_post"},
		SubjectTypes:          []string{"public"},
		IDTokenAlgs:           []string{"RS256"},
		ResponseTypes:         []string{"code"},
		ResponseModes:         []string{"query"},
		GrantTypes:            []string{"authorization_code", "refresh_token"},
		ChallengeMethods:      []string{"S256"},
		Claims: []string{
			"iss",
			"aud",
			"sub",
			"auth_time",
			"exp",
			"iat",
			"nonce",
			"nickname",
			"picture",
			"email",
		},
	})
}
