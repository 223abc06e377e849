package emulator

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// ControlRoute is a call of the control API. The pattern is below /-/api/: "GET app". The result is answered as JSON.
type ControlRoute struct {
	Pattern string
	Handle  func(*http.Request) (any, error)
}

// GetRoute is a call that answers with a value.
func GetRoute[T any](pattern string, get func() T) ControlRoute {
	return ControlRoute{pattern, func(*http.Request) (any, error) { return get(), nil }}
}

// PatchRoute is a call that changes the members in the body, and answers with the whole value.
func PatchRoute[T any](pattern string, get func() T, update func(func(*T)) error) ControlRoute {
	return ControlRoute{pattern, func(r *http.Request) (any, error) {
		v := get()
		if err := ReadControl(r, &v); err != nil {
			return nil, err
		}
		if err := update(func(old *T) { *old = v }); err != nil {
			return nil, err
		}
		return get(), nil
	}}
}

// AddRoute is a call that takes what is in the body and answers nothing.
func AddRoute[T any](pattern string, add func(T) error) ControlRoute {
	return CallRoute(pattern, func(v T) (Done, error) { return Done{OK: true}, add(v) })
}

// CallRoute is a call of a function with what is in the body.
func CallRoute[T, R any](pattern string, call func(T) (R, error)) ControlRoute {
	return BodyRoute(pattern, func(_ *http.Request, v T) (any, error) { return call(v) })
}

// BodyRoute is a call that reads a body.
func BodyRoute[T any](pattern string, handle func(*http.Request, T) (any, error)) ControlRoute {
	return ControlRoute{pattern, func(r *http.Request) (any, error) {
		var v T
		if err := ReadControl(r, &v); err != nil {
			return nil, err
		}
		return handle(r, v)
	}}
}

// ErrNotFound is answered 404 by the control API, every other error 400.
var ErrNotFound = Errorf("찾을 수 없습니다", "not found")

// Done is the answer of a control call that returns nothing.
type Done struct {
	OK bool `json:"ok"`
}

// controlRoutes are those that every emulator has.
func (s *Server) controlRoutes() []ControlRoute {
	return []ControlRoute{
		{"GET state", func(*http.Request) (any, error) {
			state := map[string]any{
				"now": s.Now(), "browser_url": s.URL(), "server_url": s.ServerURL(), "endpoints": s.Endpoints(),
			}
			maps.Copy(state, s.cfg.State)
			return state, nil
		}},
		{"POST reset", func(*http.Request) (any, error) { s.Reset(); return Done{true}, nil }},
		{"GET requests", s.controlRequests},
		{"DELETE requests", func(*http.Request) (any, error) { s.log.Clear(); return Done{true}, nil }},
		{"GET scenarios", func(*http.Request) (any, error) { return s.Scenarios(), nil }},
		{"POST scenarios", func(r *http.Request) (any, error) {
			var sc Scenario
			if err := ReadControl(r, &sc); err != nil {
				return nil, err
			}
			return Done{true}, s.Script(sc)
		}},
		{"DELETE scenarios", func(*http.Request) (any, error) { s.ClearScenarios(); return Done{true}, nil }},
		{"POST clock/advance", s.controlAdvance},
	}
}

// mountControl adds the addresses under /-/, where no provider has any.
func (s *Server) mountControl() {
	for _, name := range []string{"emulator.css", "icon.svg"} {
		s.mux.Handle("GET /-/static/"+name, http.StripPrefix("/-/", http.FileServerFS(staticFiles)))
	}
	if s.cfg.Static != nil {
		s.mux.Handle("GET /-/static/", http.StripPrefix("/-/", http.FileServerFS(s.cfg.Static)))
	}
	routes := slices.Concat(s.controlRoutes(), s.cfg.Control)
	if !s.cfg.OwnNotices {
		routes = append(routes, ControlRoute{"GET notices", func(*http.Request) (any, error) { return s.Deliveries(), nil }})
	}
	s.control = NewControl(s.mux, s.cfg.BrowserURL, s.cfg.ServerURL, s.cfg.AllowedHosts, ErrNotFound, routes...)
	for name, act := range s.cfg.Actions {
		s.control.Handle("POST /-/"+name, form(act.do))
	}
	for name, add := range s.cfg.Registers {
		s.control.Handle("POST /-/"+name, form(add.do))
	}
	s.control.Handle("GET /-/{$}", func(rw http.ResponseWriter, r *http.Request) {
		c := &Call{Server: s, R: r, Form: r.URL.Query(), Lang: Language(r)}
		s.console(c).write(rw)
	})
}

// controlRequests answers GET requests?after=&wait=&endpoint=, the first two as [Journal.Poll].
func (s *Server) controlRequests(r *http.Request) (any, error) {
	e := r.URL.Query().Get("endpoint")
	if err := s.checkEndpoint(e); err != nil {
		return nil, err
	}
	list, err := s.log.Poll(r, s.run.Closed())
	if e != "" {
		list = slices.DeleteFunc(list, func(r Request) bool { return r.Endpoint != e })
	}
	return list, err
}

func (s *Server) controlAdvance(r *http.Request) (any, error) {
	var body struct {
		By string `json:"by"`
	}
	if err := ReadControl(r, &body); err != nil {
		return nil, err
	}
	d, _ := ParseDuration(body.By) // 0 if it is none
	if err := CheckAdvance(d); err != nil {
		return nil, err
	}
	s.Advance(d)
	return map[string]time.Time{"now": s.Now()}, nil
}

// console is the provider's console page with the logs below.
func (s *Server) console(c *Call) Answer {
	p := s.cfg.Console(c)
	sent := Section{Title: textDeliveries}
	for _, d := range Latest(s.Deliveries()) {
		sent.Rows = append(sent.Rows, Row{
			Strong: strconv.Itoa(d.Status), Text: d.What, Code: d.Account, Small: Text{d.ProblemKO, d.Problem},
		})
	}
	requests := Section{Title: textRequests}
	for _, r := range Latest(s.Requests()) {
		row := Row{
			Strong: strconv.Itoa(r.Status), Text: r.Method + " " + r.Path, Code: r.Code, Small: Text{r.WhyKO, r.Why},
		}
		if r.Account != "" {
			row.Tags = append(row.Tags, Text{r.Account, r.Account})
		}
		requests.Rows = append(requests.Rows, row)
	}
	if !s.cfg.OwnNotices {
		p.Sections = append(p.Sections, sent)
	}
	p.Sections = append(p.Sections, requests)
	return c.Page(http.StatusOK, p)
}

// Latest returns up to 200 entries of a log, newest first.
func Latest[T any](list []T) []T {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list[:min(len(list), 200)]
}
