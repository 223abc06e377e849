package api

import (
	_ "embed"
	"errors"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/accesstoken"
	"github.com/norang-login/norang/internal/handoff"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/providertoken"
	"github.com/norang-login/norang/internal/web"
)

// Config is what [New] needs.
type Config struct {
	Kernel *web.Kernel
	Tokens *accesstoken.Service
	// Handoff gives pages on other hosts, apps and their web views sessions.
	Handoff *handoff.Service
}

// Feature is the mounted feature.
type Feature struct {
	kernel  *web.Kernel
	tokens  *accesstoken.Service
	handoff *handoff.Service
}

// New builds the handlers.
func New(cfg Config) *Feature { return &Feature{cfg.Kernel, cfg.Tokens, cfg.Handoff} }

// The documents of RFC 8414, OpenID Connect Discovery and RFC 7517, at the root because the issuer has no path.
const (
	wellKnown  = "/.well-known/"
	keySetPath = wellKnown + "jwks.json"
)

var metadataPaths = []string{wellKnown + "openid-configuration", wellKnown + "oauth-authorization-server"}

// Owned are the paths outside the prefix. They are served only if there are tokens to verify: an app may have documents
// of its own there.
func Owned(t *accesstoken.Service) []string {
	if !t.Issues() && !t.Asserts() {
		return nil
	}
	return WellKnown()
}

// WellKnown are the paths of the public documents.
func WellKnown() []string { return append([]string{keySetPath}, metadataPaths...) }

// The browser module, and its types for TypeScript.
var (
	//go:embed norang.js
	module []byte
	//go:embed norang.d.ts
	moduleTypes []byte
)

// file serves a file of the module.
func file(path, contentType string, body []byte) web.Route {
	return web.Program(path, func(w http.ResponseWriter, _ *web.Request) error {
		shared(w)
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(body) // the client is gone if this fails
		return nil
	}).Fetched()
}

// Errors are the problems that answer the errors of provider tokens.
func Errors() web.Errors {
	return web.Errors{
		{Err: providertoken.ErrOff, Code: problem.GrantOff},
		{Err: providertoken.ErrNone, Code: problem.GrantNone},
		{Err: providertoken.ErrUnavailable, Code: problem.ProviderUnavailable, Weak: true},
	}
}

// Routes are the feature's rows of the route table.
func (f *Feature) Routes() (rows []web.Route) {
	rows = append(rows,
		file("{prefix}/norang.js", "text/javascript; charset=utf-8", module),
		file("{prefix}/norang.d.ts", "text/plain; charset=utf-8", moduleTypes),
	)
	for _, path := range Owned(f.tokens) {
		handle := f.metadata
		if path == keySetPath {
			handle = f.keySet
		}
		rows = append(rows, web.Program(path, handle))
	}
	rows = append(rows, f.handoffRoutes()...)
	if f.tokens.Issues() {
		rows = append(rows, web.Script(web.Active, web.Tokens, "{prefix}/token", f.token))
	}
	return rows
}

// token issues an access token. The answer has the form of RFC 6749 section 5.1.
func (f *Feature) token(w http.ResponseWriter, r *web.Request) error {
	if len(r.PostForm["audience"]) > 1 {
		// A token has one audience, and a caller who names two would get that of one (RFC 6749 section 3.2).
		return problem.Wrap(problem.TokenAudience, errors.New("several audiences"))
	}
	text, err := f.tokens.Issue(r.Principal, r.PostForm.Get("audience"))
	switch {
	case errors.Is(err, accesstoken.ErrAudience):
		return problem.Wrap(problem.TokenAudience, err)
	case err != nil:
		return problem.Wrap(problem.Internal, err)
	}
	return web.WriteJSON(w, http.StatusOK, struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
		Life  int    `json:"expires_in"`
	}{text, "Bearer", int(accesstoken.Life / time.Second)})
}

// metadata describes the issuer. It names nothing that does not exist: norang has no authorization or token endpoint
// of its own, so the lists of their features are empty.
func (f *Feature) metadata(w http.ResponseWriter, _ *web.Request) error {
	shared(w)
	return web.WriteJSON(w, http.StatusOK, struct {
		Issuer    string   `json:"issuer"`
		KeySet    string   `json:"jwks_uri"`
		Responses []string `json:"response_types_supported"`
		Grants    []string `json:"grant_types_supported"`
		Subjects  []string `json:"subject_types_supported"`
		// Verifiers read the algorithms of access tokens here.
		Algorithms []string `json:"id_token_signing_alg_values_supported"`
		Claims     []string `json:"claims_supported"`
	}{
		f.kernel.Site.Origin(), f.kernel.Site.Origin() + keySetPath, []string{}, []string{}, []string{"public"},
		[]string{"ES256"}, accesstoken.Claims,
	})
}

func (f *Feature) keySet(w http.ResponseWriter, _ *web.Request) error {
	set, err := f.tokens.KeySet()
	if err != nil {
		return problem.Wrap(problem.Internal, err)
	}
	shared(w)
	return web.WriteJSON(w, http.StatusOK, set)
}

// shared lets caches keep a document that is the same for all clients, for as long as a token lives: new keys are
// published a day ahead.
func shared(w http.ResponseWriter) {
	web.Cacheable(w.Header(), "public, max-age=300")
}
