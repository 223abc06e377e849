package kakaotest

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/norang-login/norang/internal/emulator"
)

// done is the response of calls without a result.
type done = emulator.Done

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

// mountControl adds the emulator's own addresses. All are under /-/, where Kakao has nothing.
func (s *Server) mountControl() {
	s.mux.HandleFunc("GET /-/pictures/{id}/{file}", picture)
	s.mux.Handle("GET /-/static/", static())
	var routes []emulator.ControlRoute
	for _, route := range controlRoutes() {
		routes = append(routes, emulator.ControlRoute{
			Pattern: route.method + " " + strings.TrimPrefix(route.path, "/-/api/"),
			Handle:  func(r *http.Request) (any, error) { return route.handle(s, r) },
		})
	}
	cfg := s.world.cfg
	c := emulator.NewControl(s.mux, cfg.BrowserURL, cfg.ServerURL, cfg.AllowedHosts, errNotFound, routes...)
	c.Handle("GET /-/openapi.json", openapi)
	console := console{s}
	for _, page := range consolePages() {
		show := func(rw http.ResponseWriter, r *http.Request) {
			r.SetPathValue("page", page)
			console.show(rw, r)
		}
		c.Handle("GET /-/"+cmp.Or(page, "{$}"), show)
		if page == "apps" || page == "personas" {
			c.Handle("GET /-/"+page+"/{id}", show)
		}
	}
	c.Handle("GET /-/rows", console.rows)
	c.Handle("POST /-/do", console.do)
	c.Handle("GET /-/connected", console.showConnected)
	c.Handle("POST /-/connected", console.doConnected)
}

var errNotFound = emulator.Errorf("%v. 주소 목록: /-/openapi.json", "%v; see /-/openapi.json", emulator.ErrNotFound)
