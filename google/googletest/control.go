package googletest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/norang-login/norang/internal/emulator"
)

// controlRoute is a call of the control API.
type controlRoute struct {
	pattern string
	handle  func(*Server, *http.Request) (any, error)
}

var errNotFound = errors.New("not found")

type done struct {
	OK bool `json:"ok"`
}

// controlRoutes are listed in docs/google.md.
func controlRoutes() []controlRoute {
	return []controlRoute{
		{"GET /-/api/state", controlState},
		{"POST /-/api/reset", func(s *Server, _ *http.Request) (any, error) { s.Reset(); return done{true}, nil }},
		{"GET /-/api/app", func(s *Server, _ *http.Request) (any, error) { return s.App(), nil }},
		{"PATCH /-/api/app", controlPatchApp},
		{"GET /-/api/accounts", func(s *Server, _ *http.Request) (any, error) { return s.Accounts(), nil }},
		{"POST /-/api/accounts", func(s *Server, r *http.Request) (any, error) {
			var a Account
			if err := readControl(r, &a); err != nil {
				return nil, err
			}
			return done{true}, s.AddAccount(a)
		}},
		{"GET /-/api/grants", func(s *Server, _ *http.Request) (any, error) { return s.Grants(), nil }},
		{"POST /-/api/grants/{account}/unlink", func(s *Server, r *http.Request) (any, error) {
			if !s.Unlink(r.Context(), r.PathValue("account")) {
				return nil, fmt.Errorf("%w: no grant of %q", errNotFound, clip(r.PathValue("account"), 64))
			}
			return done{true}, nil
		}},
		{"GET /-/api/requests", controlRequests},
		{"DELETE /-/api/requests", func(s *Server, _ *http.Request) (any, error) { s.w.log.clear(); return done{true}, nil }},
		{"GET /-/api/events", func(s *Server, _ *http.Request) (any, error) { return s.Deliveries(), nil }},
		{"POST /-/api/events/{account}", func(s *Server, r *http.Request) (any, error) {
			var how EventSend
			if err := readControl(r, &how); err != nil {
				return nil, err
			}
			if err := checkEvent(how); err != nil {
				return nil, err
			}
			return s.SendEvent(r.Context(), r.PathValue("account"), how), nil
		}},
		{"POST /-/api/keys/rotate", func(s *Server, _ *http.Request) (any, error) { s.RotateKeys(); return done{true}, nil }},
		{"GET /-/api/scenarios", func(s *Server, _ *http.Request) (any, error) { return s.Scenarios(), nil }},
		{"POST /-/api/scenarios", func(s *Server, r *http.Request) (any, error) {
			var sc Scenario
			if err := readControl(r, &sc); err != nil {
				return nil, err
			}
			return done{true}, s.Script(sc)
		}},
		{"DELETE /-/api/scenarios", func(s *Server, _ *http.Request) (any, error) {
			s.ClearScenarios()
			return done{true}, nil
		}},
		{"POST /-/api/clock/advance", controlAdvance},
		{"POST /-/api/approve", func(s *Server, r *http.Request) (any, error) {
			var p Approval
			if err := readControl(r, &p); err != nil {
				return nil, err
			}
			return s.Approve(p)
		}},
	}
}

// mountControl adds the addresses under /-/, where Google has nothing.
func mountControl(s *Server) {
	s.mux.Handle("GET /-/static/", http.StripPrefix("/-/", http.FileServerFS(staticFiles)))
	s.mux.HandleFunc("GET /-/healthz", func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "ok\n") })
	s.mux.HandleFunc("/-/", guard(s, func(rw http.ResponseWriter, _ *http.Request) {
		writeControl(rw, http.StatusNotFound, map[string]string{"error": errNotFound.Error()})
	}))
	for _, route := range controlRoutes() {
		s.mux.HandleFunc(route.pattern, guard(s, func(rw http.ResponseWriter, r *http.Request) {
			v, err := route.handle(s, r)
			switch {
			case errors.Is(err, errNotFound):
				writeControl(rw, http.StatusNotFound, map[string]string{"error": err.Error()})
			case err != nil:
				writeControl(rw, http.StatusBadRequest, map[string]string{"error": err.Error()})
			default:
				writeControl(rw, http.StatusOK, v)
			}
		}))
	}
	s.mux.HandleFunc("GET /-/{$}", guard(s, func(rw http.ResponseWriter, r *http.Request) { console(s, rw, r) }))
	s.mux.HandleFunc("POST /-/account", guard(s, func(rw http.ResponseWriter, r *http.Request) {
		accountButton(s, rw, r)
	}))
}

// guard admits a request to the control addresses, or answers 403.
func guard(s *Server, next http.HandlerFunc) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		if problem := emulator.Foreign(r, s.URL(), s.ownHosts()); problem != "" {
			writeControl(rw, http.StatusForbidden, map[string]string{"error": problem})
			return
		}
		next(rw, r)
	}
}

func writeControl(rw http.ResponseWriter, status int, v any) {
	a := jsonAnswer(status, v)
	a.header.Set("Cache-Control", "no-store")
	a.write(rw)
}

