package web

import (
	"context"
	"net/http"
	"time"

	"github.com/norang-login/norang/internal/problem"
)

// healthz says that the process serves. It asks nobody and never changes with the store: restarting does not mend a
// database.
func (s *Server) healthz(w http.ResponseWriter, _ *request) error {
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readyz says whether logins can work here: the store answers within two seconds. It gives no reason (OP-14); the log
// does.
func (s *Server) readyz(w http.ResponseWriter, r *request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.ready(ctx); err != nil {
		return problem.Wrap(problem.StoreUnavailable, err)
	}
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ready"})
}

// Probe serves one of the two on another listener.
func (s *Server) Probe(name string) http.Handler {
	h := (*Server).healthz
	if name == "readyz" {
		h = (*Server).readyz
	}
	rt := route{http.MethodGet, "ops " + name, open, program, free, h}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.adapt(rt)(&statusWriter{ResponseWriter: w}, r)
	})
}
