package googletest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const maxBody = 64 << 10

// endpoint is an address of Google's.
type endpoint struct {
	name   string // for scenarios and the log
	path   string
	answer func(*call) answer
}

// endpoints is the registry, from which the router, the scenarios and docs/google.md are made.
func endpoints() []endpoint {
	return []endpoint{
		{"auth", "/o/oauth2/v2/auth", func(c *call) answer { return browserCall{c}.authorize() }},
		{"token", "/token", (*call).token},
		{"revoke", "/revoke", (*call).revoke},
		{"userinfo", "/v1/userinfo", (*call).userinfo},
		{"certs", "/oauth2/v3/certs", (*call).certs},
		{"openid-configuration", "/.well-known/openid-configuration", (*call).discovery},
		{"risc-configuration", "/.well-known/risc-configuration", (*call).riscConfiguration},
		{"login", "/login", func(c *call) answer { return browserCall{c}.login() }},
		{"consent", "/consent", func(c *call) answer { return browserCall{c}.consent() }},
	}
}

// Endpoints lists the names for [Scenario.Endpoint] and [Request.Endpoint].
func Endpoints() []string {
	var names []string
	for _, e := range endpoints() {
		names = append(names, e.name)
	}
	return names
}

// call is one request. Handlers run with the world's lock held.
type call struct {
	w     *world
	r     *http.Request
	form  url.Values // query and form
	lang  string
	entry Request
}

// browserCall is a call of a browser, which is answered with a page or a redirect.
type browserCall struct{ *call }

// answer is a response.
type answer struct {
	status int
	header http.Header
	body   []byte
	code   string // for the log
	why    string // for the log
	cut    bool
}

func (s *Server) handle(e endpoint) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		c := &call{w: s.w, r: r, form: r.URL.Query(), lang: language(r)}
		form, err := readForm(r)
		for name, values := range form {
			c.form[name] = append(c.form[name], values...)
		}
		c.entry = Request{
			Endpoint: e.name, Method: r.Method, Path: clip(r.URL.Path, 200), Params: loggedParams(c.form),
		}
		c.entry.Auth, _, _ = strings.Cut(r.Header.Get("Authorization"), " ")
		began := time.Now()
		var a answer
		s.w.mu.Lock()
		c.entry.Time = s.w.now()
		f := s.w.draw(e.name)
		switch {
		case err != nil:
			a = oauthError(http.StatusBadRequest, "invalid_request", "Bad Request", "the body is no form")
		case f != nil && f.replaces() && !f.After:
			a = f.spoil(answer{})
		default:
			a = e.answer(c)
			if f != nil {
				a = f.spoil(a)
			}
		}
		s.w.mu.Unlock()
		c.entry.Status, c.entry.Code, c.entry.Why, c.entry.Took = a.status, a.code, clip(a.why, 300), time.Since(began)
		if f != nil {
			c.entry.Scenario = f.label()
		}
		s.w.log.add(c.entry)
		if a.cut {
			panic(http.ErrAbortHandler) // closes the connection without a log line
		}
		a.write(rw)
	}
}

func (a answer) write(rw http.ResponseWriter) {
	for k, v := range a.header {
		rw.Header()[k] = v
	}
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	rw.WriteHeader(a.status)
	_, _ = rw.Write(a.body) // the caller may be gone
}

func readForm(r *http.Request) (url.Values, error) {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	if r.Body == nil || strings.TrimSpace(kind) != "application/x-www-form-urlencoded" {
		return nil, nil
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return nil, err
	}
	return url.ParseQuery(string(raw))
}

// get returns a parameter that occurs once; "" for one that is repeated.
func (c *call) get(name string) string {
	if values := c.form[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

func jsonAnswer(status int, v any) answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic("googletest: " + err.Error()) // our own types
	}
	return answer{status: status, header: http.Header{"Content-Type": {"application/json;charset=utf-8"}}, body: body}
}

// oauthError is an error of an endpoint. why is for the log alone.
func oauthError(status int, code, description, why string) answer {
	a := jsonAnswer(status, map[string]string{"error": code, "error_description": description})
	a.code, a.why = code, why
	return a
}