// readControl decodes a JSON body. The content type must be JSON, because a cross-site page can send the other types
// without a preflight.
func readControl(r *http.Request, v any) error {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	b, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	switch {
	case err != nil:
		return errors.New("the body is too large or incomplete")
	case len(b) == 0:
		return nil
	case strings.TrimSpace(kind) != "application/json":
		return errors.New("the content type must be application/json")
	}
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

func controlState(s *Server, _ *http.Request) (any, error) {
	return map[string]any{
		"now": s.Now(), "browser_url": s.URL(), "server_url": s.APIURL(), "endpoints": Endpoints(),
		"events": EventTypes(),
	}, nil
}

func controlPatchApp(s *Server, r *http.Request) (any, error) {
	a := s.App()
	if err := readControl(r, &a); err != nil {
		return nil, err
	}
	if err := s.UpdateApp(func(old *App) { *old = a }); err != nil {
		return nil, err
	}
	return s.App(), nil
}

func controlRequests(s *Server, r *http.Request) (any, error) {
	q := r.URL.Query()
	number := func(name string) int64 {
		n, err := strconv.ParseInt(q.Get(name), 10, 64)
		if err != nil {
			return 0
		}
		return max(n, 0)
	}
	list, next := s.w.log.since(number("after"))
	if wait := number("wait"); len(list) == 0 && wait > 0 {
		timer := time.NewTimer(time.Duration(min(wait, 30)) * time.Second)
		defer timer.Stop()
		select {
		case <-next:
			list, _ = s.w.log.since(number("after"))
		case <-timer.C:
		case <-r.Context().Done():
		case <-s.closed:
		}
	}
	if e := q.Get("endpoint"); e != "" {
		list = slices.DeleteFunc(list, func(r Request) bool { return r.Endpoint != e })
	}
	return list, nil
}

func controlAdvance(s *Server, r *http.Request) (any, error) {
	var body struct {
		By string `json:"by"`
	}
	if err := readControl(r, &body); err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(body.By)
	if err != nil || d <= 0 || d > 10*365*24*time.Hour {
		return nil, errors.New(`by must be a duration such as "24h", at most ten years`)
	}
	s.Advance(d)
	return map[string]time.Time{"now": s.Now()}, nil
}

// console shows the state on one page.
func console(s *Server, rw http.ResponseWriter, r *http.Request) {
	v := view{App: s.App(), Accounts: s.Accounts(), Console: consoleView{
		URL: s.URL(), ServerURL: s.APIURL(), Now: s.Now().Format(time.RFC3339), Grants: s.Grants(),
		Requests: latest(s.Requests()), Deliveries: latest(s.Deliveries()),
	}}
	switch done := r.URL.Query().Get("done"); done {
	case "unlinked", "sent":
		v.Console.Done = "console." + done
	}
	render(r, http.StatusOK, "console", v).write(rw)
}

// latest returns up to 200 entries, newest first.
func latest[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list[:min(len(list), 200)]
}

// accountButton does what the user does in their account at Google.
func accountButton(s *Server, rw http.ResponseWriter, r *http.Request) {
	form, err := readForm(r)
	if err != nil {
		http.Error(rw, "malformed form", http.StatusBadRequest)
		return
	}
	q := url.Values{"lang": {language(r)}}
	switch form.Get("action") {
	case "unlink":
		if s.Unlink(r.Context(), form.Get("account")) {
			q.Set("done", "unlinked")
		}
	case "signout":
		s.SendEvent(r.Context(), form.Get("account"), EventSend{Type: SessionsRevoked})
		q.Set("done", "sent")
	}
	http.Redirect(rw, r, "/-/?"+q.Encode(), http.StatusSeeOther)
}

// Approval is a login of a user for [Server.Approve].
type Approval struct {
	// Params are the parameters of the authorize request. The defaults are client_id, response_type, the scopes "openid
	// email profile" and the project's first redirect URI.
	Params map[string]string `json:"params"`
	// Account logs in. Default the project's AutoPersona.
	Account string `json:"account"`
	// Cancel cancels the consent.
	Cancel bool `json:"cancel"`
	// UserAgent is the browser's.
	UserAgent string `json:"user_agent"`
}

// Approved is the result of [Server.Approve].
type Approved struct {
	Location string `json:"location,omitempty"` // where the browser would be redirected
	Code     string `json:"code,omitempty"`
	Error    string `json:"error,omitempty"` // of the redirect, or of the page that stays at Google
	Page     bool   `json:"page,omitempty"`
}

// Approve performs a login without pages and without a browser, with the same checks.
func (s *Server) Approve(p Approval) (Approved, error) {
	app := s.App()
	q := url.Values{
		"client_id": {app.ClientID}, "response_type": {"code"}, "scope": {strings.Join(knownScopes, " ")},
	}
	if len(app.RedirectURIs) > 0 {
		q.Set("redirect_uri", app.RedirectURIs[0])
	}
	for k, v := range p.Params {
		q.Set(k, v)
	}
	r, err := http.NewRequest(http.MethodGet, s.URL()+"/o/oauth2/v2/auth?"+q.Encode(), nil)
	if err != nil {
		return Approved{}, err
	}
	r.Header.Set("User-Agent", p.UserAgent)
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	name := p.Account
	if name == "" {
		name = app.AutoPersona
	}
	acc := s.w.account(name)
	if acc == nil {
		return Approved{}, fmt.Errorf("unknown account %q", clip(name, 64))
	}
	cancels := acc.Cancels
	defer func() { acc.Cancels = cancels }()
	acc.Cancels = acc.Cancels || p.Cancel
	auto, persona := s.w.app.Auto, s.w.app.AutoPersona
	defer func() { s.w.app.Auto, s.w.app.AutoPersona = auto, persona }()
	s.w.app.Auto, s.w.app.AutoPersona = true, name
	a := browserCall{&call{w: s.w, r: r, form: q, lang: "en"}}.authorize()
	out := Approved{Location: a.header.Get("Location")}
	if out.Location == "" {
		out.Error, out.Page = a.code, true
		return out, nil
	}
	u, err := url.Parse(out.Location)
	if err != nil {
		return Approved{}, err
	}
	out.Code, out.Error = u.Query().Get("code"), u.Query().Get("error")
	return out, nil
}
