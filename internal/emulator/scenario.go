package emulator

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// Script adds scenarios. The error names every invalid one.
func (s *Server) Script(list ...Scenario) error {
	var faults []error
	for _, sc := range list {
		faults = append(faults, s.checkEndpoint(sc.Endpoint), CheckCalls(sc.Skip, sc.Times), CheckStatus(sc.Status),
			CheckHeader("header", sc.Header), CheckNames("set", slices.Sorted(maps.Keys(sc.Set))...),
			CheckNames("remove", sc.Remove...), checkCode(sc.Code))
		for member, names := range map[string]map[string]any{"claims": sc.Claims, "token_header": sc.TokenHeader} {
			faults = append(faults, CheckNotBlank(member, slices.Sorted(maps.Keys(names))))
		}
		if !replaces(&sc) && sc.Set == nil && sc.Remove == nil && sc.Header == nil && sc.Claims == nil &&
			sc.TokenHeader == nil {
			faults = append(faults, Errorf("아무 일도 하지 않는 시나리오입니다", "the scenario does nothing"))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults)+len(list) > 1000 {
		return Errorf("시나리오는 1000개까지입니다", "more than 1000 scenarios")
	}
	for _, sc := range list {
		s.faults = append(s.faults, &sc)
	}
	return nil
}

// checkEndpoint checks the name of an endpoint; "" is for none.
func (s *Server) checkEndpoint(name string) error { return CheckEndpoint(name, s.endpoints) }

// checkCode checks an error code, of which each provider has its own; "" is for none.
func checkCode(code string) error {
	if strings.ContainsFunc(code, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return Errorf("code에는 공백과 제어 문자가 없어야 합니다: %q",
			"code must have no spaces and control characters, got %q", Clip(code, 60))
	}
	return nil
}

// Scenarios returns the scenarios that are not used up.
func (s *Server) Scenarios() []Scenario {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := []Scenario{}
	for _, sc := range s.faults {
		all = append(all, *sc)
	}
	return all
}

// ClearScenarios removes all scenarios.
func (s *Server) ClearScenarios() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// draw returns the scenario for a call, nil for none. The caller holds mu.
func (s *Server) draw(e Endpoint) *Scenario {
	for i, sc := range s.faults {
		switch {
		case sc.Endpoint != e.Name && (sc.Endpoint != "" || e.Page):
			continue
		case sc.Skip > 0:
			sc.Skip--
			continue
		}
		out := *sc
		if sc.Times >= 0 {
			if sc.Times--; sc.Times <= 0 {
				s.faults = slices.Delete(s.faults, i, i+1)
			}
		}
		return &out
	}
	return nil
}

// replaces reports whether the scenario replaces the response.
func replaces(sc *Scenario) bool {
	return sc.Code != "" || sc.Status != 0 || sc.Body != "" || sc.Cut
}

func label(sc *Scenario) string {
	text := cmp.Or(sc.Name, sc.Code)
	switch {
	case text != "":
	case sc.Cut:
		text = "cut"
	case sc.Status != 0:
		text = strconv.Itoa(sc.Status)
	default:
		text = "changed"
	}
	return Clip(text, 60)
}

// apply applies the scenario to an answer.
func apply(sc *Scenario, c *Call, a Answer) Answer {
	if sc.Code != "" {
		a = c.Server.cfg.Error(c, sc.Status, sc.Code, Text{"에뮬레이터의 시나리오", "scripted by the emulator"})
		a.Code = sc.Code
	}
	if a.Header == nil {
		a.Header = http.Header{"Content-Type": {"application/json;charset=utf-8"}}
	}
	a.Status = cmp.Or(a.Status, http.StatusOK)
	if sc.Status != 0 && a.Header.Get("Location") == "" { // browsers follow no other status
		a.Status = sc.Status
	}
	if sc.Body != "" {
		a.Body = []byte(sc.Body)
	}
	for k, v := range sc.Header {
		a.Header.Set(k, v)
	}
	if sc.Set != nil || sc.Remove != nil {
		a.Body = change(sc, a.Body)
	}
	a.cut = a.cut || sc.Cut
	return a
}

// change sets and removes members of a JSON object.
func change(sc *Scenario, body []byte) []byte {
	var v map[string]any
	if json.Unmarshal(body, &v) != nil {
		return body
	}
	for path, value := range sc.Set {
		if m, last := Walk(v, path, false); m != nil {
			m[last] = value
		}
	}
	for _, path := range sc.Remove {
		if m, last := Walk(v, path, false); m != nil {
			delete(m, last)
		}
	}
	out, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return out
}

// Walk returns the object and the name at the end of a dotted path. It makes missing objects on the way if create is
// set; otherwise it returns nil.
func Walk(v map[string]any, path string, create bool) (map[string]any, string) {
	parts := strings.Split(path, ".")
	for _, p := range parts[:len(parts)-1] {
		next, ok := v[p].(map[string]any)
		if !ok && !create {
			return nil, ""
		}
		if !ok {
			next = map[string]any{}
			v[p] = next
		}
		v = next
	}
	return v, parts[len(parts)-1]
}

// Changed applies the scenario's changes of an ID token to its header and claims.
func (c *Call) Changed(header, claims map[string]any) (map[string]any, map[string]any) {
	if c.Scenario == nil {
		return header, claims
	}
	all := maps.Clone(header)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, c.Scenario.TokenHeader) // null is for [Key.Sign], whose own members it removes
	return all, merged(claims, c.Scenario.Claims)
}

func merged(all, change map[string]any) map[string]any {
	out := maps.Clone(all)
	if out == nil {
		out = map[string]any{}
	}
	for k, v := range change {
		if v == nil {
			delete(out, k)
		} else {
			out[k] = v
		}
	}
	return out
}
