// Package providertest has what the emulators of several providers have in common: clock, scripted faults, request log
// and listening. Their types Server embed that of this package.
package providertest

import (
	"net"
	"net/http"
	"time"
)

// TB is the part of *testing.T and *testing.B that an emulator's Start uses.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// Server is what the emulators of all providers have in common. It is an http.Handler for any Host header. All methods
// are safe for concurrent use.
type Server interface {
	http.Handler

	// URL is the base URL that the browser uses.
	URL() string
	// ServerURL is the base URL that the service's server uses.
	ServerURL() string
	// Addr is the host and port that the emulator's Start listens on; empty for one made by its New.
	Addr() string
	// Serve answers on ln until Close.
	Serve(ln net.Listener)
	// Close stops listening, ends hanging responses and gives other requests half a second to finish.
	Close() error

	// Now is the time of the emulator's clock.
	Now() time.Time
	// Advance moves the emulator's clock forward. A negative d is ignored.
	Advance(d time.Duration)
	// Reset restores the configured state, with empty logs.
	Reset()

	// Endpoints lists the names for [Scenario.Endpoint] and [Request.Endpoint].
	Endpoints() []string
	// Script adds scenarios. The error names every invalid one; then none is added.
	Script(list ...Scenario) error
	// Scenarios returns the scenarios that are not used up.
	Scenarios() []Scenario
	// ClearScenarios removes all scenarios.
	ClearScenarios()

	// Requests returns the request log, oldest first, without the control pages.
	Requests() []Request
	// Deliveries returns the latest 1000 notices, oldest first.
	Deliveries() []Delivery
}

// Scenario is a scripted fault: which calls it applies to, and what happens to them. If several apply to a call, the
// first one scripted is used.
type Scenario struct {
	Name     string `json:"name"`     // shown in the request log; default what it does
	Endpoint string `json:"endpoint"` // as in [Server.Endpoints]; empty means all but pages
	Skip     int    `json:"skip"`     // matching calls to skip first
	Times    int    `json:"times"`    // calls to affect: 0 is one, -1 is all

	Code   string            `json:"code"`   // the provider's error to respond with
	Status int               `json:"status"` // HTTP status, alone or in place of that of Code
	Header map[string]string `json:"header"` // set on the response
	Body   string            `json:"body"`   // in place of the usual one
	Cut    bool              `json:"cut"`    // close the connection in place of a response
	// Set and Remove change members of a JSON response. Names are dotted paths such as "response.email".
	Set    map[string]any `json:"set"`
	Remove []string       `json:"remove"`
	// Claims changes the claims of an ID token that the call issues; null removes one. TokenHeader changes its header.
	Claims      map[string]any `json:"claims"`
	TokenHeader map[string]any `json:"token_header"`
	// After does the work first and then breaks the response, so that a code is used or a link ended.
	After bool `json:"after"`
}

// Request is an entry of the request log. Parameters that could be secret are replaced by their length.
type Request struct {
	ID       int64             `json:"id"`   // counts from 1
	Time     time.Time         `json:"time"` // by the emulator's clock
	Endpoint string            `json:"endpoint"`
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Account  string            `json:"account,omitempty"` // if known
	Params   map[string]string `json:"params,omitempty"`
	Auth     string            `json:"auth,omitempty"` // scheme of the Authorization header
	Status   int               `json:"status"`
	Code     string            `json:"code,omitempty"`   // the error, or the error of a redirect
	Why      string            `json:"why,omitempty"`    // what was wrong, which the provider would not say
	WhyKO    string            `json:"why_ko,omitempty"` // in Korean
	Scenario string            `json:"scenario,omitempty"`
	Took     time.Duration     `json:"took_ns"`
}

// Delivery is a notice that was sent to the service.
type Delivery struct {
	Time    time.Time `json:"time"` // by the emulator's clock
	What    string    `json:"what"` // the provider's word for it
	Account string    `json:"account"`
	URL     string    `json:"url"`
	Status  int       `json:"status"` // of the receiver; 0 if there was no response in time
	Accept  bool      `json:"accepted"`
	Problem string    `json:"problem,omitempty"`
	// ProblemKO is Problem in Korean.
	ProblemKO string `json:"problem_ko,omitempty"`
}
