package kakaotest

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

// The control addresses let their caller log in as anyone, so a page of another site must not reach them. Origin is
// checked against forged forms, Host against DNS rebinding, and the content type and Fetch Metadata against simple
// cross-site requests.

// controlRoute is a call of the control API. openapi.json is generated from these.
type controlRoute struct {
	method, path string
	summary      string
	in, out      any // types of the bodies, for openapi.json; nil means none
	handle       func(*Server, *http.Request) (any, error)
}

func controlRoutes() []controlRoute {
	return slices.Concat(registryRoutes(), observingRoutes(), faultRoutes())
}

func registryRoutes() []controlRoute {
	return []controlRoute{
		{"GET", "/-/api/state", "Clock, addresses, and the names that other calls accept", nil, stateBody{}, controlState},
		{"POST", "/-/api/reset", "Restore the configured state; signing keys stay", nil, done{}, controlReset},
		{"GET", "/-/api/apps", "All apps", nil, []App{}, controlApps},
		{"POST", "/-/api/apps", "Register an app; missing members get their defaults", App{}, App{}, controlAddApp},
		{"GET", "/-/api/apps/{app}", "One app, by id or as default", nil, App{}, controlApp},
		{"PATCH", "/-/api/apps/{app}", "Change the members in the body", App{}, App{}, controlPatchApp},
		{"DELETE", "/-/api/apps/{app}", "Delete an app with its links and tokens; the default app stays",
			nil, done{}, controlRemoveApp},
		{"GET", "/-/api/accounts", "All accounts", nil, []Account{}, controlAccounts},
		{"POST", "/-/api/accounts", "Create or replace an account", Account{}, Account{}, controlAddAccount},
		{"PATCH", "/-/api/accounts/{account}", "Change the members in the body", Account{}, Account{}, controlPatchAccount},
		{"GET", "/-/api/links", "Links between accounts and apps; ?app= and ?account= filter", nil, []Link{}, controlLinks},
		{"POST", "/-/api/apps/{app}/links/{account}/unlink", "Unlink as the user or Kakao; the webhooks are sent",
			unlinkBody{}, done{}, controlUnlink},
		{"POST", "/-/api/approve", "Approve an authorize request without a browser; returns the code",
			Approval{}, Approved{}, controlApprove},
	}
}

func observingRoutes() []controlRoute {
	return []controlRoute{
		{"GET", "/-/api/sessions", "Kakao account sessions in browsers", nil, []SessionInfo{}, controlSessions},
		{"GET", "/-/api/tokens", "The latest access tokens, without their values", nil, []TokenInfo{}, controlTokens},
		{"GET", "/-/api/requests",
			"The request log; ?after=, ?wait= (seconds), ?endpoint=, ?code=, ?account= and ?app= filter",
			nil, []Request{}, controlRequests},
		{"DELETE", "/-/api/requests", "Empty the request log", nil, done{}, controlClearRequests},
		{"GET", "/-/api/webhooks", "The delivery log", nil, []Delivery{}, controlDeliveries},
		{"POST", "/-/api/webhooks/unlink", "Send an unlink webhook", sendBody{}, done{}, controlSendUnlink},
		{"POST", "/-/api/webhooks/account", "Send an account state change webhook", sendBody{}, done{}, controlSendAccount},
		{"POST", "/-/api/webhooks/hold", "Hold webhooks back", nil, done{}, controlHold},
		{"POST", "/-/api/webhooks/release", "Send the webhooks held back, in reverse order if asked",
			releaseBody{}, done{}, controlRelease},
		{"POST", "/-/api/webhooks/wait", "Wait until no webhook is being sent; returns the delivery log",
			nil, []Delivery{}, controlWait},
	}
}

