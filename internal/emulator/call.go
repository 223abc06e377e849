package emulator

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const maxBody = 64 << 10

func clipUTF8(s string) string { return strings.ToValidUTF8(s, "") }

// Endpoint is an address of a provider.
type Endpoint struct {
	Name string // for scenarios and the log
	Path string // as for http.ServeMux
	// Page marks addresses for browsers. A scenario without an endpoint leaves them alone.
	Page   bool
	JSON   bool // the body is JSON, not a form
	Answer func(*Call) Answer
}

// Call is one request to an endpoint.
type Call struct {
	Server *Server
	R      *http.Request
	Form   url.Values // query and form
	Body   []byte     // of a request that is no form
	Lang   string     // "ko" or "en"
	// Browser says that the endpoint is one for browsers, so that an error is a page or a redirect.
	Browser bool
	// Entry is the log's; the handler may set Account.
	Entry Request
	// Scenario applies to the call; nil for none.
	Scenario *Scenario
}

// Answer is a response.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	Code   string // for the log
	Why    Text   // for the log
	cut    bool
}

func (s *Server) handle(e Endpoint) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		c := &Call{Server: s, R: r, Form: r.URL.Query(), Lang: Language(r), Browser: e.Page}
		err := c.readBody()
		c.Entry = Request{
			Endpoint: e.Name, Method: r.Method, Path: Clip(r.URL.Path, 200), Params: loggedParams(c.Form),
		}
		c.Entry.Auth, _, _ = strings.Cut(r.Header.Get("Authorization"), " ")
		began := time.Now()
		var a Answer
		s.mu.Lock()
		c.Entry.Time = s.Time()
		f := s.draw(e)
		c.Scenario = f
		switch {
		case err != nil:
			a = s.cfg.Error(c, http.StatusBadRequest, "invalid_request", Text{"본문이 폼이 아닙니다", "the body is no form"})
		case f != nil && replaces(f) && !f.After:
			a = apply(f, c, Answer{})
		default:
			a = e.Answer(c)
			if f != nil {
				a = apply(f, c, a)
			}
		}
		s.mu.Unlock()
		if len(c.Body) > 0 && !e.JSON && f == nil && a.Status >= 400 { // most likely the reason
			a.Why = Textf("%v %v", "%v %v", IgnoredBody(r.Header.Get("Content-Type")), a.Why)
		}
		why := a.Why.clip(300)
		c.Entry.Status, c.Entry.Code, c.Entry.Why, c.Entry.WhyKO = a.Status, a.Code, why[1], why[0]
		c.Entry.Took = time.Since(began)
		if f != nil {
			c.Entry.Scenario = label(f)
		}
		s.log.Add(c.Entry)
		if a.cut {
			panic(http.ErrAbortHandler) // closes the connection without a log line
		}
		a.write(rw)
	}
}

func (a Answer) write(rw http.ResponseWriter) {
	for k, v := range a.Header {
		rw.Header()[k] = v
	}
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	rw.WriteHeader(a.Status)
	_, _ = rw.Write(a.Body) // the caller may be gone
}

// readBody adds a form to the parameters and keeps any other body.
func (c *Call) readBody() error {
	if c.R.Body == nil {
		return nil
	}
	raw, err := io.ReadAll(http.MaxBytesReader(nil, c.R.Body, maxBody))
	if err != nil {
		return err
	}
	if !isType(c.R, formType) {
		c.Body = raw
		return nil
	}
	form, err := url.ParseQuery(string(raw))
	for name, values := range form {
		c.Form[name] = append(c.Form[name], values...)
	}
	return err
}

const formType = "application/x-www-form-urlencoded"

// isType reports whether the content type of a request is kind, with any parameters.
func isType(r *http.Request, kind string) bool {
	value, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return strings.EqualFold(strings.TrimSpace(value), kind)
}

// Scripted reports whether an error of a page is a scripted one, which ends as the provider's own does: on a page or in
// a redirect.
func (c *Call) Scripted(code string) bool {
	return c.Browser && c.Scenario != nil && c.Scenario.Code == code
}

// Get returns a parameter that occurs once; "" for one that is repeated.
func (c *Call) Get(name string) string {
	if values := c.Form[name]; len(values) == 1 {
		return values[0]
	}
	return ""
}

// Basic returns the client id and secret of HTTP Basic, which RFC 6749 section 2.3.1 wants form-encoded.
func (c *Call) Basic() (id, secret string, ok bool) {
	id, secret, ok = c.R.BasicAuth()
	if !ok {
		return "", "", false
	}
	id, err1 := url.QueryUnescape(id)
	secret, err2 := url.QueryUnescape(secret)
	return id, secret, err1 == nil && err2 == nil
}

// Bearer returns the access token of the Authorization header; "" if there is none.
func (c *Call) Bearer() string {
	scheme, token, _ := strings.Cut(c.R.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// JSON is an answer that no cache keeps.
func JSON(status int, v any) Answer {
	body, err := json.Marshal(v)
	if err != nil {
		panic("emulator: " + err.Error()) // our own types
	}
	return Answer{Status: status, Body: body, Header: http.Header{
		"Content-Type": {"application/json;charset=utf-8"}, "Cache-Control": {"no-store"},
	}}
}

// OAuthError is an error of RFC 6749 section 5.2. why is for the log alone.
func OAuthError(status int, code, description string, why Text) Answer {
	a := JSON(status, map[string]string{"error": code, "error_description": description})
	a.Code, a.Why = code, why
	return a
}

// Redirect sends the browser to a registered address with further parameters.
func Redirect(to string, q url.Values) Answer {
	u, err := url.Parse(to)
	if err != nil {
		return Answer{Status: http.StatusBadRequest, Why: Text{
			"리다이렉트 주소가 올바르지 않습니다", "redirect address is invalid",
		}}
	}
	all := u.Query()
	for name, values := range q {
		all[name] = values
	}
	u.RawQuery = all.Encode()
	return Answer{
		Status: http.StatusFound, Code: q.Get("error"), Why: Verbatim(q.Get("error_description")), Header: http.Header{
			"Location": {u.String()}, "Cache-Control": {"no-store"}, "Referrer-Policy": {"no-referrer"},
		},
	}
}

// SetCookie adds a session cookie to an answer.
func (a Answer) SetCookie(name, value string, life time.Duration, secure bool) {
	a.Header.Add("Set-Cookie", (&http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: int(life / time.Second), HttpOnly: true,
		SameSite: http.SameSiteLaxMode, Secure: secure,
	}).String())
}
