package googletest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Scenario is a scripted fault: which calls it applies to, and what happens to them. If several apply to a call, the
// first one scripted is used.
type Scenario struct {
	Name     string `json:"name"`     // shown in the request log; default what it does
	Endpoint string `json:"endpoint"` // as in [Endpoints]; empty means all but pages
	Skip     int    `json:"skip"`     // matching calls to skip first
	Times    int    `json:"times"`    // calls to affect: 0 is one, negative is all

	// Code is the OAuth error to respond with.
	Code   string            `json:"code"`
	Status int               `json:"status"` // HTTP status, alone or in place of that of Code
	Header map[string]string `json:"header"` // set on the response
	Body   string            `json:"body"`   // in place of the usual one
	Cut    bool              `json:"cut"`    // close the connection in place of a response
	// Set and Remove change members of a JSON response. Names are dotted paths.
	Set    map[string]any `json:"set"`
	Remove []string       `json:"remove"`
	// After does the work first and then breaks the response, so that a code is used or a link ended.
	After bool `json:"after"`
}

// pages are the endpoints that a scenario without an endpoint leaves alone.
var pages = []string{"auth", "login", "consent", ""}

// Script adds scenarios. The error names every invalid one.
func (s *Server) Script(list ...Scenario) error {
	var faults []error
	for _, sc := range list {
		if sc.Endpoint != "" && !slices.Contains(Endpoints(), sc.Endpoint) {
			faults = append(faults, fmt.Errorf("unknown endpoint %q; known: %s", clip(sc.Endpoint, 60),
				strings.Join(Endpoints(), ", ")))
		}
		if sc.Status != 0 && (sc.Status < 200 || sc.Status > 599) {
			faults = append(faults, fmt.Errorf("status must be 200 to 599, got %d", sc.Status))
		}
		if !sc.replaces() && sc.Set == nil && sc.Remove == nil && sc.Header == nil {
			faults = append(faults, errors.New("the scenario does nothing"))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	if len(s.w.faults)+len(list) > 1000 {
		return errors.New("more than 1000 scenarios")
	}
	for _, sc := range list {
		s.w.faults = append(s.w.faults, &sc)
	}
	return nil
}

// Scenarios returns the scenarios that are not used up.
func (s *Server) Scenarios() []Scenario {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	all := []Scenario{}
	for _, sc := range s.w.faults {
		all = append(all, *sc)
	}
	return all
}

// ClearScenarios removes all scenarios.
func (s *Server) ClearScenarios() {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	s.w.faults = nil
}

// draw returns the scenario for a call, nil for none. The caller holds mu.
func (w *world) draw(endpoint string) *Scenario {
	for i, sc := range w.faults {
		switch {
		case sc.Endpoint != endpoint && (sc.Endpoint != "" || slices.Contains(pages, endpoint)):
			continue
		case sc.Skip > 0:
			sc.Skip--
			continue
		}
		out := *sc
		if sc.Times >= 0 {
			if sc.Times--; sc.Times <= 0 {
				w.faults = slices.Delete(w.faults, i, i+1)
			}
		}
		return &out
	}
	return nil
}

// replaces reports whether the scenario replaces the response.
func (sc *Scenario) replaces() bool {
	return sc.Code != "" || sc.Status != 0 || sc.Body != "" || sc.Cut
}

func (sc *Scenario) label() string {
	label := cmp.Or(sc.Name, sc.Code)
	switch {
	case label != "":
	case sc.Cut:
		label = "cut"
	case sc.Status != 0:
		label = strconv.Itoa(sc.Status)
	default:
		label = "changed"
	}
	return clip(label, 60)
}

// statuses are those of the codes.
var statuses = map[string]int{
	"invalid_client": 401, "deleted_client": 401, "unauthorized_client": 401, "rate_limit_exceeded": 403,
	"internal_failure": 500, "server_error": 500, "temporarily_unavailable": 503,
}

// spoil applies the scenario to an answer.
func (sc *Scenario) spoil(a answer) answer {
	if sc.Code != "" {
		status := cmp.Or(sc.Status, statuses[sc.Code], http.StatusBadRequest)
		members := map[string]string{"error": sc.Code, "error_description": "scripted by the emulator"}
		a = jsonAnswer(status, members)
		a.code = sc.Code
	}
	if a.header == nil {
		a.header = http.Header{"Content-Type": {"application/json;charset=utf-8"}}
	}
	a.status = cmp.Or(sc.Status, a.status, http.StatusOK)
	if sc.Body != "" {
		a.body = []byte(sc.Body)
	}
	for k, v := range sc.Header {
		a.header.Set(k, v)
	}
	if sc.Set != nil || sc.Remove != nil {
		a.body = sc.change(a.body)
	}
	a.cut = a.cut || sc.Cut
	return a
}

// change sets and removes members of a JSON object.
func (sc *Scenario) change(body []byte) []byte {
	var v map[string]any
	if json.Unmarshal(body, &v) != nil {
		return body
	}
	for path, value := range sc.Set {
		if m, last := walk(v, path); m != nil {
			m[last] = value
		}
	}
	for _, path := range sc.Remove {
		if m, last := walk(v, path); m != nil {
			delete(m, last)
		}
	}
	out, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return out
}

// walk returns the object and the name at the end of a dotted path.
func walk(v map[string]any, path string) (map[string]any, string) {
	parts := strings.Split(path, ".")
	for _, p := range parts[:len(parts)-1] {
		next, ok := v[p].(map[string]any)
		if !ok {
			return nil, ""
		}
		v = next
	}
	return v, parts[len(parts)-1]
}
