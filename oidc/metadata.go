package oidc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/norang-login/norang/internal/oauthclient"
)

// Metadata is what a provider publishes about itself.
// Source: OpenID Connect Discovery section 3, RP-Initiated Logout section 2.1, Back-Channel Logout section 2.1;
// RFC 8414 section 2.
type Metadata struct {
	Issuer                string
	AuthorizationEndpoint string
	TokenEndpoint         string
	UserInfoEndpoint      string // "" if there is none
	JWKSURI               string
	EndSessionEndpoint    string // "" if there is none
	RevocationEndpoint    string // "" if there is none
	// TokenAuthMethods and RevocationAuthMethods are the ways of client authentication that the endpoints accept; nil if
	// the document does not say.
	TokenAuthMethods      []string
	RevocationAuthMethods []string
	SigningAlgs           []string
	ChallengeMethods      []string
	ResponseModes         []string
	SubjectTypes          []string
	Scopes                []string
	// ResponseIssuer promises the parameter iss in every callback (RFC 9207).
	ResponseIssuer bool
	// BackChannelLogout and BackChannelSession promise logout tokens, the latter with sid.
	BackChannelLogout, BackChannelSession bool
}

// IssuerError says that a discovery document has another issuer.
type IssuerError struct {
	Configured, Published string // the latter cleaned and at most 300 bytes
}

// Error names both spellings.
func (e *IssuerError) Error() string {
	return fmt.Sprintf("the discovery document has the issuer %q, configured is %q", e.Published, e.Configured)
}

// retryMetadata is how long a failed discovery is not repeated.
const retryMetadata = 10 * time.Second

// metadataCache holds the discovery document. Of callers that arrive together one reads it.
type metadataCache struct {
	mu      sync.Mutex
	current *Metadata
	read    time.Time
	failed  time.Time
	err     error
}

// Discover returns the discovery document, read at most once in DefaultMetadataAge, and after a failure once in 10
// seconds. While it cannot be read again, the old one is used.
//
// Errors: ErrUnavailable, ErrMalformed; with another issuer also an *[IssuerError].
func (c *Client) Discover(ctx context.Context) (*Metadata, error) {
	m := &c.metadata
	m.mu.Lock() // a waiting caller has at most Timeout to wait, once
	defer m.mu.Unlock()
	now := c.cfg.Now()
	if age := now.Sub(m.read); m.current != nil && age < DefaultMetadataAge && age > -time.Hour {
		return m.current, nil
	}
	if age := now.Sub(m.failed); m.err == nil || age >= retryMetadata || age < 0 {
		got, err := c.readMetadata(context.WithoutCancel(ctx)) // ends within Timeout
		if m.err = err; err != nil {
			m.failed = now
		} else {
			m.current, m.read = got, now
		}
	}
	if m.current != nil {
		return m.current, nil
	}
	return nil, m.err
}

func (c *Client) readMetadata(ctx context.Context) (*Metadata, error) {
	const op = opDiscovery
	address := strings.TrimSuffix(c.cfg.Issuer, "/") + "/.well-known/openid-configuration"
	a, err := c.call(ctx, oauthclient.Call{Op: op, Method: http.MethodGet, Retry: true}, address)
	if err != nil {
		return nil, err
	}
	o := a.Object
	m := &Metadata{
		Issuer: o.Text("issuer"), AuthorizationEndpoint: o.Text("authorization_endpoint"),
		TokenEndpoint: o.Text("token_endpoint"), UserInfoEndpoint: o.Text("userinfo_endpoint"),
		JWKSURI: o.Text("jwks_uri"), EndSessionEndpoint: o.Text("end_session_endpoint"),
		RevocationEndpoint:    o.Text("revocation_endpoint"),
		TokenAuthMethods:      o.Strings("token_endpoint_auth_methods_supported"),
		RevocationAuthMethods: o.Strings("revocation_endpoint_auth_methods_supported"),
		SigningAlgs:           o.Strings("id_token_signing_alg_values_supported"),
		ChallengeMethods:      o.Strings("code_challenge_methods_supported"),
		ResponseModes:         o.Strings("response_modes_supported"), SubjectTypes: o.Strings("subject_types_supported"),
		Scopes:             o.Strings("scopes_supported"),
		ResponseIssuer:     o.Bool("authorization_response_iss_parameter_supported"),
		BackChannelLogout:  o.Bool("backchannel_logout_supported"),
		BackChannelSession: o.Bool("backchannel_logout_session_supported"),
	}
	if want := c.cfg.published(); m.Issuer != want {
		return nil, malformed(op, &IssuerError{want, oauthclient.Printable(m.Issuer, 300)})
	}
	if err := c.checkEndpoints(m); err != nil {
		return nil, malformed(op, err)
	}
	return m, nil
}

