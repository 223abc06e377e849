package oidc_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/norang-login/norang/oidc"
	"github.com/norang-login/norang/oidc/oidctest"
)

// The members of the discovery document that say how a client authenticates.
const (
	tokenMethods      = "token_endpoint_auth_methods_supported"
	revocationMethods = "revocation_endpoint_auth_methods_supported"
)

// authUsed is what the last request to the revocation endpoint had, "" if there was none.
func authUsed(emu *oidctest.Server) (auth string) {
	for _, r := range emu.Requests() {
		switch {
		case r.Endpoint != "revoke":
		case r.Auth != "":
			auth = r.Auth
		case r.Params["client_secret"] != "":
			auth = "post"
		default:
			auth = "none"
		}
	}
	return auth
}

// The emulator accepts one way alone, and its default secret has characters that HTTP Basic has to encode.
func TestRevocationAuthenticatesAsTheDiscoveryDocumentSays(t *testing.T) {
	t.Parallel()
	list := func(names ...string) []string { return names }
	for name, tt := range map[string]struct {
		set    map[string]any // in the discovery document
		accept oidctest.Switches
		config oidc.ClientAuth
		public bool // without a secret
		want   string
	}{
		"neither list":         {set: map[string]any{tokenMethods: nil}, want: "Basic"},
		"basic":                {accept: oidctest.Switches{RevocationAuth: "basic"}, want: "Basic"},
		"post":                 {accept: oidctest.Switches{RevocationAuth: "post"}, want: "post"},
		"basic, token by post": {accept: oidctest.Switches{RevocationAuth: "basic", ClientAuth: "post"}, want: "Basic"},
		"post, token by basic": {accept: oidctest.Switches{RevocationAuth: "post", ClientAuth: "basic"}, want: "post"},
		"falls back to basic":  {accept: oidctest.Switches{ClientAuth: "basic"}, want: "Basic"},
		"falls back to post":   {accept: oidctest.Switches{ClientAuth: "post"}, want: "post"},
		"empty list is no list": {
			set: map[string]any{revocationMethods: list()}, accept: oidctest.Switches{ClientAuth: "post"}, want: "post",
		},
		"both": {
			set: map[string]any{revocationMethods: list("client_secret_post", "client_secret_basic")}, want: "Basic",
		},
		"supported after another": {
			set: map[string]any{revocationMethods: list("private_key_jwt", "client_secret_post")}, want: "post",
		},
		"operator overrules with post": {
			set:    map[string]any{revocationMethods: list("client_secret_basic"), tokenMethods: list("client_secret_basic")},
			accept: oidctest.Switches{RevocationAuth: "post", ClientAuth: "post"}, config: oidc.AuthPost, want: "post",
		},
		"operator overrules with basic": {
			set:    map[string]any{revocationMethods: list("private_key_jwt")},
			accept: oidctest.Switches{RevocationAuth: "basic"}, config: oidc.AuthBasic, want: "Basic",
		},
		"public client": {accept: oidctest.Switches{ClientAuth: "none"}, public: true, want: "none"},
		"public client by the operator's word": {
			accept: oidctest.Switches{ClientAuth: "none"}, config: oidc.AuthNone, want: "none",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, emu := pairUp(t, with(tt.accept), func(cfg *oidc.Config) {
				cfg.ClientAuth = tt.config
				if tt.public {
					cfg.ClientSecret = ""
				}
			})
			if tt.set != nil {
				s := oidctest.Scenario{Endpoint: "openid-configuration", Set: tt.set, Times: -1}
				if err := emu.Script(s); err != nil {
					t.Fatal(err)
				}
			}
			id, token, err := signIn(t, c, emu, oidctest.PersonaJeju)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Revoke(t.Context(), token.AccessToken, false); err != nil || authUsed(emu) != tt.want {
				t.Errorf("authenticated by %q, want %q: %v", authUsed(emu), tt.want, err)
			}
			if _, err := c.UserInfo(t.Context(), token.AccessToken, id.Subject); !errors.Is(err, oidc.ErrTokenInvalid) {
				t.Errorf("the token is not revoked: %v", err)
			}
		})
	}
}

