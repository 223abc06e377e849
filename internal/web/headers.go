package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// commonHeaders sets the headers of every response, errors included (XS-09). Handlers may make them stricter.
func commonHeaders(k *Kernel, h http.Header, kind Kind) {
	h.Set("X-Content-Type-Options", "nosniff")
	// Every response is about one user (SE-15, XS-10). Service workers ignore no-store, but cannot store what varies with
	// everything (LC-15; Service Workers, section 5.4.5).
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "*")
	// same-origin, because with no-referrer our own forms would send "Origin: null". A step's address may hold an
	// authorization code, of which nothing may be passed on (CI-08).
	if kind == Step || kind == Relay {
		h.Set("Referrer-Policy", "no-referrer")
	} else {
		h.Set("Referrer-Policy", "same-origin")
	}
	h.Set("Content-Security-Policy", k.pages.ContentSecurityPolicy())
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	if k.Site.URL.Scheme == "https" {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// allowPreview lets the forms of a page that returns to a preview origin lead there. The header of every page cannot
// list all preview origins: proxies limit its length.
func (r *Request) allowPreview(h http.Header) {
	for _, from := range []url.Values{r.Query(), r.PostForm} {
		given := from["return_to"]
		if len(given) != 1 {
			continue
		}
		if preview := r.kernel.Returns.PreviewOf(given[0]); preview != "" {
			h.Set("Content-Security-Policy", r.kernel.pages.ContentSecurityPolicy()+" "+preview)
			return
		}
	}
}

// Cacheable lets caches keep a response that is the same for every user.
func Cacheable(h http.Header, control string) {
	h.Set("Cache-Control", control)
	h["Vary"] = slices.DeleteFunc(h["Vary"], func(v string) bool { return v == "*" })
}

// JSONHeaders sets the headers of a JSON response that does not come through the route table.
func (k *Kernel) JSONHeaders(h http.Header) { commonHeaders(k, h, JSON) }

// Redirect answers 303, which turns every method into GET, with a Location and no body (RD-07). The caller has
// checked or built target. It always returns nil, for handlers that end with it.
func Redirect(w http.ResponseWriter, target string) error {
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// WriteJSON answers with a JSON body.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client is gone if this fails
	return nil
}

// Navigates reports whether the browser is navigating, as opposed to a fetch or a prefetch. Routers of frameworks
// prefetch, and load parts of a page, with headers of their own.
func Navigates(r *http.Request) bool {
	h := r.Header
	if strings.Contains(h.Get("Sec-Purpose"), "prefetch") || strings.Contains(h.Get("Purpose"), "prefetch") ||
		h.Get("Rsc") != "" || h.Get("Next-Router-Prefetch") != "" {
		return false
	}
	if mode := h.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	if x := h.Get("X-Requested-With"); x != "" && !strings.Contains(x, ".") {
		return false // a script; Android web views send their app's package name here
	}
	accept := h.Get("Accept")
	return accept == "" || strings.Contains(accept, "text/html") || accept == "*/*"
}

// Framed reports whether a response is for a frame, which shows none of our pages.
func Framed(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "iframe", "frame", "embed", "object", "fencedframe":
		return true
	}
	return false
}

// statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
	tee    *bytes.Buffer // gets a copy of the body, a little more than maxRepeated at most; nil if not needed
}

func (w *statusWriter) WriteHeader(code int) {
	if w.status == 0 {
		w.status = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if w.tee != nil && w.tee.Len() <= maxRepeated {
		w.tee.Write(b[:min(len(b), maxRepeated+1)])
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