// checkEndpoints wants https for every endpoint, unless the issuer itself is http.
func (c *Client) checkEndpoints(m *Metadata) error {
	secure := strings.HasPrefix(c.cfg.Issuer, "https://")
	for _, e := range []struct {
		name, value string
		optional    bool
	}{
		{"authorization_endpoint", m.AuthorizationEndpoint, false}, {"token_endpoint", m.TokenEndpoint, false},
		{"jwks_uri", m.JWKSURI, false}, {"userinfo_endpoint", m.UserInfoEndpoint, true},
		{"end_session_endpoint", m.EndSessionEndpoint, true}, {"revocation_endpoint", m.RevocationEndpoint, true},
	} {
		switch {
		case e.value == "" && e.optional:
		case e.value == "":
			return errors.New(e.name + " is missing")
		case !oauthclient.IsURL(e.value, true), secure && !strings.HasPrefix(e.value, "https://"):
			return errors.New(e.name + " is not an https URL")
		}
	}
	return nil
}

// AuthMethodError says that the discovery document names no way of client authentication that Client supports.
type AuthMethodError struct {
	Endpoint string   // member of the discovery document: "token_endpoint", "revocation_endpoint"
	Offered  []string // each cleaned and at most 64 bytes, at most 16
}

// Error names the endpoint and what it offers.
func (e *AuthMethodError) Error() string {
	return fmt.Sprintf("the %s offers the client authentication %s only, supported are %s and %s",
		e.Endpoint, strings.Join(e.Offered, ", "), AuthBasic, AuthPost)
}

// TokenAuth returns how the client authenticates at the token endpoint: [Config.ClientAuth], or else what the discovery
// document offers. Without a secret it is AuthNone, without an offer AuthBasic.
//
// Errors: ErrClientInvalid, also an *[AuthMethodError], if the endpoint offers nothing that Client supports.
func (c *Client) TokenAuth(m *Metadata) (ClientAuth, error) {
	return c.clientAuth(opExchange, "token_endpoint", m.TokenAuthMethods)
}

// RevocationAuth returns how the client authenticates at the revocation endpoint, as [Client.TokenAuth] does. A
// discovery document that does not say it (RFC 8414 section 2) means the methods of the token endpoint: a client is
// registered with one method for both.
func (c *Client) RevocationAuth(m *Metadata) (ClientAuth, error) {
	offered := m.RevocationAuthMethods
	if len(offered) == 0 {
		offered = m.TokenAuthMethods
	}
	return c.clientAuth(opRevoke, "revocation_endpoint", offered)
}

func (c *Client) clientAuth(op, endpoint string, offered []string) (ClientAuth, error) {
	switch {
	case c.cfg.ClientAuth != "":
		return c.cfg.ClientAuth, nil
	case c.cfg.ClientSecret == "":
		return AuthNone, nil
	case len(offered) == 0 || slices.Contains(offered, string(AuthBasic)): // the default
		return AuthBasic, nil
	case slices.Contains(offered, string(AuthPost)):
		return AuthPost, nil
	}
	e := &AuthMethodError{Endpoint: endpoint}
	for _, name := range offered[:min(len(offered), 16)] {
		e.Offered = append(e.Offered, oauthclient.Printable(name, 64))
	}
	return "", &Error{Op: op, kind: ErrClientInvalid, cause: e}
}

// fetchKeys reads the signing keys.
func (c *Client) fetchKeys(ctx context.Context) ([]byte, error) {
	m, err := c.Discover(ctx)
	if err != nil {
		return nil, err
	}
	a, err := c.call(ctx, oauthclient.Call{Op: opKeys, Method: http.MethodGet, Retry: true}, m.JWKSURI)
	return a.Body, err
}

// EndSessionRequest holds the parameters of the provider's sign-out page.
type EndSessionRequest struct {
	// IDTokenHint is an ID token of the session, also an expired one; without it providers ask the user.
	IDTokenHint Secret
	// PostLogoutRedirectURI is the registered address to return to, State what comes back with it.
	PostLogoutRedirectURI, State string
}

// EndSessionURL returns the address of the provider's sign-out page; "" if it has none.
// Source: OpenID Connect RP-Initiated Logout section 2.
func (c *Client) EndSessionURL(m *Metadata, r EndSessionRequest) string {
	if m.EndSessionEndpoint == "" {
		return ""
	}
	q := oauthclient.Query{Buf: appendQuery(m.EndSessionEndpoint, "client_id="+url.QueryEscape(c.cfg.ClientID))}
	q.Add("id_token_hint", r.IDTokenHint.Reveal())
	q.Add("post_logout_redirect_uri", r.PostLogoutRedirectURI)
	q.Add("state", r.State)
	return string(q.Buf)
}

// appendQuery appends a parameter to an endpoint, which may have a query of its own.
func appendQuery(endpoint, first string) []byte {
	sep := "?"
	if strings.Contains(endpoint, "?") {
		sep = "&"
	}
	return append(make([]byte, 0, 1024), endpoint+sep+first...)
}

// ReadKeys fetches the signing keys without using the cache, to check that they can be fetched. Errors: ErrUnavailable,
// ErrMalformed.
func (c *Client) ReadKeys(ctx context.Context) error {
	_, err := c.fetchKeys(ctx)
	return err
}
