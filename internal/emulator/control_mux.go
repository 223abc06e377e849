package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Control serves the addresses under /-/, where no provider has any, to requests that [Foreign] admits.
type Control struct {
	mux        *http.ServeMux
	browserURL string
	own        []string // hosts besides loopback
}

// NewControl adds the addresses that every emulator has to mux, and refuses the others with notFound. allowedHosts are
// additional Host values.
func NewControl(
	mux *http.ServeMux, browserURL, serverURL string, allowedHosts []string, notFound error, routes ...ControlRoute,
) *Control {
	c := &Control{mux: mux, browserURL: browserURL, own: slices.Clone(allowedHosts)}
	for _, base := range []string{browserURL, serverURL} {
		if u, err := url.Parse(base); err == nil {
			c.own = append(c.own, u.Host)
		}
	}
	mux.HandleFunc("GET /-/healthz", func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, "ok\n") })
	c.Handle("/-/", func(rw http.ResponseWriter, _ *http.Request) { RefuseControl(rw, notFound) })
	for _, route := range routes {
		method, path, _ := strings.Cut(route.Pattern, " ")
		c.Handle(method+" /-/api/"+path, func(rw http.ResponseWriter, r *http.Request) {
			v, err := route.Handle(r)
			if err != nil {
				RefuseControl(rw, err)
				return
			}
			writeControl(rw, http.StatusOK, v)
		})
	}
	return c
}

// Handle adds a page or action, guarded like the control API. The pattern is as for http.ServeMux.
func (c *Control) Handle(pattern string, f http.HandlerFunc) {
	c.mux.HandleFunc(pattern, func(rw http.ResponseWriter, r *http.Request) {
		if problem := Foreign(r, c.browserURL, c.own); !problem.IsZero() {
			writeControl(rw, http.StatusForbidden, ControlError{problem[1], problem[0]})
			return
		}
		f(rw, r)
	})
}

// ControlError is the body of every refusal of the control API.
type ControlError struct {
	Error   string `json:"error"`
	ErrorKO string `json:"error_ko"`
}

// RefuseControl answers 404 for ErrNotFound, and 400 for any other error.
func RefuseControl(rw http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if errors.Is(err, ErrNotFound) {
		status = http.StatusNotFound
	}
	text := Message(err)
	writeControl(rw, status, ControlError{text[1], text[0]})
}

// writeControl answers JSON for people: &, < and > are not escaped.
func writeControl(rw http.ResponseWriter, status int, v any) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("emulator: " + err.Error()) // our own types
	}
	a := Answer{Status: status, Body: body.Bytes(), Header: http.Header{
		"Content-Type": {"application/json"}, "Cache-Control": {"no-store"},
	}}
	a.write(rw)
}

// ReadControl decodes a JSON body; an empty one leaves v alone. The content type must be JSON, because a cross-site
// page can send the other types without a preflight.
func ReadControl(r *http.Request, v any) error {
	b, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxControlBody))
	switch {
	case err != nil:
		return Errorf("본문이 너무 크거나 끊겼습니다", "the body is too large or incomplete")
	case len(b) == 0:
		return nil
	case !isType(r, "application/json"):
		return Errorf("콘텐츠 타입이 application/json이어야 합니다", "the content type must be application/json")
	}
	return DecodeJSON(b, v, nil)
}

const maxControlBody = 256 << 10 // an app with everything that can be configured
