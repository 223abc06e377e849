package web

import (
	"net/http"
	"strings"
)

// commonHeaders are on every answer, errors included (XS-09). Handlers may make them stricter.
func (s *Server) commonHeaders(h http.Header, k kind) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store") // whatever we answer is about one person (SE-15, XS-10)
	// same-origin: our own forms must send their Origin, which no-referrer would turn into "null". A callback has a code
	// in its address, so nothing of that address may be passed on (CI-08).
	if k == step {
		h.Set("Referrer-Policy", "no-referrer")
	} else {
		h.Set("Referrer-Policy", "same-origin")
	}
	h.Set("Content-Security-Policy", s.pages.ContentSecurityPolicy())
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	if s.url.Scheme == "https" {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// redirect sends the browser on. 303 turns every method into GET, and the Location is all there is: no page that could
// carry a Referer or a script (RD-07). target has been judged or built by us.
func redirect(w http.ResponseWriter, target string) {
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusSeeOther)
}

// navigates reports whether a person is going somewhere with this request, as against a script fetching it or a browser
// guessing ahead.
func navigates(r *http.Request) bool {
	h := r.Header
	if strings.Contains(h.Get("Sec-Purpose"), "prefetch") || strings.Contains(h.Get("Purpose"), "prefetch") {
		return false
	}
	if mode := h.Get("Sec-Fetch-Mode"); mode != "" {
		return mode == "navigate"
	}
	if x := h.Get("X-Requested-With"); x != "" && !strings.Contains(x, ".") {
		return false // a script; Android's web views put the name of their app there, such as com.kakao.talk
	}
	accept := h.Get("Accept")
	return accept == "" || strings.Contains(accept, "text/html") || accept == "*/*"
}

// wantsPage reports whether a failure is shown to a person or told to a program.
func wantsPage(r *request) bool {
	if r.kind == program || r.kind == hook {
		return false
	}
	return navigates(r.Request) && r.Header.Get("Accept") != "*/*" // which is what curl and scripts say
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
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
	return w.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