func faultRoutes() []controlRoute {
	return []controlRoute{
		{"GET", "/-/api/scenarios", "Scripted faults that are not used up", nil, []Scenario{}, controlScenarios},
		{"POST", "/-/api/scenarios", "Script one fault, or several under scenarios", scriptBody{}, done{}, controlScript},
		{"DELETE", "/-/api/scenarios", "Remove all scripted faults", nil, done{}, controlClearScenarios},
		{"PUT", "/-/api/chaos", "Start, change or end seeded chaos", Chaos{}, Chaos{}, controlChaos},
		{"GET", "/-/api/clock", "The emulator's time", nil, clockBody{}, controlClock},
		{"POST", "/-/api/clock/advance", "Move the clock forward", advanceBody{}, clockBody{}, controlAdvance},
		{"POST", "/-/api/keys/rotate", "Rotate the signing keys", nil, done{}, controlRotate},
	}
}

// control serves the emulator's own addresses.
type control struct{ s *Server }

// mount adds them to mux. All are under /-/, where Kakao has nothing.
func (c control) mount(mux *http.ServeMux) {
	mux.HandleFunc("GET /-/pictures/{id}/{file}", picture)
	mux.Handle("GET /-/static/", static())
	mux.HandleFunc("GET /-/healthz", func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Type", "text/plain;charset=UTF-8")
		io.WriteString(rw, "ok\n")
	})
	mux.HandleFunc("/-/", c.guard(func(rw http.ResponseWriter, r *http.Request) { controlFail(rw, errNotFound) }))
	mux.HandleFunc("GET /-/openapi.json", c.guard(openapi))
	for _, route := range controlRoutes() {
		mux.HandleFunc(route.method+" "+route.path, c.guard(func(rw http.ResponseWriter, r *http.Request) {
			v, err := route.handle(c.s, r)
			if err != nil {
				controlFail(rw, err)
				return
			}
			writeControl(rw, http.StatusOK, v)
		}))
	}
	console := console{c.s}
	for _, page := range consolePages() {
		show := c.guard(func(rw http.ResponseWriter, r *http.Request) {
			r.SetPathValue("page", page)
			console.show(rw, r)
		})
		mux.HandleFunc("GET /-/"+cmp.Or(page, "{$}"), show)
		if page == "apps" || page == "personas" {
			mux.HandleFunc("GET /-/"+page+"/{id}", show)
		}
	}
	mux.HandleFunc("GET /-/rows", c.guard(console.rows))
	mux.HandleFunc("POST /-/do", c.guard(console.do))
	mux.HandleFunc("GET /-/connected", c.guard(console.showConnected))
	mux.HandleFunc("POST /-/connected", c.guard(console.doConnected))
}

// guard admits a request to the control addresses, or answers 403.
func (c control) guard(next http.HandlerFunc) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		if problem := c.foreign(r); problem != "" {
			writeControl(rw, http.StatusForbidden, controlError{problem})
			return
		}
		next(rw, r)
	}
}

// foreign says why a request may come from another site; it returns "" if it does not.
func (c control) foreign(r *http.Request) string {
	cfg := c.s.world.cfg
	own := slices.Clone(cfg.AllowedHosts)
	for _, base := range []string{cfg.BrowserURL, cfg.ServerURL} {
		if u, err := url.Parse(base); err == nil {
			own = append(own, u.Host)
		}
	}
	return emulator.Foreign(r, c.s.URL(), own)
}

// controlError is the body of every refusal under /-/api.
type controlError struct {
	Error string `json:"error"`
}

var errNotFound = errors.New("not found; see /-/openapi.json")

func controlFail(rw http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if errors.Is(err, errNotFound) {
		status = http.StatusNotFound
	}
	writeControl(rw, status, controlError{err.Error()})
}

func writeControl(rw http.ResponseWriter, status int, v any) {
	h := rw.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	rw.WriteHeader(status)
	rw.Write(append(encodeJSON(v), '\n'))
}

// readControl decodes a JSON body into v. An empty body leaves v as it is. The content type must be JSON, because a
// cross-site page can send the other types without a preflight.
func readControl(r *http.Request, v any) error {
	b, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return errors.New("the body is too large or incomplete")
	}
	if ct, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(ct) != "application/json" &&
		len(b) > 0 {
		return errors.New("the content type must be application/json")
	}
	if len(b) == 0 {
		return nil
	}
	return decodeJSON(b, v)
}
