package serverapi

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/norang-login/norang/internal/apikey"
	"github.com/norang-login/norang/internal/audit"
	"github.com/norang-login/norang/internal/operator"
	"github.com/norang-login/norang/internal/problem"
	"github.com/norang-login/norang/internal/seal"
	"github.com/norang-login/norang/internal/web"
)

// Keys is what this package needs of the keys. Every method is one transaction.
type Keys interface {
	// FindKey reads a key by its hash; nil if there is none.
	FindKey(context.Context, apikey.Hash) (*apikey.Key, error)
	// UseKey notes the day of a use.
	UseKey(ctx context.Context, id string, day time.Time) error
	// BeginRequest begins a request, or returns the answer to an earlier one as apikey.Request.Decide says.
	BeginRequest(context.Context, apikey.Request) ([]byte, error)
	// EndRequest keeps the answer to a request; without one it forgets the request.
	EndRequest(ctx context.Context, r apikey.Request, answer []byte) error
}

// Config is what [New] needs. All fields but Sending are required.
type Config struct {
	Kernel  *web.Kernel
	Keys    Keys
	Operate func(audit.Actor) (*operator.Operator, error)
	Tokens  func(audit.Actor) (*operator.Tokens, error)
	Keyring *seal.Keyring
	// PerMinute is how many calls a key may make in a minute; negative for no limit.
	PerMinute int
	// Sending says that the service sends events to an address.
	Sending bool
}

// Feature is the mounted feature.
type Feature struct {
	kernel  *web.Kernel
	now     func() time.Time
	keys    Keys
	operate func(audit.Actor) (*operator.Operator, error)
	tokens  func(audit.Actor) (*operator.Tokens, error)
	sealer  *seal.Sealer
	minute  int
	sending bool
	waiting chan struct{}          // one for each request that waits for events
	openAPI func() ([]byte, error) // writes the document at the first call

	mu      sync.Mutex
	buckets map[string]*rate.Limiter // by the id of a key, of which there are few
}

// maxWaiting bounds the requests that wait for events at the same time.
const maxWaiting = 64

// New builds the handlers.
func New(cfg Config) *Feature {
	f := &Feature{
		kernel: cfg.Kernel, now: cfg.Kernel.Now, keys: cfg.Keys, operate: cfg.Operate, tokens: cfg.Tokens,
		sealer: cfg.Keyring.Sealer("api request"), sending: cfg.Sending,
		minute: cfg.PerMinute, waiting: make(chan struct{}, maxWaiting), buckets: map[string]*rate.Limiter{},
	}
	if f.minute == 0 {
		f.minute = 6000
	}
	site := cfg.Kernel.Site
	f.openAPI = sync.OnceValues(func() ([]byte, error) {
		return document(site.Origin() + site.Path(strings.TrimPrefix(root, "{prefix}/")))
	})
	return f
}

// root is the path of the API.
const root = "{prefix}/api/v1"

// Routes are the feature's rows of the route table.
func (f *Feature) Routes() []web.Route {
	rows := []web.Route{web.Program(root+"/openapi.json", func(w http.ResponseWriter, _ *web.Request) error {
		doc, err := f.openAPI()
		if err != nil {
			return fmt.Errorf("write the OpenAPI document: %w", err)
		}
		web.Cacheable(w.Header(), "public, max-age=300")
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(doc) // the client is gone if this fails
		return nil
	})}
	for _, e := range endpoints {
		rows = append(rows, web.Server(e.method, root+e.path, f.handler(e)))
	}
	return rows
}

// call is a request that has been admitted.
type call struct {
	*web.Request
	feature *Feature
	use     *operator.Operator
	key     *apikey.Key
	query   map[string]string
	body    any // a pointer to the endpoint's type
}

// handler admits a request and answers it.
func (f *Feature) handler(e endpoint) web.Handler {
	return func(w http.ResponseWriter, r *web.Request) error {
		key, err := f.authenticate(w, r)
		if err != nil {
			return err
		}
		if err := f.count(w, key); err != nil {
			return err
		}
		if !key.Has(e.scope) {
			return &problem.Error{Code: problem.APIScope, Reason: "this call needs the scope " + string(e.scope)}
		}
		c := &call{Request: r, feature: f, key: key}
		if c.query, err = parseQuery(r.URL.RawQuery, e.query); err != nil {
			return err
		}
		raw, err := readBody(w, r, e)
		if err != nil {
			return err
		}
		if e.body != nil {
			if c.body, err = decode(raw, e.body); err != nil {
				return err
			}
		}
		if c.use, err = f.operate(key.Actor(r.Client())); err != nil {
			return problem.Wrap(problem.Internal, err)
		}
		if e.idempotent {
			return f.once(w, c, e, raw)
		}
		return answer(w, c, e)
	}
}

// answer carries a request out.
func answer(w http.ResponseWriter, c *call, e endpoint) error {
	if e.stream != nil {
		return problemOf(e.stream(w, c))
	}
	v, err := e.handle(c)
	if err != nil {
		return problemOf(err)
	}
	if v == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return web.WriteJSON(w, http.StatusOK, v)
}

// authenticate finds the key of a request. It is read for each request, so that a revoked key is refused at once.
func (f *Feature) authenticate(w http.ResponseWriter, r *web.Request) (*apikey.Key, error) {
	if strings.Contains(r.URL.RawQuery, apikey.Prefix) {
		return nil, bad("an API key must not be in the address, where logs keep it: send it in the Authorization header, " +
			"and revoke this one")
	}
	refuse := func(reason string) error {
		w.Header().Set("WWW-Authenticate", `Bearer realm="norang server API"`)
		return &problem.Error{Code: problem.APIKey, Reason: reason}
	}
	values := r.Header["Authorization"]
	if len(values) != 1 {
		return nil, refuse("send one Authorization header: Bearer nrg_k_…")
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return nil, refuse("the scheme must be Bearer")
	}
	hash, ok := apikey.HashOf(text)
	if !ok {
		return nil, refuse("not an API key: it has a typing error or is not complete")
	}
	k, err := f.keys.FindKey(r.Context(), hash)
	if err != nil {
		return nil, problem.Wrap(problem.StoreUnavailable, err)
	}
	now := f.now()
	switch {
	case k == nil:
		return nil, refuse("the key is unknown or revoked")
	case !now.Before(k.ExpiresAt):
		return nil, refuse("the key has expired")
	}
	if day := now.UTC().Truncate(24 * time.Hour); k.UsedAt.Before(day) {
		if err := f.keys.UseKey(r.Context(), k.ID, day); err != nil {
			return nil, problem.Wrap(problem.StoreUnavailable, err)
		}
	}
	return k, nil
}

// user is the user that the path names.
func (c *call) user() (operator.Selector, error) {
	s, err := operator.ParseKey(c.PathValue("user"))
	if err != nil {
		return s, bad("the user must be an id, id:ID, ref:REF, PROVIDER:SUBJECT or PROVIDER:NAMESPACE:SUBJECT")
	}
	return s, nil
}