func TestUnsupportedClientAuthenticationIsAnError(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ list, endpoint string }{
		"revocation":     {revocationMethods, "revocation_endpoint"},
		"both endpoints": {tokenMethods, "token_endpoint"},
	} {
		c, emu := pairUp(t, oidctest.App{})
		s := oidctest.Scenario{Endpoint: "openid-configuration", Times: -1, Set: map[string]any{
			tt.list: []string{"private_key_jwt", "tls_client_auth"},
		}}
		if err := emu.Script(s); err != nil {
			t.Fatal(err)
		}
		_, _, signedIn := signIn(t, c, emu, oidctest.PersonaJeju)
		_, refreshed := c.Refresh(t.Context(), "refresh-token")
		revoked := c.Revoke(t.Context(), "refresh-token", true)
		errs := map[string]error{"revocation_endpoint": revoked}
		if tt.endpoint == "token_endpoint" {
			errs["token_endpoint"], errs["token_endpoint again"] = signedIn, refreshed
		} else if signedIn != nil {
			t.Errorf("%s: %v", name, signedIn)
		}
		for endpoint, err := range errs {
			var method *oidc.AuthMethodError
			if !errors.Is(err, oidc.ErrClientInvalid) || !errors.As(err, &method) ||
				!strings.HasPrefix(endpoint, method.Endpoint) ||
				!strings.Contains(err.Error(), "private_key_jwt, tls_client_auth only, supported are client_secret_basic") {
				t.Errorf("%s: %s: %v", name, endpoint, err)
			}
		}
		for _, r := range emu.Requests() {
			if r.Endpoint == "revoke" || r.Endpoint == "token" && tt.endpoint == "token_endpoint" {
				t.Errorf("%s: a request to %s that cannot succeed", name, r.Endpoint)
			}
		}
	}
}

// An authentication that the provider does not accept is not taken for the answer that a token is void.
func TestRevocationWithAWrongSecretFails(t *testing.T) {
	t.Parallel()
	for _, method := range []oidc.ClientAuth{oidc.AuthBasic, oidc.AuthPost} {
		c, _ := pairUp(t, oidctest.App{}, func(cfg *oidc.Config) {
			cfg.ClientSecret, cfg.ClientAuth = "wrong-secret", method
		})
		err := c.Revoke(t.Context(), "void-token", true)
		if !errors.Is(err, oidc.ErrClientInvalid) || strings.Contains(err.Error(), "wrong-secret") {
			t.Errorf("%s: %v", method, err)
		}
	}
}

// What other providers see: the bytes of a revocation, by a server that reads them literally.
func TestRevocationRequestIsExact(t *testing.T) {
	t.Parallel()
	for method, want := range map[oidc.ClientAuth][2]string{
		// c%3A1%2F:s%2B%25%2F%3D%26%3A: both are form-encoded before they are joined (RFC 6749 section 2.3.1).
		oidc.AuthBasic: {"Basic YyUzQTElMkY6cyUyQiUyNSUyRiUzRCUyNiUzQQ==", "token=a%2Bb%2F%3D&token_type_hint=refresh_token"},
		oidc.AuthPost: {"", "client_id=c%3A1%2F&client_secret=s%2B%25%2F%3D%26%3A&token=a%2Bb%2F%3D" +
			"&token_type_hint=refresh_token"},
		oidc.AuthNone: {"", "client_id=c%3A1%2F&token=a%2Bb%2F%3D&token_type_hint=refresh_token"},
	} {
		var got [2]string
		mux := http.NewServeMux()
		srv := httptest.NewServer(mux)
		t.Cleanup(srv.Close)
		mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%q,"token_endpoint":%q,"jwks_uri":%q,
				"revocation_endpoint":%q}`, srv.URL, srv.URL+"/a", srv.URL+"/t", srv.URL+"/k", srv.URL+"/r")
		})
		mux.HandleFunc("POST /r", func(_ http.ResponseWriter, r *http.Request) {
			if err := r.ParseForm(); err != nil {
				t.Error(err)
			}
			got = [2]string{r.Header.Get("Authorization"), r.PostForm.Encode()}
		})
		c, err := oidc.New(oidc.Config{Issuer: srv.URL, ClientID: "c:1/", ClientSecret: "s+%/=&:", ClientAuth: method})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Revoke(t.Context(), "a+b/=", true); err != nil || got != want {
			t.Errorf("%s: %q, %v", method, got, err)
		}
	}
}
